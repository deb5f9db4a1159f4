"use strict";

// Keeps an open page true: what is over goes at its end by the server's clock, and what is new is fetched.
const LOOK_EVERY = 60_000;
const SPREAD = 5_000;
const timeWords = JSON.parse(document.getElementById("time-words").textContent);

let main = document.querySelector("main");
let written = main.innerHTML;
let clock = null;
let asOf = NaN;
let isLost = false;
let timer;

function setClock(server) {
  clock = { server, wall: Date.now(), steady: performance.now() };
}

function now() {
  // One stands still while the computer sleeps, the other jumps when it is set.
  return clock.server + Math.max(Date.now() - clock.wall, performance.now() - clock.steady);
}

async function look() {
  const sent = Date.now();
  try {
    const asked = { cache: "no-cache", headers: { Accept: "text/html" }, signal: AbortSignal.timeout?.(10_000) };
    const response = await fetch(location.pathname, asked);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    take(page, Date.parse(response.headers.get("Date")), Number(response.headers.get("Age")), sent);
    isLost = false;
  } catch {
    // Without the server's clock this computer's must do.
    if (!clock) setClock(sent);
    isLost = true;
  }
  tick();
  clearTimeout(timer);
  timer = setTimeout(lookIfSeen, pause());
}

function take(page, date, age, sent) {
  const news = page.querySelector("main[data-page]");
  if (!news || !date) throw new Error("this is not our page");
  // Style and script are named there by their hashes, so another version of the page has another policy.
  const isNewer = policy(page) !== policy(document);
  if (asOf && isNewer) location.reload();
  asOf = date + age * 1000;
  // Date is cut to the second and as old as the request at most: the clock is never behind the server's.
  setClock(asOf + 1000 + Date.now() - sent);
  if (news.innerHTML !== written && !isNewer) show(news);
  document.title = page.title;
  document.querySelector("link[rel=icon]").href = page.querySelector("link[rel=icon]").href;
  main.dataset.until = news.dataset.until ?? "";
}

function policy(page) {
  return page.querySelector("meta[http-equiv]").content;
}

function show(news) {
  const typed = document.getElementById("find");
  const looking = typed && { text: typed.value, hasFocus: document.activeElement === typed, at: typed.selectionStart };
  if (looking) find("");
  const before = new Map(allDetails().map((each) => [each.dataset.key, each.open]));
  written = news.innerHTML;
  main.replaceWith(news);
  main = news;
  for (const each of allDetails()) each.open = before.get(each.dataset.key) ?? each.open;
  const field = document.getElementById("find");
  if (!field) return;
  offerToFind();
  if (!looking) return;
  field.value = looking.text;
  find(field.value);
  if (looking.hasFocus) field.focus();
  if (looking.hasFocus) field.setSelectionRange(looking.at, looking.at);
}

function offerToFind() {
  const field = document.getElementById("find");
  if (field) field.parentElement.hidden = false;
}

function find(text) {
  const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const isFinding = words.length > 0;
  const found = [];
  for (const each of main.querySelectorAll(".infobases li")) {
    const link = each.querySelector("a");
    const name = `${each.closest(".folder").dataset.key} ${link.textContent} ${link.pathname}`.toLocaleLowerCase();
    each.hidden = !words.every((word) => name.includes(word));
    if (!each.hidden) found.push(link);
  }
  main.classList.toggle("finding", isFinding);
  for (const folder of main.querySelectorAll(".folder")) {
    folder.hidden = !folder.querySelector(".infobases li:not([hidden])");
    if (isFinding) {
      folder.dataset.was ??= folder.open;
      folder.open = true;
    } else if (folder.dataset.was) {
      folder.open = folder.dataset.was === "true";
      delete folder.dataset.was;
    }
  }
  const nothing = main.querySelector(".nothing");
  say(nothing, isFinding && !found.length ? nothing.dataset.text : "");
  return found;
}

function openFound(event) {
  if (event.target.id !== "find" || event.key !== "Enter") return;
  const found = find(event.target.value);
  if (event.target.value.trim() && found.length === 1) location.href = found[0].href;
}

function allDetails() {
  return [...document.querySelectorAll("details")];
}

function lookIfSeen() {
  if (document.hidden) addEventListener("visibilitychange", look, { once: true });
  else look();
}

function pause() {
  // Not all at once when a message starts or ends.
  const change = main.dataset.until ? main.dataset.until * 1000 - now() : LOOK_EVERY;
  return Math.min(Math.max(change, 1000), LOOK_EVERY) + Math.random() * SPREAD;
}

function tick() {
  if (!clock) return;
  for (const each of document.querySelectorAll("[data-ends]")) {
    const left = each.dataset.ends * 1000 - now();
    each.hidden = left <= 0;
    for (const words of each.querySelectorAll("[data-left]")) {
      say(words, words.dataset.left.replace("{left}", duration(timeWords, left)));
    }
  }
  const line = document.querySelector("[data-as-of]");
  const words = asOf ? (isLost ? line.dataset.lost : line.dataset.asOf) : line.dataset.unknown;
  say(line, words.replace("{time}", time(asOf)));
}

function say(node, text) {
  // Text that is set anew loses the reader's selection.
  if (node.textContent !== text) node.textContent = text;
}

function time(moment) {
  if (!moment) return "";
  const local = localTime(moment, main.dataset.zone);
  return `${dayName(timeWords, local)}, ${clockFace(local)}`;
}

function openNamed() {
  const named = document.getElementById(location.hash.slice(1));
  const details = named?.closest("details");
  if (!details) return;
  details.open = true;
  named.scrollIntoView();
}

function openAll() {
  for (const each of allDetails()) each.open = true;
}

openNamed();
offerToFind();
look();
setInterval(tick, 1000);
addEventListener("input", (event) => event.target.id === "find" && find(event.target.value));
addEventListener("keydown", openFound);
addEventListener("hashchange", openNamed);
addEventListener("beforeprint", openAll);
addEventListener("visibilitychange", tick);
addEventListener("pageshow", (event) => event.persisted && look());
