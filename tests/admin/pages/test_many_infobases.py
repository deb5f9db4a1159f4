"""Pages with thousands of infobases: they stay small, and everything can still be reached."""

import json
import re
from collections.abc import AsyncIterator
from html import unescape
from itertools import groupby
from pathlib import Path

import pytest
import pytest_asyncio
from pages_site import (
    CONFIGURATION,
    HOUR,
    NOON,
    PagesSite,
    Script,
    Severity,
    Visitor,
    running,
    violations,
    without_scripts,
)
from playwright.async_api import Browser, expect

COUNT, FOLDERS = 1_500, 30
MOST_BYTES = 300_000
_MORE = "".join(
    f"  - {{id: base{number}, name: База {number}, connect: {{server: srv{number % 7}, ref: B{number}}}, "
    f"folder: /Отдел-{number % FOLDERS:02}/Группа {number % 300}}}\n"
    for number in range(COUNT)
)


@pytest_asyncio.fixture(loop_scope="session")
async def large_site(tmp_path: Path, browser: Browser) -> AsyncIterator[PagesSite]:
    async with running(tmp_path, browser, CONFIGURATION.replace("lists:\n", f"{_MORE}lists:\n")) as site:
        yield site


async def test_the_pages_are_small_whatever_is_shown(large_site: PagesSite) -> None:
    await large_site.post("Стоит всё. " * 100, "*")
    for number in range(60):
        await large_site.post("Ждите. " * 100, *(f"base{number + each}" for each in range(40)))
        later = NOON + HOUR * (number + 1)
        await large_site.post(
            "Скоро. " * 100, f"/Отдел-{number % FOLDERS:02}", starts_at=later, ends_at=later + HOUR
        )
    async with without_scripts(large_site) as script:
        for path in ("/", "/infobases", "/infobases?affected=1", "/write", "/write?to=*", "/write?find=base"):
            status, page = await script.get(path)
            assert (status, len(page.encode()) < MOST_BYTES) == (200, True), (path, len(page.encode()))


async def test_every_message_is_on_the_first_page_for_whoever_wants_all(large_site: PagesSite) -> None:
    posted = [await large_site.post("Ждите", f"base{number}") for number in range(70)]
    async with without_scripts(large_site) as script:
        _, page = await script.get("/")
        assert 0 < len(_cards(page)) < 70
        _, page = await script.get(_address_of(page, "Show all 70"))
        assert {*_cards(page)} >= {each.id for each in posted}


async def test_every_infobase_is_on_one_of_the_pages_of_the_list(large_site: PagesSite) -> None:
    async with without_scripts(large_site) as script:
        catalog = large_site.service.catalog
        found = await _listed(script, "/infobases")
        assert sorted(found) == sorted(catalog.infobases)
        # Those of a folder stand together.
        folders = [catalog.infobases[each].folder for each in found]
        assert [folder for folder, _ in groupby(folders)] == list(dict.fromkeys(folders))
        found = await _listed(script, "/infobases?find=отдел-07")
        assert sorted(found) == sorted(each.id for each in catalog.meant_by(["/Отдел-07"]))


async def test_of_many_infobases_folders_are_seen_first_and_what_is_in_them_is_unfolded(
    large_site: PagesSite,
) -> None:
    await large_site.post("Стоит", "/Отдел-07/Группа 7")
    async with large_site.visitor() as anna:
        page = await anna.open("/infobases")
        folder = page.locator("details", has_text="Отдел-07 / Группа 7").first
        await expect(page.locator("#rows tbody tr").first).to_be_hidden()
        while not await folder.count():
            await page.get_by_role("link", name="Дальше").click()
            await page.wait_for_load_state()
        await expect(folder.locator("summary")).to_contain_text("Сбой: 5 из 5")
        await folder.locator("summary").press("Enter")
        await expect(folder.get_by_role("link", name="База 7", exact=True)).to_be_visible()
        # It stays so when something happens meanwhile.
        await large_site.post("Медленно", "base307", severity=Severity.INFO)
        await large_site.post("Стоит и это", "/Отдел-07/Группа 37")
        await expect(page.locator("details", has_text="Отдел-07 / Группа 37").first).to_contain_text("Сбой")
        await expect(folder.get_by_role("link", name="База 7", exact=True)).to_be_visible()


async def test_from_now_a_way_leads_to_all_infobases_that_messages_are_about(large_site: PagesSite) -> None:
    await large_site.post("Стоит", "/Отдел-01", "/Отдел-02", "/Отдел-03", "/Отдел-04", "/Отдел-05")
    async with without_scripts(large_site) as script:
        _, page = await script.get("/")
        affected = await _listed(script, _address_of(page, "All with a message"))
    meant = large_site.service.catalog.meant_by(f"/Отдел-{number:02}" for number in range(1, 6))
    assert sorted(affected) == sorted(each.id for each in meant)


async def test_everything_can_be_chosen_without_scripts_and_stays_chosen_while_one_searches(
    large_site: PagesSite,
) -> None:
    async with without_scripts(large_site) as script:
        _, page = await script.get("/write")
        offered = _targets(page)
        while (more := re.search(r'name="from" value="(\d+)"', page)) and "hidden><button" not in page:
            _, page = await script.send("/write", ("find", ""), ("from", more[1]))
            offered += _targets(page)
        catalog = large_site.service.catalog
        assert [each for each in offered if each in catalog.infobases] == [*catalog.infobases]
        assert {"*", "/Finance", "/Отдел-07", "/Отдел-07/Группа 7"} < {*offered}
        # Folders stand in front of what is in them.
        assert offered.index("/Отдел-07/Группа 7") < offered.index("base7")
        chosen = [("to", "/Отдел-07"), ("to", "base11")]
        _, page = await script.send("/write", *chosen, ("find", "База 1499"), ("action", "preview"))
        assert {*_targets(page)} == {"*", "/Отдел-07", "base11", "base1499"}
        assert {*_targets(page, " checked")} == {"/Отдел-07", "base11"}
        form = [("text-en", "Wait"), ("end", "1h"), ("action", "post")]
        await script.send("/write", *chosen, ("to", "base1499"), *form)
        assert [each.targets for each in await large_site.messages()] == [("/Отдел-07", "base11", "base1499")]


async def test_a_message_for_a_server_is_still_for_it_when_it_is_changed(large_site: PagesSite) -> None:
    await _check_that_it_stays_for_a_server(large_site)


async def test_it_is_so_too_where_all_infobases_are_in_sight(site: PagesSite) -> None:
    await _check_that_it_stays_for_a_server(site)


async def _check_that_it_stays_for_a_server(site: PagesSite) -> None:
    message = await site.post("Ждите", "server:srv1c", "erp")
    async with without_scripts(site) as script:
        _, page = await script.get(f"/messages/{message.id}/change")
    assert {*_targets(page, " checked")} == {"server:srv1c", "erp"}


async def test_an_editor_bound_to_a_folder_finds_only_what_is_in_it(large_site: PagesSite) -> None:
    async with without_scripts(large_site, "fedor") as script:
        _, text = await script.get("/write/targets")
    found = [each["target"] for each in json.loads(text)["choices"]]
    assert found == ["/Finance", "/Finance/Archive", "payroll", "archive"]


async def test_a_name_is_typed_and_chosen_with_enter_and_is_in_sight_when_something_else_is_searched(
    large_site: PagesSite,
) -> None:
    async with large_site.visitor() as anna:
        page = await anna.open("/write?template=down")
        await page.keyboard.type("база 1234")
        await expect(page.locator("#found")).to_have_text("1 / 1505")
        await page.keyboard.press("Enter")
        await expect(page.locator("[name=to][value=base1234]")).to_be_checked()
        await page.fill("#find", "отдел-07")
        results = page.locator("#results [role=option]")
        await expect(results).to_have_count(61)
        await page.get_by_role("option", name="вся папка Отдел-07 50", exact=True).click()
        # All that is in it is chosen with it.
        await expect(page.locator("[role=option][aria-selected=true]")).to_have_count(61)
        await expect(page.locator("#meant")).to_have_text("51 база")
        await page.fill("#find", "payr")
        await expect(results).to_have_count(1)
        await expect(page.locator(".chosen :checked")).to_have_count(2)
        await expect(page.locator("[name=to][value=base1234]")).to_be_in_viewport()
        await page.locator("[name=to][value=base1234]").uncheck()
        await page.get_by_role("button", name="Опубликовать").click()
        await page.wait_for_url(anna.url + "/")
        assert anna.complaints == []
    assert [each.targets for each in await large_site.messages()] == [("/Отдел-07",)]


async def test_all_that_is_found_is_chosen_and_more_than_can_be_is_not_offered(
    large_site: PagesSite,
) -> None:
    async with large_site.visitor() as anna:
        page = await anna.open("/write?template=down")
        await page.fill("#find", "base123")
        await page.get_by_role("button", name="Выбрать все найденные (11)").click()
        await expect(page.locator("#meant")).to_have_text("11 баз")
        await page.fill("#find", "база")
        await expect(page.locator("#found")).to_have_text("1500 / 1505")
        await expect(page.locator("#choose-found")).to_be_hidden()
        await page.fill("#find", "srv3")
        await expect(page.locator("#results [role=option]").first).to_have_attribute(
            "data-target", "server:srv3"
        )
    async with without_scripts(large_site) as script:
        _, page = await script.send("/write", ("find", "base123"), ("action", "choose"))
        assert {*_targets(page, " checked")} == {
            "base123",
            *(f"base{number}" for number in range(1230, 1240)),
        }


async def test_more_is_shown_below_what_was_found_first(large_site: PagesSite) -> None:
    async with large_site.visitor() as anna:
        page = await anna.open("/write")
        await page.fill("#find", "база 1")
        rows = page.locator("#results [role=option]")
        await expect(page.locator("#found")).to_contain_text("/ 1505")
        await expect(rows).to_have_count(100)
        await page.get_by_role("button", name="Показать ещё").click()
        await expect(rows).to_have_count(200)


async def test_what_was_chosen_is_brought_back_though_it_is_not_in_sight(large_site: PagesSite) -> None:
    async with large_site.visitor() as anna:
        page = await anna.open("/write")
        await page.fill("#find", "база 1234")
        await page.press("#find", "Enter")
        await expect(page.locator("[name=to][value=base1234]")).to_be_checked()
        await anna.context.clear_cookies()
        await page.get_by_role("button", name="Опубликовать").click()
        await _sign_in(anna)
        await page.get_by_role("button", name="Вернуть").click()
        await expect(page.locator(".chosen [name=to][value=base1234]")).to_be_checked()
        await expect(page.locator("#meant")).to_have_text("1 база")


@pytest.mark.parametrize("width", [390, 1280])
async def test_the_pages_are_for_everybody_and_fit_a_screen(large_site: PagesSite, width: int) -> None:
    for number in range(40):
        await large_site.post("Ждите до 16:00", *(f"base{number + each}" for each in range(30)))
    async with large_site.visitor(viewport={"width": width, "height": 800}) as anna:
        for path in ("/", "/infobases?from=100", "/write?to=base7&to=/Finance"):
            page = await anna.open(path)
            assert await violations(page) == []
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
        await page.fill("#find", "база")
        await page.press("#find", "Enter")
        await expect(page.locator("[role=option][aria-selected=true]").first).to_be_visible()
        assert await violations(page) == []


async def _sign_in(visitor: Visitor) -> None:
    await visitor.page.fill("[name=name]", "anna")
    await visitor.page.fill("[name=password]", "correct horse")
    await visitor.page.get_by_role("button", name="Войти").click()


async def _listed(script: Script, address: str) -> list[str]:
    """The ids on a page of the list and on those that follow it."""
    found: list[str] = []
    while address:
        _, page = await script.get(address)
        found += re.findall(r'<th scope="row"><a href="/infobases/([^"]+)"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = unescape(following[1]) if following else ""
    return found


def _cards(page: str) -> list[str]:
    return re.findall(r'data-message="([^"]+)"', page)


def _address_of(page: str, link: str) -> str:
    found = re.search(rf'<a href="([^"]+)">{link}</a>', page)
    assert found, f"no link {link!r}"
    return unescape(found[1])


def _targets(page: str, state: str = "") -> list[str]:
    """The values of the boxes to choose with, of those in a state."""
    return [unescape(each) for each in re.findall(rf'name="to" value="([^"]+)"{state}', page)]
