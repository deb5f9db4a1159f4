"""When something recurs: an RFC 5545 rule in local time, as instants."""

import re
from collections.abc import Iterator, Mapping
from datetime import MAXYEAR, UTC, datetime, timedelta, tzinfo

from dateutil.rrule import rrule, rrulestr

from errorhelp.text.times import local_to_instant

_PERIODS = {
    "HOURLY": timedelta(hours=1),
    "DAILY": timedelta(days=1),
    "WEEKLY": timedelta(weeks=1),
    "MONTHLY": None,
    "YEARLY": None,
}
_UNTIL = re.compile(r"(?P<day>\d{8})(?:T(?P<time>\d{6})(?P<is_utc>Z?))?")
# A local time and its instant are never further apart than that, in a gap either.
_DAY = timedelta(days=1)
# More starts than that take long to be counted, each time anew.
_MOST = {"INTERVAL": 999_999, "COUNT": 9999}
# Dates and days of the week repeat after so many years; a 29 February on a Monday takes up to 40 to come again.
_CYCLE, _LONGEST_WAIT = 400, 40
_EXAMPLE = "(e.g. FREQ=WEEKLY;BYDAY=SU)"


class Recurrence:
    """The starts of what recurs by a rule, from a first local time of a zone on (RFC 5545, 3.3.10).

    The first start counts only if it matches the rule. ValueError says what is wrong with the rule; one that
    repeats more often than hourly, or never comes true, is refused.
    """

    def __init__(self, rule: str, first: datetime, zone: tzinfo) -> None:
        parts = _parts(rule)
        _check(rule, parts)
        if "UNTIL" in parts:
            parts["UNTIL"] = _local_until(parts["UNTIL"], zone)
        self._first = first
        self._zone = zone
        self._written = rule.strip()
        self._parts = parts
        self._rule = _parse(rule, parts, first)
        period = None if "COUNT" in parts else _PERIODS[parts["FREQ"]]
        self._step = period and period * int(parts.get("INTERVAL", "1"))

    @property
    def written(self) -> str:
        """The rule as it was given."""
        return self._written

    @property
    def parts(self) -> Mapping[str, str]:
        """The parts of the rule by name, in capitals; UNTIL is in local time, to the second."""
        return self._parts

    @property
    def given_start(self) -> datetime:
        """The local time from which on it is counted: what the rule leaves out is that of this one."""
        return self._first

    @property
    def first_start(self) -> datetime:
        """The first start, in local time."""
        return next(iter(self._rule))

    @property
    def rule(self) -> str:
        """The rule to the letter of RFC 5545, to be counted from the first start: UNTIL is in UTC."""
        parts = dict(self._parts)
        if "UNTIL" in parts:
            until = local_to_instant(datetime.fromisoformat(parts["UNTIL"]), self._zone)
            parts["UNTIL"] = until.strftime("%Y%m%dT%H%M%SZ")
        return ";".join(f"{name}={value}" for name, value in parts.items())

    def starts(self, since: datetime) -> Iterator[datetime]:
        """The starts at an instant or later, in order."""
        local_since = since.astimezone(self._zone).replace(tzinfo=None) - _DAY
        last = None
        for local in self._rule_near(local_since).xafter(local_since, inc=True):
            start = local_to_instant(local, self._zone)
            # Behind a gap in local time two local times can be one instant.
            if start >= since and (last is None or start > last):
                yield start
                last = start

    def _rule_near(self, local: datetime) -> rrule:
        """The rule as if it began not long before a local time: counting up to there from far off is slow."""
        if self._step is None:
            return self._rule
        # One period more, for the rule takes the first one to begin at its first start.
        periods = (local - self._first) // self._step - 1
        return self._rule.replace(dtstart=self._first + max(periods, 0) * self._step)


def check_rule(rule: str) -> str:
    """The rule, if its parts are right as far as that shows without a first start; ValueError says why not."""
    _check(rule, _parts(rule))
    return rule


def _parts(rule: str) -> dict[str, str]:
    """The parts of a rule by name."""
    parts: dict[str, str] = {}
    for part in rule.upper().strip().removeprefix("RRULE:").strip("; ").split(";"):
        name, equals, value = (each.strip() for each in part.partition("="))
        if not equals or name == "DTSTART":
            raise ValueError(f"{rule!r} must be a rule of NAME=VALUE parts with ';' between them {_EXAMPLE}")
        if name in parts:
            raise ValueError(f"{rule!r} says {name} twice; list the values: {name}={parts[name]},{value}")
        parts[name] = value
    return parts


def _check(rule: str, parts: Mapping[str, str]) -> None:
    """ValueError for parts that dateutil would take amiss: it counts backwards, for ever, or not at all."""
    if parts.get("FREQ") not in _PERIODS:
        raise ValueError(f"{rule!r} needs a FREQ: {', '.join(_PERIODS)} {_EXAMPLE}")
    for name, most in _MOST.items():
        number = parts.get(name, "1")
        if not re.fullmatch(r"[0-9]{1,6}", number) or not 1 <= int(number) <= most:
            raise ValueError(f"{rule!r}: {name} must be a whole number from 1 to {most} (e.g. {name}=2)")
    if "COUNT" in parts and "UNTIL" in parts:
        raise ValueError(f"{rule!r} has both COUNT and UNTIL; leave one out")
    if parts["FREQ"] in ("HOURLY", "DAILY") and "BYSETPOS" in parts:
        raise ValueError(
            f"{rule!r}: BYSETPOS needs FREQ=WEEKLY, MONTHLY or YEARLY (e.g. FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1)"
        )
    if "," in parts.get("BYSECOND", ""):
        raise ValueError(f"{rule!r}: BYSECOND must be one second (e.g. BYSECOND=0)")
    if _PERIODS[parts["FREQ"]] is not None and re.search(r"\d", parts.get("BYDAY", "")):
        raise ValueError(
            f"{rule!r}: a numbered BYDAY needs FREQ=MONTHLY or YEARLY (e.g. FREQ=MONTHLY;BYDAY=-1FR)"
        )


def _local_until(until: str, zone: tzinfo) -> str:
    """UNTIL in local time; a day alone is meant with all its hours.

    RFC 5545 wants UTC here, behind a `Z`; people write local time.
    """
    match = _UNTIL.fullmatch(until)
    if match is None:
        raise ValueError(f"UNTIL={until} must be a day or a date and time (e.g. UNTIL=20261231)")
    if match["time"] is None:
        return f"{until}T235959"
    if not match["is_utc"]:
        return until
    try:
        instant = datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return instant.astimezone(zone).strftime("%Y%m%dT%H%M%S")
    except OverflowError:  # 99991231T235959Z is how some programs write "for ever".
        return until.removesuffix("Z")
    except ValueError:
        raise ValueError(f"UNTIL={until} is not a date and time that exists") from None


def _parse(rule: str, parts: dict[str, str], first: datetime) -> rrule:
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    try:
        parsed = rrulestr(f"RRULE:{text}", dtstart=first)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{rule!r} is not a recurrence rule: {error} {_EXAMPLE}") from None
    assert isinstance(parsed, rrule)  # noqa: S101 - only several lines make a set of rules
    if not _comes_true(parsed, parts, first):
        raise ValueError(f"{rule!r} never comes true from {first:%Y-%m-%d %H:%M} on; check its parts")
    return parsed


def _comes_true(parsed: rrule, parts: Mapping[str, str], first: datetime) -> bool:
    """Whether the rule has a start at all, soon enough for somebody to wait for it."""
    # dateutil looks for one up to the year 9999, so it is given a year like the first one, shortly before that.
    later = max((MAXYEAR - _LONGEST_WAIT - first.year) // _CYCLE, 0) * _CYCLE
    as_if = parsed.replace(dtstart=first.replace(year=first.year + later), until=None)
    found = next(iter(as_if), None)
    if found is None or "UNTIL" not in parts:
        return found is not None
    return found.replace(year=found.year - later) <= datetime.fromisoformat(parts["UNTIL"])
