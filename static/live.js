// Keeps the parts of a page that are marked data-live as the server has them: it signals when something changed.

import { setClock, now } from "./clock.js";
import { showAll } from "./countdown.js";
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

export function keepLive(onRefreshed) {
  const refreshed = () => {
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
      if (!response.ok || number !== asked) return;
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
      if (number !== asked) return;
      setClock(Number(fresh.body.dataset.now));
      document.body.dataset.seen = fresh.body.dataset.seen;
      takeOver(fresh);
      refreshed();
    } catch {
      // The stream comes back when the server does.
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
    });
    stream.addEventListener("change", (event) => {
      setClock(Number(event.data));
      refresh();
    });
    stream.addEventListener("error", () => {
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
  if (!document.hidden) follow();
  refreshInTime();
}

function takeOver(fresh) {
  // Or what is the same would look different.
  showTwentyFourHours(fresh);
  for (const old of document.querySelectorAll("[data-live]")) {
    const part = fresh.getElementById(old.id);
    if (part && !isBeingUsed(old) && part.outerHTML !== old.outerHTML) replace(old, part);
  }
}

// What somebody is typing stays until they are done.
function isBeingUsed(part) {
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
    if (before) each.open = before.open;
  }
  old.replaceWith(document.adoptNode(part));
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}
