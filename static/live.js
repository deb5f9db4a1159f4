// Keeps the parts of a page that are marked data-live as the server has them: it signals when something changed.

import { setClock, now } from "./clock.js";
import { isFromProxy, isThere, mayBeLost, watchSilence } from "./connection.js";
import { showAll } from "./countdown.js";
import { setTitle } from "./title.js";
import { showTwentyFourHours } from "./time_fields.js";

const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;
// Longer would overflow a timer.
const LONGEST_TIMER = 86_400_000;

let stream;
let pause = FIRST_PAUSE;
let waiting;
let timer;
let asked = 0;
let refreshed = () => {};

// The page as it was answered to a form; what else is under way is older.
export function show(fresh) {
  asked += 1;
  take(fresh, true);
}

export function keepLive(onRefreshed) {
  refreshed = () => {
    showAll();
    onRefreshed();
    refreshInTime();
  };

  async function refresh() {
    const number = ++asked;
    try {
      // Not where the browser is: what answered a form cannot be asked for.
      const response = await fetch(document.body.dataset.address, { headers: { Accept: "text/html" }, cache: "no-store" });
      // Signed out meanwhile: what is shown here is not for whoever sits here now.
      if (response.redirected) return location.assign(response.url);
      if (!isFromProxy(response.status)) isThere();
      if (!response.ok || number !== asked) return;
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
      if (number !== asked) return;
      take(fresh);
    } catch {
      // The stream comes back when the server does.
      mayBeLost();
    }
  }

  function follow() {
    clearTimeout(waiting);
    stream?.close();
    // By what the page saw, the server signals what it missed before it listened.
    stream = new EventSource(`/events?seen=${document.body.dataset.seen}`);
    stream.addEventListener("hello", (event) => {
      pause = FIRST_PAUSE;
      setClock(Number(event.data));
      isThere();
    });
    stream.addEventListener("alive", (event) => {
      setClock(Number(event.data));
      isThere();
    });
    stream.addEventListener("change", (event) => {
      setClock(Number(event.data));
      isThere();
      refresh();
    });
    stream.addEventListener("error", () => {
      // There may be no more streams to be had from a server that answers all the same.
      if (!mayBeLost()) refresh();
      // The browser tries again by itself, but not when it got another answer than a stream.
      if (stream.readyState === EventSource.CLOSED) followLater();
    });
  }

  function followLater() {
    clearTimeout(waiting);
    waiting = setTimeout(() => { follow(); refresh(); }, pause * (0.5 + Math.random() / 2));
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }

  function refreshInTime() {
    clearTimeout(timer);
    const due = [...document.querySelectorAll("[data-refresh-at]")].map((each) => Number(each.dataset.refreshAt));
    if (!due.length) return;
    const wait = Math.max(Math.min(...due) - now(), 0) + 200;
    timer = setTimeout(wait > LONGEST_TIMER ? refreshInTime : refresh, Math.min(wait, LONGEST_TIMER));
  }

  // A browser has six connections to a host: pages that nobody sees must not hold them.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      clearTimeout(waiting);
      stream?.close();
    } else {
      follow();
      refresh();
    }
  });
  addEventListener("pagehide", () => stream?.close());
  addEventListener("pageshow", (event) => {
    if (event.persisted) {
      follow();
      refresh();
    }
  });
  watchSilence(() => {
    follow();
    refresh();
  });
  if (!document.hidden) follow();
  refreshInTime();
}

function take(fresh, isAnswer = false) {
  setClock(Number(fresh.body.dataset.now));
  document.body.dataset.seen = fresh.body.dataset.seen;
  setTitle(fresh.title);
  const [icon, freshIcon] = [document, fresh].map((each) => each.querySelector("link[rel=icon]"));
  if (icon.getAttribute("href") !== freshIcon.getAttribute("href")) icon.replaceWith(document.adoptNode(freshIcon));
  // Where the keyboard begins is for who opens the page.
  for (const each of fresh.querySelectorAll("[autofocus]")) each.removeAttribute("autofocus");
  takeOver(fresh, isAnswer);
  refreshed();
}

function takeOver(fresh, isAnswer) {
  // Or what is the same would look different.
  showTwentyFourHours(fresh);
  for (const old of document.querySelectorAll("[data-live]")) {
    const part = fresh.getElementById(old.id);
    if (part && (isAnswer || !isBeingUsed(old)) && part.outerHTML !== old.outerHTML) replace(old, part);
  }
}

// What somebody is typing stays until they are done.
function isBeingUsed(part) {
  // What somebody is asked about stays under their fingers.
  if (part.querySelector("details.sure[open]")) return true;
  const focused = document.activeElement;
  return part.contains(focused) && focused.matches("input:not([type=hidden], [type=checkbox]), textarea, select");
}

function replace(old, part) {
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  // What somebody ticked to do something with several of them stays ticked.
  for (const each of old.querySelectorAll("[form]:checked")) {
    const again = part.querySelector(`[form][value="${CSS.escape(each.value)}"]`);
    if (again) again.checked = true;
  }
  for (const each of part.querySelectorAll("details[data-key]")) {
    const before = old.querySelector(`details[data-key="${CSS.escape(each.dataset.key)}"]`);
    // One that nobody touched is unfolded or not as the server has it by now.
    if (before && before.dataset.unfolded !== String(before.open)) each.open = before.open;
  }
  keepTyped(old, part);
  keepFailures(old, part);
  old.replaceWith(document.adoptNode(part));
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

// What a card says went wrong stays on it until something is done there again.
function keepFailures(old, part) {
  for (const each of old.querySelectorAll("[data-message] > .failure")) {
    part.querySelector(`[data-message="${CSS.escape(each.parentElement.dataset.message)}"]`)?.append(each);
  }
}

// What was typed into a form and not sent stays in it.
function keepTyped(old, part) {
  const fields = (root) => root.querySelectorAll("form input:not([type=hidden]), form textarea");
  const name = (field) => `${field.form.getAttribute("action")} ${field.name}`;
  const typed = new Map();
  for (const each of fields(old)) if (each.value !== each.defaultValue) typed.set(name(each), each.value);
  if (typed.size) for (const each of fields(part)) each.value = typed.get(name(each)) ?? each.value;
}
