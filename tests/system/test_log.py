"""The log as people read it."""

import logging
from zoneinfo import ZoneInfo

from errorhelp.system.log import HumanFormatter


def test_times_are_in_the_zone_of_the_configuration_and_say_so() -> None:
    record = logging.LogRecord("errorhelp", logging.INFO, "file.py", 1, "stopping", (), None)
    record.created = 1795773600.5
    line = HumanFormatter(ZoneInfo("Europe/Moscow")).format(record)
    assert line == "2026-11-27 13:00:00+03:00 INFO    stopping"
