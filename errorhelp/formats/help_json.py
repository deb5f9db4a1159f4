"""Help JSON: what a client reads from the service address at a failed login.

Only the name `userMessage` is public (docs/en/1c-formats.md#the-service-address): the other names and the time
format are settings.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache

TIME_FORMATS = {
    "iso": "2026-11-21T14:00:00+03:00, with the offset of the configured zone",
    "iso-utc": "2026-11-21T11:00:00Z",
    "iso-local": "2026-11-21T14:00:00, in the configured zone without its offset",
    "1c": "20261121140000, in the configured zone",
    "unix": "1795258800, seconds as a number",
    "unix-ms": "1795258800000, milliseconds as a number",
}

# One for all documents: making an encoder takes as long as using it.
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class HelpJsonFormat:
    """The names of the fields, None for one that is left out, and a key of `TIME_FORMATS`."""

    help_text: str | None = "helpText"
    help_url: str | None = "helpUrl"
    user_message: str = "userMessage"
    user_message_until: str | None = "userMessageUntil"
    messages: str | None = "messages"
    time_format: str = "iso"


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """One message in one language, as help JSON lists it.

    `text` is what users read. With `updates`, the newest first, it is the first of them, and `first_text` is what
    the message said before.
    """

    severity: str
    text: str
    starts_at: datetime
    ends_at: datetime
    updates: Sequence[tuple[str, datetime]] = ()
    first_text: str | None = None


def help_json(
    names: HelpJsonFormat,
    zone: tzinfo,
    *,
    help_text: str,
    help_url: str,
    user_message: str,
    until: datetime | None,
    shown: Sequence[ShownMessage],
    first: dict[str, object] | None = None,
) -> bytes:
    """The help JSON document, UTF-8; always the same keys. The members `first` stand in front."""
    times = names.time_format
    document: dict[str, object] = dict(first or {})
    values = (
        (names.help_text, help_text),
        (names.help_url, help_url),
        (names.user_message, user_message),
        (names.user_message_until, None if until is None else time_value(until, zone, times)),
        (
            names.messages,
            [
                {
                    "severity": message.severity,
                    "text": message.text,
                    "startsAt": time_value(message.starts_at, zone, times),
                    "endsAt": time_value(message.ends_at, zone, times),
                    "updates": [
                        {"text": text, "at": time_value(at, zone, times)} for text, at in message.updates
                    ],
                    "firstText": message.first_text,
                }
                for message in shown
            ],
        ),
    )
    document.update((name, value) for name, value in values if name is not None)
    return _JSON.encode(document).encode("utf-8", "replace")


# A message for everybody has the same times in the documents of thousands of infobases.
@lru_cache(maxsize=1000)
def time_value(instant: datetime, zone: tzinfo, time_format: str) -> str | int:
    """An instant in one of the `TIME_FORMATS`."""
    local = instant.astimezone(zone)
    match time_format:
        case "iso-utc":
            return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case "iso-local":
            return local.strftime("%Y-%m-%dT%H:%M:%S")
        case "1c":
            return local.strftime("%Y%m%d%H%M%S")
        case "unix":
            return int(instant.timestamp())
        case "unix-ms":
            return int(instant.timestamp()) * 1000
        case _:
            return local.isoformat(timespec="seconds")


def read_time_value(value: object, zone: tzinfo | None, time_format: str) -> datetime | None:
    """The instant that `time_value` wrote so; None for anything else, and for local time without a zone."""
    try:
        match time_format, value:
            case "unix", int():
                return datetime.fromtimestamp(value, UTC)
            case "unix-ms", int():
                return datetime.fromtimestamp(value / 1000, UTC)
            case "1c", str():
                instant = datetime.strptime(value, "%Y%m%d%H%M%S")  # noqa: DTZ007 - it gets its zone below
            case "iso" | "iso-utc" | "iso-local", str():
                instant = datetime.fromisoformat(value)
            case _:
                return None
    except (ValueError, OverflowError, OSError):
        return None
    if instant.tzinfo is None:
        return None if zone is None else instant.replace(tzinfo=zone)
    return instant
