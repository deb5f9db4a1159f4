// A reminder can be put away, and shows in the title of a page that nobody looks at.

import { putBefore } from "./title.js";

const PUT_AWAY = "errorhelp put away";

export function showReminders() {
  const away = putAway();
  const open = [...document.querySelectorAll("[data-reminder]")].filter((each) => {
    each.hidden = away.includes(each.dataset.reminder);
    return !each.hidden;
  });
  for (const each of document.querySelectorAll("[data-dismiss]")) each.hidden = false;
  putBefore("reminder", open[0]?.querySelector("strong").textContent);
}

export function putAwayOnClick() {
  document.addEventListener("click", (event) => {
    const reminder = event.target.closest("[data-dismiss]")?.closest("[data-reminder]");
    if (!reminder) return;
    sessionStorage.setItem(PUT_AWAY, JSON.stringify([...putAway().slice(-20), reminder.dataset.reminder]));
    showReminders();
  });
}

function putAway() {
  return JSON.parse(sessionStorage.getItem(PUT_AWAY) ?? "[]");
}
