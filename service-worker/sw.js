/* The service worker of a 1C publication: shows the offline page where the 1C web server does not answer.

   It answers page loads only and lets everything else pass, so it can't break the 1C web client.
   errorhelp serves it at /offline/{infobase}/sw.js with the settings filled in:
   version       changes with the worker and the page
   publications  addresses where it is wanted; at any other it takes itself away
   help          addresses of the help JSON, by language
   timeout       how long a page load may take before the offline page is shown, in ms
   text          what is shown should the browser have lost the page */
"use strict";

const settings = /* filled in */ null;

const PAGE = new URL("index.html", location).href;
const FOUND = '<script type="application/json" id="found">';
const UNAVAILABLE = [502, 503, 504];

const scope = new URL(registration.scope);
const cachePrefix = `errorhelp ${scope} `;
const cacheName = cachePrefix + settings.version;
const isWanted = settings.publications.some((address) => scopeOf(address) === scope.href);

addEventListener("install", (event) => {
  skipWaiting();
  if (isWanted) event.waitUntil(keepPage().then(keepHelp));
});

addEventListener("activate", (event) => event.waitUntil(isWanted ? takeOver() : takeAway()));

addEventListener("fetch", (event) => {
  if (isWanted && isPageLoad(event.request)) event.respondWith(answer(event));
});

function isPageLoad(request) {
  // A download in a hidden frame navigates too: nobody would see a page there.
  if (request.mode !== "navigate" || request.destination !== "document" || request.method !== "GET") return false;
  // The scope /erp also holds /erp2, which is somebody else's.
  const folder = scope.pathname.replace(/\/$/, "");
  const { pathname } = new URL(request.url);
  return pathname === folder || pathname.startsWith(folder + "/");
}

async function answer(event) {
  try {
    const response = await inTime(fetch(event.request));
    if (response.status === 401 && response.headers.has("WWW-Authenticate")) return await stepAside(event.request);
    if (!UNAVAILABLE.includes(response.status)) {
      event.waitUntil(keepPage().then(keepHelp).catch(() => "what is kept stays"));
      return response;
    }
    return await offlinePage({ status: response.status });
  } catch (error) {
    return await offlinePage({ error: error.name });
  }
}

async function stepAside(request) {
  // Some browsers ask for name and password only when they load a page without a worker.
  await registration.unregister();
  return Response.redirect(request.url);
}

function inTime(promise) {
  let timer;
  const timeout = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new DOMException("too slow", "TimeoutError")), settings.timeout);
  });
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer));
}

async function keepPage() {
  // A redirect leads to a sign-in form or the like, and would make the copy useless for a page load.
  const response = await fetch(PAGE, { cache: "no-cache", redirect: "error", signal: patience() });
  const page = await response.text();
  if (!response.ok || !page.includes(FOUND)) throw new Error(`${PAGE} is not the offline page`);
  await keep(PAGE, page, response.headers.get("Date"));
}

async function keepHelp() {
  await Promise.allSettled(Object.values(settings.help).map(async (address) => {
    const sent = Date.now();
    const response = await fetch(address, { cache: "no-store", redirect: "error", signal: patience() });
    const help = await response.json();
    const date = response.headers.get("Date");
    if (response.ok) await keep(address, JSON.stringify({ help, date, sent, received: Date.now() }), date);
  }));
}

function patience() {
  return AbortSignal.timeout(settings.timeout);
}

async function keep(address, text, date) {
  const cache = await caches.open(cacheName);
  await cache.put(address, new Response(text, date ? { headers: { Date: date } } : {}));
}

async function offlinePage(why) {
  try {
    const cache = await caches.open(cacheName);
    const page = await cache.match(PAGE);
    const found = { ...why, date: page.headers.get("Date"), help: await keptHelp(cache) };
    const json = JSON.stringify(found).replaceAll("<", "\\u003c");
    const html = (await page.text()).replace(FOUND + "null", () => FOUND + json);
    return unavailable(html, "text/html; charset=utf-8");
  } catch (error) {
    console.error("errorhelp: the offline page is lost", error);
    return unavailable(settings.text, "text/plain; charset=utf-8");
  }
}

async function keptHelp(cache) {
  const kept = {};
  for (const [language, address] of Object.entries(settings.help)) {
    const response = await cache.match(address);
    if (response) kept[language] = await response.json();
  }
  return kept;
}

function unavailable(body, type) {
  return new Response(body, { status: 503, headers: { "Content-Type": type, "Cache-Control": "no-store" } });
}

async function takeOver() {
  // A worker before this one switched it on, and Firefox drops the answer to a page load whose preload failed.
  await registration.navigationPreload?.disable();
  await forget((name) => name !== cacheName);
}

async function takeAway() {
  const pages = await clients.matchAll({ type: "window" });
  await forget(() => true);
  await registration.unregister();
  for (const page of pages) page.postMessage("errorhelp: reload");
}

async function forget(isOld) {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(cachePrefix) && isOld(name)).map((name) => caches.delete(name)));
}

function scopeOf(address) {
  const { origin, pathname } = new URL(address);
  return new URL(pathname.replace(/\/+$/, ""), origin).href;
}
