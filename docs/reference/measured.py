"""What the programs in `benchmarks/` found last, on which machine, and what more of everything would cost by that."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from docs.reference.markdown import Translate, table

_FILE = Path(__file__).parents[1] / "measured.json"
_RATE, _NODES = 100_000, 10
_MANY = 1_000_000
# What a service with a million infobases may take, by the columns of benchmarks.scale; seconds, and MB.
_BEARABLE = {
    "read": 60.0,
    "start": 60.0,
    "change": 5.0,
    "one": 1.0,
    "all": 1.0,
    "publish": 60.0,
    "list": 10.0,
    "held": 0.05,
    "rest": 4096.0,
    "changed": 4096.0,
    "most": 8192.0,
}
_MEGABYTES = ("rest", "changed", "most")
_RATIOS = ("of_yaml",)
_PROCESSOR_TIME, _CORES = "processor time of one", "cores for 100,000 a second"
_NETWORK = "network for 100,000 answers to GET a second, Gbit/s"
_OF_TEN_NODES = "answers to GET a second of ten nodes with a core each"
_REPORTS = "reports a second that a core reads and groups"
_OF_THE_DATABASE = {
    "idle node: connections": "connections of ten idle nodes to the database",
    "idle node: statements a second": "statements a second of ten idle nodes",
}
# What names of figures are made of, whether these were measured yet or not; what is not here stays as it is.
_NAMES = (
    "rate, of bare aiohttp's",
    "rate, of nginx's",
    "p99, of nginx's",
    "rate, of FastAPI's",
    "GET, 64 connections",
    "GET, 1000 connections",
    "304, 64 connections",
    "304, 1000 connections",
    "POST, 64 connections",
    "POST, 1000 connections",
    "GetInfoBases, one client",
    "GetInfoBases, other clients",
    "list of 10,000 infobases, read",
    "list of 10,000 infobases, write",
    "list of 10,000 infobases, message for all",
    "list of 10,000 infobases, message, for launchers",
    "list of 10,000 infobases, message, for one more",
    "time, of configparser's that reads it",
    "processor time, of import typer",
    "health check",
    "share of a core",
    "first publication of a tree",
    "time, of writing its files plainly",
    "reads beside 1,000 reports a second",
    "rate, of that without",
    "nginx with the published tree",
    "rate, of that with a plain folder",
    "message of one node on the other",
    "readings",
    "readings, the fewest",
    "database gone for a minute",
    "reads that failed",
    "after it the first message on the other node, s",
    "pages with 10,000 infobases",
    "the slowest, s",
    "the largest, bytes",
    "message for one of 100,000 in the tree",
    "message for all of 100,000 in the tree",
    "until readers have it, s",
    "idle node",
    "connections",
    "statements a second",
    "connections opened",
    "reads beside the worst of strangers",
    "rate, of that beside harmless requests",
    "the longest, ms",
    "busy service",
    "memory, of one that is only read",
    "5,000 clients through an outage",
    "errors",
    "share that came back",
    "50,000 messages, 100,000 reports",
    "bounds that answers miss",
    "the longest that the event loop is held, ms",
    "routes that are not asked",
    "missed",
    _PROCESSOR_TIME,
    _CORES,
    _NETWORK,
    _OF_TEN_NODES,
    _REPORTS,
    *_OF_THE_DATABASE.values(),
)


def measured_page(translate: Translate) -> str:
    """The page as Markdown."""
    return "\n".join(_Page(translate, json.loads(_FILE.read_text("utf-8"))).lines())


class _Page:
    """What is in `docs/measured.json`, which `benchmarks.table` writes, in a language."""

    def __init__(self, translate: Translate, measured: Mapping[str, Any]) -> None:
        self._say = translate
        self._machine = measured["machine"]
        self._programs = measured["programs"]
        self._point = translate(".")
        self._names = {name: translate(name) for name in _NAMES}

    def lines(self) -> Iterator[str]:
        say = self._say
        yield f"# {say('Measured')}"
        yield ""
        yield say(
            "What the programs in `benchmarks/` found when they ran last, on the machine below. `make bench` and "
            "`make bench-long` measure anew, `make docs` writes this page; nothing on it is written by hand."
        )
        yield ""
        yield from table([say("machine"), ""], [(say(name), value) for name, value in self._machine.items()])
        yield f"## {say('Against their bounds')}"
        yield ""
        head = [say(each) for each in ("what", "found", "bound", "program")]
        yield from table(head, self._figures())
        sizes = self._sizes
        columns = [*next(iter(sizes.values()), {})]
        yield f"## {say('By number of infobases')}"
        yield ""
        yield say("Times in seconds, memory in MB; what the columns mean stands in `benchmarks/scale.py`.")
        yield ""
        rows = [
            (self._whole(size), *(self._number(each[name]) for name in columns))
            for size, each in sizes.items()
        ]
        yield from table([say("infobases"), *columns], rows)
        yield f"## {say('A million infobases, by arithmetic')}"
        yield ""
        yield say(
            "Each column goes on as it grew between the two largest numbers. What reaches the limit of what is "
            "bearable first, and so breaks first, stands first."
        )
        yield ""
        head = [say(each) for each in ("column", "for 100,000 more", "at a million", "limit", "reached at")]
        yield from table(head, self._growth(sizes) if len(sizes) > 1 else [])
        yield f"## {say('100,000 requests a second, and ten nodes, by arithmetic')}"
        yield ""
        yield from table([say("what"), say("cost")], self._traffic())

    def _figures(self) -> Iterator[Sequence[str]]:
        for program, measured in sorted(self._programs.items()):
            for each in measured["figures"]:
                bounds = [f"≥ {self._number(each['least'])}"] if each["least"] is not None else []
                bounds += [f"≤ {self._number(each['most'])}"] if each["most"] is not None else []
                time = "" if each["seconds"] is None else f" ({self._number(1000 * each['seconds'])} ms)"
                is_kept = (each["least"] is None or each["found"] >= each["least"]) and (
                    each["most"] is None or each["found"] <= each["most"]
                )
                bound = " ".join(bounds) + ("" if is_kept else f" ({self._names['missed']})")
                yield (
                    self._name(each["name"]),
                    self._number(each["found"]) + time,
                    bound,
                    f"`benchmarks.{program}`",
                )

    @property
    def _sizes(self) -> dict[int, dict[str, float]]:
        sizes = self._programs.get("scale", {}).get("sizes", {})
        return {int(size): each for size, each in sorted(sizes.items(), key=lambda item: int(item[0]))}

    def _growth(self, sizes: Mapping[int, Mapping[str, float]]) -> list[Sequence[str]]:
        (less, before), (more, last) = list(sizes.items())[-2:]
        rows: list[tuple[float, Sequence[str]]] = []
        for name, now in last.items():
            if name in _RATIOS:
                continue
            slope = max((now - before[name]) / (more - less), 0.0)
            most = _BEARABLE.get(name)
            unit = " MB" if name in _MEGABYTES else " s"
            reached = more + (most - now) / slope if most is not None and slope else float("inf")
            rows.append(
                (
                    reached,
                    (
                        f"`{name}`",
                        self._number(slope * 100_000) + unit,
                        self._number(now + slope * (_MANY - more)) + unit,
                        "" if most is None else self._number(most) + unit,
                        "" if reached == float("inf") else self._whole(max(reached, 0)),
                    ),
                )
            )
        return [cells for _, cells in sorted(rows, key=lambda row: row[0])]

    def _traffic(self) -> Iterator[Sequence[str]]:
        number = self._number
        facts = self._programs.get("request_rate", {}).get("facts", {})
        if facts:
            for kind in ("GET", "304", "POST"):
                cpu = facts[f"{kind}, 64 connections"]
                yield f"{kind}: {self._names[_PROCESSOR_TIME]}", f"{number(cpu)} µs"
                yield f"{kind}: {self._names[_CORES]}", number(_RATE * cpu / 1e6)
            yield self._names[_NETWORK], number(_RATE * facts["bytes"] * 8 / 1e9)
            yield self._names[_OF_TEN_NODES], self._whole(_NODES * 1e6 / facts["GET, 64 connections"])
        if report := self._programs.get("report_intake", {}).get("facts", {}).get("report"):
            yield self._names[_REPORTS], self._whole(1e6 / report)
        for each in self._programs.get("idle_nodes", {}).get("figures", []):
            if each["name"] in _OF_THE_DATABASE:
                yield self._names[_OF_THE_DATABASE[each["name"]]], number(_NODES * each["found"])

    def _name(self, name: str) -> str:
        """That of a figure: what is measured, and what of it."""
        return ": ".join(self._names.get(part, part) for part in name.split(": "))

    def _number(self, value: float) -> str:
        """To three digits, which is more than measurements repeat."""
        return self._whole(value) if abs(value) >= 100 else f"{value:.3g}".replace(".", self._point)

    def _whole(self, value: float) -> str:
        """As the language writes it: with commas or, where these stand before decimals, with spaces."""
        return f"{value:,.0f}".replace(",", "," if self._point == "." else " ")
