// The form of a message: the preview follows while somebody types.

import { showAll } from "./countdown.js";
import { offerCopying } from "./copying.js";
import { startPicker } from "./picker.js";
import { keepTyped, offerTyped } from "./typed.js";

const QUIET = 250;
const form = document.getElementById("write");
const frame = document.getElementById("offline");
// Not as one of form.elements: Firefox no longer finds it there by its id once it has lost its name.
const find = document.getElementById("find");
const targets = form.querySelector(".targets");
const post = form.querySelector("button[value=post]");
const picker = startPicker(targets, find, document.getElementById("found"), document.getElementById("choose-found"));
let timer;
let asked = 0;
let framed = frame.getAttribute("src");

// The preview

function previewSoon() {
  clearTimeout(timer);
  timer = setTimeout(preview, QUIET);
}

async function preview() {
  const number = ++asked;
  try {
    const body = new URLSearchParams(new FormData(form));
    const response = await fetch("/write/preview", { method: "POST", body });
    if (!response.ok || response.redirected) return;
    const text = await response.text();
    if (number === asked) show(new DOMParser().parseFromString(text, "text/html"));
  } catch {
    // The next keystroke asks again.
  }
}

function show(fresh) {
  for (const id of ["effect", "preview", "details", "already"]) {
    const old = document.getElementById(id);
    const part = document.adoptNode(fresh.getElementById(id));
    // What is the same is not announced anew.
    if (part.outerHTML === old.outerHTML) continue;
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    const open = [...old.querySelectorAll("details")].map((each) => each.open);
    part.querySelectorAll("details").forEach((each, index) => { each.open = open[index] ?? each.open; });
    old.replaceWith(part);
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }
  const offline = fresh.getElementById("offline").getAttribute("src");
  frame.closest("figure").hidden = !offline;
  showOfflinePage(offline);
  offerCopying();
  showAll();
}

// Replaced in place: a new frame would flicker at every letter, and each address be one step back.
function showOfflinePage(address) {
  if (!address || framed === address) return;
  framed = address;
  frame.contentWindow.location.replace(address);
}

// Fields that belong to a choice choose it; those of another one are no stop of the Tab key.
function choose(event) {
  const value = event.target.dataset?.chooses;
  if (!value) return;
  const radio = radioOf(value);
  if (radio && !radio.checked) radio.checked = true;
}

function radioOf(value) {
  return form.querySelector(`input[type="radio"][value="${value}"]`);
}

function passOver() {
  for (const each of form.querySelectorAll("[data-chooses]")) each.tabIndex = radioOf(each.dataset.chooses)?.checked === false ? -1 : 0;
}

keepTyped(form);
offerTyped(form, async (fields) => {
  await picker.bringBack(fields.filter(([name]) => name === "to").map(([, value]) => value));
  passOver();
  preview();
});
// The server need not search: what it leaves out could not be found any more.
find.removeAttribute("name");
document.querySelector("[aria-invalid=true]")?.focus();
document.querySelector(".error[id]")?.scrollIntoView({ block: "center" });
for (const each of form.querySelectorAll("[data-without-script]")) each.hidden = true;
form.addEventListener("chosen", previewSoon);
// As in a chat; whatever has to be asked once more is asked.
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  post.click();
});
document.addEventListener("input", (event) => {
  choose(event);
  passOver();
  if (event.target.form === form && event.target !== find) previewSoon();
});
form.addEventListener("focusin", (event) => {
  if (!event.target.matches("[data-chooses]")) return;
  choose(event);
  passOver();
});
// The dates that "now" and "in 1 h" come to move on.
setInterval(() => { if (!document.hidden) previewSoon(); }, 60_000);
passOver();
