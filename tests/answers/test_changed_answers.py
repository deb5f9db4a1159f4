"""Which answers messages change, and in what order: those first that people wait for."""

from collections.abc import Iterable, Iterator
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st
from samples import MINUTE, NOON, catalog, infobase, message
from snapshot_histories import TARGETS, catalogs
from work import counted

from errorhelp.answers.changed_answers import FEW_INFOBASES, NothingAsked, changed_answers
from errorhelp.answers.snapshot import compile
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.lists import ConnectionList
from errorhelp.catalog.message_texts import with_text
from errorhelp.catalog.targets import TargetIndex

IDS = [f"ib{number}" for number in range(FEW_INFOBASES + 50)]


class AskedFor:
    """Who asked for what, the last in front."""

    def __init__(self, *paths: str) -> None:
        self._paths = tuple(dict.fromkeys(paths))

    def latest_first(self) -> Iterator[str]:
        return iter(self._paths)

    def in_order(self, paths: Iterable[str]) -> list[str]:
        position = {path: number for number, path in enumerate(self._paths)}
        return sorted(paths, key=lambda path: position.get(path, len(position)))


def order(whole: Catalog, *targets: str, asked: AskedFor) -> list[str]:
    before = compile(whole, [], NOON)
    after = compile(whole, [message("m", *targets)], NOON + MINUTE, before)
    return [*chain.from_iterable(after.changed_paths(before, asked))]


def test_of_many_answers_those_that_readers_asked_for_come_first_the_last_asked_in_front() -> None:
    asked = AskedFor("/help/en/ib7.json", "/help/gone.json", "/help/ib230.json", "/help/fr/ib7.json")
    found = order(catalog(*map(infobase, IDS)), "*", asked=asked)
    help_and_pages = ["/help/en/ib7.json", "/help/ib230.json", "/help/en/ib7.html", "/help/ib230.html"]
    assert found[:4] == help_and_pages
    assert found.index("/") < found.index("/help/ib0.json") < found.index("/help/ib0.html")


def test_the_help_of_one_infobase_comes_before_its_pages_and_those_before_the_front_page() -> None:
    found = order(catalog(*map(infobase, IDS)), "ib7", asked=AskedFor("/help/en/ib7.json"))
    assert found[:6] == [
        *("/help/en/ib7.json", "/help/ib7.json", "/help/ru/ib7.json"),
        *("/help/en/ib7.html", "/help/ib7.html", "/help/ru/ib7.html"),
    ]
    assert {path for path in found[6:] if path.startswith("/help/")} == set()


def test_a_message_for_one_costs_no_more_when_there_are_many_infobases_and_many_were_asked_for() -> None:
    def calls(count: int) -> int:
        ids = [f"ib{number}" for number in range(count)]
        everything = ConnectionList("all", folders=("/",), carries_messages=True)
        whole = catalog(*map(infobase, ids), lists=[everything])
        whole.prepare(TargetIndex(whole.infobases, whole.folders))
        asked = AskedFor(*(f"/help/{each}.json" for each in ids))
        before = compile(whole, [], NOON)
        after = compile(whole, [message("m", "ib7")], NOON + MINUTE, before)
        with counted() as work:
            assert [*chain.from_iterable(after.changed_paths(before, asked))][-1] == "/lists/all.v8i"
        return work.calls

    calls(8)
    assert calls(2000) <= calls(8) + 5


def test_one_more_message_costs_no_more_while_another_one_names_each_of_many_infobases() -> None:
    def calls(count: int) -> int:
        ids = [f"ib{number}" for number in range(count)]
        whole = catalog(*map(infobase, ids))
        whole.prepare(TargetIndex(whole.infobases, whole.folders))
        for_all = with_text(message("all", "*"), "{infobase}: {from}-{until}", whole)
        before = compile(whole, [for_all], NOON)
        with counted() as work:
            one = with_text(message("m", "ib7"), "{infobase}: {until}", whole)
            after = compile(whole, [for_all, one], NOON + MINUTE, before)
            after.take_over(before)
            found = after.find("/help/ib7.json", (NOON + MINUTE).timestamp())
        assert found is not None and b"IB7: 15:00-16:00" in found.body
        return work.calls

    calls(8)
    assert calls(2000) <= calls(8) + 5


def test_of_a_list_in_which_each_infobase_is_named_only_what_changes_is_filled_in_again() -> None:
    ids = [f"ib{number}" for number in range(200)]
    everything = ConnectionList("all", folders=("/",), carries_messages=True)
    whole = catalog(*map(infobase, ids), lists=[everything])
    for_all = with_text(message("all", "*"), "{infobase}: {until}", whole)
    before = compile(whole, [for_all], NOON)
    before.keep_list(everything, *before.compile_list(everything, NOON.timestamp()), NOON.timestamp())
    after = compile(whole, [for_all, message("m", "ib7")], NOON + MINUTE, before)
    after.take_over(before)
    with counted() as work:
        _, answer = after.compile_list(everything, (NOON + MINUTE).timestamp())
    assert work.by_name["sub"] <= 10
    assert "IB7: 16:00" in answer.body.decode() and "IB199: 16:00" in answer.body.decode()


@given(
    catalogs(),
    st.sets(st.sampled_from(TARGETS)),
    st.lists(st.integers(0, 100), unique=True),
    st.sampled_from([0, FEW_INFOBASES]),
)
def test_the_order_of_asking_changes_nothing_but_the_order(
    whole: Catalog, touched: set[str], asked: list[int], few: int
) -> None:
    every = [*compile(whole, [], NOON).every_path(), "/help/fr/erp.json", "/help/gone.json"]
    addresses = AskedFor(*(every[number % len(every)] for number in asked))
    groups = [*changed_answers(whole, touched, addresses, every_list=False, few=few)]
    found = [*chain.from_iterable(groups)]
    assert len({*found}) == len(found)
    unasked = changed_answers(whole, touched, NothingAsked(), every_list=False)
    assert {*found} == {*chain.from_iterable(unasked)}


@given(catalogs(), st.sets(st.sampled_from(TARGETS)))
def test_a_list_holds_some_of_what_is_meant_just_when_the_two_have_an_infobase_in_common(
    whole: Catalog, touched: set[str]
) -> None:
    for each in whole.lists.values():
        meant = {infobase.id for infobase in whole.meant_by(touched)}
        assert whole.lists_any(each, touched) == any(one.id in meant for one in whole.in_list(each))


def test_nothing_of_other_infobases_is_changed() -> None:
    found = order(catalog(*map(infobase, ["erp", "hr"])), "erp", asked=AskedFor("/help/hr.json"))
    assert not [path for path in found if "hr" in path]
