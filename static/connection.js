// Whether the service answers: a page that lost it says since when, and what it says of that goes when it is back.

import { now } from "./clock.js";
import { putBefore } from "./title.js";

// Longer than it takes a service to start again, and browsers to follow it.
const PATIENCE = 5_000;
// The server gives a sign of life every 15 seconds.
const SILENCE = 40_000;
const LOOK_EVERY = 5_000;

const notice = document.getElementById("lost");
let heard = now();
let saying;

// Whether a proxy answered in the place of a service that is gone.
export function isFromProxy(status) {
  return [502, 503, 504].includes(status);
}

// The server was heard.
export function isThere() {
  heard = now();
  clearTimeout(saying);
  saying = undefined;
  if (!notice || notice.hidden) return;
  notice.hidden = true;
  putBefore("lost", "");
}

// Something did not get through: it is said unless the server is heard within a moment. Whether it was known already.
export function mayBeLost() {
  const known = saying !== undefined;
  saying ??= setTimeout(say, PATIENCE);
  return known;
}

// A connection may be gone without anybody saying so.
export function watchSilence(onSilence) {
  setInterval(() => {
    if (!document.hidden && now() - heard > SILENCE && !mayBeLost()) onSilence();
  }, LOOK_EVERY);
}

function say() {
  if (!notice) return;
  notice.textContent = notice.dataset.text.replace("{at}", clock(heard));
  notice.hidden = false;
  putBefore("lost", notice.dataset.title);
}

// In the zone of the site, as all times on the page.
function clock(milliseconds) {
  return new Date(milliseconds + Number(document.body.dataset.offset) * 1_000).toISOString().slice(11, 16);
}
