"""A browser keeps out what the doctor says that a start page's Content-Security-Policy keeps out."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from playwright.async_api import Page, expect
from ports import HOST
from start_page_policies import SCRIPT, WITH_NONCE, WITHOUT_NONCE, WORKER, filled

_REGISTRATION = """
const worker = new URL("sw.js", document.currentScript.src);
const register = async () => {
    const registration = await navigator.serviceWorker.register(worker, { scope: location.pathname });
    await registration.unregister();
};
register().then(() => { document.title = "both"; }, () => { document.title = "script alone"; });
"""
_KEPT_OUT = {"nothing": SCRIPT, "script alone": WORKER, "both": None}


@asynccontextmanager
async def start_pages(policies: Mapping[int, str], nonce: str) -> AsyncIterator[str]:
    """The address of a site with a start page for each policy, at its number."""

    async def start_page(request: web.Request) -> web.Response:
        policy = filled(policies[int(request.match_info["number"])], str(request.url.origin()))
        page = f"""<!doctype html><html><head><title>nothing</title>
            <script src="/offline/erp/register.js" {nonce and f'nonce="{nonce}"'} defer></script></head></html>"""
        headers = {"Content-Security-Policy": policy}
        return web.Response(text=page, content_type="text/html", headers=headers)

    async def script(request: web.Request) -> web.Response:
        text = _REGISTRATION if request.path.endswith("/register.js") else ""
        headers = {"Service-Worker-Allowed": "/"}
        return web.Response(text=text, content_type="text/javascript", headers=headers)

    application = web.Application()
    application.router.add_get("/erp/{number}/", start_page)
    application.router.add_get("/offline/erp/{name}", script)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, 0)
        await site.start()
        yield f"http://{HOST}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(("expected", "nonce"), [(WITHOUT_NONCE, ""), (WITH_NONCE, "abc")])
async def test_a_browser_keeps_out_the_same(
    page: Page, expected: Mapping[str, str | None], nonce: str
) -> None:
    seen = {}
    async with start_pages(dict(enumerate(expected)), nonce) as address:
        for number, policy in enumerate(expected):
            await page.goto(f"{address}/erp/{number}/")
            if expected[policy] != SCRIPT:
                await expect(page).not_to_have_title("nothing")
            seen[policy] = _KEPT_OUT[await page.title()]
    assert seen == expected
