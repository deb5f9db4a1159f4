"""How long a connection list of 10,000 infobases takes: to read, to write, to check, to annotate.

Reading and writing must take less than half a second each, in CPU time (exit code 1 otherwise). Python's
`configparser` reads the same text for comparison, though it keeps neither lines nor bytes. Run it with
`python -m benchmarks.lists`.
"""

import configparser
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from errorhelp.answers.annotation import annotate
from errorhelp.answers.list_answers import compile_list, list_answer
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.help import Help
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.lists import ConnectionList
from errorhelp.formats import v8i
from errorhelp.formats.connect_string import ServerConnection
from errorhelp.formats.help_json import HelpJsonFormat
from errorhelp.formats.v8i_lint import lint
from errorhelp.messages.board import Board

INFOBASES, FOLDERS, ROUNDS = 10_000, 200, 7
LIMIT_SECONDS = 0.5
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def main() -> int:
    """Measures in rounds and prints a table."""
    catalog, office = _catalog()
    data = _written(catalog, office)
    text = data.decode("utf-8-sig")
    work: dict[str, Callable[[], object]] = {
        "configparser reads": lambda: _configparser().read_string(text),
        "read": lambda: [(entry.name, entry.pairs) for entry in v8i.parse(data).entries],
        "write": lambda: _written(catalog, office),
        "lint": lambda: lint(v8i.parse(data)),
        "annotate": lambda: annotate(data, catalog, "ru", NOW, Board(())),
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
    slow = [
        name
        for name in ("read", "write")
        if statistics.median(each[name] for each in rounds) >= LIMIT_SECONDS
    ]
    for name in slow:
        print(f"{name} takes {LIMIT_SECONDS} s or more", file=sys.stderr)
    return 1 if slow else 0


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
    print(f"{cells[0]:<20}" + "".join(f"{cell:>15}" for cell in cells[1:]))


if __name__ == "__main__":
    sys.exit(main())
