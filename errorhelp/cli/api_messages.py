"""Messages and maintenance as the API of a running service has them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from errorhelp.cli.client import Client, NotThere
from errorhelp.messages.made_window import MadeWindow
from errorhelp.messages.message import Message, Severity
from errorhelp.messages.occurrences import Override
from errorhelp.text.times import parse_duration, parse_instant


def posted_messages(client: Client) -> list[Message]:
    """The messages that are posted and not over."""
    found = client.all("messages", "messages", state=["active", "scheduled"], limit="1000")
    return [read_message(document) for document in found]


def overrides(client: Client) -> tuple[Override, ...]:
    """The occurrences of maintenance windows that are not shown as planned."""
    return tuple(
        Override(
            window=each["window"],
            planned_for=parse_instant(each["planned_for"]),
            planned_until=parse_instant(each["planned_until"]),
            starts_at=parse_instant(each["starts_at"]),
            ends_at=parse_instant(each["ends_at"]),
        )
        for each in client.get("overrides")["overrides"]
    )


def made_windows(client: Client) -> list[MadeWindow]:
    """The maintenance windows that people made and nobody ended; an older service has none."""
    try:
        found = client.all("windows", "windows")
    except NotThere:
        return []
    return [read_window(document) for document in found if document["made"]]


def read_window(document: Mapping[str, Any]) -> MadeWindow:
    """The maintenance window that a document of the API describes, also one of the configuration."""
    starts_at = datetime.fromisoformat(document["starts_at"])
    return MadeWindow(
        id=document["id"],
        targets=tuple(document["targets"]),
        text=document["text"],
        severity=Severity(document["severity"]),
        starts_at=starts_at,
        duration=parse_duration(document["duration"]),
        rule=document["rule"],
        created_at=parse_instant(document["created_at"] or "1970-01-01T00:00:00Z"),
        author=document["author"],
        note=document["note"],
        revision=document["revision"] or 1,
    )


def read_message(document: dict[str, Any]) -> Message:
    """The message that a document of the API describes, with the newest of its texts."""
    ended_at = document["ended_at"]
    # An older service fills nothing in, and has no updates.
    updates = document.get("updates")
    written = updates[0]["text"] if updates else document["text"]
    is_live = bool(updates) or document.get("live", False)
    return Message(
        id=document["id"],
        targets=tuple(document["targets"]),
        text=document["shown"] if is_live else document["text"],
        live_text=written if is_live else None,
        severity=Severity(document["severity"]),
        starts_at=parse_instant(document["starts_at"]),
        ends_at=parse_instant(document["ends_at"]),
        created_at=parse_instant(document["created_at"]),
        author=document["author"],
        note=document["note"],
        ended_at=ended_at and parse_instant(ended_at),
        revision=document["revision"],
    )
