"""Messages overtake what else is published, and stale files give way to the service when a disk is full."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from samples import HOUR, MINUTE, NOON, catalog, infobase, message

from errorhelp.answers.changed_answers import FEW_INFOBASES
from errorhelp.answers.snapshot import Snapshot, compile
from errorhelp.catalog.catalog import Catalog
from errorhelp.public.help_requests import Asked
from errorhelp.publishing.published_tree import TreeError, TreeRun, file_name, publish

if sys.platform == "win32":
    pytest.skip("limits as POSIX has them", allow_module_level=True)

import resource

IDS = [f"ib{number}" for number in range(60)]
LAST = IDS[-1]


def many() -> Catalog:
    return catalog(*map(infobase, IDS))


def user_message(tree: Path, infobase_id: str) -> str:
    return str(json.loads((tree / "help" / f"{infobase_id}.json").read_bytes())["userMessage"])


class Source:
    """Where a publication sees what is newest: each further snapshot when it has asked some times more."""

    def __init__(self, first: Snapshot, *more: tuple[int, Snapshot]) -> None:
        self._now = first
        self._more = list(more)
        self._asked = 0

    def __call__(self) -> Snapshot:
        self._asked += 1
        if self._more and self._asked > self._more[0][0]:
            self._now = self._more.pop(0)[1]
            self._asked = 0
        return self._now


def test_a_message_is_in_the_tree_before_the_rest_of_a_full_publication(tmp_path: Path):
    before = compile(many(), [], NOON)
    after = compile(before.catalog, [message("m", LAST, text="Wait")], NOON + MINUTE, before)
    files = {file_name(path) for path in before.every_path()}
    seen: list[tuple[str, int]] = []

    def note() -> None:
        if run.holds(after.number):
            there = sum((tmp_path / name).exists() for name in files)
            seen.append((user_message(tmp_path, LAST), there))

    run = TreeRun(tmp_path, Source(before, (100, after)), held=None, published=None, on_progress=note)
    assert not run.holds(before.number)
    run.run(NOON.timestamp())
    text, there = seen[0]
    assert text == "Wait"
    assert there < len(files) / 2
    assert run.is_complete
    assert {path: (tmp_path / file_name(path)).read_bytes() for path in after.every_path()} == {
        path: answer.body for path, answer in after.published()
    }


def test_an_end_overtakes_a_message_for_everybody_that_is_being_written(tmp_path: Path):
    going = message("going", LAST, text="Wait", ends_at=NOON + HOUR)
    first = compile(many(), [going], NOON)
    publish(first, tmp_path, NOON.timestamp())
    everybody = message("everybody", "*", text="All are down")
    second = compile(first.catalog, [going, everybody], NOON + MINUTE, first)
    ended = compile(first.catalog, [everybody], NOON + 2 * MINUTE, second)
    seen: list[tuple[bool, str, str]] = []

    def note() -> None:
        if run.holds(ended.number):
            seen.append(
                (run.holds(second.number), user_message(tmp_path, LAST), user_message(tmp_path, "ib50"))
            )

    run = TreeRun(tmp_path, Source(second, (30, ended)), held=first, published=first, on_progress=note)
    run.run(NOON.timestamp())
    # The one that ended is gone while others still lack the one for everybody.
    assert seen[0] == (False, "All are down", "")
    assert seen[-1] == (True, "All are down", "All are down")


def test_a_message_for_everybody_is_written_for_those_first_who_asked_last(tmp_path: Path):
    ids = [f"ib{number}" for number in range(FEW_INFOBASES + 20)]
    clock = iter(range(1000))
    first = compile(catalog(*map(infobase, ids)), [], NOON)
    readers = Asked(lambda: next(clock), lambda: first.catalog)
    for number in (5, 9, 7):
        readers.count(f"/help/ib{number}.json", "1CV8C", next(clock))
    publish(first, tmp_path, NOON.timestamp())
    second = compile(first.catalog, [message("m", "*", text="Wait")], NOON + MINUTE, first)
    seen: list[set[str]] = []

    def newest() -> Snapshot:
        seen.append({each for each in ids if user_message(tmp_path, each) == "Wait"})
        return second

    run = TreeRun(tmp_path, newest, held=first, published=first, asked=readers)
    run.run(NOON.timestamp())
    asked = {"ib5", "ib9", "ib7"}
    assert asked in seen
    assert all(each <= asked or each >= asked for each in seen)
    assert seen[-1] == {*ids}


def test_after_a_new_configuration_messages_come_first_too(tmp_path: Path):
    first = compile(many(), [], NOON)
    publish(first, tmp_path, NOON.timestamp())
    second = compile(many(), [message("m", LAST, text="Wait")], NOON + MINUTE, first)
    written: list[str] = []
    run = TreeRun(
        tmp_path,
        lambda: second,
        held=first,
        published=first,
        on_progress=lambda: written.append(user_message(tmp_path, LAST)),
    )
    run.hurry()
    run.run(NOON.timestamp())
    # Who is in a hurry leaves the rest to the next run.
    assert written == ["Wait"]
    assert run.holds(second.number)
    assert not run.is_complete


def test_a_new_configuration_ends_the_run_for_the_one_before(tmp_path: Path):
    first = compile(many(), [], NOON)
    second = compile(catalog(infobase("erp")), [], NOON + MINUTE, first)
    run = TreeRun(tmp_path, Source(first, (50, second)), held=None, published=None)
    run.run(NOON.timestamp())
    assert not run.is_complete
    assert not run.holds(second.number)
    publish(second, tmp_path, NOON.timestamp())
    assert sorted(each.name for each in (tmp_path / "help").glob("*.json")) == ["_unknown.json", "erp.json"]


def test_in_a_tree_that_somebody_emptied_nothing_is_held(tmp_path: Path):
    snapshot = compile(many(), [message("m", LAST)], NOON)
    run = TreeRun(tmp_path, lambda: snapshot, held=snapshot, published=snapshot)
    run.run(NOON.timestamp())
    assert run.is_complete
    assert user_message(tmp_path, LAST) != ""


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_file_that_cannot_be_replaced_is_removed_so_that_the_service_answers(tmp_path: Path):
    first = compile(many(), [message("m", LAST, text="Wait")], NOON)
    publish(first, tmp_path, NOON.timestamp())
    second = compile(first.catalog, [message("m", LAST, text="Wait " * 5000, revision=2)], NOON, first)
    run = TreeRun(tmp_path, lambda: second, held=first, published=first, removes_stale=True)
    with files_of_at_most(20_000), pytest.raises(TreeError, match=r"File too large; .* are removed"):
        run.run(NOON.timestamp())
    assert not (tmp_path / "help" / f"{LAST}.json").exists()
    assert not (tmp_path / "help" / f"{LAST}.json.gz").exists()
    assert (tmp_path / "help" / "ib0.json").exists()
    assert not run.holds(second.number)

    TreeRun(tmp_path, lambda: second, held=run.held, published=None).run(NOON.timestamp())
    assert user_message(tmp_path, LAST).startswith("Wait Wait")


def test_an_end_is_in_the_tree_also_when_the_index_finds_no_room_for_new_infobases(tmp_path: Path):
    first = compile(catalog(infobase("erp")), [message("m", "erp", text="Wait")], NOON)
    publish(first, tmp_path, NOON.timestamp())
    second = compile(catalog(infobase("erp"), *map(infobase, IDS)), [], NOON + MINUTE, first)
    run = TreeRun(tmp_path, lambda: second, held=first, published=first, removes_stale=True)
    with files_of_at_most(10_000), pytest.raises(TreeError):
        run.run(NOON.timestamp())
    file = tmp_path / "help" / "erp.json"
    assert not file.exists() or user_message(tmp_path, "erp") == ""
    assert not (tmp_path / "help" / "ib0.json").exists()
