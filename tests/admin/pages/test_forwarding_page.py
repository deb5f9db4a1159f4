"""Forwarding: who sees what of the targets, and what admins do about notifications that were not delivered."""

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from pages_site import CONFIGURATION, HOUR, MINUTE, PagesSite, Visitor, running, violations, without_scripts
from playwright.async_api import Browser, Locator, Page, expect
from receivers import Webhook, webhook

from errorhelp.notifications.notification import Occasion, example
from errorhelp.store.forwarding_records import EntryState, QueuedNotification

SECRET = "s3cretpath"


@pytest_asyncio.fixture(loop_scope="session")
async def desk() -> AsyncIterator[Webhook]:
    async with webhook() as served:
        yield served


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path, browser: Browser, desk: Webhook) -> AsyncIterator[PagesSite]:
    targets = (
        f"forward: [{{id: desk, webhook: '{desk.url}'}}, "
        f"{{id: finance, webhook: '{desk.url}', targets: /Finance, kinds: [crash], occasions: [first]}}]"
    )
    text = CONFIGURATION.replace("reports: {enabled: true", f"reports: {{enabled: true, {targets}")
    async with running(tmp_path, browser, text) as site:
        yield site


async def queue(site: PagesSite, target: str = "desk", count: int = 1) -> Sequence[QueuedNotification]:
    """So many more notifications wait for a target; all that wait for it."""
    outbox, now = site.service.forwarding, site.clock.now
    await outbox.begin(target, now)
    undecided = await outbox.undecided(target, now, now - HOUR)
    assert undecided is not None
    documents = [example(Occasion.FIRST, now) for _ in range(count)]
    assert await outbox.keep_decision(target, undecided[0], {}, documents, now)
    return await outbox.entries(target=target)


async def give_up(site: PagesSite, *entries: QueuedNotification) -> None:
    for each in entries:
        await site.service.forwarding.failed(each.id, "the answer is 404 Not Found", None)


def card(page: Page, target: str) -> Locator:
    return page.locator(f"section:has(> #target-{target})")


async def test_each_target_says_what_it_takes_and_how_the_last_delivery_ended_and_no_secret(
    site: PagesSite, anna: Visitor
) -> None:
    outbox = site.service.forwarding
    await outbox.note_attempt("desk", site.clock.now - 2 * HOUR)
    await outbox.note_attempt("desk", site.clock.now - HOUR, "the answer is 500")
    await outbox.note_attempt("finance", site.clock.now - MINUTE)
    page = await anna.open("/problems")
    await page.get_by_role("link", name="Пересылка").click()
    desk, finance = card(page, "desk"), card(page, "finance")
    for text in ("все базы", "виды: все", "проблема возникла, сводка, проблема прекратилась"):
        await expect(desk).to_contain_text(text)
    await expect(desk).to_contain_text("не доставлено 14:00: По-английски: the answer is 500")
    await expect(desk).to_contain_text("последнее доставлено: 13:00")
    await expect(finance).to_contain_text("2 базы; виды: аварийное завершение; когда: проблема возникла")
    await expect(finance).to_contain_text("доставлено 14:59")
    assert SECRET not in await page.content()


async def test_a_test_is_sent_and_what_came_of_it_is_said_where_it_was_asked_for(
    site: PagesSite, anna: Visitor, desk: Webhook
) -> None:
    page = await anna.open("/forwarding")
    await card(page, "finance").get_by_role("button", name="Отправить проверку").click()
    said = card(page, "finance").get_by_role("status")
    await expect(said).to_have_text("15:00 Проверочное извещение доставлено.")
    await expect(said).to_be_focused()
    await expect(card(page, "desk").get_by_role("status")).to_have_count(0)
    assert [each["occasion"] for each in desk.documents] == ["test"]
    desk.status = 500
    await card(page, "desk").get_by_role("button", name="Отправить проверку").click()
    await expect(card(page, "desk").get_by_role("status")).to_contain_text(
        "не доставлено: По-английски: the answer is 500 Internal Server Error"
    )
    assert SECRET not in await page.content()


async def test_what_was_given_up_is_tried_again_one_by_one_or_all(site: PagesSite, anna: Visitor) -> None:
    first, second, third = await queue(site, count=3)
    await give_up(site, first, second, third)
    page = await anna.open("/forwarding")
    rows = card(page, "desk").locator("tbody tr")
    await expect(rows).to_have_count(3)
    await expect(rows.first).to_contain_text("Example: не удался вход")
    await expect(rows.first).to_contain_text("the answer is 404 Not Found")
    await rows.first.get_by_role("button", name="Отправить снова").click()
    await expect(card(page, "desk").get_by_role("status")).to_contain_text("1 извещение отправляется снова")
    assert (await site.service.forwarding.entry(first.id)).state is EntryState.PENDING
    await card(page, "desk").get_by_role("button", name="Отправить всё снова").click()
    await expect(card(page, "desk").get_by_role("status")).to_contain_text("3 извещения отправляются снова")
    assert await site.service.forwarding.dead() == {}


async def test_dropping_takes_two_steps_and_no_mouse(site: PagesSite, anna: Visitor) -> None:
    first, *others = await queue(site, count=3)
    await give_up(site, first, *others)
    page = await anna.open("/forwarding")
    ask = page.locator(f"#ask-drop-{first.id}")
    await ask.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Убрать", exact=True)).to_be_visible()
    assert len(await site.service.forwarding.entries()) == 3
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(card(page, "desk").get_by_role("status")).to_contain_text("1 извещение убрано")
    await page.get_by_text("Убрать все недоставленные…").click()
    await page.get_by_role("button", name="Убрать все (2)").click()
    await expect(card(page, "desk").get_by_role("status")).to_contain_text("2 извещения убраны")
    assert await site.service.forwarding.entries() == []


async def test_what_waits_for_a_target_that_is_gone_can_only_be_dropped(
    site: PagesSite, anna: Visitor
) -> None:
    await queue(site, "old", 2)
    page = await anna.open("/forwarding")
    old = card(page, "old")
    await expect(old).to_contain_text("больше нет в конфигурации")
    await expect(old.get_by_role("button", name="Отправить")).to_have_count(0)
    await old.get_by_text("Убрать все…").click()
    await old.get_by_role("button", name="Убрать все (2)").click()
    await expect(page.get_by_role("status")).to_contain_text("2 извещения убраны")
    await expect(old).to_have_count(0)


async def test_every_page_warns_of_what_was_given_up_by_itself_and_until_somebody_cared(
    site: PagesSite, anna: Visitor
) -> None:
    page = await anna.open("/")
    notice = page.locator("#notices")
    await expect(notice).not_to_contain_text("извещени")
    await give_up(site, *await queue(site, count=2))
    await expect(notice).to_contain_text("2 извещения не доставлены и больше не отправляются.")
    await notice.get_by_role("link", name="Пересылка").click()
    await card(page, "desk").get_by_role("button", name="Отправить всё снова").click()
    await expect(card(page, "desk").get_by_role("status")).to_be_visible()
    await anna.open("/")
    await expect(notice).not_to_contain_text("извещени")


async def test_viewers_and_editors_look_and_admins_do(site: PagesSite) -> None:
    (entry,) = await queue(site)
    await give_up(site, entry)
    for name in ("vera", "edik"):
        async with site.visitor(name) as visitor:
            page = await visitor.open("/forwarding")
            await expect(card(page, "desk")).to_contain_text("больше не отправляется")
            await expect(page.locator("main").get_by_role("button")).to_have_count(0)
            await expect(page.locator("main summary")).to_have_count(0)
        async with without_scripts(site, name) as script:
            for action in ("test", "retry", "drop"):
                form = (("action", action), ("target", "desk"), ("entry", entry.id))
                status, _ = await script.send("/forwarding", *form)
                assert status == 403
    assert (await site.service.forwarding.entry(entry.id)).state is EntryState.DEAD


async def test_it_all_works_without_scripts_and_says_when_it_is_too_late(
    site: PagesSite, desk: Webhook
) -> None:
    first, second = await queue(site, count=2)
    await give_up(site, first)
    async with without_scripts(site) as script:
        _, page = await script.send("/forwarding", ("action", "test"), ("target", "desk"))
        assert "The test was delivered." in page
        assert len(desk.received) == 1
        _, page = await script.send(
            "/forwarding", ("action", "drop"), ("target", "desk"), ("entry", first.id)
        )
        assert "1 notification was dropped." in page
        for form in (
            (("action", "drop"), ("target", "desk"), ("entry", second.id)),
            (("action", "retry"), ("target", "desk"), ("entry", first.id)),
            (("action", "test"), ("target", "gone")),
            (("action", "drop"), ("target", "gone")),
        ):
            status, page = await script.send("/forwarding", *form)
            assert (status, "Too late" in page) == (409, True)
        status, _ = await script.send("/forwarding", ("action", "?"))
        assert status == 400
        # What was done is said to whoever did it, and not for ever.
        _, page = await script.send("/forwarding", ("action", "retry"), ("target", "desk"))
        assert "1 notification is tried again." in page
        _, page = await script.get("/forwarding")
        assert "tried again." not in page


async def test_a_long_outbox_comes_in_pages(site: PagesSite) -> None:
    entries = await queue(site, count=130)
    await give_up(site, *entries[100:])
    async with without_scripts(site) as script:
        _, page = await script.get("/forwarding")
        assert page.count("retry-" + entries[100].id) == 1
        assert page.count("<tr>") == 1 + 10
        assert "Show all 130" in page
        _, page = await script.get("/forwarding?target=desk&from=0")
        assert page.count("<tr>") == 1 + 100
        assert "1–100 of 130" in " ".join(page.split())
        _, page = await script.get("/forwarding?target=desk&from=100")
        assert page.count("<tr>") == 1 + 30


async def test_without_targets_the_page_says_where_they_stand(tmp_path: Path, browser: Browser) -> None:
    (folder := tmp_path / "other").mkdir()
    async with running(folder, browser) as site, site.visitor() as anna:
        page = await anna.open("/forwarding")
        await expect(page.locator("main")).to_contain_text("О проблемах никого не извещают")
        assert await violations(page) == []


@pytest.mark.parametrize("width", [320, 1440])
async def test_the_page_is_for_everybody_and_fits_a_screen(site: PagesSite, width: int) -> None:
    entries = await queue(site, count=12)
    await give_up(site, *entries[:3])
    reason = "слово" * 60
    await site.service.forwarding.failed(entries[3].id, reason, site.clock.now + MINUTE)
    await site.service.forwarding.note_attempt("desk", site.clock.now, reason)
    async with site.visitor(
        viewport={"width": width, "height": 800}, color_scheme="dark", locale="en-US"
    ) as anna:
        page = await anna.open("/forwarding")
        await card(page, "desk").get_by_role("button", name="Send a test").click()
        await expect(card(page, "desk").get_by_role("status")).to_be_visible()
        assert await violations(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        assert anna.complaints == []


async def test_hostile_texts_do_nothing(site: PagesSite, anna: Visitor) -> None:
    outbox, now = site.service.forwarding, site.clock.now
    await queue(site)
    undecided = await outbox.undecided("desk", now, now - HOUR)
    assert undecided is not None
    hostile = "<svg onload=alert(1)>"
    document = json.loads(json.dumps(example(Occasion.FIRST, now)).replace("Example", hostile))
    await outbox.keep_decision("desk", undecided[0], {}, [document], now)
    await outbox.note_attempt("desk", now, hostile)
    page = await anna.open("/forwarding")
    await expect(page.locator("main")).to_contain_text(hostile)
    assert await page.locator("main svg").count() == 0
