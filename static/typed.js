// What somebody typed stays in their tab until it is posted: the sign-in may end meanwhile, or the store be gone.

const KEY = "typed";

export function keepTyped(form) {
  form.addEventListener("submit", (event) => {
    if (event.submitter?.value !== "post") return;
    const fields = [...new FormData(form)].filter(([, value]) => typeof value === "string");
    sessionStorage.setItem(KEY, JSON.stringify({ address: location.pathname, fields }));
  });
}

// The page has a place for the offer when it is not the answer to what was typed.
export function offerTyped(form, onBroughtBack) {
  const offer = document.getElementById("typed");
  const typed = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  if (!offer || typed?.address !== location.pathname) return;
  offer.hidden = false;
  offer.addEventListener("click", (event) => {
    if (!event.target.matches("button")) return;
    offer.hidden = true;
    sessionStorage.removeItem(KEY);
    if (event.target.value === "bring") {
      fill(form, typed.fields);
      onBroughtBack(typed.fields);
    }
  });
}

// Whoever was led from the form to the first page has posted it.
export function forgetWhatWasPosted() {
  const typed = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
  const [navigation] = performance.getEntriesByType("navigation");
  if (!typed || location.pathname !== "/" || !navigation?.redirectCount || !document.referrer) return;
  if (new URL(document.referrer).pathname === typed.address) sessionStorage.removeItem(KEY);
}

function fill(form, fields) {
  const values = new Map();
  for (const [name, value] of fields) values.set(name, [...(values.get(name) ?? []), value]);
  for (const field of form.querySelectorAll("input, select, textarea")) {
    const given = values.get(field.name) ?? [];
    if (field.matches("[type=checkbox], [type=radio]")) field.checked = given.includes(field.value);
    else if (given.length) field.value = given[0];
  }
}
