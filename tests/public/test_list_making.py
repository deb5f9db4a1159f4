"""Long lists are made beside the event loop, once for all who ask, and never show a message past its end."""

import asyncio
from dataclasses import replace

from public_site import NOON, Clock, a_catalog, a_message

from errorhelp.answers.snapshot import Snapshot, compile
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.lists import ConnectionList
from errorhelp.formats.connect_string import ServerConnection
from errorhelp.public.list_making import ListMaking

NOW = NOON.timestamp()


def a_snapshot() -> Snapshot:
    """With a message that ends after a minute, in a list that carries messages and is long."""
    many = (Infobase(f"ib{number}", "IB", ServerConnection("s", f"r{number}")) for number in range(400))
    office = ConnectionList("office", folders=("/",), carries_messages=True)
    catalog = replace(a_catalog(*many), lists={"office": office})
    return compile(catalog, [a_message("Back soon", ends_in=60, target="*")], NOON)


async def test_a_message_that_ends_while_a_long_list_is_made_is_not_in_it() -> None:
    snapshot, clock = a_snapshot(), Clock()
    office = snapshot.catalog.lists["office"]
    making = asyncio.create_task(ListMaking(clock).answer(snapshot, office, NOW))
    await asyncio.sleep(0)
    clock.now = NOW + 60
    made = await making
    assert b"Back soon" not in made.body
    assert clock.now < made.valid_until


async def test_who_asks_while_a_list_is_made_gets_the_same_one() -> None:
    snapshot, lists = a_snapshot(), ListMaking(Clock())
    office = snapshot.catalog.lists["office"]
    one, other = await asyncio.gather(*(lists.answer(snapshot, office, NOW) for _ in range(2)))
    assert one is other
    assert b"Back soon" in one.body
    assert await lists.answer(snapshot, office, NOW) is one
