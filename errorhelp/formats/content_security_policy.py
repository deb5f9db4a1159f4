"""Content-Security-Policy: whether a page may load a script, and register a service worker. Pure.

As W3C's Content Security Policy Level 3 has it (https://www.w3.org/TR/CSP3/: 2.2 policies, 6.1 and 6.7 directives and
their fallbacks, 6.7.2 what a source matches), and browsers where they go beyond it: hosts may be IP addresses. What a
policy says of the hash of an `integrity` is left out.
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from yarl import URL

Directives = Mapping[str, tuple[str, ...]]
"""The values of each directive of one policy, by its name in lower case."""

_SCRIPT = ("script-src-elem", "script-src", "default-src")
_WORKER = ("worker-src", "child-src", "script-src", "default-src")
# Only a header may say these.
_NOT_IN_PAGES = frozenset({"frame-ancestors", "report-uri", "sandbox"})
_HOST = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?P<host>\*|(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?)"
    r"(?::(?P<port>\d+|\*))?(?P<path>/[^?#]*)?",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_SAFER = {"http": ("https",), "ws": ("wss", "http", "https"), "wss": ("https",)}


def read_policies(value: str, *, in_page: bool = False) -> tuple[Directives, ...]:
    """The policies in the value of one header, or of one `<meta http-equiv>` in the page; all of them count."""
    found = (_read(each) for each in value.split(","))
    kept = (
        {name: values for name, values in each.items() if not in_page or name not in _NOT_IN_PAGES}
        for each in found
    )
    return tuple(each for each in kept if each)


def _read(policy: str) -> dict[str, tuple[str, ...]]:
    directives: dict[str, tuple[str, ...]] = {}
    for directive in policy.split(";"):
        # The first one of a name counts.
        if tokens := re.findall(r"[^\t\n\f\r ]+", directive):
            directives.setdefault(tokens[0].lower(), tuple(tokens[1:]))
    return directives


def refused_script(policies: Iterable[Directives], page: URL, script: URL, nonce: str = "") -> str | None:
    """The directive that keeps `<script src>` with that nonce from loading in the page; None if it may."""
    for policy in policies:
        if (tokens := policy.get("sandbox")) is not None and not _holds(tokens, "allow-scripts"):
            return _written("sandbox", tokens)
        if (name := _first(policy, _SCRIPT)) is None:
            continue
        sources = policy[name]
        if nonce and any(_nonce(each) == nonce for each in sources):
            continue
        # A script that stands in the page was trusted by nobody.
        if _holds(sources, "'strict-dynamic'") or not _match(sources, page, script):
            return _written(name, sources)
    return None


def refused_worker(policies: Iterable[Directives], page: URL, worker: URL) -> str | None:
    """The directive that keeps scripts of the page from registering the service worker; None if they may."""
    for policy in policies:
        if (tokens := policy.get("sandbox")) is not None and not _holds(tokens, "allow-same-origin"):
            return _written("sandbox", tokens)
        # What is registered is a plain text, no TrustedScriptURL.
        if _holds(tokens := policy.get("require-trusted-types-for", ()), "'script'"):
            return _written("require-trusted-types-for", tokens)
        if (name := _first(policy, _WORKER)) is None:
            continue
        sources = policy[name]
        # Asked for by a script that was let through, it is trusted as that is.
        is_trusted = name == "script-src" and _holds(sources, "'strict-dynamic'")
        if not is_trusted and not _match(sources, page, worker):
            return _written(name, sources)
    return None


def _first(policy: Directives, names: Iterable[str]) -> str | None:
    return next((name for name in names if name in policy), None)


def _holds(tokens: Iterable[str], wanted: str) -> bool:
    return any(each.lower() == wanted for each in tokens)


def _written(name: str, values: tuple[str, ...]) -> str:
    return " ".join((name, *values))


def _nonce(source: str) -> str | None:
    is_one = source.lower().startswith("'nonce-") and source.endswith("'")
    return source[len("'nonce-") : -1] if is_one else None


def _match(sources: tuple[str, ...], page: URL, url: URL) -> bool:
    """Whether one of the sources is that of the URL; `'none'` among others counts for nothing."""
    return any(_matches(each, page, url) for each in sources)


def _matches(source: str, page: URL, url: URL) -> bool:
    if source == "*":
        return url.scheme in _PORTS or url.scheme == page.scheme
    if source.lower() == "'self'":
        return _is_self(page, url)
    if scheme := _SCHEME.fullmatch(source):
        return _is_scheme(scheme[1].lower(), url.scheme)
    if (found := _HOST.fullmatch(source)) is None:
        return False
    return (
        _is_scheme((found["scheme"] or page.scheme).lower(), url.scheme)
        and _is_host(found["host"].lower(), (url.host or "").lower())
        and _is_port(found["port"], url)
        and _is_path(found["path"] or "", url.raw_path)
    )


def _is_self(page: URL, url: URL) -> bool:
    if page.origin() == url.origin():
        return True
    ports = page.port == url.port or (page.is_default_port() and url.is_default_port())
    return page.host == url.host and ports and url.scheme in _SAFER.get(page.scheme, ())


def _is_scheme(wanted: str, scheme: str) -> bool:
    return scheme == wanted or scheme in _SAFER.get(wanted, ())


def _is_host(wanted: str, host: str) -> bool:
    return wanted == "*" or (host.endswith(wanted[1:]) if wanted.startswith("*.") else host == wanted)


def _is_port(wanted: str | None, url: URL) -> bool:
    if wanted is None:
        return url.is_default_port()
    return wanted == "*" or int(wanted) == url.port or (int(wanted), url.port) == (80, 443)


def _is_path(wanted: str, path: str) -> bool:
    """Whether the path is the wanted one, or below it if that ends with a slash."""
    if wanted in ("", "/"):
        return True
    pieces, found = wanted.split("/"), path.split("/")
    if wanted.endswith("/"):
        pieces.pop()
        if len(found) <= len(pieces):
            return False
        found = found[: len(pieces)]
    return [unquote(each) for each in pieces] == [unquote(each) for each in found]
