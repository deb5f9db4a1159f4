"""Several messages are ended or extended at once: whoever did it reads what came of each."""

from pages_site import ANNA, HOUR, MINUTE, PagesSite, Visitor, violations, without_scripts
from playwright.async_api import expect

from errorhelp.messages.message import State, state


async def states(site: PagesSite) -> list[State]:
    """The states of all messages, the earliest posted first."""
    return [state(each, site.clock.now) for each in reversed(await site.messages())]


async def test_chosen_messages_are_ended_after_a_question(site: PagesSite, anna: Visitor) -> None:
    for text in ("Первое", "Второе", "Третье"):
        await site.post(text, "erp")
        site.clock.now += MINUTE
    page = await anna.open("/")
    bar = page.locator("#several")
    await expect(bar).to_be_hidden()
    await page.get_by_label("Выбрать: Первое").check()
    await page.get_by_label("Выбрать: Третье").check()
    await expect(bar).to_be_visible()
    assert await violations(page) == []
    await bar.get_by_role("button", name="Завершить").click()
    await expect(page.locator("h1")).to_have_text("Завершить 2 сообщения?")
    assert await violations(page) == []
    assert await states(site) == [State.ACTIVE] * 3
    await page.get_by_role("button", name="Да, завершить 2 сообщения").click()
    await expect(page.locator("h1")).to_have_text("Завершено: 2 из 2")
    await expect(page.locator(".outcomes li", has_text="Первое")).to_contain_text("завершено")
    assert await states(site) == [State.ENDED, State.ACTIVE, State.ENDED]
    await page.get_by_role("link", name="Вернуться").click()
    # Each can be taken back there, as one that was ended alone.
    active = page.locator("section:has(> #active) article")
    await expect(active.filter(has_text="Первое").get_by_role("button", name="Отменить")).to_be_visible()
    site.clock.now += MINUTE
    await anna.open("/")
    await expect(active).to_have_count(1)


async def test_each_is_extended_for_itself_and_reloading_extends_nothing_more(
    site: PagesSite, anna: Visitor
) -> None:
    for hours in (1, 2):
        await site.post(f"На {hours} ч", "erp", ends_at=site.clock.now + hours * HOUR)
    page = await anna.open("/")
    for box in await page.locator(".several-box input").all():
        await box.check()
    await page.locator("#several").get_by_role("button", name="+30 мин").click()
    await expect(page.locator("h1")).to_have_text("Продлено: 2 из 2")
    await expect(page.locator(".outcomes li", has_text="На 2 ч")).to_contain_text("продлено, до 17:30")
    await page.reload()
    ends = sorted(each.ends_at for each in await site.messages())
    assert ends == [site.clock.now + 90 * MINUTE, site.clock.now + 150 * MINUTE]


async def test_what_cannot_be_done_is_named_for_each_message(site: PagesSite) -> None:
    mine = await site.post("Моё", "/Finance")
    foreign = await site.post("Чужое", "/Production")
    over = await site.post("Было", "payroll")
    await site.service.end(over.id, ANNA)
    long = await site.post("Долгое", "payroll", ends_at=site.clock.now + site.service.limits.longest)
    ids = [("message", each) for each in (mine.id, foreign.id, over.id, long.id, "gone")]
    async with without_scripts(site, "fedor") as fedor:
        status, text = await fedor.send("/several", ("action", "1h"), *ids)
        assert status == 200
        assert "<h1>Extended: 1 of 5</h1>" in text
        for reason in (
            "until <time",
            "You do not have permission to change it.",
            "It is over already.",
            "A message may be shown for",
            "There is no such message.",
        ):
            assert reason in text
        _, text = await fedor.send("/several", ("action", "end"), ("confirmed", "yes"), *ids[:2])
        assert "<h1>Ended: 1 of 2</h1>" in text
    kept = await site.service.message(foreign.id)
    assert kept == foreign


async def test_only_editors_do_it_and_only_what_there_is(site: PagesSite) -> None:
    message = await site.post()
    async with without_scripts(site, "vera") as vera:
        status, _ = await vera.send("/several", ("action", "end"), ("message", message.id))
        assert status == 403
        assert 'form="several"' not in (await vera.get("/"))[1]
    async with without_scripts(site) as anna:
        assert (await anna.send("/several", ("action", "dance"), ("message", message.id)))[0] == 400
        assert "No message was chosen" in (await anna.send("/several", ("action", "end")))[1]
    assert await site.messages() == [message]


async def test_what_is_chosen_stays_chosen_when_the_page_follows(site: PagesSite, anna: Visitor) -> None:
    await site.post("Первое", "erp")
    page = await anna.open("/")
    box = page.get_by_label("Выбрать: Первое")
    await box.check()
    await site.post("Второе", "mes")
    await expect(page.locator("section:has(> #active) article")).to_have_count(2)
    await expect(box).to_be_checked()
