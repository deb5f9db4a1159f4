"""People with passwords for tests, and a browser that is good enough to sign them in."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import ClientSession, CookieJar
from argon2 import PasswordHasher

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Hashes that are checked in no time; real ones take a part of a second."""

PASSWORD = "correct horse"
HASH = CHEAP.hash(PASSWORD)
OTHER_HASH = CHEAP.hash("battery staple")


def user(name: str, role: str, *folders: str, password_hash: str = HASH) -> str:
    """A user of the configuration."""
    bound = f", folders: [{', '.join(folders)}]" if folders else ""
    return f"{{name: '{name}', role: {role}, password_hash: '{password_hash}'{bound}}}"


def users(*given: str, more: str = "") -> str:
    """The settings under `admin` with these users."""
    return f"users: [{', '.join(given)}]" + (f", {more}" if more else "")


EVERYBODY = users(
    user("anna", "admin"),
    user("edik", "editor"),
    user("fedor", "editor", "/Finance"),
    user("vera", "viewer"),
)


@dataclass(frozen=True)
class Page:
    """What a browser got, before it goes on to a `location`."""

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")


@dataclass
class Browser:
    """Keeps cookies, and says of every form that it comes from a page of the listener."""

    url: str
    http: ClientSession

    async def ask(
        self,
        method: str,
        path: str,
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        given = {"Accept": "text/html"} | dict(headers or {})
        async with self.http.request(
            method, self.url + path, data=fields, headers=given, allow_redirects=False
        ) as response:
            return Page(response.status, await response.text(), response.headers)

    async def get(self, path: str, **headers: str) -> Page:
        return await self.ask("GET", path, headers=_with_dashes(headers))

    async def post(self, path: str, fields: Mapping[str, str] | None = None, **headers: str) -> Page:
        """Send a form; `Sec_Fetch_Site="cross-site"` instead of its own page."""
        own = {} if headers else {"Sec-Fetch-Site": "same-origin"}
        return await self.ask("POST", path, fields or {"nothing": ""}, own | _with_dashes(headers))

    async def sign_in(self, name: str, password: str = PASSWORD, to: str = "/", **headers: str) -> Page:
        return await self.post("/sign-in", {"name": name, "password": password, "to": to}, **headers)

    async def is_signed_in(self) -> bool:
        return (await self.get("/account")).status == 200

    @property
    def secret(self) -> str:
        """What its cookie holds."""
        return next((each.value for each in self.http.cookie_jar if each.key.endswith("errorhelp")), "")


@asynccontextmanager
async def browser(url: str, **headers: str) -> AsyncIterator[Browser]:
    """A new browser, which sends these headers with everything."""
    async with ClientSession(cookie_jar=CookieJar(unsafe=True), headers=_with_dashes(headers)) as http:
        yield Browser(url, http)


def _with_dashes(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
