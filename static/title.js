// The title of the page: its own, with what somebody who looks elsewhere should know in front of it.

let own = document.title;
const before = new Map();

export function setTitle(title) {
  own = title;
  write();
}

// Under a name, in whose place the next text comes; an empty one goes.
export function putBefore(name, text) {
  if (text) before.set(name, text);
  else before.delete(name);
  write();
}

function write() {
  const title = [...before.values(), own].join(" · ");
  if (document.title !== title) document.title = title;
}
