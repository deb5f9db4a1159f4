"""The log: one line an event on standard error, for people or as JSON."""

import json
import logging
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import TextIO

# Those of syslog, from the highest level down.
_PRIORITIES = (
    (logging.CRITICAL, 2),
    (logging.ERROR, 3),
    (logging.WARNING, 4),
    (logging.INFO, 6),
    (logging.NOTSET, 7),
)


class JsonFormatter(logging.Formatter):
    """An event as one JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        event = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        return json.dumps(event, ensure_ascii=False)


class HumanFormatter(logging.Formatter):
    """An event as time in a zone, level and text on one line; a traceback follows on its own lines."""

    def __init__(self, zone: tzinfo) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s")
        self._zone = zone

    def formatTime(self, record: logging.LogRecord, _datefmt: str | None = None) -> str:
        return datetime.fromtimestamp(record.created, self._zone).isoformat(" ", "seconds")

    def formatMessage(self, record: logging.LogRecord) -> str:
        return super().formatMessage(record).replace("\n", " | ")


class JournalFormatter(logging.Formatter):
    """What another formatter makes of an event, each line with its priority in front, as sd-daemon(3) has it."""

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self._formatter = formatter

    def format(self, record: logging.LogRecord) -> str:
        priority = next(number for level, number in _PRIORITIES if record.levelno >= level)
        # Each line is an entry of its own there.
        return "\n".join(f"<{priority}>{line}" for line in self._formatter.format(record).split("\n"))


def is_journal(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether what is written there goes to systemd's journal, as systemd.exec(5) says under JOURNAL_STREAM."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environment.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def set_up_logging(style: str, zone: tzinfo) -> None:
    """Send the log to standard error: `human`, with times as in the zone, or `json`, in UTC.

    With priorities where that is systemd's journal.
    """
    handler = logging.StreamHandler()
    formatter = JsonFormatter() if style == "json" else HumanFormatter(zone)
    handler.setFormatter(JournalFormatter(formatter) if is_journal(sys.stderr, os.environ) else formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
