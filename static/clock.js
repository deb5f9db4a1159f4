// The server's time, however wrong this computer's clock is.

let ahead = Number(document.body.dataset.now) - Date.now();

export function setClock(milliseconds) {
  ahead = milliseconds - Date.now();
}

export function now() {
  return Date.now() + ahead;
}
