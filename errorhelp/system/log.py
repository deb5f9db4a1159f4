"""The log: one line an event on standard error, for people or as JSON."""

import json
import logging
from datetime import UTC, datetime, tzinfo


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


def set_up_logging(style: str, zone: tzinfo) -> None:
    """Send the log to standard error: `human`, with times as in the zone, or `json`, in UTC."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if style == "json" else HumanFormatter(zone))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
