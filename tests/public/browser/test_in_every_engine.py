"""What a visitor of a publication meets with, in Chromium, Firefox and WebKit alike."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from engines import Tab
from outage_site import CONFIGURATION, SIGN_IN, Site
from ports import HOST
from visiting import PHONE

ERP = "Can’t connect to “ERP Управление предприятием”"
ERP_TEST = "Can’t connect to “ERP для проверки”"
MINUTE = timedelta(minutes=1)
WANTED = "/erp/ru/?usr=ann#e1cib/list/Document.Order"


async def visit(tab: Tab, address: str) -> None:
    """Open a publication that works, and stay until its worker is ready."""
    await tab.open(address)
    await tab.run("navigator.serviceWorker.ready.then(() => true)")


async def load(tab: Tab, address: str) -> None:
    """Open an address at which the offline page must come."""
    await tab.open(address)
    await tab.wait_for_text(PHONE, "#help-text")


async def scopes(tab: Tab) -> list[str]:
    """Where the browser has workers."""
    found: list[str] = await tab.run(
        "navigator.serviceWorker.getRegistrations().then((all) => all.map((each) => each.scope))"
    )
    return sorted(found)


# While the publication works


async def test_the_first_visit_is_the_publication_itself_and_installs_a_worker_for_it_alone(
    tab: Tab, site: Site
) -> None:
    await visit(tab, f"{site.front}/erp")

    assert await tab.text() == "1C works"
    assert await tab.url() == f"{site.front}/erp/ru/"
    assert await scopes(tab) == [f"{site.front}/erp"]


async def test_a_start_page_that_the_worker_asks_for_has_the_registration_script(
    tab: Tab, site: Site
) -> None:
    await visit(tab, f"{site.front}/erp")

    await tab.open(f"{site.front}/erp/ru/")

    assert await tab.run("navigator.serviceWorker.controller !== null")
    assert await tab.count("script[src='/offline/erp/register.js']") == 1


async def test_a_redirect_to_a_sign_in_form_is_followed(tab: Tab, site: Site) -> None:
    await visit(tab, f"{site.front}/erp")
    site.publication.behaviour = "redirects"

    await tab.open(f"{site.front}/erp/ru/")

    assert (await tab.url(), await tab.run("document.title")) == (f"{site.front}/erp/sign-in", "Sign in")


@pytest.mark.parametrize("status", [403, 500])
async def test_an_error_that_is_no_gateways_is_the_servers_own_affair(
    tab: Tab, site: Site, status: int
) -> None:
    await visit(tab, f"{site.front}/erp")
    site.publication.behaviour = status

    await tab.open(f"{site.front}/erp/ru/")

    assert await tab.text() == "an error of 1C"


async def test_where_a_sign_in_is_wanted_the_browser_itself_asks_for_the_page(tab: Tab, site: Site) -> None:
    await visit(tab, f"{site.front}/erp")
    await tab.open(f"{site.front}/erp/ru/")
    assert site.publication.destination == "empty", "the worker asked"
    site.publication.behaviour = 401

    await tab.open(f"{site.front}{WANTED}")

    assert (await tab.url(), await tab.text()) == (f"{site.front}{WANTED}", "an error of 1C")
    assert site.publication.destination == "document"
    site.publication.behaviour = "works"
    await visit(tab, f"{site.front}/erp")
    assert await scopes(tab) == [f"{site.front}/erp"]


async def test_calls_and_downloads_get_their_own_errors(tab: Tab, site: Site) -> None:
    await visit(tab, f"{site.front}/erp")
    await tab.open(f"{site.front}/erp/ru/")
    site.publication.behaviour = 503

    in_a_hidden_frame = await tab.run(
        """new Promise((resolve) => {
             const frame = document.createElement("iframe");
             frame.src = "/erp/download";
             frame.onload = () => resolve(frame.contentDocument.body.textContent);
             document.body.append(frame);
           })"""
    )
    assert in_a_hidden_frame == "an error of 1C"
    assert await tab.run("fetch('/erp/call').then((reply) => reply.json())") == {"error": "of 1C"}
    assert await tab.run("fetch('/erp/call', { method: 'POST' }).then((reply) => reply.status)") == 503
    await site.nginx.stop()
    assert await tab.run("fetch('/erp/call').catch((error) => error.name)") == "TypeError"


async def test_a_changed_page_reaches_the_browser(tab: Tab, site: Site) -> None:
    await visit(tab, f"{site.front}/erp")
    before = await tab.run("caches.keys()")
    site.configure(CONFIGURATION.replace("123-45-67", "765-43-21"))
    await tab.open(f"{site.front}/erp/ru/")
    await tab.wait_until(
        f"caches.keys().then((names) => names.length === 1 && names[0] !== {json.dumps(before[0])})"
    )
    await site.nginx.stop()
    await site.stop_help()

    await tab.open(f"{site.front}/erp/ru/")

    await tab.wait_for_text("765-43-21", "#help-text")


async def test_the_off_switch_takes_worker_and_copies_away_and_reloads_the_page(tab: Tab, site: Site) -> None:
    await visit(tab, f"{site.front}/erp")
    await tab.open(f"{site.front}{WANTED}")
    await tab.run("window.isOld = true")
    site.configure(CONFIGURATION.replace("offline: {{", "offline: {{workers: false, "))
    await tab.run("void navigator.serviceWorker.getRegistration().then((ours) => ours.update())")

    await tab.wait_until("!window.isOld && document.readyState === 'complete'")
    assert (await tab.url(), await tab.text()) == (f"{site.front}{WANTED}", "1C works")
    assert (await scopes(tab), await tab.run("caches.keys()")) == ([], [])


async def test_beside_another_worker_ours_steps_back(tab: Tab, site: Site) -> None:
    await visit(tab, f"{site.front}/erp")
    await tab.run(
        "navigator.serviceWorker.register('/erp/their-worker.js', { scope: '/erp/' }).then(() => true)"
    )

    await tab.open(f"{site.front}/erp/ru/")

    await tab.wait_until("navigator.serviceWorker.getRegistrations().then((all) => all.length === 1)")
    assert await scopes(tab) == [f"{site.front}/erp/"]


# When it does not


async def test_without_the_1c_server_the_page_stands_at_the_wanted_address(tab: Tab, site: Site) -> None:
    await visit(tab, f"{site.front}/erp")
    await site.publication.stop()

    await load(tab, f"{site.front}{WANTED}")

    assert (await tab.url(), await tab.text("h1")) == (f"{site.front}{WANTED}", ERP)
    assert await tab.text("#why") == "The network works, but the 1C server is not available right now."


async def test_without_nginx_the_page_says_that_the_server_does_not_answer(tab: Tab, site: Site) -> None:
    await visit(tab, f"{site.front}/erp/")
    await site.nginx.stop()

    for address in ("/erp", "/erp/", WANTED):
        await load(tab, site.front + address)
        assert (await tab.url(), await tab.text("h1")) == (site.front + address, ERP)
        assert await tab.text("#why") == "The server does not answer."


async def test_where_connections_are_closed_at_once_the_page_is_shown_too(tab: Tab, site: Site) -> None:
    await visit(tab, f"{site.front}/erp")
    await site.nginx.stop()

    async with closing_connections(int(site.front.rpartition(":")[2])):
        await load(tab, f"{site.front}/erp/ru/")

        assert await tab.text("#why") == "The server does not answer."


@asynccontextmanager
async def closing_connections(port: int) -> AsyncIterator[None]:
    """Somebody listens there who has nothing to say."""

    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(close, HOST, port):
        yield


async def test_a_browser_with_navigation_preload_of_an_older_worker_shows_the_page_too(
    tab: Tab, site: Site
) -> None:
    preload = "navigator.serviceWorker.ready.then((ours) => ours.navigationPreload.getState())"
    site.age_worker("navigationPreload?.disable()", "navigationPreload?.enable()")
    await visit(tab, f"{site.front}/erp")
    await tab.wait_until(f"{preload}.then(({{ enabled }}) => enabled)")

    site.configure(CONFIGURATION)
    await tab.open(f"{site.front}/erp/ru/")
    await tab.wait_until(f"{preload}.then(({{ enabled }}) => !enabled)")
    await site.nginx.stop()

    await load(tab, f"{site.front}/erp/ru/")
    assert await tab.text("h1") == ERP


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_an_error_of_a_gateway_counts_as_gone(tab: Tab, site: Site, status: int) -> None:
    await visit(tab, f"{site.front}/erp")
    site.publication.behaviour = status

    await load(tab, f"{site.front}/erp/ru/")

    assert await tab.text("h1") == ERP


async def test_a_server_that_takes_too_long_counts_as_gone(tab: Tab, site: Site) -> None:
    site.configure(CONFIGURATION.replace("timeout: 60s", "timeout: 1s"))
    await visit(tab, f"{site.front}/erp")
    site.publication.behaviour = "hangs"

    await load(tab, f"{site.front}/erp/ru/")

    said = await tab.run("document.querySelector('#error').textContent")
    assert said.startswith("No answer within 1")


async def test_a_visitor_without_a_worker_gets_the_page_from_nginx(tab: Tab, site: Site) -> None:
    site.post("The ERP server is being updated")
    await site.publication.stop()

    await load(tab, f"{site.front}{WANTED}")

    assert (await tab.url(), await tab.text("h1")) == (f"{site.front}{WANTED}", ERP)
    await tab.wait_for_text("The ERP server is being updated", ".message")


async def test_two_publications_on_one_host_have_their_own_pages(tab: Tab, site: Site) -> None:
    await visit(tab, f"{site.front}/erp")
    await visit(tab, f"{site.front}/erp-test")
    assert await scopes(tab) == [f"{site.front}/erp", f"{site.front}/erp-test"]
    await site.nginx.stop()

    await load(tab, f"{site.front}/erp/ru/")
    assert await tab.text("h1") == ERP
    await load(tab, f"{site.front}/erp-test/ru/")
    assert await tab.text("h1") == ERP_TEST


async def test_a_worker_leaves_a_neighbour_whose_name_begins_alike_alone(tab: Tab, site: Site) -> None:
    await visit(tab, f"{site.front}/erp")
    await site.nginx.stop()

    await tab.open(f"{site.front}/erp-test/ru/")

    assert PHONE not in await tab.text()


async def test_a_worker_that_lost_its_page_still_says_whom_to_call(tab: Tab, site: Site) -> None:
    await visit(tab, f"{site.front}/erp")
    await tab.run("caches.keys().then((names) => Promise.all(names.map((name) => caches.delete(name))))")
    await site.nginx.stop()

    await tab.open(f"{site.front}/erp/ru/")

    await tab.wait_for_text(PHONE)


@pytest.mark.parametrize("sign_in", SIGN_IN.values(), ids=SIGN_IN)
async def test_a_sign_in_form_is_never_kept_in_place_of_the_page(tab: Tab, site: Site, sign_in: str) -> None:
    await visit(tab, f"{site.front}/erp")
    await site.nginx.ask_who_reads_the_offline_page(sign_in)
    await visit(tab, f"{site.front}/erp")
    await site.nginx.stop()

    await load(tab, f"{site.front}/erp/ru/")

    assert await tab.text("h1") == ERP


async def test_hostile_texts_are_shown_as_they_are(tab: Tab, site: Site) -> None:
    hostile = """</script><script>window.isBroken = 1</script><img src=x onerror="window.isBroken = 1">"""
    site.post(hostile)
    await site.publication.stop()

    await load(tab, f"{site.front}/erp/ru/")

    await tab.wait_for_text(hostile, ".message")
    assert await tab.run("window.isBroken ?? null") is None


# Messages


async def test_a_message_posted_during_the_outage_appears(tab: Tab, site: Site) -> None:
    await visit(tab, f"{site.front}/erp")
    await site.nginx.stop()
    await load(tab, f"{site.front}/erp/ru/")

    site.post("We are changing a disk")

    await tab.wait_for_text("We are changing a disk", ".message")
    assert "Outage" in await tab.text(".message")


async def test_the_newest_known_message_is_shown_in_the_sites_time_when_nothing_answers(
    tab: Tab, site: Site
) -> None:
    site.post("The ERP server is being updated")
    await visit(tab, f"{site.front}/erp")
    await tab.wait_until(
        f"caches.match('{site.help}/help/en/erp.json').then((kept) => kept?.text()).then((text) => "
        "text?.includes('being updated'))"
    )
    await site.nginx.stop()
    await site.stop_help()

    await load(tab, f"{site.front}/erp/ru/")

    await tab.wait_for_text("The ERP server is being updated", ".message")
    now = datetime.now(ZoneInfo("Europe/Moscow"))
    until, as_of = await tab.text(".until"), await tab.text("#as-of")
    assert re.search(rf"Until .*{in_the_last_minute(now + 60 * MINUTE)} \(UTC\+3\), 59", until)
    assert re.search(rf"As of .*{in_the_last_minute(now)} \(UTC\+3\)", as_of)


def in_the_last_minute(moment: datetime) -> str:
    """A pattern of this minute and the one before it, on clocks of 24 and of 12 hours."""
    minutes = (moment, moment - MINUTE)
    return "(" + "|".join(f"{each:%H:%M}|{each.hour % 12 or 12}:{each:%M} [AP]M" for each in minutes) + ")"


async def test_a_message_that_ends_while_the_page_is_open_disappears(tab: Tab, site: Site) -> None:
    site.post("The ERP server is being updated", minutes=1 / 15)
    await site.publication.stop()
    await load(tab, f"{site.front}/erp/ru/")
    await tab.wait_for_text("The ERP server is being updated", ".message")

    await tab.wait_until("document.querySelectorAll('.message').length === 0")


# The way back


async def test_it_goes_back_by_itself_to_the_wanted_address(tab: Tab, site: Site) -> None:
    await visit(tab, f"{site.front}/erp")
    await site.publication.stop()
    await load(tab, f"{site.front}{WANTED}")
    await site.publication.start()

    await tab.wait_until("document.body.innerText === '1C works'")

    assert await tab.url() == f"{site.front}{WANTED}"


async def test_a_server_that_wants_a_sign_in_is_back(tab: Tab, site: Site) -> None:
    await visit(tab, f"{site.front}/erp")
    await site.publication.stop()
    await load(tab, f"{site.front}/erp/ru/")
    site.publication.behaviour = 401
    await site.publication.start()

    await tab.wait_for_text("an error of 1C")


async def test_a_person_can_try_at_once(tab: Tab, site: Site) -> None:
    await visit(tab, f"{site.front}/erp")
    await site.publication.stop()
    await load(tab, f"{site.front}{WANTED}")
    await site.publication.start()

    await tab.click("#go")

    await tab.wait_for_text("1C works")
    assert await tab.url() == f"{site.front}{WANTED}"


async def test_the_back_button_leads_back_through_it(tab: Tab, site: Site) -> None:
    await visit(tab, f"{site.front}/erp")
    await tab.open(f"{site.front}/erp/ru/sign-in")
    await site.nginx.stop()
    await load(tab, f"{site.front}/erp/ru/?next")

    await tab.run("void history.back()")

    await tab.wait_until("location.pathname === '/erp/ru/sign-in'")


# The other public pages


@pytest.mark.parametrize(("path", "as_of"), [("/help/en/erp.html", "As of"), ("/", "Сведения на")])
async def test_help_page_and_overview_tell_the_message_until_it_ends(
    tab: Tab, site: Site, path: str, as_of: str
) -> None:
    site.post("The ERP server is being updated", minutes=1 / 10)

    await tab.open(site.help + path)

    await tab.wait_for_text(as_of, "[data-as-of]")
    assert "The ERP server is being updated" in await tab.text(".message")
    await tab.wait_until("![...document.querySelectorAll('.message')].some((each) => each.checkVisibility())")


async def test_a_cause_on_the_help_page_opens_at_a_click(tab: Tab, site: Site) -> None:
    await tab.open(f"{site.help}/help/en/erp.html")
    first = "document.querySelector('details')"
    assert not await tab.run(f"{first}.open")

    await tab.click("summary")

    assert await tab.run(f"{first}.open")
    assert await tab.count("a[href='tel:+74951234567']") > 0
