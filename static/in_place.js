// Forms fail where they stand when the service does not answer; those on the cards of messages are answered there, too.

import { isFromProxy, isThere, mayBeLost } from "./connection.js";
import { show } from "./live.js";

const PATIENCE = 15_000;
// What a screen reader is to hear must come into an element that it knows already.
const SAY_AFTER = 100;
const busy = new WeakSet();
const sure = new WeakSet();

export function answerInPlace() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
    if (sure.delete(form)) return;
    event.preventDefault();
    if (busy.has(form)) return;
    busy.add(form);
    const work = form.closest("[data-live] [data-message], dialog") ? act : leave;
    work(form, event.submitter).finally(() => busy.delete(form));
  });
}

// What was just done on the page before this one is said, too.
export function sayWhatWasDone() {
  const card = document.querySelector("[data-message][autofocus]");
  if (!card) return;
  card.focus();
  say(card);
}

// The form is sent, and the page shows what came of it.
async function act(form, button) {
  const dialog = form.closest("dialog");
  const id = dialog ? dialog.dataset.message : form.closest("[data-message]").id;
  const place = dialog ?? document.getElementById(id);
  forgetFailure(place);
  const body = new URLSearchParams(new FormData(form));
  if (button?.name) body.append(button.name, button.value);
  let response, text;
  try {
    const options = { method: "POST", body, headers: { Accept: "text/html" }, signal: AbortSignal.timeout(PATIENCE) };
    response = await fetch(form.getAttribute("action"), options);
    text = await response.text();
  } catch {
    mayBeLost();
    return fail(place, document.body.dataset.failed);
  }
  const answer = new DOMParser().parseFromString(text, "text/html");
  const question = answer.querySelector("form.confirm");
  if (!response.ok) return fail(place, wrong(answer));
  if (question && !response.redirected) return ask(question, id);
  const { pathname, search } = new URL(response.url);
  if (pathname + search !== document.body.dataset.address) return location.assign(response.url);
  dialog?.close();
  // What was sent is no longer something that was typed and not sent.
  form.reset();
  form.closest("details.box")?.removeAttribute("open");
  show(answer);
  const card = document.getElementById(id);
  const focused = card?.contains(document.activeElement) ? document.activeElement : card;
  (focused ?? document.getElementById("content")).focus({ preventScroll: true });
  if (card) say(card);
}

// Another page follows: not before it is known that there is one.
async function leave(form, button) {
  const place = (button ?? form).closest(".actions, .send, p, form");
  forgetFailure(place);
  try {
    const { status } = await fetch(import.meta.url, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
    if (isFromProxy(status)) throw new Error(status);
  } catch {
    mayBeLost();
    return fail(place, document.body.dataset.kept);
  }
  // The page may have been renewed meanwhile, and what is not in it cannot be sent.
  if (!form.isConnected) {
    form.hidden = true;
    document.body.append(form);
  }
  sure.add(form);
  form.requestSubmit(button?.form === form ? button : null);
}

function ask(question, id) {
  const dialog = document.createElement("dialog");
  dialog.dataset.message = id;
  dialog.setAttribute("aria-labelledby", "question");
  dialog.append(document.adoptNode(question));
  dialog.addEventListener("click", (event) => {
    if (!event.target.closest("[data-close]")) return;
    event.preventDefault();
    dialog.close();
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

// What the page of an error says; a proxy has its own.
function wrong(answer) {
  const words = answer.querySelectorAll("main .problem > h1, main .problem > h1 + p");
  return [...words].map((each) => each.textContent.trim().replace(/\s+/g, " ")).join(". ") || document.body.dataset.failed;
}

function fail(place, text) {
  const failure = document.createElement("span");
  failure.className = "error failure";
  failure.setAttribute("role", "alert");
  failure.textContent = text;
  place.append(failure);
}

function forgetFailure(place) {
  place.querySelector(".failure")?.remove();
}

function say(card) {
  const status = card.querySelector("[role=status]");
  if (!status) return;
  const text = status.textContent;
  // The button beside it stays where it is.
  status.style.minWidth = `${status.offsetWidth + 1}px`;
  status.textContent = "\u00a0";
  setTimeout(() => { status.textContent = text; }, SAY_AFTER);
}
