"""What clients get at the public address."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from yarl import URL

from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase, Publication
from errorhelp.catalog.lists import Access, ConnectionList
from errorhelp.doctor import Finding, broken, ok, warning
from errorhelp.doctor.certificate import look_at_certificate
from errorhelp.doctor.client_requests import Asking, Reply, Unreachable, remedy_for_silence
from errorhelp.doctor.offline_page_checks import look_at_files, look_at_publication
from errorhelp.formats import problem_detail
from errorhelp.formats.help_json import HelpJsonFormat, read_time_value

_UNKNOWN = "errorhelp-doctor-unknown"
_MOST_INFOBASES = 5
_AT_ONCE = 8
_LONGEST_AGE = 60
_OFF, _FAR_OFF = timedelta(seconds=5), timedelta(seconds=60)
# Of the admin listener; of these none may be found from outside.
_ADMIN_ADDRESSES = ("/api/v1/openapi.json", "/api/v1/status", "/sign-in", "/write", "/metrics")
# A message may be posted between two looks at the same.
_LOOK_AGAIN_SECONDS = 2.0
_NGINX = "compare the web server's configuration with nginx.conf.example"


Progress = Callable[[int, int], None]
"""Told how many of how many checks are done."""


@dataclass(frozen=True, slots=True)
class CheckedAddresses:
    """What is looked at: the public `url`, some infobases, and what the configuration says, if it is here.

    `publications` are those to look at; `service` is the address of the service itself, behind the web server, if it
    runs here.
    """

    url: URL
    infobases: tuple[str, ...]
    catalog: Catalog | None = None
    service: URL | None = None
    publications: tuple[tuple[Infobase, Publication], ...] = ()

    @property
    def help_json(self) -> HelpJsonFormat:
        """The names in help JSON."""
        return self.catalog.help_json if self.catalog else HelpJsonFormat()

    def help_address(self, infobase: str) -> str:
        """The service address of an infobase."""
        return str(self.url / "help" / f"{infobase}.json")


def some_of(catalog: Catalog) -> tuple[str, ...]:
    """The ids of a few infobases, the first and the last among them."""
    ids = list(catalog.infobases)
    step = max(len(ids) // _MOST_INFOBASES, 1)
    return tuple(dict.fromkeys((*ids[::step][: _MOST_INFOBASES - 1], *ids[-1:])))


def publications_of(catalog: Catalog, named: Iterable[str] = ()) -> tuple[tuple[Infobase, Publication], ...]:
    """All publications, or those of the infobases that are named."""
    known = {found.id for each in named if (found := catalog.infobase(each))}
    return tuple(
        (infobase, publication)
        for infobase in catalog.infobases.values()
        for publication in infobase.publications
        if not named or infobase.id in known
    )


async def look_from_client(
    asking: Asking, wanted: CheckedAddresses, now: datetime, progress: Progress
) -> list[Finding]:
    """Everything that a client may need, asked side by side; what cannot be reached is a finding too."""
    hosts = {wanted.url.origin(): wanted.url}
    for _, publication in wanted.publications:
        if (url := URL(publication.url)).scheme == "https":
            hosts.setdefault(url.origin(), url)
    certificates = [_certificate(asking, each, now) for each in hosts.values()]
    checks = [
        *(_help(asking, wanted, each) for each in wanted.infobases),
        _unknown(asking, wanted),
        _admin(asking, wanted),
    ]
    if wanted.catalog is not None:
        checks += [_list(asking, wanted, each) for each in wanted.catalog.lists.values()]
        checks += _of_publications(asking, wanted.catalog, wanted.publications)
    count = len(certificates) + len(checks)
    of_hosts = await _side_by_side(certificates, lambda done: progress(done, count))
    told = set(asking.silent)
    looks = await _side_by_side(checks, lambda done: progress(len(certificates) + done, count))
    return [*_told(wanted, of_hosts, told), _in_the_infobase(wanted), *_told(wanted, looks, told)]


@dataclass(slots=True)
class _Look:
    """What one check found, and why it could not find more."""

    findings: list[Finding] = field(default_factory=list)
    error: Unreachable | None = None


def _told(wanted: CheckedAddresses, looks: Iterable[_Look], told: set[str]) -> Iterator[Finding]:
    """What was found, in order; of a host that nobody could reach once, those `told` left out."""
    for each in looks:
        yield from each.findings
        if (error := each.error) is None:
            continue
        key = str(error) if error.alone else error.host
        if key not in told:
            told.add(key)
            yield broken("public address", str(error), _remedy(wanted, error))


async def _side_by_side(
    checks: Iterable[AsyncIterator[Finding]], progress: Callable[[int], None]
) -> list[_Look]:
    """What the checks find, in their order."""
    slots, done = asyncio.Semaphore(_AT_ONCE), 0

    async def look(check: AsyncIterator[Finding]) -> _Look:
        nonlocal done
        found = _Look()
        async with slots:
            try:
                async for each in check:
                    found.findings.append(each)
            except Unreachable as error:
                found.error = error
        done += 1
        progress(done)
        return found

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(look(each)) for each in checks]
    return [each.result() for each in tasks]


async def _certificate(asking: Asking, url: URL, now: datetime) -> AsyncIterator[Finding]:
    yield await look_at_certificate(asking, url, now)


def _of_publications(
    asking: Asking, catalog: Catalog, publications: Iterable[tuple[Infobase, Publication]]
) -> Iterator[AsyncIterator[Finding]]:
    """The checks of publications, and of the files that those with a worker need on their hosts."""
    hosts = set()
    for infobase, publication in publications:
        host = URL(publication.url).origin()
        if publication.worker and (infobase.id, host) not in hosts:
            hosts.add((infobase.id, host))
            yield look_at_files(asking, infobase.id, host)
        yield look_at_publication(asking, catalog, infobase, publication)


def _in_the_infobase(wanted: CheckedAddresses) -> Finding:
    """Where the address is set in 1C, which nothing outside can look into."""
    address = wanted.help_address(wanted.infobases[0]) if wanted.infobases else "the service address"
    return ok(
        "settings in 1C",
        f'cannot be seen from here: {address} belongs into "Адрес сервиса обработки ошибок при запуске" of '
        '"Управление настройками обработки ошибок" (announced as "Управление настройками отображения ошибок"), '
        'with the right "Администрирование данных"',
    )


def _remedy(wanted: CheckedAddresses, error: Unreachable) -> str:
    """What to do where nobody answers; where the service listens itself is known only on its machine."""
    is_before_it = error.host == str(wanted.url.origin()) and wanted.service not in (
        None,
        wanted.url.origin(),
    )
    return remedy_for_silence(error, wanted.service if is_before_it else None)


async def _help(asking: Asking, wanted: CheckedAddresses, infobase: str) -> AsyncIterator[Finding]:
    subject, url = f"help JSON of {infobase}", wanted.help_address(infobase)
    if wanted.catalog is not None and wanted.catalog.infobase(infobase) is None:
        known = ", ".join(some_of(wanted.catalog)) or "none yet"
        yield broken(
            subject, f"the configuration has no infobase {infobase!r}", f"name one of its own: {known}"
        )
        return
    reply = await asking.get(url, Origin="https://1c.example.com")
    document = _document(reply)
    if reply.status == 404 and reply.content_type == problem_detail.CONTENT_TYPE:
        yield broken(
            subject,
            f"errorhelp answers at {url}, but knows no infobase {infobase!r}",
            "check the id and the address; on the service's machine errorhelp status says whether the newest "
            "configuration is in force",
        )
        return
    if reply.status != 200 or document is None:
        yield broken(
            subject, f"{url} answers {reply.status}, {reply.content_type or 'without a type'}", _NGINX
        )
        return
    findings = [*headers_of(reply), *_message(reply, document, wanted)]
    again = await asking.get(url, If_None_Match=reply.headers.get("ETag", ""))
    if "ETag" not in reply.headers or again.status != 304:
        findings.append(warning("", "is sent anew to a client that has it already", f"keep ETag; {_NGINX}"))
    posted = await asking.ask("POST", url, {"Content-Type": "application/json"}, b"{}")
    if posted.status != 200 or _document(posted) is None:
        text = f"a POST to it is answered with {posted.status}"
        findings.append(broken("", text, f"pass POST on to the service: 1C's client may send one; {_NGINX}"))
    if wanted.service is not None and not await _is_fresh(asking, url, wanted.service, infobase, reply):
        text = "the web server serves another answer than the service gives"
        remedy = "check that publish: DIR is the web server's folder, and errorhelp status for the tree"
        findings.append(broken("", text, remedy))
    for each in findings:
        yield Finding(each.level, subject, each.text, each.remedy)
    if not findings:
        yield ok(subject, "answers GET and POST, is fresh, and may be read from any page")


def headers_of(reply: Reply) -> Iterable[Finding]:
    """What is wrong with the headers of help JSON, clocks included; whose they are is left out."""
    if reply.content_type != "application/json":
        yield broken("", f"has the type {reply.content_type or 'none'}, not application/json", _NGINX)
    if reply.headers.get("Access-Control-Allow-Origin") != "*":
        yield broken(
            "", "may not be read by pages of another host (CORS)", f"the offline page needs it; {_NGINX}"
        )
    elif "date" not in reply.headers.get("Access-Control-Expose-Headers", "").lower():
        yield warning(
            "", "hides Date from pages of another host", f"the offline page reckons with it; {_NGINX}"
        )
    caching = reply.directives
    if not {"no-cache", "no-store"} & caching.keys():
        age = caching.get("max-age", "")
        if not age.isdecimal() or int(age) > _LONGEST_AGE:
            text = f"may be kept for {age} seconds" if age else "does not say how long it may be kept"
            yield broken("", text, f"caches would show messages past their end; {_NGINX}")
    if reply.date is None:
        yield broken("", "has no Date", "the offline page reckons with it")
    elif (off := abs(reply.date - reply.came_at)) > _OFF:
        text = f"was sent at {reply.date:%H:%M:%S} by its clock and came at {reply.came_at:%H:%M:%S} by ours (UTC)"
        level = broken if off > _FAR_OFF else warning
        yield level("", text, "set the clocks right (NTP): messages start and end by them")


def _message(reply: Reply, document: dict[str, object], wanted: CheckedAddresses) -> Iterable[Finding]:
    names = wanted.help_json
    if names.user_message not in document:
        yield broken("", f"has no {names.user_message}", "something else answers here")
        return
    zone: tzinfo | None = wanted.catalog.zone if wanted.catalog else None
    until = read_time_value(document.get(names.user_message_until or ""), zone, names.time_format)
    if until is not None and until < (reply.date or reply.came_at) - _OFF:
        text = f"shows a message that ended at {until:%Y-%m-%d %H:%M:%S %Z}"
        remedy = "start the service, or the timer errorhelp-publish.timer; then errorhelp publish"
        yield broken("", text, remedy)


async def _is_fresh(asking: Asking, url: str, service: URL, infobase: str, reply: Reply) -> bool:
    for pause in (0.0, _LOOK_AGAIN_SECONDS):
        if pause:
            await asyncio.sleep(pause)
            reply = await asking.get(url)
        try:
            own = await asking.get(str(service / "help" / f"{infobase}.json"))
        except Unreachable:
            return True  # A dead service is a finding of its own.
        if own.body == reply.body:
            return True
    return False


async def _unknown(asking: Asking, wanted: CheckedAddresses) -> AsyncIterator[Finding]:
    subject, url = "unknown infobase", wanted.help_address(_UNKNOWN)
    reply = await asking.get(url)
    document = _document(reply)
    if reply.status != 404 or document is None or reply.content_type != problem_detail.CONTENT_TYPE:
        text = f"a stale address is answered with {reply.status}, {reply.content_type or 'without a type'}"
        yield warning(subject, text, f"people with a stale list get no help then; {_NGINX}")
    else:
        yield ok(subject, "a stale address is answered with 404 and the help for everybody")


async def _admin(asking: Asking, wanted: CheckedAddresses) -> AsyncIterator[Finding]:
    found = []
    for address in _ADMIN_ADDRESSES:
        reply = await asking.get(str(wanted.url / address.lstrip("/")))
        # With a dead service the web server answers that it is.
        if reply.status != 404 and reply.status < 500:
            found.append(f"{address} ({reply.status})")
    if found:
        text = f"the admin listener can be reached from outside: {', '.join(found)}"
        yield broken("admin listener", text, "pass nothing on to it at the public address")
    else:
        yield ok("admin listener", "cannot be reached at the public address")


async def _list(asking: Asking, wanted: CheckedAddresses, each: ConnectionList) -> AsyncIterator[Finding]:
    subject = f"list {each.id}"
    reply = await asking.get(str(wanted.url / "lists" / f"{each.id}.v8i"))
    if each.access is not Access.PUBLIC:
        if reply.status == 200:
            text = f"is given to everybody, though its access is {each.access.value}"
            yield broken(subject, text, "remove the file of an earlier configuration from the tree")
        else:
            yield ok(subject, f"is not given to everybody ({reply.status})")
    elif reply.status != 200 or b"[" not in reply.body:
        yield broken(subject, f"is answered with {reply.status}", _NGINX)
    elif reply.content_type != "text/plain":
        yield warning(subject, f"has the type {reply.content_type or 'none'}, not text/plain", _NGINX)
    else:
        yield ok(subject, f"is there, {len(reply.body)} bytes")


def _document(reply: Reply) -> dict[str, object] | None:
    try:
        document = json.loads(reply.body)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None
