"""A configuration that changes while the service runs: a good change is taken once it is written to its end."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from errorhelp.config import load
from errorhelp.service.reloader import Reloader
from errorhelp.service.service import Service
from errorhelp.store.sqlite import SqliteStore

INFOBASE = "  - {{id: {0}, name: {0}, connect: {{server: s, ref: {0}}}}}\n"
WHOLE = "help: {text: Call 112}\ninfobases:\n" + "".join(map(INFOBASE.format, ("erp", "crm", "trade")))
REST = """folders: [{path: /Finance, help: {text: Ask Anna}}]
lists: [{id: office, folders: [/]}]
maintenance_windows:
  - {id: nightly, targets: ['*'], text: Backup, rule: FREQ=DAILY, starts_at: 2026-11-01 02:00, duration: 1h}
"""
LATER = """languages: [en, de]
publish: ../tree
message_values: {phone: "112", room: "7"}
message_templates:
  - {id: down, name: Down, text: Down}
admin:
  user_header: X-User
  trusted_proxies: [127.0.0.1]
  users: [{name: anna, role: editor}]
"""


class Place:
    """A service that follows its configuration, looked at whenever a test says so."""

    def __init__(self, file: Path, service: Service) -> None:
        self.file, self.service = file, service
        self.reloader = Reloader(service, file)
        self.seconds = 100.0

    def save(self, text: str) -> None:
        self.file.write_text(text, "utf-8")

    async def look(self, after: float = 0.3) -> list[str]:
        """The infobases in force after another look, so many seconds later."""
        self.seconds += after
        await self.reloader.look(self.seconds)
        return list(self.service.catalog.infobases)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    file = tmp_path / "errorhelp.yaml"
    file.write_text(WHOLE + REST, "utf-8")
    service = Service(load(file), SqliteStore(tmp_path / "errorhelp.db"))
    await service.start()
    place = Place(file, service)
    await place.look()
    yield place
    await service.stop()


async def test_a_change_that_loses_nothing_is_taken_at_the_second_look(place: Place):
    place.save(WHOLE + INFOBASE.format("new") + REST)
    assert await place.look() == ["erp", "crm", "trade"]
    assert await place.look() == ["erp", "crm", "trade", "new"]


async def test_half_of_a_file_is_not_taken_while_the_rest_is_being_written(place: Place):
    half = WHOLE[: WHOLE.index("  - {id: trade")]
    place.save(half)
    for _ in range(3):
        assert await place.look(0.9) == ["erp", "crm", "trade"]
    place.save(half + "\n# trade is being written")
    for _ in range(5):
        assert await place.look(0.9) == ["erp", "crm", "trade"]
    place.save(WHOLE + REST)
    for _ in range(8):
        assert await place.look(0.9) == ["erp", "crm", "trade"]


async def test_a_loss_is_taken_when_the_file_has_been_still_for_five_seconds(place: Place):
    place.save((WHOLE + REST).replace(INFOBASE.format("trade"), ""))
    await place.look()
    assert await place.look() == ["erp", "crm", "trade"]
    assert await place.look(4) == ["erp", "crm", "trade"]
    assert await place.look(1) == ["erp", "crm"]


async def test_asked_to_reload_it_does_not_wait(place: Place):
    place.save((WHOLE + REST).replace(INFOBASE.format("trade"), ""))
    await place.reloader.reload()
    assert list(place.service.catalog.infobases) == ["erp", "crm"]


LOSSES = {
    "folder": REST.splitlines(True)[0],
    "list": REST.splitlines(True)[1],
    "window": "".join(REST.splitlines(True)[2:]),
    "language": ", de",
    "tree": "publish: ../tree\n",
    "value": ', room: "7"',
    "template": LATER[LATER.index("message_templates") : LATER.index("admin:")],
    "all who may sign in": LATER[LATER.index("admin:") :],
}


@pytest.mark.parametrize("lost", LOSSES.values(), ids=LOSSES)
async def test_losing_anything_with_a_name_waits_as_well(place: Place, lost: str):
    place.save(WHOLE + REST + LATER)
    await place.reloader.reload()
    place.save((WHOLE + REST + LATER).replace(lost, ""))
    before = place.service.loaded.digest
    await place.look()
    await place.look(2)
    assert place.service.loaded.digest == before
    await place.look(3)
    assert place.service.loaded.digest != before


async def test_a_file_that_arrives_with_the_loss_must_be_still_as_well(place: Place):
    more = place.file.parent / "more.yaml"
    more.write_text("infobases: []\n", "utf-8")
    place.save("include: [more.yaml]\n" + (WHOLE + REST).replace(INFOBASE.format("trade"), ""))
    await place.look()
    await place.look(3)
    more.write_text("infobases:\n" + INFOBASE.format("trade"), "utf-8")
    assert await place.look(3) == ["erp", "crm", "trade"]
    await place.look()
    assert sorted(await place.look()) == ["crm", "erp", "trade"]


async def test_another_logo_is_taken_and_a_bad_one_leaves_the_old_until_it_is_mended(place: Place):
    logo = place.file.with_name("logo.svg")
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', "utf-8")
    place.save(WHOLE + REST + "public: {logo: logo.svg}\n")
    await place.look()
    await place.look()
    first = place.service.catalog.organisation.logo
    assert first is not None
    logo.write_text("<svg", "utf-8")
    await place.look()
    await place.look()
    assert place.service.catalog.organisation.logo == first
    assert "is neither PNG nor SVG" in str(place.service.configuration.refused)
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg"><path/></svg>', "utf-8")
    await place.look()
    await place.look()
    assert place.service.catalog.organisation.logo not in (None, first)
    assert place.service.configuration.refused is None
