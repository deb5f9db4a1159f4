"""What a configuration was read from is let go at once, and the catalog that another replaced, too."""

import gc
import threading
import weakref
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from errorhelp.config import load
from errorhelp.config.settings.infobase_settings import InfobaseSettings
from errorhelp.service.reloader import Reloader
from errorhelp.service.service import Service
from errorhelp.store.sqlite import SqliteStore
from errorhelp.system.garbage_collection import uncollected
from errorhelp.system.memory import let_go

INFOBASE = "- {{id: ib{0}, name: {0}, connect: {{server: s, ref: r{0}}}, folder: /A}}\n"
TEXT = "help: {text: Call 112}\ninfobases:\n" + "".join(map(INFOBASE.format, range(20)))


def left_behind() -> int:
    """How many settings of infobases and nodes of YAML there are."""
    gc.collect()
    return sum(isinstance(each, InfobaseSettings | yaml.Node) for each in gc.get_objects())


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    file = tmp_path / "errorhelp.yaml"
    file.write_text(TEXT, "utf-8")
    service = Service(load(file), SqliteStore(tmp_path / "errorhelp.db"))
    await service.start()
    yield service
    await service.stop()


async def test_no_settings_of_infobases_and_no_yaml_stay_behind(service: Service, tmp_path: Path) -> None:
    before = left_behind()
    reloader = Reloader(service, tmp_path / "errorhelp.yaml")
    (tmp_path / "errorhelp.yaml").write_text(TEXT.replace("r7", "r77"), "utf-8")
    await reloader.reload()
    assert service.catalog.infobases["ib7"].connection.ref == "r77"
    assert (before, left_behind()) == (0, 0)


async def test_a_catalog_that_was_replaced_is_let_go(service: Service, tmp_path: Path) -> None:
    reloader = Reloader(service, tmp_path / "errorhelp.yaml")
    for number in range(3):
        replaced = weakref.ref(service.catalog)
        (tmp_path / "errorhelp.yaml").write_text(TEXT.replace("112", f"11{number}"), "utf-8")
        await reloader.reload()
        gc.collect()
        assert replaced() is None


async def test_infobases_with_equal_values_share_them(service: Service) -> None:
    first, *others = service.catalog.infobases.values()
    for each in others:
        assert each.folder is first.folder
        assert each.help is first.help
        assert each.connection.server is first.connection.server


async def test_the_collector_has_no_infobases_to_look_at(service: Service) -> None:
    assert not any(map(gc.is_tracked, service.catalog.infobases.values()))
    assert not gc.is_tracked(service.catalog.infobases)


async def test_answers_are_nothing_to_collect_either(service: Service) -> None:
    assert not gc.is_tracked(service.snapshot.find("/help/ib1.json", 0))


class Thing:
    pass


def test_what_the_collector_does_not_look_at_goes_all_the_same() -> None:
    thing = uncollected(Thing())
    known = weakref.ref(thing)
    del thing
    assert known() is None


@pytest.mark.parametrize("many", [10, 30_000])
def test_what_is_let_go_is_freed_in_the_end(many: int) -> None:
    things = {number: Thing() for number in range(many)}
    last = weakref.ref(things[0])
    let_go(things)
    for thread in threading.enumerate():
        if thread.name == "let go":
            thread.join()
    assert last() is None
