"""Whether browsers get the offline page: its files, and what the publication's own address answers."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from yarl import URL

from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase, Publication
from errorhelp.doctor import Finding, broken, ok, warning
from errorhelp.doctor.client_requests import Asking, Reply, Unreachable, remedy_for_silence
from errorhelp.doctor.start_page import StartPage, read_start_page
from errorhelp.formats import problem_detail

_MOST_REDIRECTS = 5
_REMEDY = "errorhelp web-server --check says whether the web server's file is out of date; see docs/en/offline-page.md"
# For what the web server shows the offline page, as service workers do.
_STOOD_IN_FOR = (502, 503, 504)
_PAGE_DATA = re.compile(rb'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)
# As a person's browser asks for a page, and as its worker does on their behalf.
_PERSON = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
_WORKER = {"Accept": "text/html", "Sec-Fetch-Mode": "same-origin", "Sec-Fetch-Dest": "empty"}
_AN_ADDRESS_OF_NOBODY = "errorhelp-doctor-unknown/"


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
    asking: Asking, catalog: Catalog, infobase: Infobase, publication: Publication
) -> AsyncIterator[Finding]:
    """Whether the start page brings this infobase's registration, or an error of 1C its offline page."""
    try:
        async for each in _look_at_publication(asking, catalog, infobase, publication):
            yield each
    except Unreachable as error:
        if not error.alone:
            raise
        text = f"{publication.url} cannot be seen: {error.reason}"
        yield broken(f"publication of {infobase.id}", text, remedy_for_silence(error))


async def _look_at_publication(
    asking: Asking, catalog: Catalog, infobase: Infobase, publication: Publication
) -> AsyncIterator[Finding]:
    subject, url = f"publication of {infobase.id}", publication.url
    # Where no worker is wanted the web server need not be ours.
    fault = broken if publication.worker else warning
    opened = await _open(asking, URL(url), _PERSON)
    status = opened.reply.status
    in_error = status >= 500 or status == 404
    if status != 200 and not in_error:
        text = f"{url} answers {status}, so its start page cannot be seen from here"
        remedy = f"look in a browser whether its source has /offline/{infobase.id}/register.js"
        yield warning(subject, text, remedy)
        return
    start_page = opened.start_page
    shown = _infobase_of_page(opened.reply) if in_error else start_page.infobase
    what, setting = ("offline page", "error_page") if in_error else ("registration script", "sub_filter")
    remedy = f"let {setting} in the web server's configuration name /offline/{infobase.id}/; {_REMEDY}"
    if shown is not None and catalog.infobase(shown) is not infobase:
        yield broken(subject, f"{url} brings the {what} of {shown!r}, not of {infobase.id!r}", remedy)
    elif shown is not None and in_error:
        yield ok(subject, f"{url} answers {status} with its offline page")
    elif in_error and (missing := await _missing_location(asking, opened)):
        remedy = "errorhelp web-server writes one for each publication; is the publication's address right?"
        yield fault(subject, missing, remedy)
    elif status >= 500 and status not in _STOOD_IN_FOR:
        text = f"{url} answers {status}, an error that no offline page stands in for"
        yield fault(
            subject, text, "see the error log of the web server of 1C; is the publication's address right?"
        )
    elif in_error:
        text = f"{url} answers a bare {status} of the web server, not the offline page"
        yield fault(subject, text, f"{remedy}; is the publication's address right?")
    elif not publication.worker:
        yield ok(subject, f"{url} answers; no worker is wanted there")
    elif shown is None:
        yield broken(subject, f"the start page at {url} has no registration script", remedy)
    elif start_page.kept_out is not None:
        name, directive = start_page.kept_out
        yield _kept_out(subject, url, name, directive)
    elif (await _open(asking, URL(url), _WORKER)).start_page.registration is None:
        text = f"the start page at {url} has the registration script for a person, but not for a worker that asks"
        yield broken(
            subject,
            text,
            f"let the map $errorhelp_page_load know Sec-Fetch-Mode: same-origin with Sec-Fetch-Dest: empty; {_REMEDY}",
        )
    else:
        yield ok(subject, f"{url} registers it")


def _kept_out(subject: str, url: str, name: str, directive: str) -> Finding:
    """What mends a Content-Security-Policy."""
    text = f"the Content-Security-Policy of {url} keeps {name} out: {directive}"
    match directive.split()[0], name:
        case "sandbox", _:
            remedy = "take sandbox away, or let it say allow-scripts allow-same-origin"
        case "require-trusted-types-for", _:
            remedy = "take require-trusted-types-for away"
        case _, "register.js":
            remedy = "let the policy say script-src 'self', without 'strict-dynamic'"
        case _:
            remedy = "let the policy say worker-src 'self'"
    return broken(subject, text, remedy)


async def _missing_location(asking: Asking, opened: "_Opened") -> str:
    """That nobody looks after the address, if that is why it is answered with a bare 404; else ""."""
    if opened.reply.status != 404:
        return ""
    server = opened.reply.headers.get("Server", "").partition("/")[0]
    named = server if server in ("nginx", "Apache", "Microsoft-IIS") else "the web server"
    path = opened.first.path.rstrip("/") + "/"
    # Browsers get a page from errorhelp, programs what tells it apart.
    asked_by_program = await asking.ask("GET", str(opened.last), {"Accept": problem_detail.CONTENT_TYPE})
    if asked_by_program.content_type == problem_detail.CONTENT_TYPE:
        return f"{named} has no location for {path}: errorhelp is asked there, not 1C"
    nobody = await asking.ask("GET", str(opened.first.origin() / _AN_ADDRESS_OF_NOBODY), _PERSON)
    if (nobody.status, nobody.body) == (404, opened.reply.body):
        return f"{named} has no location for {path}, or 1C is not published there: any address gets this 404"
    return ""


@dataclass(frozen=True, slots=True)
class _Opened:
    """What a browser comes to that opens the `first` address: the last one and its reply."""

    first: URL
    last: URL
    reply: Reply

    @property
    def start_page(self) -> StartPage:
        """The reply as a page."""
        return read_start_page(
            self.last, self.reply.headers.getall("Content-Security-Policy", ()), self.reply.body
        )


async def _open(asking: Asking, url: URL, headers: Mapping[str, str]) -> _Opened:
    """What a browser comes to from there on the same host; else the redirect itself."""
    first, reply = url, await asking.ask("GET", str(url), headers)
    for _ in range(_MOST_REDIRECTS):
        following = _redirect(url, reply)
        if following is None:
            break
        url, reply = following, await asking.ask("GET", str(following), headers)
    return _Opened(first, url, reply)


def _redirect(url: URL, reply: Reply) -> URL | None:
    """Where on the same host the reply sends a browser."""
    if not 300 <= reply.status < 400:
        return None
    try:
        following = url.join(URL(reply.headers.get("Location", "")))
        return following if following.origin() == url.origin() else None
    except ValueError:
        return None


def _infobase_of_page(reply: Reply) -> str | None:
    """The id of the infobase that an offline page is about; None for any other page."""
    found = _PAGE_DATA.search(reply.body)
    try:
        return str(json.loads(found[1])["id"]) if found else None
    except (ValueError, TypeError, KeyError):
        return None
