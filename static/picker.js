// What a message is for, of many infobases: the server searches, and what is chosen stays in sight.

const QUIET = 150;

export function startPicker(list, find, output) {
  const [chosen, found] = [list.querySelector(".chosen"), list.querySelector(".found")];
  const more = list.querySelector(".more");
  let timer;
  let asked = 0;
  let coming = Promise.resolve();

  function searchSoon() {
    clearTimeout(timer);
    timer = setTimeout(search, QUIET);
  }

  function search() {
    clearTimeout(timer);
    coming = ask({ find: find.value }).then((answer) => answer && show(answer, true));
    return coming;
  }

  async function ask(query) {
    const number = ++asked;
    try {
      const response = await fetch(`${list.dataset.search}?${new URLSearchParams(query)}`);
      if (!response.ok || response.redirected) return null;
      const answer = await response.json();
      return number === asked ? answer : null;
    } catch {
      // The next keystroke asks again.
      return null;
    }
  }

  function show(answer, anew) {
    if (anew) keepChosen();
    const there = new Set([...list.querySelectorAll("input")].map((input) => input.value));
    found.append(...answer.choices.filter((each) => !there.has(each.target)).map((each) => choice(each, false)));
    more.hidden = !answer.more;
    more.querySelector("button").value = answer.start + answer.choices.length;
    more.querySelector("span").textContent = answer.more;
    output.textContent = `${answer.found} / ${answer.offered}`;
  }

  // What is no longer chosen goes, what was just chosen stays above what is found next.
  function keepChosen() {
    for (const row of [...chosen.children]) if (!row.querySelector("input").checked) row.remove();
    for (const row of [...found.children]) {
      if (row.querySelector("input").checked) chosen.append(row);
      else row.remove();
    }
  }

  function choice(each, isChosen) {
    const row = document.createElement("li");
    const label = row.appendChild(document.createElement("label"));
    const input = label.appendChild(document.createElement("input"));
    Object.assign(input, { type: "checkbox", name: "to", value: each.target, checked: isChosen });
    const isFolder = each.target.startsWith("/");
    const name = document.createElement(isFolder ? "span" : "bdi");
    name.textContent = isFolder ? list.dataset.folder.replace("{}", () => each.name) : each.name;
    const quiet = document.createElement("span");
    quiet.className = "quiet";
    quiet.textContent = isFolder ? each.count : each.target;
    const text = document.createElement("span");
    text.append(name, " ", quiet);
    label.append(" ", text);
    return row;
  }

  // What is searched for and found alone is chosen with Enter, when it is there.
  async function chooseOnly() {
    await search();
    const rows = [...found.children];
    const infobases = rows.filter((row) => !row.querySelector("input").value.startsWith("/"));
    const [only] = infobases.length === 1 ? infobases : rows.length === 1 ? rows : [];
    only?.querySelector("input").click();
  }

  async function bringBack(targets) {
    for (const input of list.querySelectorAll("input")) input.checked = targets.includes(input.value);
    const missing = targets.filter((target) => ![...list.querySelectorAll("input")].some((each) => each.value === target));
    if (!missing.length) return;
    const answer = await ask([["find", find.value], ...missing.map((target) => ["to", target])]);
    if (answer) chosen.append(...answer.chosen.map((each) => choice(each, true)));
  }

  more.querySelector("button").addEventListener("click", async (event) => {
    event.preventDefault();
    const answer = await ask({ find: find.value, from: event.target.value });
    if (answer) show(answer, false);
  });

  return { searchSoon, search, chooseOnly, bringBack };
}
