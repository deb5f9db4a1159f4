"""Chromium, Firefox and WebKit, driven by the same few verbs.

Chromium is driven by Playwright; Firefox by its own Marionette and WebKitGTK by its WebKitWebDriver, which both take
the commands of W3C WebDriver. All of them prefer English and are in Vladivostok, where no test's site is.
"""

import asyncio
import json
import os
import shutil
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import chromium
from aiohttp import ClientConnectionError, ClientSession
from playwright.async_api import Browser, Page
from playwright.async_api import Error as PlaywrightError
from ports import HOST, free_port

ENGINES = ("chromium", "firefox", "webkit")
_ZONE = "Asia/Vladivostok"
_PATIENCE = 20.0
_POLL = 0.05

# A browser says that it is without a network on a machine that has loopback only.
HAS_A_NETWORK = "Object.defineProperty(Navigator.prototype, 'onLine', { get: () => true })"

_FIREFOX_PREFERENCES = {
    "intl.accept_languages": "en-GB, en",
    "network.manage-offline-status": False,
    "app.normandy.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
}
_MINI_BROWSER = "usr/lib/*/webkit2gtk-4.*/MiniBrowser"
_WEBKIT_ENVIRONMENT = {
    # The one that takes loopback for a network.
    "GIO_USE_NETWORK_MONITOR": "base",
    "LC_ALL": "C",
    "NO_AT_BRIDGE": "1",
}


class ScriptError(Exception):
    """What the page, or the browser, said instead of a value."""


class Tab(ABC):
    """What a visitor does and sees in a tab."""

    @abstractmethod
    async def open(self, address: str) -> None:
        """Go to an address, and stay until what comes, be it an error page of the browser, is loaded."""

    @abstractmethod
    async def run(self, expression: str) -> Any:
        """The value of a JavaScript expression, awaited; of what JSON can say. ScriptError if there is none."""

    @abstractmethod
    async def click(self, selector: str) -> None:
        """Click on the first element that the CSS selector finds."""

    async def url(self) -> str:
        """Where the tab is."""
        address: str = await self.run("location.href")
        return address

    async def text(self, selector: str = "body") -> str:
        """The text of the first such element as it is seen; "" without one."""
        text: str = await self.run(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")
        return text

    async def count(self, selector: str) -> int:
        """How many such elements the page has."""
        count: int = await self.run(f"document.querySelectorAll({json.dumps(selector)}).length")
        return count

    async def wait_until(self, expression: str) -> None:
        """Wait until a JavaScript expression is true, also if the page is loaded anew meanwhile."""
        until = time.monotonic() + _PATIENCE
        while not await self._is_true(expression):
            if time.monotonic() > until:
                raise TimeoutError(f"not {expression}; {await self.url()} says: {await self.text()}")
            await asyncio.sleep(_POLL)

    async def wait_for_text(self, text: str, selector: str = "body") -> None:
        """Wait until such an element says that, among others."""
        found = f"document.querySelector({json.dumps(selector)})?.innerText"
        await self.wait_until(f"{found}?.includes({json.dumps(text)})")

    async def _is_true(self, expression: str) -> bool:
        try:
            return bool(await self.run(expression))
        except ScriptError:
            return False


Engine = Callable[[], AbstractAsyncContextManager[Tab]]
"""A running browser: gives a tab for each test."""


@asynccontextmanager
async def launched(name: str, folder: Path) -> AsyncIterator[Engine]:
    """That one of ENGINES, with what it keeps in a folder of its own."""
    match name:
        case "chromium":
            async with chromium.launched() as browser:
                yield lambda: _chromium_tab(browser)
        case "firefox":
            async with _firefox(folder) as tab:
                yield lambda: _lent(tab)
        case "webkit":
            async with _webkit(folder) as tab:
                yield lambda: _lent(tab)


@asynccontextmanager
async def _lent(tab: Tab) -> AsyncIterator[Tab]:
    yield tab
    await tab.open("about:blank")


# Chromium


class _ChromiumTab(Tab):
    def __init__(self, page: Page) -> None:
        self._page = page

    async def open(self, address: str) -> None:
        try:
            await self._page.goto(address)
        except PlaywrightError as error:
            if "net::ERR_" not in error.message:
                raise
            await self._page.wait_for_url("chrome-error:**")

    async def run(self, expression: str) -> Any:
        try:
            return await self._page.evaluate(f"async () => ({expression})")
        except PlaywrightError as error:
            raise ScriptError(error.message) from error

    async def click(self, selector: str) -> None:
        await self._page.locator(selector).first.click()


@asynccontextmanager
async def _chromium_tab(browser: Browser) -> AsyncIterator[Tab]:
    context = await browser.new_context(locale="en-GB", timezone_id=_ZONE)
    await context.add_init_script(HAS_A_NETWORK)
    yield _ChromiumTab(await context.new_page())
    await context.close()


# W3C WebDriver, https://www.w3.org/TR/webdriver2/


class _WebDriverTab(Tab, ABC):
    @abstractmethod
    async def _command(self, name: str, parameters: Mapping[str, Any]) -> Any:
        """The value that a command answers with, or ScriptError."""

    async def open(self, address: str) -> None:
        try:
            await self._command("Navigate", {"url": address})
        except ScriptError as error:
            if "Reached error page" not in str(error):
                raise

    async def run(self, expression: str) -> Any:
        # Not all of them await what a script returns.
        script = f"""
            const done = arguments[arguments.length - 1];
            const found = async () => ({expression});
            found().then((value) => done({{ value }}), (error) => done({{ error: `${{error}}` }}));
        """
        result = await self._command("ExecuteAsyncScript", {"script": script, "args": []})
        if not result or "error" in result:
            raise ScriptError(result["error"] if result else "the page was left")
        return result.get("value")

    async def click(self, selector: str) -> None:
        found = await self._command("FindElement", {"using": "css selector", "value": selector})
        (element,) = found.values()
        await self._command("ElementClick", {"id": element})


@asynccontextmanager
async def _process(*command: str, environment: Mapping[str, str], log: Path) -> AsyncIterator[None]:
    """A program and all that it starts."""
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command, env=os.environ | environment, stdout=output, stderr=output, start_new_session=True
        )
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            await process.wait()


def _program(name: str) -> str:
    found = shutil.which(name)
    assert found, f"there is no {name} here: tests/install-system-packages more"
    return found


# Firefox: https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html


class _FirefoxTab(_WebDriverTab):
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._sent = 0

    async def _command(self, name: str, parameters: Mapping[str, Any]) -> Any:
        self._sent += 1
        packet = json.dumps([0, self._sent, f"WebDriver:{name}", parameters]).encode()
        self._writer.write(b"%d:%b" % (len(packet), packet))
        _, answered, error, result = await self.packet()
        assert answered == self._sent
        if error:
            raise ScriptError(error["message"])
        return result.get("value", result)

    async def packet(self) -> Any:
        length = await self._reader.readuntil(b":")
        return json.loads(await self._reader.readexactly(int(length[:-1])))


@asynccontextmanager
async def _firefox(folder: Path) -> AsyncIterator[Tab]:
    port = free_port()
    profile = folder / "profile"
    profile.mkdir()
    preferences = _FIREFOX_PREFERENCES | {"marionette.port": port}
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in preferences.items())
    (profile / "user.js").write_text("".join(lines), "utf-8")
    command = [_program("firefox-esr"), "--headless", "--no-remote", "--profile", str(profile)]
    command += ["--marionette", "--remote-allow-system-access"]
    environment = {"TZ": _ZONE, "HOME": str(folder)}
    async with _process(*command, environment=environment, log=folder / "firefox.log"):
        reader, writer = await _connected(port)
        try:
            tab = _FirefoxTab(reader, writer)
            # It introduces itself.
            await tab.packet()
            await tab._command("NewSession", {})
            yield tab
        finally:
            writer.close()
            await writer.wait_closed()


async def _connected(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    async with asyncio.timeout(2 * _PATIENCE):
        while True:
            try:
                return await asyncio.open_connection(HOST, port)
            except ConnectionRefusedError:
                await asyncio.sleep(_POLL)


# WebKit


class _WebKitTab(_WebDriverTab):
    _PATHS: Mapping[str, str] = {
        "Navigate": "url",
        "ExecuteAsyncScript": "execute/async",
        "FindElement": "element",
        "ElementClick": "element/{id}/click",
    }

    def __init__(self, http: ClientSession, session: str) -> None:
        self._http = http
        self._session = session

    async def _command(self, name: str, parameters: Mapping[str, Any]) -> Any:
        return await _posted(
            self._http, f"{self._session}/{self._PATHS[name].format(**parameters)}", parameters
        )


async def _posted(http: ClientSession, path: str, parameters: Mapping[str, Any]) -> Any:
    async with http.post(path, json=parameters) as response:
        value = (await response.json())["value"]
        if not response.ok:
            raise ScriptError(f"{value['error']}: {value['message']}")
        return value


@asynccontextmanager
async def _webkit(folder: Path) -> AsyncIterator[Tab]:
    port = free_port()
    browser = next(Path("/").glob(_MINI_BROWSER), None)
    assert browser, "there is no MiniBrowser of WebKitGTK here: tests/install-system-packages more"
    options = {"webkitgtk:browserOptions": {"binary": str(browser), "args": ["--automation"]}}
    command = [_program("xvfb-run"), "-a", "-s", "-screen 0 1280x900x24", _program("dbus-run-session"), "--"]
    command += [_program("WebKitWebDriver"), f"--port={port}", f"--host={HOST}"]
    environment = _WEBKIT_ENVIRONMENT | {"TZ": _ZONE, "HOME": str(folder)}
    async with (
        _process(*command, environment=environment, log=folder / "webkit.log"),
        ClientSession(f"http://{HOST}:{port}/") as http,
    ):
        await _wait_for_driver(http)
        session = await _posted(http, "session", {"capabilities": {"alwaysMatch": options}})
        yield _WebKitTab(http, f"session/{session['sessionId']}")


async def _wait_for_driver(http: ClientSession) -> None:
    async with asyncio.timeout(_PATIENCE):
        while True:
            try:
                async with http.get("status"):
                    return
            except ClientConnectionError:
                await asyncio.sleep(_POLL)
