"""Catalogs, infobases and messages with good defaults, for tests of the pure core."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.help import Help
from errorhelp.catalog.infobase import Folder, Infobase
from errorhelp.catalog.lists import ConnectionList
from errorhelp.formats.connect_string import Connection, ServerConnection
from errorhelp.formats.help_json import HelpJsonFormat
from errorhelp.messages.message import LaterText, Message, Severity
from errorhelp.messages.window import Window
from errorhelp.text.texts import Text

MOSCOW = ZoneInfo("Europe/Moscow")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def infobase(
    infobase_id: str = "erp",
    name: str = "",
    *,
    folder: str = "/",
    aliases: tuple[str, ...] = (),
    language: str | None = None,
    help_: Help | None = None,
    connection: Connection | None = None,
    v8i: tuple[tuple[str, str], ...] = (),
) -> Infobase:
    return Infobase(
        id=infobase_id,
        name=name or infobase_id.upper(),
        connection=connection or ServerConnection("srv1c", infobase_id),
        aliases=aliases,
        folder=folder,
        language=language,
        help=help_ or Help(),
        v8i=v8i,
    )


def catalog(
    *infobases: Infobase,
    folders: Iterable[Folder] = (),
    lists: Iterable[ConnectionList] = (),
    windows: Iterable[Window] = (),
    help_: Help | None = None,
    languages: tuple[str, ...] = ("ru", "en"),
    zone: tzinfo = MOSCOW,
    help_json: HelpJsonFormat | None = None,
    values: Mapping[str, Text] | None = None,
) -> Catalog:
    return Catalog(
        infobases={each.id: each for each in infobases or (infobase(),)},
        folders={each.path: each for each in folders},
        lists={each.id: each for each in lists},
        windows=tuple(windows),
        help=help_ or Help(text={"ru": "Звоните 112", "en": "Call 112"}, url="https://help.example.com"),
        languages=languages,
        zone=zone,
        help_json=help_json or HelpJsonFormat(),
        values=values or {},
    )


def message(
    message_id: str = "m1",
    *targets: str,
    text: Text = "Сервер обновляется",
    severity: Severity = Severity.MAINTENANCE,
    starts_at: datetime = NOON,
    ends_at: datetime = NOON + HOUR,
    ended_at: datetime | None = None,
    revision: int = 1,
    updates: tuple[LaterText, ...] = (),
    closing: LaterText | None = None,
    live_text: Text | None = None,
) -> Message:
    return Message(
        id=message_id,
        targets=targets or ("*",),
        text=text,
        severity=severity,
        starts_at=starts_at,
        ends_at=ends_at,
        created_at=NOON - DAY,
        ended_at=ended_at,
        revision=revision,
        updates=updates,
        closing=closing,
        live_text=live_text,
    )


def window(
    rule: str = "FREQ=WEEKLY;BYDAY=SU",
    *targets: str,
    window_id: str = "backup",
    text: Text = "Идёт резервное копирование",
    starts_at: str = "2026-11-01 02:00",
    duration: timedelta = 2 * HOUR,
    zone: tzinfo = MOSCOW,
) -> Window:
    """`starts_at` is the first start in local time."""
    return Window(
        id=window_id,
        targets=targets or ("*",),
        text=text,
        severity=Severity.MAINTENANCE,
        starts_at=datetime.fromisoformat(starts_at),
        duration=duration,
        rule=rule,
        zone=zone,
    )


def utc(text: str) -> datetime:
    """`2026-11-21 14:00`, as an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
