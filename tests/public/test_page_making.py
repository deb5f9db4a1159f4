"""Pages about much are made beside the event loop, once for all who ask, and never show a message past its end."""

import asyncio
from dataclasses import replace

from public_site import NOON, Clock, a_catalog, a_message

from errorhelp.answers.snapshot import Snapshot, compile
from errorhelp.public.page_making import PageMaking

NOW = NOON.timestamp()


def a_snapshot(others: int = 40) -> Snapshot:
    """With a message that ends after a minute among many that last."""
    lasting = (replace(a_message("Later", ends_in=3600), id=f"m{number}") for number in range(others))
    return compile(a_catalog(), [a_message("Back soon", ends_in=60), *lasting], NOON)


async def test_a_message_that_ends_while_a_page_is_made_is_not_on_it() -> None:
    for path in ("/", "/messages.json", "/messages.atom", "/en/"):
        snapshot, clock = a_snapshot(), Clock()
        making = asyncio.create_task(PageMaking(clock).answer(snapshot, path, NOW))
        await asyncio.sleep(0)
        clock.now = NOW + 60
        made = await making
        assert made is not None
        # The page has it among what was.
        assert b"Back soon" not in made.body.partition(b'<ul class="past">')[0]
        assert b"Later" in made.body


async def test_who_asks_while_a_page_is_made_gets_the_same_one() -> None:
    snapshot, pages = a_snapshot(), PageMaking(Clock())
    one, other = await asyncio.gather(*(pages.answer(snapshot, "/", NOW) for _ in range(2)))
    assert one is other
    assert one is not None and b"Back soon" in one.body
    assert await pages.answer(snapshot, "/", NOW) is one


async def test_what_is_about_much_is_made_aside_until_it_is_there() -> None:
    much, little = a_snapshot(), a_snapshot(1)
    for path in ("/", "/en/maintenance.ics"):
        assert much.takes_long(path, NOW)
        assert not little.takes_long(path, NOW)
        await PageMaking(Clock()).answer(much, path, NOW)
        assert not much.takes_long(path, NOW)
    for path in ("/help/erp.html", "/help/erp.json", "/xx/", "/nothing"):
        assert not much.takes_long(path, NOW)
