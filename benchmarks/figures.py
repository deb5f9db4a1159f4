"""What a program found, against its bounds: printed, and kept for the table that `benchmarks.table` makes of all.

A program calls `judged` with its figures, and with facts that have no bound. Where the environment names a folder in
`BENCHMARK_FIGURES`, both are written there, as JSON in a file of the program's name.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType

FOLDER = "BENCHMARK_FIGURES"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, which is to be `least` or more and `most` or less; `seconds` is the time behind a ratio of times."""

    name: str
    found: float
    least: float | None = None
    most: float | None = None
    seconds: float | None = None

    @property
    def is_kept(self) -> bool:
        """Whether it is within its bounds."""
        return not (
            (self.least is not None and self.found < self.least)
            or (self.most is not None and self.found > self.most)
        )

    def __str__(self) -> str:
        bounds = [f"at least {self.least:g}"] if self.least is not None else []
        bounds += [f"at most {self.most:g}"] if self.most is not None else []
        time = "" if self.seconds is None else f" ({1000 * self.seconds:.3g} ms)"
        return f"{self.name}: {self.found:.3g}{time}, {'' if self.is_kept else 'NOT '}{' and '.join(bounds)}"


def judged(program: str, figures: Sequence[Figure], facts: Mapping[str, float] = MappingProxyType({})) -> int:
    """Prints and keeps the figures of a program; the exit status: 1 when a bound is missed, else 0."""
    print(*figures, sep="\n")
    if folder := os.environ.get(FOLDER):
        file = Path(folder) / f"{program}.json"
        document = {"figures": [asdict(each) for each in figures], "facts": dict(facts)}
        file.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    return 0 if all(each.is_kept for each in figures) else 1
