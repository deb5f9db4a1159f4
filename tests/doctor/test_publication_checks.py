"""What `errorhelp doctor` sees of publications, at web servers that are made for it: one, and two hundred."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import ClientSession, ClientTimeout, web
from command import run
from configurations import read
from ports import HOST, free_port
from yarl import URL

from errorhelp.doctor import Finding, Level
from errorhelp.doctor.client_checks import CheckedAddresses, look_from_client, publications_of
from errorhelp.doctor.client_requests import Asking
from errorhelp.formats.problem_detail import NOT_FOUND, to_json

pytestmark = pytest.mark.integration

Behaviour = Callable[[web.Request, str], web.Response]
"""The answer to a request for the start page of the infobase with that id."""


def start_page(
    infobase: str, *, more: str = "", headers: Mapping[str, str] | None = None, registers: bool = True
) -> web.Response:
    """A start page of 1C, as nginx sends it on."""
    script = f'<script src="/offline/{infobase}/register.js" defer></script>' if registers else ""
    page = f"<!doctype html><html><head>{more}<title>1C</title>{script}</head></html>"
    return web.Response(text=page, content_type="text/html", headers=headers)


def works(request: web.Request, infobase: str) -> web.Response:
    return start_page(infobase)


def has_no_location(request: web.Request, infobase: str) -> web.Response:
    """As nginx does with our configuration: errorhelp is asked."""
    headers = {"Content-Type": "application/problem+json", "Server": "nginx/1.22.1"}
    return web.Response(status=404, body=to_json(NOT_FOUND.document()), headers=headers)


def is_nowhere(request: web.Request, infobase: str) -> web.Response:
    """As any web server answers for any address."""
    return web.Response(status=404, text="Not here", headers={"Server": "Apache/2.4.62 (Debian)"})


def is_of_another(request: web.Request, infobase: str) -> web.Response:
    return start_page("zup_01")


def has_a_policy(request: web.Request, infobase: str) -> web.Response:
    return start_page(infobase, headers={"Content-Security-Policy": "script-src 'nonce-abc'"})


def has_a_policy_in_it(request: web.Request, infobase: str) -> web.Response:
    return start_page(
        infobase, more="""<meta http-equiv="Content-Security-Policy" content="worker-src 'none'">"""
    )


def knows_no_worker(request: web.Request, infobase: str) -> web.Response:
    """As a map of nginx does that is older than the worker's own requests."""
    return start_page(infobase, registers=request.headers["Sec-Fetch-Mode"] == "navigate")


@dataclass
class Site:
    """A web server: how it answers for publications, `works` unless another way is named; what it has heard."""

    behaviours: Mapping[str, Behaviour] = field(default_factory=dict)
    hangs: bool = False
    heard: list[str] = field(default_factory=list)
    url: str = ""
    most_at_once: int = 0
    _at_once: int = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.heard.append(request.path)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            if self.hangs:
                await asyncio.Event().wait()
            await asyncio.sleep(0)
            return self._answer(request)
        finally:
            self._at_once -= 1

    def _answer(self, request: web.Request) -> web.StreamResponse:
        parts = request.path.strip("/").split("/")
        if parts[0] == "offline":
            kind = "text/html" if parts[-1] == "index.html" else "text/javascript"
            headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": "/"}
            return web.Response(text="//", content_type=kind, headers=headers)
        if not parts[0].startswith("zup"):
            return is_nowhere(request, "")
        return self.behaviours.get(parts[0], works)(request, parts[0])


@asynccontextmanager
async def serving_site(site: Site) -> AsyncIterator[Site]:
    """The site while it runs."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", site.answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, 0).start()
        site.url = f"http://{HOST}:{runner.addresses[0][1]}"
        yield site
    finally:
        await runner.cleanup()


def configuration(url: str, count: int, worker: bool = True) -> str:
    infobases = [
        {
            "id": f"zup_{number:02}",
            "name": f"ZUP {number}",
            "connect": {"server": "srv1c", "ref": f"zup{number}"},
            "publications": [{"url": f"{url}/zup_{number:02}/", "worker": worker}],
        }
        for number in range(1, count + 1)
    ]
    return json.dumps({"public": {"url": url}, "infobases": infobases})


async def look(
    folder: Path, url: str, count: int, *, worker: bool = True, patience: float = 15, public: str = ""
) -> list[Finding]:
    """What is found of so many publications at the URL."""
    catalog = read(folder, configuration(url, count, worker)).catalog
    wanted = CheckedAddresses(URL(public or url), (), catalog, None, publications_of(catalog))
    async with ClientSession(timeout=ClientTimeout(total=patience)) as http:
        asking = Asking(http, ssl.create_default_context())
        return await look_from_client(asking, wanted, datetime.now(UTC), lambda done, count: None)


def of_publications(findings: list[Finding]) -> dict[str, str]:
    """What is doubtful or broken, but for TLS, which these sites are without."""
    subject = "publication of "
    assert all(each.remedy for each in findings if each.level is not Level.OK)
    return {
        each.subject.removeprefix(subject): f"{each.level}: {each.text}"
        for each in findings
        if each.subject.startswith(subject) and each.level is not Level.OK
    }


async def test_all_of_two_hundred_publications_are_asked_a_few_at_once(tmp_path: Path) -> None:
    bad: dict[str, Behaviour] = {
        "zup_02": has_no_location,
        "zup_77": is_of_another,
        "zup_123": has_a_policy,
        "zup_200": knows_no_worker,
    }
    async with serving_site(Site(bad)) as site:
        findings = await look(tmp_path, site.url, 200)
    assert of_publications(findings) == {
        "zup_02": "broken: nginx has no location for /zup_02/: errorhelp is asked there, not 1C",
        "zup_77": f"broken: {site.url}/zup_77/ brings the registration script of 'zup_01', not of 'zup_77'",
        "zup_123": f"broken: the Content-Security-Policy of {site.url}/zup_123/ keeps register.js out: "
        "script-src 'nonce-abc'",
        "zup_200": f"broken: the start page at {site.url}/zup_200/ has the registration script for a person, "
        "but not for a worker that asks",
    }
    subjects = [each.subject for each in findings if each.subject.startswith("publication of ")]
    assert subjects == [f"publication of zup_{number:02}" for number in range(1, 201)]
    assert 1 < site.most_at_once <= 8


PAGES: Mapping[str, tuple[Behaviour, str]] = {
    "as any address": (
        is_nowhere,
        "Apache has no location for /zup_01/, or 1C is not published there: any address gets this 404",
    ),
    "policy in the page": (has_a_policy_in_it, "keeps sw.js out: worker-src 'none'"),
    "no script": (
        lambda request, infobase: start_page(infobase, registers=False),
        "has no registration script",
    ),
    "script in a comment": (
        lambda request, infobase: start_page(
            infobase, more='<!-- <script src="/offline/zup_01/register.js"></script> -->', registers=False
        ),
        "has no registration script",
    ),
}


@pytest.mark.parametrize("case", PAGES)
async def test_what_keeps_the_worker_out_is_said(tmp_path: Path, case: str) -> None:
    behaviour, expected = PAGES[case]
    async with serving_site(Site({"zup_01": behaviour})) as site:
        found = of_publications(await look(tmp_path, site.url, 1))
    assert found["zup_01"].startswith("broken: ") and expected in found["zup_01"]


async def test_an_error_that_no_offline_page_stands_in_for_is_no_fault_of_the_web_servers_file(
    tmp_path: Path,
):
    fails: Behaviour = lambda request, infobase: web.Response(status=500)  # noqa: E731
    async with serving_site(Site({"zup_01": fails})) as site:
        findings = await look(tmp_path, site.url, 1)
    (found,) = [each for each in findings if each.subject == "publication of zup_01"]
    assert (
        found.level is Level.BROKEN
        and "answers 500, an error that no offline page stands in for" in found.text
    )
    assert "error_page" not in found.remedy


async def test_a_publication_without_a_worker_needs_no_registration(tmp_path: Path) -> None:
    without: Behaviour = lambda request, infobase: start_page(infobase, registers=False)  # noqa: E731
    async with serving_site(Site({"zup_01": without, "zup_02": has_no_location})) as site:
        findings = await look(tmp_path, site.url, 2, worker=False)
    assert [each[:9] for each in of_publications(findings).values()] == ["warning: "]
    assert not any(path.startswith("/offline/") for path in site.heard)


async def test_a_host_that_hangs_is_not_waited_for_by_each_of_its_publications(tmp_path: Path) -> None:
    async with serving_site(Site(hangs=True)) as site, serving_site(Site()) as public:
        findings = await look(tmp_path, site.url, 200, patience=1, public=public.url)
    assert len(site.heard) <= 16
    told = [each for each in findings if each.level is Level.BROKEN and site.url in each.text]
    assert 1 <= len(told) <= 9
    assert any(
        each.text == f"{site.url}: no answer in time, so nothing more was asked there" for each in told
    )
    assert {each.remedy for each in told} == {
        "see whether it hangs, and whether a firewall drops what is sent to it"
    }


@pytest.mark.parametrize(
    ("host", "text", "remedy"),
    [
        (
            "http://nowhere.invalid",
            "the name nowhere.invalid is not known here (DNS)",
            "enter the name in DNS",
        ),
        (f"http://{HOST}:{free_port()}", "nothing listens there: the connection was refused", "start the "),
    ],
    # Each worker has other ports.
    ids=["no such name", "nothing listens"],
)
async def test_a_host_that_cannot_be_reached_is_told_once_with_what_mends_just_that(
    tmp_path: Path, host: str, text: str, remedy: str
) -> None:
    async with serving_site(Site()) as public:
        findings = await look(tmp_path, host, 50, public=public.url)
    (found,) = [each for each in findings if each.level is Level.BROKEN and host in each.text]
    assert found.text == f"{host}: {text}"
    assert found.remedy.startswith(remedy) and ("start" in found.remedy) == (remedy == "start the ")


async def test_many_that_are_alike_are_one_line(tmp_path: Path) -> None:
    async with serving_site(Site({"zup_02": has_no_location})) as site:
        file = tmp_path / "errorhelp.yaml"
        file.write_text(configuration(site.url, 30), "utf-8")
        done = await asyncio.to_thread(run, tmp_path / "state", "doctor", "--config", file)
    assert "ok      publications: 29 are as they must be\n" in done.stdout
    assert "BROKEN  publication of zup_02: nginx has no location for /zup_02/" in done.stdout
    assert "→ errorhelp web-server writes one for each publication" in done.stdout
    # These sites have no TLS.
    assert "BROKEN  offline pages: zup_01 and 29 more: the publication is without TLS" in done.stdout
    assert "zup_03" not in done.stdout


async def test_only_the_publications_of_the_named_infobases_are_asked(tmp_path: Path) -> None:
    async with serving_site(Site()) as site:
        file = tmp_path / "errorhelp.yaml"
        file.write_text(configuration(site.url, 30), "utf-8")
        asked = ("doctor", "--config", file, "--infobase", "zup_07", "--json")
        done = await asyncio.to_thread(run, tmp_path / "state", *asked)
    subjects = [each["subject"] for each in json.loads(done.stdout)]
    assert [each for each in subjects if each.startswith("publication of ")] == ["publication of zup_07"]
