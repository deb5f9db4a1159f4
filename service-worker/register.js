/* Registers the offline page's service worker; the web server adds this script to the 1C start page.

   errorhelp serves it at /offline/{infobase}/register.js with the settings filled in:
   publications  addresses where the worker is wanted */
(() => {
  "use strict";

  const settings = /* filled in */ null;

  const SCRIPT = new URL("sw.js", document.currentScript.src).href;
  const OURS = /\/offline\/[^/]+\/sw\.js$/;
  const workers = navigator.serviceWorker;

  if (!workers) {
    say("no service workers here; they need HTTPS");
    return;
  }
  workers.addEventListener("message", (event) => {
    if (event.data === "errorhelp: reload") location.reload();
  });
  const scope = settings.publications.map(scopeOf).find((each) => isBelow(location.href, each));
  if (!scope) {
    say(`no worker is wanted at ${location.origin}${location.pathname}`);
    return;
  }
  register().catch((error) => {
    say(`no worker: ${error.message}. Browsers refuse one behind a certificate that they don't trust.`);
  });

  async function register() {
    const registrations = await workers.getRegistrations();
    const other = registrations.find((each) => !isOurs(each) && sharesPages(each.scope));
    if (other) {
      say(`${other.scope} has another service worker, ${scriptOf(other)}; ours steps back`);
      const ours = registrations.find((each) => isOurs(each) && each.scope === scope);
      await ours?.unregister();
      return;
    }
    await workers.register(SCRIPT, { scope, updateViaCache: "none" });
  }

  function sharesPages(otherScope) {
    return scope.startsWith(otherScope) || isBelow(otherScope, scope);
  }

  function isOurs(each) {
    return OURS.test(new URL(scriptOf(each)).pathname);
  }

  function scriptOf({ active, waiting, installing }) {
    return (active ?? waiting ?? installing).scriptURL;
  }

  function scopeOf(address) {
    const { origin, pathname } = new URL(address);
    return new URL(pathname.replace(/\/+$/, ""), origin).href;
  }

  function isBelow(address, folder) {
    const { origin, pathname } = new URL(address);
    return `${origin}${pathname}/`.startsWith(folder.replace(/\/?$/, "/"));
  }

  function say(text) {
    console.info(`errorhelp: ${text}`);
  }
})();
