"""Whether browsers get the offline page: its files, and what the publication's own address answers."""

import json
import re
from collections.abc import AsyncIterator, Iterable

from yarl import URL

from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase
from errorhelp.doctor import Finding, broken, ok, warning
from errorhelp.doctor.client_requests import Asking, Reply

_MOST_PUBLICATIONS = 5
_MOST_REDIRECTS = 5
_REMEDY = "compare the web server's configuration with nginx.conf.example, and docs/en/offline-page.md"
_REGISTRATION = re.compile(rb"""<script\b[^>]*\bsrc=["'][^"'>]*/offline/([^/"'>]+)/register\.js["']""", re.I)
_PAGE_DATA = re.compile(rb'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)
# As a browser asks for a page.
_NAVIGATION = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def guarded(infobases: Iterable[Infobase], named: Iterable[str]) -> list[tuple[Infobase, URL]]:
    """Some infobases, those of the `named` ids first, and their publications that a worker guards."""
    first = set(named)
    found = [
        (infobase, URL(publication.url))
        for infobase in sorted(infobases, key=lambda each: each.id not in first)
        for publication in infobase.publications
        if publication.worker
    ]
    return found[:_MOST_PUBLICATIONS]


async def look_at_files(asking: Asking, infobase: str, host: URL) -> AsyncIterator[Finding]:
    """Page, worker and registration on the publication's host."""
    subject, faults = f"offline page of {infobase}", []
    if host.scheme != "https":
        faults.append("the publication is without TLS, where browsers run no worker")
    types = {"sw.js": "text/javascript", "register.js": "text/javascript", "index.html": "text/html"}
    for name, media_type in types.items():
        reply = await asking.get(str(host / "offline" / infobase / name))
        if reply.status != 200 or reply.content_type != media_type:
            faults.append(f"{name} is answered with {reply.status}, {reply.content_type or 'without a type'}")
        elif name == "sw.js" and reply.headers.get("Service-Worker-Allowed") != "/":
            faults.append("sw.js has no Service-Worker-Allowed: /")
        elif (
            not {"no-cache", "no-store"} & reply.directives.keys()
            and reply.directives.get("max-age", "") == ""
        ):
            faults.append(f"{name} does not say how long it may be kept")
    for text in faults:
        yield broken(subject, text, _REMEDY)
    if not faults:
        yield ok(subject, f"page, worker and registration are at {host}")


async def look_at_publication(
    asking: Asking, catalog: Catalog, infobase: Infobase, url: URL
) -> AsyncIterator[Finding]:
    """Whether the start page brings this infobase's registration, or an error of 1C its offline page."""
    subject = f"publication of {infobase.id}"
    reply = await _open(asking, url)
    in_error = reply.status >= 500 or reply.status == 404
    if reply.status != 200 and not in_error:
        text = f"{url} answers {reply.status}, so its start page cannot be seen from here"
        remedy = f"look in a browser whether its source has /offline/{infobase.id}/register.js"
        yield warning(subject, text, remedy)
        return
    shown = _infobase_of_page(reply) if in_error else _registered(reply)
    what, setting = ("offline page", "error_page") if in_error else ("registration script", "sub_filter")
    remedy = f"let {setting} in the web server's configuration name /offline/{infobase.id}/; {_REMEDY}"
    if shown is not None and catalog.infobase(shown) is infobase:
        text = f"{url} answers {reply.status} with its offline page" if in_error else f"{url} registers it"
        yield ok(subject, text)
    elif shown is not None:
        yield broken(subject, f"{url} brings the {what} of {shown!r}, not of {infobase.id!r}", remedy)
    elif in_error:
        text = f"{url} answers a bare {reply.status} of the web server, not the offline page"
        yield broken(subject, text, f"{remedy}; is the publication's address right?")
    else:
        yield broken(subject, f"the start page at {url} has no registration script", remedy)


async def _open(asking: Asking, url: URL) -> Reply:
    """What a browser comes to from there on the same host; else the redirect itself."""
    reply = await asking.ask("GET", str(url), _NAVIGATION)
    for _ in range(_MOST_REDIRECTS):
        following = _redirect(url, reply)
        if following is None:
            break
        url, reply = following, await asking.ask("GET", str(following), _NAVIGATION)
    return reply


def _redirect(url: URL, reply: Reply) -> URL | None:
    """Where on the same host the reply sends a browser."""
    if not 300 <= reply.status < 400:
        return None
    try:
        following = url.join(URL(reply.headers.get("Location", "")))
        return following if following.origin() == url.origin() else None
    except ValueError:
        return None


def _registered(reply: Reply) -> str | None:
    """The id in the registration script's address on a start page."""
    found = _REGISTRATION.search(reply.body)
    return found[1].decode("utf-8", "replace") if found else None


def _infobase_of_page(reply: Reply) -> str | None:
    """The id of the infobase that an offline page is about; None for any other page."""
    found = _PAGE_DATA.search(reply.body)
    try:
        return str(json.loads(found[1])["id"]) if found else None
    except (ValueError, TypeError, KeyError):
        return None
