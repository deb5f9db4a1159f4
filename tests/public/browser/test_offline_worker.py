"""The service worker in a real browser: when it shows the offline page, and when it keeps out of the way."""

import pytest
from outage_site import CONFIGURATION, SIGN_IN, Site
from playwright.async_api import Browser, BrowserContext, Page, expect
from visiting import ERP, PHONE, cache_names, heading, load, scopes, visit


async def test_the_first_visit_is_the_publication_itself_and_installs_a_worker_for_it_alone(
    page: Page, site: Site
) -> None:
    await visit(page, f"{site.front}/erp")

    await expect(page.locator("body")).to_have_text("1C works")
    assert page.url == f"{site.front}/erp/ru/"
    assert await scopes(page) == [f"{site.front}/erp"]
    registration = "navigator.serviceWorker.ready.then(each => each.updateViaCache)"
    assert await page.evaluate(registration) == "none"


async def test_without_the_1c_server_the_page_stands_at_the_wanted_address(page: Page, site: Site) -> None:
    await visit(page, f"{site.front}/erp")
    await site.publication.stop()
    wanted = f"{site.front}/erp/ru/?usr=ann#e1cib/list/Document.Order"

    response = await load(page, wanted)

    assert (response.status, response.from_service_worker, page.url) == (503, True, wanted)
    assert await heading(page) == ERP
    await expect(page.locator("#why")).to_have_text("Сеть работает, но сервер 1С сейчас недоступен.")
    await expect(page.locator("#help-text")).to_contain_text(PHONE)


async def test_without_nginx_the_page_says_that_the_server_does_not_answer(page: Page, site: Site) -> None:
    await visit(page, f"{site.front}/erp")
    await site.nginx.stop()

    await load(page, f"{site.front}/erp/ru/")

    assert await heading(page) == ERP
    await expect(page.locator("#why")).to_have_text("Сервер не отвечает.")
    await expect(page.locator("#hints")).to_contain_text("Проверьте сетевое соединение.")
    await expect(page.locator("#hints")).to_contain_text(
        f"Проверьте, что адрес указан верно: {site.front}/erp/ru/"
    )


async def test_without_a_network_the_page_says_so(browser: Browser, site: Site) -> None:
    context = await browser.new_context(locale="ru-RU")
    page = await context.new_page()
    await visit(page, f"{site.front}/erp")
    await site.nginx.stop()
    await site.stop_help()
    await context.set_offline(True)

    await load(page, f"{site.front}/erp/ru/")

    await expect(page.locator("#why")).to_have_text("Похоже, этот компьютер не подключён к сети.")
    await expect(page.locator("#help-text")).to_contain_text(PHONE)
    await context.close()


async def test_a_server_that_takes_too_long_counts_as_gone(page: Page, site: Site) -> None:
    site.configure(CONFIGURATION.replace("timeout: 60s", "timeout: 1s"))
    await visit(page, f"{site.front}/erp")
    site.publication.behaviour = "hangs"

    await load(page, f"{site.front}/erp/ru/")

    assert await heading(page) == ERP
    await expect(page.locator("#error")).to_have_text("Нет ответа за 1 с")


@pytest.mark.parametrize("status", [401, 500])
async def test_any_other_error_is_the_servers_own_affair(page: Page, site: Site, status: int) -> None:
    await visit(page, f"{site.front}/erp")
    site.publication.behaviour = status

    response = await load(page, f"{site.front}/erp/ru/")

    assert response.status == status
    await expect(page.locator("body")).to_have_text("an error of 1C")


async def test_scripts_calls_and_frames_get_their_own_errors(page: Page, site: Site) -> None:
    await visit(page, f"{site.front}/erp")
    await page.reload()
    assert await page.evaluate("navigator.serviceWorker.controller !== null")
    site.publication.behaviour = 503

    assert await page.evaluate("fetch('/erp/call').then(reply => reply.json())") == {"error": "of 1C"}
    await site.nginx.stop()
    assert await page.evaluate("fetch('/erp/call').catch(error => error.name)") == "TypeError"
    frame = await page.evaluate_handle(
        """new Promise((resolve) => {
             const frame = document.createElement("iframe");
             frame.src = "/erp/download";
             frame.onload = () => resolve(frame);
             document.body.append(frame);
           })"""
    )
    inside = await frame.as_element().content_frame()
    assert await inside.locator("#help-text").count() == 0


@pytest.mark.parametrize("sign_in", SIGN_IN.values(), ids=SIGN_IN)
async def test_with_its_page_behind_a_sign_in_no_worker_is_installed(
    page: Page, context: BrowserContext, site: Site, sign_in: str
) -> None:
    await site.nginx.ask_who_reads_the_offline_page(sign_in)
    async with context.expect_event("serviceworker"):
        await page.goto(f"{site.front}/erp")

    await page.wait_for_function("navigator.serviceWorker.getRegistrations().then(all => all.length === 0)")
    assert await cache_names(page) == []


async def test_a_changed_page_reaches_the_browser_and_the_old_one_is_removed(page: Page, site: Site) -> None:
    await visit(page, f"{site.front}/erp")
    before = await cache_names(page)
    site.configure(CONFIGURATION.replace("123-45-67", "765-43-21"))
    await page.reload()
    await page.wait_for_function(
        "before => caches.keys().then(names => names.length === 1 && names[0] !== before)", arg=before[0]
    )
    await site.nginx.stop()
    await site.stop_help()

    await load(page, f"{site.front}/erp/ru/")

    await expect(page.locator("#help-text")).to_contain_text("765-43-21")


async def test_the_off_switch_takes_worker_and_copies_away_and_reloads_open_pages(
    page: Page, context: BrowserContext, site: Site
) -> None:
    await visit(page, f"{site.front}/erp")
    await load(page, f"{site.front}/erp/ru/?usr=ann#e1cib/list")
    await page.evaluate("window.isOld = true")
    site.configure(CONFIGURATION.replace("offline: {{", "offline: {{workers: false, "))

    other = await context.new_page()
    await other.goto(f"{site.front}/erp")

    await page.wait_for_function("!window.isOld && document.readyState === 'complete'")
    assert page.url == f"{site.front}/erp/ru/?usr=ann#e1cib/list"
    await expect(page.locator("body")).to_have_text("1C works")
    assert await page.evaluate("navigator.serviceWorker.controller") is None
    assert (await scopes(page), await cache_names(page)) == ([], [])


async def test_a_publication_that_did_not_ask_for_a_worker_gets_none(page: Page, site: Site) -> None:
    site.configure(CONFIGURATION.replace("worker: true", "worker: false"))
    async with page.expect_console_message(lambda message: "no worker is wanted" in message.text):
        await page.goto(f"{site.front}/erp")

    assert await scopes(page) == []


async def test_beside_another_worker_ours_steps_back_and_says_so(page: Page, site: Site) -> None:
    await visit(page, f"{site.front}/erp")
    await page.evaluate("navigator.serviceWorker.register('/erp/their-worker.js', { scope: '/erp/' })")

    async with page.expect_console_message(lambda message: "ours steps back" in message.text) as said:
        await page.reload()

    assert f"{site.front}/erp/their-worker.js" in (await said.value).text
    await page.wait_for_function("navigator.serviceWorker.getRegistrations().then(all => all.length === 1)")
    assert await scopes(page) == [f"{site.front}/erp/"]


@pytest.mark.parametrize("configured", ["/erp", "/erp/"])
async def test_a_publication_is_guarded_with_and_without_its_trailing_slash(
    page: Page, site: Site, configured: str
) -> None:
    site.configure(CONFIGURATION.replace('{front}/erp"', f'{{front}}{configured}"'))
    await visit(page, f"{site.front}/erp/")
    await site.nginx.stop()

    for address in (f"{site.front}/erp", f"{site.front}/erp/", f"{site.front}/erp/ru/"):
        await load(page, address)
        assert (page.url, await heading(page)) == (address, ERP)


async def test_a_worker_that_lost_its_page_still_says_whom_to_call(page: Page, site: Site) -> None:
    await visit(page, f"{site.front}/erp")
    await page.evaluate("caches.keys().then(names => Promise.all(names.map(name => caches.delete(name))))")
    await site.nginx.stop()

    response = await load(page, f"{site.front}/erp/ru/")

    assert response.status == 503
    await expect(page.locator("body")).to_contain_text(PHONE)
