"""The offline page reports to errorhelp that it was shown."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from configurations import read
from engines import HAS_A_NETWORK
from playwright.async_api import Browser, Route

from errorhelp.people.proxies import TrustedProxies
from errorhelp.public.error_reports import ErrorReports
from errorhelp.public.public_listener import PublicListener
from errorhelp.reports.report import Kind, Report
from errorhelp.service.report_intake import Intake
from errorhelp.service.service import Service
from errorhelp.store.sqlite import SqliteStore

CONFIGURATION = """
public: {{url: "{url}"}}
help: {{text: Звоните 112}}
infobases: [{{id: erp, name: ERP, connect: {{server: srv, ref: ERP}}}}]
reports: {{enabled: {enabled}, addresses: true, user_names: true}}
"""


@asynccontextmanager
async def serving(folder: Path, enabled: str) -> AsyncIterator[tuple[Service, Intake, str]]:
    """A service that takes reports in, or not, and where its public listener is."""
    store = SqliteStore(folder / "errorhelp.sqlite")
    service = Service(read(folder, CONFIGURATION.format(url="http://127.0.0.1:1", enabled=enabled)), store)
    await service.start()
    intake = Intake(service, store)
    reports = ErrorReports(intake, TrustedProxies())
    listener = PublicListener(lambda: service.snapshot, time.time, max_age=5, reports=reports)
    await listener.start("127.0.0.1", 0)
    host, port = listener.addresses[0]
    url = f"http://{host}:{port}"
    await service.use(read(folder, CONFIGURATION.format(url=url, enabled=enabled)))
    try:
        yield service, intake, url
    finally:
        await listener.stop(grace=1)
        await service.stop()


async def reported_by_the_page(folder: Path, browser: Browser, enabled: str, expected: int) -> list[Report]:
    """What came of a page load that failed, when that many reports were waited for."""
    async with serving(folder, enabled) as (service, intake, url):
        shown = service.snapshot.find("/offline/erp/index.html", time.time())
        assert shown is not None

        async def fail(route: Route) -> None:
            # As the service worker does.
            await route.fulfill(body=shown.body, content_type="text/html; charset=utf-8")

        page = await browser.new_page()
        await page.add_init_script(HAS_A_NETWORK)
        await page.route("**/erp/ru?*", fail)
        async with page.expect_response("**/help/*/erp.json"):
            await page.goto(f"{url}/erp/ru?N=anna&P=secret")
        async with asyncio.timeout(20):
            while intake.counters.taken < expected:
                await asyncio.sleep(0.01)
        await page.close()
        await intake.write()
        return await service.reports.reports()


async def test_the_offline_page_reports_why_it_was_shown_and_nothing_of_the_person(
    tmp_path: Path, browser: Browser
) -> None:
    (report,) = await reported_by_the_page(tmp_path, browser, "true", 1)
    assert (report.kind, report.text) == (Kind.OFFLINE, "serverError")
    assert report.details.keys() == {"errorhelp", "reason", "status", "time", "page"}
    assert report.details["page"].endswith("/erp/ru")


async def test_where_reports_are_switched_off_nothing_is_kept(tmp_path: Path, browser: Browser) -> None:
    assert await reported_by_the_page(tmp_path, browser, "false", 0) == []
