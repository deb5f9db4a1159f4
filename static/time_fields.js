// Times are typed with 24 hours: fields that browsers draw themselves have AM and PM where the browser is American.

const MACHINES = /^(\d{4}-\d{2}-\d{2})T(.+)$/;
const TIME = /\d{1,2}:\d{2}(:\d{2})?$/;

// The server reads what is typed in them as it does what the browser's own fields send.
export function showTwentyFourHours(page = document) {
  for (const field of page.querySelectorAll("input[type=time], input[type=datetime-local]")) {
    const hasDay = field.type === "datetime-local";
    // What was typed and could not be read is an attribute, but no value of such a field.
    const given = field.value || field.getAttribute("value") || "";
    field.type = "text";
    field.value = given.replace(MACHINES, (_, day, time) => `${written(day)} ${time}`);
    field.placeholder = hasDay ? `${written("2026-11-21")} 14:00` : "14:00";
    field.size = field.placeholder.length;
    field.autocomplete = "off";
    if (hasDay) (field.closest("label") ?? field).after(calendarButton(page));
  }
}

// A day may be chosen in the browser's calendar, too.
export function openCalendarOnClick() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-calendar]");
    if (!button) return;
    const before = button.previousElementSibling;
    open(button, before.matches("input") ? before : before.querySelector("input"));
  });
}

function open(button, field) {
  // One that nothing was chosen in.
  button.parentElement.querySelector("input[type=date]")?.remove();
  const calendar = document.createElement("input");
  calendar.type = "date";
  calendar.className = "hidden-words";
  calendar.tabIndex = -1;
  calendar.setAttribute("aria-label", button.getAttribute("aria-label"));
  calendar.addEventListener("change", () => {
    if (!calendar.value) return;
    const [time = ""] = field.value.match(TIME) ?? [];
    field.value = `${written(calendar.value)} ${time}`;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
    calendar.remove();
  });
  button.after(calendar);
  calendar.showPicker();
}

function calendarButton(page) {
  const button = page.createElement("button");
  button.type = "button";
  button.className = "plain calendar";
  button.dataset.calendar = "";
  button.setAttribute("aria-label", page.querySelector("main").dataset.chooseDay);
  return button;
}

// As people write days in the language of the page.
function written(day) {
  return document.documentElement.lang === "ru" ? day.split("-").reverse().join(".") : day;
}
