"""How long a connection list of 10,000 infobases takes: to read, to write, to check, to annotate, to change.

    configparser reads       Python's own, which keeps neither lines nor bytes, for comparison
    write                    the list from nothing
    message for all          the list once more, when a message for all of its infobases was posted
    message, for launchers   that as the JSON of `GetInfoBases`, compressed for everybody
    message, for one more    what is left to do for each client that asks for it

Run it with `.venv/bin/python -m benchmarks.lists`; it takes some seconds. The exit status is 1 when one takes more
CPU time than its bound, which is a multiple of what configparser needs: these hold on other machines too.
"""

import configparser
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from benchmarks.figures import Figure, judged
from errorhelp.answers.annotation import annotate
from errorhelp.answers.answer import Answer
from errorhelp.answers.list_answers import compile_list, list_answer
from errorhelp.answers.snapshot import compile
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.help import Help
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.lists import ConnectionList
from errorhelp.formats import v8i
from errorhelp.formats.connect_string import ServerConnection
from errorhelp.formats.help_json import HelpJsonFormat
from errorhelp.formats.v8i_lint import lint
from errorhelp.messages.board import Board
from errorhelp.messages.message import Message, Severity
from errorhelp.public.launchers import PreparedList, prepared_list

INFOBASES, FOLDERS, ROUNDS = 10_000, 200, 7
# Of the time in which configparser reads the list.
BOUNDS = {
    "read": 0.4,
    "write": 0.5,
    "message for all": 0.1,
    "message, for launchers": 0.1,
    "message, for one more": 0.002,
}
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def main() -> int:
    """Measures in rounds and prints a table."""
    catalog, office = _catalog()
    data = _written(catalog, office)
    text = data.decode("utf-8-sig")
    changed = ChangedList(catalog, office)
    work: dict[str, Callable[[], object]] = {
        "configparser reads": lambda: _configparser().read_string(text),
        "read": lambda: [(entry.name, entry.pairs) for entry in v8i.parse(data).entries],
        "write": lambda: _written(catalog, office),
        "lint": lambda: lint(v8i.parse(data)),
        "annotate": lambda: annotate(data, catalog, "ru", NOW, Board(())),
        "message for all": changed.made,
        "message, for launchers": changed.for_launchers,
        "message, for one more": changed.for_one_more,
    }
    rounds = [{name: _seconds(run) for name, run in work.items()} for _ in range(ROUNDS)]
    print(f"{INFOBASES:,} infobases in {FOLDERS} folders, {len(data) / 1e6:.1f} MB, {ROUNDS} rounds")
    _print_row(("", "median ms", "fastest", "slowest", "us/entry", "/ configparser"))
    for name in work:
        times = [each[name] for each in rounds]
        ratio = statistics.median(each[name] / each["configparser reads"] for each in rounds)
        median = statistics.median(times)
        _print_row(
            (
                name,
                *(f"{1000 * each:.0f}" for each in (median, min(times), max(times))),
                f"{1e6 * median / INFOBASES:.1f}",
                f"{ratio:.2f}",
            )
        )
    figures = [
        Figure(
            f"list of 10,000 infobases, {name}: time, of configparser's that reads it",
            statistics.median(each[name] / each["configparser reads"] for each in rounds),
            most=bound,
            seconds=statistics.median(each[name] for each in rounds),
        )
        for name, bound in BOUNDS.items()
    ]
    return judged("lists", figures)


class ChangedList:
    """The list as it is kept, and the snapshot with a message for all that follows."""

    def __init__(self, catalog: Catalog, office: ConnectionList) -> None:
        self._office, self._now = office, NOW.timestamp()
        before = compile(catalog, (), NOW)
        before.keep_list(office, *before.compile_list(office, self._now), self._now)
        ends_at = NOW + timedelta(hours=1)
        message = Message("1", ("*",), "Обновление всего", Severity.OUTAGE, NOW, ends_at, created_at=NOW)
        self._after = compile(catalog, [message], NOW, before)
        self._after.take_over(before)
        self._made = self.made()
        self._prepared = self.for_launchers()

    def made(self) -> Answer:
        """The list with the message."""
        return self._after.compile_list(self._office, self._now)[1]

    def for_launchers(self) -> PreparedList:
        """The same as launchers get it."""
        return prepared_list(self._made, UUID(int=1), None)

    def for_one_more(self) -> Answer:
        """One launcher's answer."""
        return self._prepared.for_client(UUID(int=2), "gzip")


def _catalog() -> tuple[Catalog, ConnectionList]:
    infobases = {
        f"ib{number}": Infobase(
            f"ib{number}",
            f"Бухгалтерия предприятия {number}",
            ServerConnection(f"srv{number % 20}", f"BP{number}"),
            folder=f"/Филиал {number % FOLDERS % 20}/Отдел {number % FOLDERS}",
            v8i=(("OrderInTree", str(number)), ("Version", "8.3.27"), ("App", "ThinClient")),
        )
        for number in range(INFOBASES)
    }
    office = ConnectionList("office", folders=("/",), carries_messages=True)
    catalog = Catalog(
        infobases=infobases,
        folders={},
        lists={office.id: office},
        windows=(),
        help=Help(
            "Позвоните дежурному администратору: +7 (495) 123-45-67", "https://help/{language}/{infobase}"
        ),
        languages=("ru", "en"),
        zone=UTC,
        help_json=HelpJsonFormat(),
    )
    return catalog, office


def _written(catalog: Catalog, office: ConnectionList) -> bytes:
    return list_answer(catalog, office, compile_list(catalog, office, Board(()), NOW)).body


def _configparser() -> configparser.RawConfigParser:
    return configparser.RawConfigParser(strict=False, delimiters=("=",))


def _seconds(run: Callable[[], object]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def _print_row(cells: tuple[str, ...]) -> None:
    print(f"{cells[0]:<23}" + "".join(f"{cell:>15}" for cell in cells[1:]))


if __name__ == "__main__":
    sys.exit(main())
