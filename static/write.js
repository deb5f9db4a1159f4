// The form of a message: the tree is searched and the preview follows while somebody types.

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
// Of few infobases all are there, and are searched here.
const picker = targets.dataset.search ? startPicker(targets, find, document.getElementById("found")) : null;
let timer;
let asked = 0;
let framed = frame?.getAttribute("src");

// The tree

function search() {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  const leaves = [...form.querySelectorAll("li[data-find]")];
  for (const leaf of leaves) {
    const text = leaf.dataset.find.toLowerCase();
    leaf.hidden = !words.every((word) => text.includes(word));
  }
  for (const folder of form.querySelectorAll(".tree details")) {
    folder.parentElement.hidden = !folder.querySelector("li[data-find]:not([hidden])");
  }
  const found = leaves.filter((leaf) => !leaf.hidden).length;
  document.getElementById("found").textContent = words.length ? `${found} / ${leaves.length}` : "";
  if (!words.length) showChosen();
}

// The list scrolls to what is chosen; the page stays where it is.
function showChosen() {
  const chosen = targets.querySelector(":checked");
  if (chosen) targets.scrollTop += chosen.getBoundingClientRect().top - targets.getBoundingClientRect().top - targets.clientHeight / 2;
}

// What is searched for and found alone is chosen with Enter.
function chooseOnly() {
  const leaves = [...form.querySelectorAll("li[data-find]:not([hidden])")];
  if (leaves.length === 1) leaves[0].querySelector("input").click();
}

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
  for (const id of ["effect", "preview", "details"]) {
    const old = document.getElementById(id);
    const part = document.adoptNode(fresh.getElementById(id));
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    const open = [...old.querySelectorAll("details")].map((each) => each.open);
    part.querySelectorAll("details").forEach((each, index) => { each.open = open[index] ?? each.open; });
    old.replaceWith(part);
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }
  showOfflinePage(fresh.getElementById("offline")?.getAttribute("src"));
  offerCopying();
  showAll();
}

// Replaced in place: a new frame would flicker at every letter, and each address be one step back.
function showOfflinePage(address) {
  if (!frame || !address || framed === address) return;
  framed = address;
  frame.contentWindow.location.replace(address);
}

// Fields that belong to a choice choose it.
function choose(event) {
  const value = event.target.dataset?.chooses;
  if (!value) return;
  const radio = form.querySelector(`input[type="radio"][value="${value}"]`);
  if (radio && !radio.checked) radio.checked = true;
}

keepTyped(form);
offerTyped(form, async (fields) => {
  await picker?.bringBack(fields.filter(([name]) => name === "to").map(([, value]) => value));
  if (!picker) search();
  preview();
});
// The server need not search: what it leaves out could not be found any more.
find.removeAttribute("name");
document.querySelector("[aria-invalid=true]")?.focus();
document.querySelector(".error[id]")?.scrollIntoView({ block: "center" });
for (const each of form.querySelectorAll("[data-without-script]")) each.hidden = true;
find.addEventListener("input", picker ? picker.searchSoon : search);
find.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  if (picker) picker.chooseOnly();
  else chooseOnly();
});
document.addEventListener("input", (event) => {
  choose(event);
  if (event.target.form === form && event.target !== find) previewSoon();
});
form.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-chooses]")) choose(event);
});
// The dates that "now" and "in 1 h" come to move on.
setInterval(() => { if (!document.hidden) previewSoon(); }, 60_000);
if (!picker) search();
