"""Bar charts as SVG: where everything stands. Pure.

Across, everything is in per cent of the width, so that a chart fits any screen with its texts as large as
ever; from the top down it is in pixels.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HEIGHT = 148
_TOP, _BOTTOM = 18.0, 122.0
# Of the room for a bar, so much is left between two.
_GAP = 0.2
# A band that lasts a minute is seen, too.
_NARROWEST = 0.4
# So near to an edge, in per cent, a text is not centred.
_EDGE = 6


@dataclass(frozen=True, slots=True)
class Bar:
    """A count and its `title`; `label` stands below it, `is_marked` makes it stand out, `key` names it in addresses."""

    count: int
    title: str = ""
    label: str = ""
    is_marked: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: `x` and `width` in per cent, `y` and `height` in pixels; the rest is that of its bar."""

    x: float
    width: float
    y: float
    height: float
    title: str = ""
    is_marked: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A text below the axis, centred at `x` per cent unless `anchor` says otherwise."""

    x: float
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: bars, bands behind them, lines across at `(pixels, count)`, and texts below the axis."""

    bars: tuple[Box, ...]
    bands: tuple[Box, ...]
    lines: tuple[tuple[float, int], ...]
    marks: tuple[Mark, ...]
    height: int = HEIGHT
    top: float = _TOP
    bottom: float = _BOTTOM


def chart(bars: Sequence[Bar], bands: Iterable[tuple[float, float]] = ()) -> Chart:
    """The chart of at least one bar; a band goes from one place to another, 0 is the left edge, 1 the right."""
    top = nice_top(max(bar.count for bar in bars))
    room = 100 / len(bars)
    boxes = (_box(bar, number * room, room, top) for number, bar in enumerate(bars) if bar.count)
    marks = (_mark((number + 0.5) * room, bar.label) for number, bar in enumerate(bars) if bar.label)
    lines = tuple((_height_at(count, top), count) for count in (top, top // 2))
    return Chart(tuple(boxes), tuple(_band(*each) for each in bands), lines, tuple(marks))


def nice_top(most: int) -> int:
    """The end of the axis for the largest count: an even number that is easily read."""
    power = 1
    while True:
        for step in (2, 4, 6, 8, 10):
            if most <= step * power:
                return step * power
        power *= 10


def _box(bar: Bar, x: float, room: float, top: int) -> Box:
    y = _height_at(bar.count, top)
    left, width = x + room * _GAP / 2, room * (1 - _GAP)
    return Box(_short(left), _short(width), y, _short(_BOTTOM - y), bar.title, bar.is_marked, bar.key)


def _height_at(count: int, top: int) -> float:
    return _short(_BOTTOM - (_BOTTOM - _TOP) * count / top)


def _band(start: float, end: float) -> Box:
    x, right = max(start, 0) * 100, min(end, 1) * 100
    width = max(right - x, _NARROWEST)
    return Box(_short(min(x, 100 - width)), _short(width), _TOP, _BOTTOM - _TOP)


def _mark(x: float, text: str) -> Mark:
    if x < _EDGE:
        return Mark(0, text, "start")
    if x > 100 - _EDGE:
        return Mark(100, text, "end")
    return Mark(_short(x), text, "middle")


def _short(number: float) -> float:
    return round(number, 2)
