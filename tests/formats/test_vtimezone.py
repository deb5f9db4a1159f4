"""A zone in a calendar means what the zone means, read by a parser that is not ours."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical

from errorhelp.formats.vtimezone import vtimezone


@pytest.mark.parametrize(
    "name",
    [
        "Europe/Moscow",
        "Europe/Berlin",
        "America/Sao_Paulo",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Asia/Kolkata",
    ],
)
def test_the_offset_is_that_of_the_zone_at_every_half_hour(name: str) -> None:
    zone = ZoneInfo(name)
    read = tzical(StringIO(vtimezone(zone, 2010, 2011).to_ical().decode())).get(name)
    moment, end = datetime(2010, 1, 2, tzinfo=UTC), datetime(2011, 12, 30, tzinfo=UTC)
    while moment < end:
        local = moment.astimezone(zone)
        assert read.utcoffset(local.replace(tzinfo=None)) == local.utcoffset(), local
        moment += timedelta(minutes=30)
