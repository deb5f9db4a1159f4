// Countdowns that count: how long it is until the moment in data-until.

import { now } from "./clock.js";

const SECONDS = [86_400, 3_600, 60, 1];
const units = document.body.dataset.units.split(" ");

export function startCountdowns() {
  showAll();
  setInterval(showAll, 1_000);
}

export function showAll() {
  for (const each of document.querySelectorAll(".countdown")) {
    const text = duration(Number(each.dataset.until) - now());
    if (each.textContent !== text) each.textContent = text;
  }
}

// The two greatest parts, as errorhelp/admin/pages/page_times.py writes them.
function duration(milliseconds) {
  let rest = Math.max(Math.floor(milliseconds / 1_000), 0);
  const parts = [];
  SECONDS.forEach((seconds, index) => {
    const count = Math.floor(rest / seconds);
    rest %= seconds;
    if (count || parts.length) parts.push(`${count} ${units[index]}`);
  });
  return parts.slice(0, 2).join(" ") || `0 ${units.at(-1)}`;
}
