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
    const response = await fetch(location.pathname, { cache: "no-cache", signal: AbortSignal.timeout?.(10_000) });
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
  main.dataset.until = news.dataset.until ?? "";
}

function policy(page) {
  return page.querySelector("meta[http-equiv]").content;
}

function show(news) {
  const before = new Map(allDetails().map((each) => [each.dataset.key, each.open]));
  written = news.innerHTML;
  main.replaceWith(news);
  main = news;
  for (const each of allDetails()) each.open = before.get(each.dataset.key) ?? each.open;
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
look();
setInterval(tick, 1000);
addEventListener("hashchange", openNamed);
addEventListener("beforeprint", openAll);
addEventListener("visibilitychange", tick);
addEventListener("pageshow", (event) => event.persisted && look());
