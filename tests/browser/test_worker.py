import pytest
from playwright.async_api import Page, expect
from outage_site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

async def test_first(page: Page, site: Site) -> None:
    page.on("console", lambda m: print("CONSOLE", m.text))
    page.on("pageerror", lambda m: print("ERR", m))
    await page.goto(site.front + "/erp")
    print(page.url, await page.content())
    print(await page.evaluate("navigator.serviceWorker.ready.then(r => r.scope)"))
    print(await page.evaluate("caches.keys().then(k => Promise.all(k.map(async n => [n, (await (await caches.open(n)).keys()).map(r => r.url)])))"))
    await site.publication.stop()
    r = await page.goto(site.front + "/erp/ru/?a=1#e1cib/list")
    print(r.status, r.from_service_worker, page.url)
    await page.wait_for_timeout(500)
    print(await page.inner_text("main"))
    print(await page.inner_text("#found", timeout=100) if 0 else await page.evaluate("document.getElementById('found').textContent"))
    await site.nginx.stop()
    r = await page.goto(site.front + "/erp/ru/?a=1#e1cib/list")
    print(await page.inner_text("main"))
