"""Histories that hypothesis makes up: catalogs, and messages, windows and overrides that come, change and go."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import strategies as st
from samples import HOUR, MINUTE, MOSCOW, NOON, catalog, infobase, message, window

from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.help import Help
from errorhelp.catalog.infobase import Folder
from errorhelp.catalog.lists import Access, ConnectionList
from errorhelp.catalog.message_texts import later_text, with_text
from errorhelp.messages.made_window import MadeWindow, in_zone
from errorhelp.messages.message import LaterText, Message, Severity
from errorhelp.messages.occurrences import Override
from errorhelp.messages.window import Window

FOLDERS = ["/", "/Finance", "/Finance/Payroll", "/Sales"]
IDS = ["erp", "zup", "crm", "bp"]
TARGETS = ["*", *FOLDERS, *IDS, "erp_old", "server:srv1c", "unknown"]
RULES = ["FREQ=DAILY", "FREQ=HOURLY;INTERVAL=5", "FREQ=DAILY;COUNT=2", "FREQ=WEEKLY;BYDAY=SU"]

targets = st.lists(st.sampled_from(TARGETS), min_size=1, max_size=3, unique=True).map(tuple)
texts = st.sampled_from(
    [
        "Сбой",
        "Обновление",
        {"ru": "Сбой", "en": "Outage"},
        "{infobase}: с {from} до {until}",
        {"ru": "Сбой до {until}, {phone}", "en": "{infobase} {who}"},
    ]
)
values = st.sampled_from(
    [{}, {"phone": "112"}, {"phone": "{until}", "infobase": {"ru": "Учёт", "en": "ERP"}}]
)
# Starts, ends and the times of compiling meet at times: there the errors are.
moments = st.integers(-12, 60).map(lambda tens: NOON + tens * 10 * MINUTE)
lengths = st.integers(1, 60).map(lambda tens: tens * 10 * MINUTE)


@st.composite
def catalogs(draw: st.DrawFn) -> Catalog:
    infobases = [
        infobase(
            each,
            draw(st.sampled_from(["ERP", each])),
            folder=draw(st.sampled_from(FOLDERS)),
            aliases=("erp_old",) if each == "erp" else (),
            language=draw(st.sampled_from([None, "en"])),
        )
        for each in draw(st.lists(st.sampled_from(IDS), min_size=1, unique=True))
    ]
    lists = [
        ConnectionList(
            list_id,
            folders=tuple(draw(st.lists(st.sampled_from(FOLDERS), max_size=2))),
            infobases=tuple(draw(st.lists(st.sampled_from(IDS), max_size=2))),
            access=draw(st.sampled_from([Access.PUBLIC, Access.TOKEN])),
            carries_messages=draw(st.booleans()),
        )
        for list_id in ("office", "branch")
    ]
    windows = [draw(some_windows(f"w{number}")) for number in range(draw(st.integers(0, 2)))]
    folders = [Folder("/Finance", Help(text="Доб. 4400"))]
    return catalog(*infobases, folders=folders, lists=lists, windows=windows, values=draw(values))


@st.composite
def some_windows(draw: st.DrawFn, window_id: str) -> Window:
    return window(
        draw(st.sampled_from(RULES)),
        *draw(targets),
        window_id=window_id,
        starts_at=f"2026-11-21 {draw(st.integers(0, 23)):02}:00",
        duration=draw(st.integers(1, 30)) * HOUR,
        zone=MOSCOW,
        text=draw(texts),
    )


@st.composite
def messages(draw: st.DrawFn, message_id: str, whole: Catalog) -> Message:
    starts_at = draw(moments)
    written = message(
        message_id,
        *draw(targets),
        severity=draw(st.sampled_from(list(Severity))),
        starts_at=starts_at,
        ends_at=starts_at + draw(lengths),
        ended_at=draw(st.none() | moments),
    )
    # Its values may be of another configuration.
    other = replace(whole, values=draw(values))
    made = with_text(written, draw(texts), other)
    return replace(
        made,
        updates=tuple(draw(later_texts(made, other)) for _ in range(draw(st.integers(0, 2)))),
        closing=draw(st.none() | later_texts(made, other)),
    )


def later_texts(about: Message, whole: Catalog) -> st.SearchStrategy[LaterText]:
    return st.builds(lambda text, at: later_text(text, about, whole, at), texts, moments)


@st.composite
def some_overrides(draw: st.DrawFn, whole: Catalog, made: Iterable[MadeWindow] = ()) -> tuple[Override, ...]:
    """Skips and moves of occurrences that are as planned."""
    overrides = []
    for each in (*whole.windows, *in_zone(made, MOSCOW)):
        occurrence = each.next_occurrence(draw(moments))
        if occurrence is not None and draw(st.booleans()):
            starts_at = draw(moments)
            ends_at = starts_at + draw(st.sampled_from([timedelta(), each.duration]))
            overrides.append(Override(each.id, occurrence.starts_at, occurrence.ends_at, starts_at, ends_at))
    return tuple(overrides)


@st.composite
def made_windows(draw: st.DrawFn, window_id: str) -> MadeWindow:
    some = draw(some_windows(window_id))
    return MadeWindow(
        id=window_id,
        targets=some.targets,
        text=some.text,
        severity=some.severity,
        starts_at=some.starts_at,
        duration=some.duration,
        rule=some.rule,
        created_at=NOON,
        revision=draw(st.integers(1, 2)),
    )


@dataclass(frozen=True)
class Step:
    """What holds from a time on."""

    now: datetime
    messages: tuple[Message, ...]
    overrides: tuple[Override, ...]
    made: tuple[MadeWindow, ...] = ()


@st.composite
def histories(draw: st.DrawFn) -> tuple[Catalog, list[Step]]:
    """A catalog, and steps: time moves on or back; messages, made windows and overrides come, change and go."""
    whole = draw(catalogs())
    current = {f"m{number}": draw(messages(f"m{number}", whole)) for number in range(draw(st.integers(0, 3)))}
    overrides: tuple[Override, ...] = ()
    made: dict[str, MadeWindow] = {}
    steps = []
    for now in draw(st.lists(moments, min_size=2, max_size=6)):
        message_id = f"m{draw(st.integers(0, 4))}"
        window_id = f"w.{draw(st.integers(0, 1))}"
        match draw(
            st.sampled_from(
                [
                    *("nothing", "put", "put", "update", "remove", "end", "close", "override"),
                    *("make", "end window"),
                ]
            )
        ):
            case "put":
                current[message_id] = draw(messages(message_id, whole))
            case "remove":
                current.pop(message_id, None)
            case "end" if message_id in current:
                current[message_id] = replace(current[message_id], ended_at=now, revision=2)
            case "close" if message_id in current:
                known = current[message_id]
                closing = draw(st.none() | later_texts(known, whole))
                current[message_id] = replace(known, closing=closing, revision=3)
            case "update" if message_id in current:
                known = current[message_id]
                updates = (draw(later_texts(known, whole)), *known.updates)
                current[message_id] = replace(known, updates=updates, revision=4)
            case "override":
                overrides = draw(some_overrides(whole, made.values()))
            case "make":
                made[window_id] = draw(made_windows(window_id))
            case "end window":
                made.pop(window_id, None)
        steps.append(Step(now, tuple(current.values()), overrides, tuple(made.values())))
    return whole, steps
