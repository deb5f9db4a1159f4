"""Reports over HTTP: what a client posts to help addresses, and the platform's error-report service."""

import asyncio
import io
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, FormData
from report_samples import GET_INFO, NOON, PICTURE, REPORT, Desk, desk, zipped

from errorhelp.messages.message import Severity
from errorhelp.people.people import Person, Role
from errorhelp.people.proxies import TrustedProxies
from errorhelp.public.error_reports import ErrorReports
from errorhelp.public.public_listener import PublicListener
from errorhelp.public.uploads import UploadLimits
from errorhelp.reports.report import Kind
from errorhelp.service.drafts import Draft

pytestmark = pytest.mark.integration

NO_PROXIES, UPLOADS = TrustedProxies(), UploadLimits()
ANNA = Person("anna", Role.ADMIN)
ZIP = {"Content-Type": "application/zip"}


@dataclass
class Reply:
    """What was answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


@dataclass
class Site(Desk):
    """A desk behind a public listener."""

    http: ClientSession | None = None
    url: str = ""

    async def post(self, path: str, body: Any = None, **headers: str) -> Reply:
        assert self.http is not None
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.http.post(self.url + path, data=body, headers=given) as response:
            return Reply(response.status, dict(response.headers), await response.read())

    async def get_info(self, infobase: str = "erp", **values: object) -> Any:
        reply = await self.post(f"/reports/{infobase}/getInfo", json.dumps(GET_INFO | values))
        assert reply.status == 200
        return reply.document


@asynccontextmanager
async def site(
    folder: Path,
    settings: str = "{enabled: true}",
    proxies: TrustedProxies = NO_PROXIES,
    uploads: UploadLimits = UPLOADS,
) -> AsyncIterator[Site]:
    async with desk(folder, settings) as behind, ClientSession() as http:
        listener = PublicListener(
            lambda: behind.service.snapshot,
            lambda: behind.clock().timestamp(),
            max_age=5,
            reports=ErrorReports(behind.intake, proxies, uploads),
            on_snapshot=behind.service.on_snapshot,
        )
        await listener.start("127.0.0.1", 0)
        host, port = listener.addresses[0]
        try:
            yield Site(
                behind.service, behind.store, behind.intake, behind.clock, http, f"http://{host}:{port}"
            )
        finally:
            await listener.stop(grace=5)


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ('{"error": {"errorText": "Нет лицензии"}}', "application/json", "Нет лицензии"),
        ('[["Нет лицензии"]]', "application/json", ""),
        ("text=%D0%9D%D0%B5%D1%82&user=anna", "application/x-www-form-urlencoded", "Нет"),
        ("Нет лицензии", "text/plain", "Нет лицензии"),
        ("Нет лицензии".encode("cp1251"), "", "Нет лицензии"),
        (b'{"broken', "application/json", '{"broken'),
        (b"", "", ""),
        (b"\x00\xff", "application/octet-stream", "\ufffdя"),
    ],
)
async def test_whatever_is_posted_to_a_help_address_is_answered_with_help_and_kept(
    tmp_path: Path, body: str | bytes, content_type: str, text: str
) -> None:
    async with site(tmp_path) as served:
        reply = await served.post("/help/erp.json", body, Content_Type=content_type)
        assert (reply.status, reply.document["helpText"]) == (200, "Звоните 112")
        await served.intake.write()

        (report,) = await served.store.reports.reports()
        assert (report.infobase, report.kind, report.text) == ("erp", Kind.LOGIN_FAILURE, text)
        assert report.at == NOON


async def test_the_offline_page_reports_that_it_was_shown(tmp_path: Path) -> None:
    report = {
        "errorhelp": "offline",
        "reason": "serverError",
        "time": "2026-11-21T12:00:00Z",
        "page": "/erp/",
    }
    async with site(tmp_path) as served:
        reply = await served.post("/help/en/erp.json", json.dumps(report), Content_Type="text/plain")
        assert reply.document["helpText"] == "Call 112"
        await served.intake.write()

        (problem,) = await served.store.reports.problems()
        assert (problem.kind, problem.title, problem.count) == (Kind.OFFLINE, "serverError", 1)


async def test_a_report_to_an_alias_is_about_the_infobase_and_to_a_stranger_about_none(
    tmp_path: Path,
) -> None:
    async with site(tmp_path) as served:
        await served.post("/help/erp_old.json", "text")
        assert (await served.post("/help/nobody.json", "text")).status == 404
        await served.intake.write()

        assert [each.infobase for each in await served.store.reports.reports()] == ["erp"]
        assert served.intake.counters.unknown_infobase == 1


async def test_switched_off_help_is_answered_nothing_kept_and_no_report_wanted(tmp_path: Path) -> None:
    async with site(tmp_path, "{enabled: false}") as served:
        assert (await served.post("/help/erp.json", "text")).status == 200
        assert (await served.get_info())["needSendReport"] is False
        pushed = await served.post("/reports/erp/pushReport", zipped())
        assert (pushed.status, pushed.document["type"]) == (403, "urn:errorhelp:problem:reports-off")
        await served.intake.write()

        assert await served.store.reports.problems() == []


async def test_while_the_store_is_down_help_is_answered_and_reports_are_dropped_and_counted(
    tmp_path: Path,
) -> None:
    async with site(tmp_path) as served:
        database = tmp_path / "errorhelp.sqlite"
        other = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
        await asyncio.to_thread(other.execute, "BEGIN EXCLUSIVE")
        assert (await served.post("/help/erp.json", "text")).document["helpText"] == "Звоните 112"
        pushed = await served.post("/reports/erp/pushReport", zipped())
        assert (pushed.status, pushed.headers["Retry-After"]) == (503, "30")
        await served.intake.write()
        assert served.intake.counters.not_stored == 2
        other.execute("ROLLBACK")
        other.close()

        assert (await served.post("/reports/erp/pushReport", zipped())).status == 200
        assert [each.count for each in await served.store.reports.problems()] == [1]


# The platform's error-report service


async def test_the_platform_is_asked_for_a_report_and_shown_the_current_message(tmp_path: Path) -> None:
    async with site(tmp_path) as served:
        text = {"ru": "Сервер обновляется", "en": "The server is being updated"}
        draft = Draft(("*",), text, NOON.replace(hour=14), Severity.OUTAGE)
        await served.service.post(draft, ANNA)
        reply = await served.post("/reports/erp/getInfo", json.dumps(GET_INFO))
        assert reply.document == {
            "needSendReport": True,
            "userMessage": "Сервер обновляется",
            "dumpType": 1,
        }
        assert reply.headers["Content-Type"] == "application/json; charset=utf-8"
        assert reply.headers["Content-Length"] == str(len(reply.body))
        assert (await served.get_info("crm"))["userMessage"] == "The server is being updated"

        served.clock.go_on(hours=2)
        assert (await served.get_info())["userMessage"] == ""


async def test_of_a_stack_that_is_known_no_report_is_wanted_but_the_crash_is_counted(tmp_path: Path) -> None:
    async with site(tmp_path) as served:
        assert (await served.get_info())["needSendReport"] is True
        assert (await served.post("/reports/erp/pushReport", zipped())).status == 200
        assert (await served.get_info(reportID="another"))["needSendReport"] is False
        assert (await served.get_info("crm"))["needSendReport"] is True
        assert (await served.get_info(appStackHash="another"))["needSendReport"] is True
        await served.intake.write()

        (problem,) = await served.store.reports.problems()
        assert (problem.kind, problem.stack_hash, problem.count) == (Kind.CRASH, "a1b2c3", 2)
        assert (problem.title, problem.versions) == ("Деление на 0", ("8.3.27.1508",))


@pytest.mark.parametrize("part", ["report", "file", ""])
async def test_a_pushed_report_may_be_in_a_part_of_any_name(tmp_path: Path, part: str) -> None:
    async with site(tmp_path) as served:
        form = FormData()
        form.add_field("comment", "text")
        form.add_field(part, zipped(), filename="report.zip", content_type="application/zip")
        assert (await served.post("/reports/erp/pushReport", form)).status == 200
        assert [each.count for each in await served.store.reports.problems()] == [1]


async def test_a_2xx_means_that_the_report_is_on_the_disk(tmp_path: Path) -> None:
    async with site(tmp_path) as served:
        replies = await asyncio.gather(*(served.post("/reports/erp/pushReport", zipped()) for _ in range(3)))
        assert [reply.status for reply in replies] == [200, 200, 200]
        # Another connection sees it, before anybody writes anything more.
        with sqlite3.connect(tmp_path / "errorhelp.sqlite") as other:
            assert other.execute("SELECT sum(count) FROM problems").fetchone() == (3,)
        other.close()


async def test_names_and_pictures_are_kept_only_where_the_settings_say_so(tmp_path: Path) -> None:
    for folder, settings, expected in (
        ("masked", "{enabled: true}", ("", None, "•••")),
        ("open", "{enabled: true, user_names: true}", ("Иванова Анна", PICTURE, "Иванова Анна")),
    ):
        (tmp_path / folder).mkdir()
        async with site(tmp_path / folder, settings) as served:
            await served.post("/reports/erp/pushReport", zipped(screenshot_png=PICTURE))
            (listed,) = await served.store.reports.reports()
            report = await served.store.reports.report(listed.id)
            assert (report.user, report.screenshot, report.details["sessionInfo"]["userName"]) == expected
            (problem,) = await served.store.reports.problems()
            assert problem.users == 1


async def test_what_is_no_report_gets_a_clear_4xx_and_is_counted(tmp_path: Path) -> None:
    hostile = {
        b"": "neither a zip",
        b"PK\x03\x04 and nothing": "damaged",
        zipped(b"\xff\xfe"): "not UTF-8",
        zipped(b"[" * 5000 + bytes(range(32, 127))): "stand in one another",
        zipped([]): "JSON object",
        zipped(b"no json"): "not JSON",
        zipped(big=bytes(10_000_000)): "times its size",
        zipped(inner_zip=zipped()): "another zip|packed itself",
        zipped(**{"../out": b"x"}): "leads out",
    }
    async with site(tmp_path) as served:
        for body, why in hostile.items():
            reply = await served.post("/reports/erp/pushReport", body, **ZIP)
            assert (reply.status, reply.headers["Content-Type"]) == (400, "application/problem+json")
            assert any(each in reply.document["detail"] for each in why.split("|")), reply.document
        for body in (b"", b"[]", b"\xff", b'{"a":' * 60 + b"1" + b"}" * 60):
            assert (await served.post("/reports/erp/getInfo", body)).status == 400
        assert served.intake.counters.refused == len(hostile) + 4
        assert await served.store.reports.problems() == []


@pytest.mark.uvloop
async def test_a_report_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    async with site(tmp_path, "{enabled: true, largest: 1}") as served:
        reply = await served.post("/reports/erp/pushReport", io.BytesIO(bytes(1024 * 1024 + 1)))
        assert (reply.status, reply.document["type"]) == (413, "urn:errorhelp:problem:too-large")
        assert (await served.post("/reports/erp/getInfo", bytes(65 * 1024))).status == 413


async def test_an_address_that_sends_too_many_gets_help_but_no_more_reports_are_taken_from_it(
    tmp_path: Path,
) -> None:
    async with site(tmp_path, "{enabled: true, rate_per_address: 1}") as served:
        for _ in range(7):
            assert (await served.post("/help/erp.json", "text")).status == 200
        pushed = await served.post("/reports/erp/pushReport", zipped())
        assert (pushed.status, pushed.headers["Retry-After"]) == (429, "30")
        assert served.intake.counters.too_many == 3
        served.clock.go_on(seconds=1)
        assert (await served.post("/reports/erp/pushReport", zipped())).status == 200
        assert sum(each.count for each in await served.store.reports.problems()) == 6


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_reports_are_posted_and_nothing_else(tmp_path: Path, method: str) -> None:
    async with site(tmp_path) as served:
        assert served.http is not None
        for call in ("getInfo", "pushReport"):
            async with served.http.request(method, f"{served.url}/reports/erp/{call}") as reply:
                assert (reply.status, reply.headers["Allow"]) == (405, "POST")
        assert (await served.post("/reports/nobody/getInfo", "{}")).status == 404


async def test_the_same_crash_without_a_hash_is_one_problem_whatever_the_line_and_the_user(
    tmp_path: Path,
) -> None:
    async with site(tmp_path) as served:
        for number, user in enumerate(("Иванова Анна", "Борис", "Иванова Анна")):
            error = REPORT["errorInfo"]["applicationErrorInfo"]
            stack = f"ОбщийМодуль.Расчёт.Модуль : {number} : Сумма = А / Б; // {user}"
            report = REPORT | {
                "id": str(number),
                "sessionInfo": {"userName": user},
                "errorInfo": {"applicationErrorInfo": error | {"stack": stack}},
            }
            await served.post("/reports/erp/pushReport", zipped(report))
        (problem,) = await served.store.reports.problems()
        assert (problem.count, problem.users) == (3, 2)


# Slow uploads

ON_THIS_MACHINE = TrustedProxies((ip_network("127.0.0.0/8"),))


@asynccontextmanager
async def slow_uploads(served: Site, *addresses: str) -> AsyncIterator[list[asyncio.StreamReader]]:
    """Uploads of which the head and four bytes have come, one from each address."""
    readers, writers = [], []
    host, _, port = served.url.removeprefix("http://").partition(":")
    for address in addresses:
        reader, writer = await asyncio.open_connection(host, int(port))
        head = (
            f"POST /reports/erp/pushReport HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {address}\r\n"
            "Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n"
        )
        writer.write(head.encode())
        # It is invited when it has its place.
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"PK\x03\x04")
        readers.append(reader)
        writers.append(writer)
    try:
        yield readers
    finally:
        for writer in writers:
            writer.close()


async def test_slow_uploads_from_one_address_keep_nobody_else_out(tmp_path: Path) -> None:
    async with (
        site(tmp_path, proxies=ON_THIS_MACHINE) as served,
        slow_uploads(served, *["10.0.0.1"] * 4) as (oldest, *_),
    ):
        for number in range(3):
            pushed = await served.post(
                "/reports/erp/pushReport", zipped(), X_Forwarded_For=f"10.0.0.{number + 2}"
            )
            assert pushed.status == 200
        assert (await oldest.readline()).startswith(b"HTTP/1.1 429 ")
        # Whoever has some already takes nobody's place.
        async with slow_uploads(served, "10.0.0.9"):
            refused = await served.post("/reports/erp/pushReport", zipped(), X_Forwarded_For="10.0.0.1")
            assert (refused.status, refused.headers["Retry-After"]) == (429, "30")


async def test_uploads_from_as_many_addresses_as_there_may_be_do_not_give_way(tmp_path: Path) -> None:
    async with site(tmp_path, proxies=ON_THIS_MACHINE) as served:
        addresses = [f"10.0.0.{number}" for number in range(1, 5)]
        async with slow_uploads(served, *addresses):
            refused = await served.post("/reports/erp/pushReport", zipped(), X_Forwarded_For="10.0.0.9")
            assert refused.status == 429


async def test_an_upload_that_hardly_moves_ends_and_one_that_does_goes_on(tmp_path: Path) -> None:
    limits = UploadLimits(patience=0.2, least_rate=1024)
    async with site(tmp_path, uploads=limits) as served:
        async with slow_uploads(served, "10.0.0.1") as (reader,):
            # The whole minute that it may take is not waited for.
            assert (await asyncio.wait_for(reader.readline(), 30)).startswith(b"HTTP/1.1 413 ")
        assert (await served.post("/reports/erp/pushReport", zipped())).status == 200
