// What a message is for: a search that is driven from the keyboard, and boxes that show what a choice implies.
//
// The list of what is found is a listbox of the search field (ARIA 1.2, combobox); the boxes are what is sent.

const QUIET = 150;
const MOST_AT_ONCE = 200;

export function startPicker(list, find, output, all) {
  const words = list.dataset;
  // Of few infobases all are there as a tree, and are searched here; else the server searches.
  const source = words.search;
  const [chosen, more] = [list.querySelector(".chosen"), list.querySelector(".more")];
  const results = document.createElement("ul");
  // What was chosen itself, not as a part of more.
  const own = new Set();
  const tree = source ? [] : [...list.querySelectorAll("input[name=to]")].map(described);
  let shown = [];
  let active = -1;
  let opened = false;
  let timer;
  let asked = 0;
  let coming = Promise.resolve();

  // The boxes

  function boxes() {
    return [...list.querySelectorAll("input[name=to]")];
  }

  function wider(box) {
    return JSON.parse(box.dataset.wider ?? "[]");
  }

  function isImplied(targets) {
    return targets.some((each) => own.has(each) || (each === "*" && own.has("/")));
  }

  // A box within what is chosen looks chosen, and is not sent besides.
  function showBoxes() {
    for (const box of boxes()) {
      const implied = isImplied(wider(box));
      const isOwn = own.has(box.value) || (box.value === "*" && own.has("/"));
      box.checked = isOwn || implied;
      box.disabled = implied && !isOwn;
    }
    for (const [number, option] of [...results.children].entries()) mark(option, shown[number]);
    makeOneStop();
  }

  function readBoxes() {
    own.clear();
    for (const box of boxes()) if (box.checked && !box.disabled) own.add(box.value);
    showBoxes();
  }

  function take(each, wanted = !own.has(each.target)) {
    const implied = isImplied(each.wider);
    if (implied && !own.has(each.target)) {
      output.textContent = words.within.replace("{}", () => each.label);
      return;
    }
    if (wanted) own.add(each.target);
    else own.delete(each.target);
    if (source && wanted && !boxes().some((box) => box.value === each.target)) chosen.append(row(each));
    showBoxes();
    output.textContent = (wanted ? words.chosen : words.dropped).replace("{}", () => each.label);
    changed();
  }

  function changed() {
    list.dispatchEvent(new CustomEvent("chosen", { bubbles: true }));
  }

  // All boxes are one stop of the Tab key; arrows lead from one to the next.
  function stops() {
    return [...list.querySelectorAll("input:not(:disabled), summary")].filter((each) => each.checkVisibility?.() ?? true);
  }

  function makeOneStop(wanted) {
    const there = stops();
    const one = wanted ?? there.find((each) => each.tabIndex === 0) ?? there[0];
    for (const each of list.querySelectorAll("input, summary")) each.tabIndex = each === one ? 0 : -1;
  }

  function move(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (!(event.key in steps) || event.ctrlKey || event.altKey || event.metaKey) return;
    const there = stops();
    const next = there[there.indexOf(event.target) + steps[event.key]];
    if (!there.includes(event.target)) return;
    event.preventDefault();
    next?.focus();
  }

  function row(each) {
    const made = document.createElement("li");
    const label = made.appendChild(document.createElement("label"));
    const box = label.appendChild(document.createElement("input"));
    Object.assign(box, { type: "checkbox", name: "to", value: each.target });
    box.dataset.wider = JSON.stringify(each.wider);
    const text = document.createElement("span");
    text.append(...words_of(each));
    label.append(" ", text);
    return made;
  }

  function words_of(each) {
    const name = document.createElement("bdi");
    name.textContent = each.label;
    const quiet = document.createElement("span");
    quiet.className = "quiet";
    quiet.textContent = each.count || (each.label === each.target ? "" : each.target);
    return [name, " ", quiet];
  }

  // What can be found

  function described(box) {
    const item = box.closest("li[data-find]");
    const name = item ? item.querySelector("bdi").textContent : box.dataset.name ?? "";
    return labelled({
      target: box.value,
      name,
      wider: wider(box),
      count: Number(box.dataset.count ?? 0),
      text: (item ? item.dataset.find : box.value).toLowerCase(),
    });
  }

  function labelled(each) {
    let label = each.name || each.target;
    if (each.target === "*") label = words.everything;
    else if (each.target.startsWith("/")) label = words.folder.replace("{}", () => each.name || each.target);
    else if (each.target.startsWith("server:")) label = words.server.replace("{}", () => each.target.slice(7));
    return { ...each, label };
  }

  function kind(each) {
    return each.target.startsWith("/") ? 0 : each.target.startsWith("server:") ? 1 : 2;
  }

  function searchHere() {
    const parts = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (each) => each.target !== "*" && parts.every((part) => each.text.includes(part));
    const found = tree.filter(fits).sort((one, other) => kind(one) - kind(other));
    const infobases = tree.filter((each) => each.target !== "*" && kind(each) === 2);
    show({
      choices: found,
      found: found.filter((each) => kind(each) === 2).length,
      offered: infobases.length,
      more: 0,
    }, true);
  }

  async function searchThere(query, anew) {
    const answer = await ask(query);
    if (answer) show(answer, anew);
  }

  async function ask(query) {
    const number = ++asked;
    try {
      const response = await fetch(`${source}?${new URLSearchParams(query)}`);
      if (!response.ok || response.redirected) return null;
      const answer = await response.json();
      return number === asked ? answer : null;
    } catch {
      // The next keystroke asks again.
      return null;
    }
  }

  function search() {
    clearTimeout(timer);
    timer = undefined;
    if (source) coming = searchThere({ find: find.value }, true);
    else searchHere();
    return coming;
  }

  function searchSoon() {
    opened = false;
    if (!source) return search();
    clearTimeout(timer);
    timer = setTimeout(search, QUIET);
    return coming;
  }

  // The listbox

  function show(answer, anew) {
    if (anew) {
      shown = [];
      if (chosen) for (const each of [...chosen.children]) if (!own.has(each.querySelector("input").value)) each.remove();
    }
    shown.push(...answer.choices.map(labelled));
    results.replaceChildren(...shown.map(option));
    const hasWords = Boolean(find.value.trim());
    const isOpen = Boolean(source) || hasWords || opened;
    results.hidden = !isOpen || !shown.length;
    list.hidden = isOpen && !source;
    find.setAttribute("aria-expanded", String(!results.hidden));
    if (more) {
      more.hidden = !answer.more;
      more.querySelector("button").value = answer.start + answer.choices.length;
      more.querySelector("span").textContent = answer.more;
    }
    if (anew) {
      const nothing = hasWords && !shown.length ? ` ${words.nothing}` : "";
      output.textContent = hasWords || source ? `${answer.found} / ${answer.offered}${nothing}` : "";
      all.hidden = !hasWords || answer.found < 2 || answer.found > MOST_AT_ONCE;
      all.textContent = all.dataset.words.replace("{}", answer.found);
      activate(isOpen && (hasWords || opened) && shown.length ? 0 : -1);
      if (!isOpen) showChosen();
    } else {
      activate(active);
    }
    makeOneStop();
  }

  function option(each, number) {
    const made = document.createElement("li");
    Object.assign(made, { role: "option", id: `result-${number}` });
    made.dataset.target = each.target;
    const text = document.createElement("span");
    text.append(...words_of(each));
    made.append(text);
    mark(made, each);
    return made;
  }

  function mark(made, each) {
    const implied = isImplied(each.wider);
    made.setAttribute("aria-selected", String(implied || own.has(each.target)));
    if (implied && !own.has(each.target)) made.setAttribute("aria-disabled", "true");
    else made.removeAttribute("aria-disabled");
  }

  function activate(number) {
    active = number;
    for (const [place, each] of [...results.children].entries()) each.classList.toggle("active", place === active);
    const there = results.children[active];
    if (there) find.setAttribute("aria-activedescendant", there.id);
    else find.removeAttribute("aria-activedescendant");
    if (there) {
      const [above, below] = [there.offsetTop, there.offsetTop + there.offsetHeight - results.clientHeight];
      results.scrollTop = Math.min(Math.max(results.scrollTop, below), above);
    }
  }

  // The list scrolls to what is chosen; the page stays where it is.
  function showChosen() {
    const first = list.querySelector(":checked:enabled");
    if (first) list.scrollTop += first.getBoundingClientRect().top - list.getBoundingClientRect().top - list.clientHeight / 2;
  }

  async function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Enter") {
      event.preventDefault();
      await settled();
      if (results.hidden || active < 0) open();
      else take(shown[active]);
      find.select();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      await settled();
      if (results.hidden) return open();
      const count = shown.length;
      activate(event.key === "ArrowDown" ? (active + 1) % count : (active + count - 1 + (active < 0)) % count);
    } else if (event.key === "Escape" && (find.value || opened)) {
      event.preventDefault();
      opened = false;
      find.value = "";
      search();
    }
  }

  // What is typed fast is found before it is taken.
  function settled() {
    return timer === undefined ? coming : search();
  }

  function open() {
    opened = true;
    if (!source) searchHere();
    else if (shown.length) activate(0);
    if (!shown.length) output.textContent = words.nothing;
  }

  async function chooseAll(event) {
    event.preventDefault();
    await settled();
    let found = shown.filter((each) => kind(each) === 2);
    if (source) found = ((await ask({ find: find.value, all: "" }))?.all ?? []).map(labelled);
    for (const each of found) {
      if (own.has(each.target)) continue;
      own.add(each.target);
      if (source && !boxes().some((box) => box.value === each.target)) chosen.append(row(each));
    }
    showBoxes();
    output.textContent = words.chosen.replace("{}", String(found.length));
    changed();
  }

  async function bringBack(targets) {
    own.clear();
    for (const target of targets) own.add(target);
    const missing = targets.filter((target) => !boxes().some((box) => box.value === target));
    if (source && missing.length) {
      const answer = await ask([["find", find.value], ...missing.map((target) => ["to", target])]);
      if (answer) chosen.append(...answer.chosen.map(labelled).map(row));
    }
    showBoxes();
  }

  if (source) {
    // What the server found is in the listbox from now on.
    shown = [...list.querySelectorAll(".found input")].map((box) => {
      const text = box.parentElement.querySelector("bdi")?.textContent ?? box.dataset.name ?? "";
      return labelled({ target: box.value, name: text, wider: wider(box), count: Number(box.dataset.count ?? 0) });
    });
    list.querySelector(".found").remove();
    more.querySelector("button").addEventListener("click", (event) => {
      event.preventDefault();
      searchThere({ find: find.value, from: event.currentTarget.value }, false);
    });
    list.after(results, more);
    results.replaceChildren(...shown.map(option));
  } else {
    list.after(results);
    results.hidden = true;
  }
  // It is driven from the field, and scrolls without being a stop of the Tab key.
  Object.assign(results, { id: "results", className: "results", role: "listbox", tabIndex: -1 });
  results.setAttribute("aria-label", words.results);
  results.setAttribute("aria-multiselectable", "true");
  Object.assign(find, { role: "combobox" });
  for (const [name, value] of [["autocomplete", "list"], ["controls", "results"], ["expanded", String(!results.hidden)], ["haspopup", "listbox"]]) {
    find.setAttribute(`aria-${name}`, value);
  }
  find.addEventListener("input", searchSoon);
  find.addEventListener("keydown", onKey);
  // The field keeps the focus, and with it the place in the list.
  results.addEventListener("mousedown", (event) => event.preventDefault());
  results.addEventListener("click", (event) => {
    const number = [...results.children].indexOf(event.target.closest("[role=option]"));
    if (number < 0) return;
    activate(number);
    take(shown[number]);
  });
  all.addEventListener("click", chooseAll);
  list.addEventListener("change", readBoxes);
  list.addEventListener("keydown", move);
  list.addEventListener("focusin", (event) => {
    if (event.target !== list) makeOneStop(event.target);
  });
  list.addEventListener("toggle", () => makeOneStop(), true);
  readBoxes();
  if (find.value && !source) searchHere();
  else showChosen();
  return { bringBack };
}
