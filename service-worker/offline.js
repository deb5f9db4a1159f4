// The offline page: "data" is filled in by errorhelp; "found" by the service worker, null without one.
const data = JSON.parse(document.getElementById("data").textContent);
const found = JSON.parse(document.getElementById("found").textContent);

const UNAVAILABLE = [502, 503, 504];
const FIRST_PAUSE = 5_000;
const RETURNS = "errorhelp returns";
const MOST_RETURNS = 3;
const RETURNS_FORGOTTEN_AFTER = 300_000;

const language = spoken(data.languages) ?? data.language;
const texts = data.texts[language];
const timeWords = data.times[language];

// Opened at its own address it stands for nothing that failed.
const isPreview = /\/offline\/[^/]+\/(index\.html)?$/.test(location.pathname);
// An admin who writes a message sees it in a frame, which asks nobody.
const isDraft = found?.draft ?? false;
// All times are the site's, as in its messages, wherever this computer is.
const zone = isKnownZone(data.zone) ? data.zone : undefined;
const openedAt = performance.now();

let help = data.help[language];
let messages = [];
let clock = null;
let failedAt = Date.now();
let asOf = found ? Date.parse(found.date) : NaN;
let failure = found ?? { status: 503 };
let attempts = returnsSoFar();
let isAsking = false;
let isTold = false;
let timer;

function element(id) {
  return document.getElementById(id);
}

function spoken(offered) {
  for (const tag of navigator.languages) {
    const match = offered.find((each) => `${tag}-`.toLowerCase().startsWith(`${each}-`));
    if (match) return match;
  }
}

function say(node, text) {
  // Text that is set anew loses the reader's selection, and a screen reader says it again.
  if (node.textContent !== text) node.textContent = text;
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/* Time: a message's end is compared with the server's time, however wrong this computer's clock is. */

function setClock(date, sent) {
  // Date is cut to the second and as old as the request at most: this is never behind the server.
  clock = { server: Date.parse(date) + 1000 + Date.now() - sent, wall: Date.now(), steady: performance.now() };
  failedAt = clock.server - (clock.steady - openedAt);
}

function now() {
  // One stands still while the computer sleeps, the other jumps when it is set.
  return clock.server + Math.max(Date.now() - clock.wall, performance.now() - clock.steady);
}

function instant(value) {
  switch (data.timeFormat) {
    case "unix": return value * 1000;
    case "unix-ms": return value;
    case "iso-local": return inZone(value);
    case "1c": return inZone(String(value).replace(/^(....)(..)(..)(..)(..)(..)$/, "$1-$2-$3T$4:$5:$6"));
    default: return Date.parse(value);
  }
}

function inZone(local) {
  const asUtc = Date.parse(`${local}Z`);
  return asUtc ? asUtc - offset(asUtc - offset(asUtc, zone), zone) : NaN;
}

function isKnownZone(name) {
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone: name }));
  } catch {
    return false;
  }
}

function clockTime(moment) {
  const local = localTime(moment, zone);
  const isToday = dateOf(local) === dateOf(localTime(Date.now(), zone));
  return `${isToday ? "" : `${dayName(timeWords, local)}, `}${clockFace(local)} (${zoneName(moment)})`;
}

function dateOf(local) {
  return local.toISOString().slice(0, 10);
}

// The zone as help pages and lists name it: UTC+3, UTC+5:30.
function zoneName(moment) {
  const minutes = Math.round(offset(moment, zone) / 60_000);
  const rest = Math.abs(minutes) % 60;
  const hours = Math.floor(Math.abs(minutes) / 60) + (rest ? `:${String(rest).padStart(2, "0")}` : "");
  return minutes ? `UTC${minutes < 0 ? "-" : "+"}${hours}` : "UTC";
}

/* Help and messages: from the page, then from the worker's copy, then from the service address. */

function takeKept({ help: answer, date, sent, received }) {
  take(answer, date, sent);
  // A clock that was set back since says nothing about what has ended.
  if (Date.now() < received) clock = null;
}

function take(answer, date, sent) {
  const { help_text, help_url } = data.names;
  help = { text: String(answer[help_text] ?? help.text), url: String(answer[help_url] ?? help.url) };
  asOf = Date.parse(date);
  clock = null;
  if (asOf) setClock(date, sent);
  messages = messagesIn(answer);
}

function messagesIn(answer) {
  const { names } = data;
  const text = answer[names.user_message];
  const joined = text ? [{ severity: "info", text, endsAt: answer[names.user_message_until] }] : [];
  // Without an end it is believed for as long as an answer is fresh.
  const believedUntil = asOf + 2 * data.longestPause;
  return (answer[names.messages] ?? joined).map(({ severity, text, startsAt, endsAt, updates, firstText }) => ({
    severity,
    text,
    starts: instant(startsAt) || 0,
    ends: instant(endsAt) || believedUntil,
    earlier: earlierTexts(updates ?? [], firstText, startsAt),
    updated: updates?.length ? instant(updates[0].at) : null,
  }));
}

function earlierTexts([, ...updates], firstText, startsAt) {
  const first = firstText ? [{ text: firstText, at: startsAt }] : [];
  return [...updates, ...first].map(({ text, at }) => ({ text, at: instant(at) }));
}

async function askForHelp() {
  if (isAsking) return;
  isAsking = true;
  const sent = Date.now();
  try {
    const response = await fetch(data.service[language], patiently({ redirect: "error" }));
    if (response.ok) take(await response.json(), response.headers.get("Date"), sent);
  } catch {
    // What is known stays.
  }
  isAsking = false;
  show();
}

async function sendReport() {
  // Once for a page load that failed: nothing about the person, and of the address no query.
  if (isTold || isPreview || !data.reports) return;
  isTold = true;
  const time = new Date(failedAt).toISOString();
  const page = location.origin + location.pathname;
  const report = { errorhelp: "offline", reason: reasonFor([]), status: failure.status ?? 0, time, page };
  try {
    // A text: browsers send JSON to another origin only after asking for leave.
    const options = { method: "POST", body: JSON.stringify(report), redirect: "error" };
    isTold = (await fetch(data.service[language], patiently(options))).ok;
  } catch {
    isTold = false;
  }
}

function patiently(options) {
  return { cache: "no-store", signal: AbortSignal.timeout(data.timeout), ...options };
}

/* What is shown. */

function show() {
  const moment = clock ? now() : NaN;
  const current = messages.filter(({ starts, ends }) => starts <= moment && moment < ends);
  showMessages(current, moment);
  showHelp();
  if (!isPreview) showFailure(current);
  say(element("as-of"), asOf ? fill(texts.asOf, { time: clockTime(asOf) }) : "");
}

function showMessages(current, moment) {
  const box = element("messages");
  const key = JSON.stringify(current);
  // Built anew only when changed, or a screen reader would repeat them every second.
  if (box.dataset.shown !== key) box.replaceChildren(...current.map(card));
  box.dataset.shown = key;
  current.forEach(({ ends }, index) => {
    const values = { time: clockTime(ends), left: duration(timeWords, ends - moment) };
    say(box.children[index].querySelector(".until"), fill(texts.until, values));
  });
}

function card({ severity, text, updated, earlier }) {
  const known = severity in texts.severity ? severity : "info";
  const section = make("section", "", `message ${known}`);
  const words = said(text);
  const until = make("p", "", "until");
  until.setAttribute("aria-live", "off");
  section.append(make("h2", texts.severity[known]), words, until);
  if (updated) section.append(make("p", fill(texts.updated, { time: clockTime(updated) }), "at"));
  if (earlier.length) section.append(make("h3", texts.earlier), earlierList(earlier));
  return section;
}

function earlierList(earlier) {
  const list = make("ol", "");
  list.append(...earlier.map(({ text, at }) => {
    const item = make("li", "");
    item.append(make("p", clockTime(at), "at"), said(text));
    return item;
  }));
  return list;
}

function said(text) {
  const words = make("p", "");
  words.append(...linked(text));
  words.lang = language;
  return words;
}

function make(name, text, className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

function showHelp() {
  const url = /^https?:\/\//i.test(help.url) ? help.url : "";
  element("help").hidden = !help.text && !url;
  showHelpText(element("help-text"));
  element("help-text").lang = data.help[language].language;
  element("help-url").hidden = !url;
  element("help-url").href = url;
}

function showHelpText(node) {
  if (node.textContent === help.text && node.dataset.shown) return;
  node.replaceChildren(...linked(help.text));
  node.dataset.shown = true;
}

function showFailure(current) {
  const reason = reasonFor(current);
  say(element("why"), texts[reason]);
  element("hints").hidden = !["noNetwork", "noAnswer"].includes(reason);
  const toTheSecond = localTime(failedAt, zone).toISOString().slice(0, 19).replace("T", " ");
  say(element("time"), `${toTheSecond} (${zoneName(failedAt)})`);
  say(element("infobase"), `${data.name} (${data.id})`);
  say(element("address"), location.href);
  say(element("error"), errorText());
}

function errorText() {
  if (failure.status) return `HTTP ${failure.status}`;
  if (failure.error !== "TimeoutError") return texts.noConnection;
  return fill(texts.tooSlow, { time: duration(timeWords, data.timeout) });
}

function reasonFor(current) {
  if (current.some(({ severity }) => severity === "maintenance")) return "maintenance";
  if (!navigator.onLine) return "noNetwork";
  return failure.status ? "serverError" : "noAnswer";
}

/* The way back. */

async function look() {
  askForHelp();
  sendReport();
  // Another look would break off a page load that takes its time.
  if (!isPreview && await isBack() && goBack()) return;
  show();
  lookLater();
}

async function isBack() {
  try {
    // With credentials a 401 would make the browser ask for a password here.
    const response = await fetch(location.href, patiently({ redirect: "manual", credentials: "omit" }));
    response.body?.cancel();
    if (!UNAVAILABLE.includes(response.status)) return true;
    failure = { status: response.status };
  } catch (error) {
    failure = { error: error.name };
  }
  say(element("automatic"), texts.automatic);
  return false;
}

function goBack() {
  const returns = returnsSoFar() + 1;
  if (document.hidden) return false;
  if (returns > MOST_RETURNS || !remember(returns)) {
    say(element("automatic"), texts.stuck);
    return false;
  }
  location.reload();
  return true;
}

function returnsSoFar() {
  try {
    const { count, at } = JSON.parse(sessionStorage.getItem(RETURNS));
    return Date.now() - at < RETURNS_FORGOTTEN_AFTER ? count : 0;
  } catch {
    return 0;
  }
}

function remember(count) {
  try {
    sessionStorage.setItem(RETURNS, JSON.stringify({ count, at: Date.now() }));
    return true;
  } catch {
    return false;
  }
}

function lookLater() {
  clearTimeout(timer);
  if (document.hidden) return;
  const pause = Math.min(FIRST_PAUSE * 2 ** attempts, data.longestPause);
  attempts += 1;
  timer = setTimeout(look, pause * (0.5 + Math.random() / 2));
}

function lookSoon() {
  attempts = returnsSoFar();
  show();
  lookLater();
}

async function copy() {
  const lines = [...document.querySelectorAll("#facts dt")].map((name) => (
    `${name.textContent}: ${name.nextElementSibling.textContent}`
  ));
  try {
    await navigator.clipboard.writeText(lines.join("\n"));
    say(element("copy"), texts.copied);
  } catch {
    getSelection().selectAllChildren(element("facts"));
    say(element("copy"), texts.selected);
  }
}

function start() {
  const values = { name: data.name, address: location.origin + location.pathname };
  document.documentElement.lang = data.interfaces[language];
  for (const each of document.querySelectorAll("[data-text]")) {
    each.textContent = fill(texts[each.dataset.text], values);
  }
  document.title = element("title").textContent = fill(isPreview ? texts.preview : texts.title, values);
  if (element("organisation")) element("organisation").textContent = data.organisation[language];
  element("automatic").textContent = isPreview ? "" : texts.automatic;
  element("go").textContent = fill(isPreview ? texts.open : texts.tryNow, values);
  element("go").onclick = () => (isPreview ? location.assign(data.publication) : location.reload());
  element("copy").onclick = copy;
  element("return").hidden = isPreview && !data.publication;
  element("details").hidden = isPreview;

  const kept = found?.help[language];
  if (kept) takeKept(kept);
  show();
  setInterval(show, 1000);
  if (isDraft) return;
  addEventListener("visibilitychange", lookSoon);
  addEventListener("online", lookSoon);
  addEventListener("offline", show);
  navigator.serviceWorker?.addEventListener("message", (event) => {
    if (event.data === "errorhelp: reload") location.reload();
  });
  if (!document.hidden) {
    askForHelp();
    sendReport();
  }
  lookLater();
}

start();
