"""Instants, durations and local times, as people type them and as machines write them.

An instant is an aware `datetime` in UTC with whole seconds. `now` and the zone are always arguments.
"""

import re
from calendar import monthrange
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

_DURATION = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?:in)?)?(?:(\d+)s)?", re.IGNORECASE)
_DATE = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"|(?P<dotted_day>\d{1,2})\.(?P<dotted_month>\d{1,2})\.(?P<dotted_year>\d{4})"
)
_LOCAL_EXAMPLES = "(e.g. 2026-11-22 02:00 or 22.11.2026 02:00)"
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
_TYPED = re.compile(rf"(?:(?P<day>\S+)[ T]+)?{_CLOCK}", re.IGNORECASE)
_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})", re.IGNORECASE)
_DAYS_FROM_TODAY = {"today": 0, "сегодня": 0, "tomorrow": 1, "завтра": 1}
# CLDR's numeric dates; readers of other languages get ISO 8601, which none misreads.
_DAY_FIRST = {"az", "be", "de", "et", "hr", "kk", "lv", "ro", "ru", "uk", "uz"}
_LONGEST_DURATION = timedelta(days=3660)
FIRST_YEAR = 1970
"""The first year of instants."""
# Leaves room for zones and durations.
_LAST_YEAR = 9000


def parse_duration(text: str) -> timedelta:
    """A duration such as `90m`, `1h30m`, `2d` or `45s`; ValueError says what was expected."""
    match = _DURATION.fullmatch(text.strip().lstrip("+").replace(" ", ""))
    if match is None or not any(match.groups()):
        raise ValueError(f"{text!r} is not a duration (e.g. 90m, 1h30m, 2d)")
    if any(len(group) > 9 for group in match.groups("")):
        raise ValueError(f"{text!r} is longer than {_LONGEST_DURATION.days} days")
    weeks, days, hours, minutes, seconds = (int(group) for group in match.groups("0"))
    # Summed up before it is a timedelta, which can overflow.
    total = ((weeks * 7 + days) * 24 + hours) * 3600 + minutes * 60 + seconds
    if total > _LONGEST_DURATION.total_seconds():
        raise ValueError(f"{text!r} is longer than {_LONGEST_DURATION.days} days")
    return timedelta(seconds=total)


def format_duration(duration: timedelta) -> str:
    """The shortest text that `parse_duration` reads back: `1h30m`, `2d`, `0s`."""
    rest = int(duration.total_seconds())
    parts = []
    for unit, seconds in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, seconds)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def parse_instant(text: str) -> datetime:
    """An RFC 3339 date-time with its offset, as an instant; a fraction of a second is cut off."""
    if not _RFC3339.fullmatch(text.strip()):
        raise ValueError(
            f"{text!r} is not a date-time with its offset (e.g. 2026-11-21T14:00:00+03:00 or …T11:00:00Z)"
        )
    try:
        instant = datetime.fromisoformat(text.strip().upper()).replace(microsecond=0).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is not a date-time that exists: {error}") from None
    if not FIRST_YEAR <= instant.year <= _LAST_YEAR:
        raise ValueError(f"{text!r} is not in the years {FIRST_YEAR} to {_LAST_YEAR}")
    return instant


def format_instant(instant: datetime) -> str:
    """RFC 3339 in UTC: `2026-11-21T11:00:00Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_local(text: str) -> datetime:
    """A local date and time, `2026-11-22 14:00` or `22.11.2026 14:00`, as a naive datetime."""
    typed = text.strip()
    match = _TYPED.fullmatch(typed)
    if (
        match is not None
        and match["day"] is not None
        and (day := _read_date(match["day"], typed)) is not None
    ):
        with suppress(ValueError):
            return datetime.combine(day, _clock(match))
    try:
        local = datetime.fromisoformat(typed)
    except ValueError:
        if (day := _read_date(typed, typed)) is None:
            raise ValueError(f"{text!r} is not a local date and time {_LOCAL_EXAMPLES}") from None
        local = datetime.combine(day, time())
    if local.tzinfo is not None:
        raise ValueError(f"{text!r} must be local time, without an offset {_LOCAL_EXAMPLES}")
    if ":" not in text:
        raise ValueError(f"{text!r} has no time of day {_LOCAL_EXAMPLES}")
    return local.replace(microsecond=0)


def local_to_instant(local: datetime, zone: tzinfo) -> datetime:
    """The instant of a local time: in a DST gap it moves forward, in an overlap the first one counts.

    RFC 5545, 3.3.5: a time that does not occur is read with the offset in force before the gap.
    """
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def parse_typed(text: str, now: datetime, zone: tzinfo, *, may_be_past: bool = False) -> datetime:
    """A time as an admin types it, as an instant.

    Reads `14:00` (today), `tomorrow 06:00`, `2026-11-22 14:00`, `22.11.2026 14:00`, `+2h` and RFC 3339,
    in `zone`. A time already past is a ValueError that says what to type, unless it `may_be_past`.
    """
    typed = text.strip()
    instant = _read_typed(typed, now, zone)
    if instant <= now and not may_be_past:
        local_now = now.astimezone(zone)
        clock = instant.astimezone(zone).time()
        is_today = clock > local_now.time()
        next_one = datetime.combine(local_now.date() + timedelta(days=not is_today), clock)
        raise ValueError(
            f"{typed!r} has passed (it is {local_now:%H:%M:%S} in {zone}); type "
            f"'{'today' if is_today else 'tomorrow'} {next_one:%H:%M}', '{next_one:%Y-%m-%d %H:%M}' "
            "or a duration such as '+2h'"
        )
    return instant


def _read_typed(typed: str, now: datetime, zone: tzinfo) -> datetime:
    if typed.startswith("+"):
        return now.replace(microsecond=0) + parse_duration(typed)
    if _RFC3339.fullmatch(typed):
        return parse_instant(typed)
    match = _TYPED.fullmatch(typed)
    if match is not None:
        day = _read_day(match["day"], now.astimezone(zone).date(), typed)
        with suppress(ValueError, OverflowError):
            if day is not None:
                return local_to_instant(datetime.combine(day, _clock(match)), zone)
    raise ValueError(
        f"{typed!r} is not a time; type 14:00, 'tomorrow 06:00', '2026-11-22 14:00', '22.11.2026 14:00' or '+2h'"
    )


def _clock(match: re.Match[str]) -> time:
    return time(int(match["hour"]), int(match["minute"]), int(match["second"] or 0))


def _read_day(day: str | None, today: date, typed: str) -> date | None:
    if day is None:
        return today
    if day.lower() in _DAYS_FROM_TODAY:
        return today + timedelta(days=_DAYS_FROM_TODAY[day.lower()])
    return _read_date(day, typed)


def _read_date(text: str, typed: str) -> date | None:
    """A date, `2026-11-22` or `22.11.2026`; None for what is none, ValueError for a day that does not exist."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(match[name] or match[f"dotted_{name}"]) for name in ("year", "month", "day"))
    if not 1 <= month <= 12:
        raise ValueError(f"{typed!r}: there is no month {month}")
    length = monthrange(max(year, FIRST_YEAR), month)[1]
    if not 1 <= day <= length:
        raise ValueError(f"{typed!r}: there is no such day, that month has {length} days")
    return date(year, month, day) if year >= FIRST_YEAR else None


@lru_cache(maxsize=1000)  # The end of one message stands in the entries of thousands of infobases.
def for_people(instant: datetime, zone: tzinfo, language: str) -> str:
    """Date, time and zone as a reader of the language writes them: `21.11.2026 14:00 (UTC+3)`."""
    local = instant.astimezone(zone)
    day_first = language.partition("-")[0] in _DAY_FIRST
    pattern = "%d.%m.%Y %H:%M" if day_first else "%Y-%m-%d %H:%M"
    return f"{local.strftime(pattern)} ({utc_offset(local)})"


def utc_offset(local: datetime) -> str:
    """The offset of an aware datetime, for people: `UTC+3`, `UTC+5:30`, `UTC`."""
    minutes = int((local.utcoffset() or timedelta()).total_seconds()) // 60
    if minutes == 0:
        return "UTC"
    sign = "+" if minutes > 0 else "-"
    hours, minutes = divmod(abs(minutes), 60)
    return f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")
