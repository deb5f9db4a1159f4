"""Instants and durations as the pages show them, in the configured zone. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache

from babel import Locale
from babel.dates import format_datetime

from errorhelp.text.languages import SOURCE_LANGUAGE
from errorhelp.text.time_words import known_locale, short_time
from errorhelp.text.times import for_people, format_instant, utc_offset

_THIS_DAY, _THIS_YEAR = "HH:mm", "d MMM HH:mm"
_DAY, _MONTH = "d MMM", "LLLL y"


@dataclass(frozen=True, slots=True)
class Moments:
    """Shows times to readers of a language; `now` says which day is today."""

    zone: tzinfo
    now: datetime
    language: str

    @property
    def zone_name(self) -> str:
        """The zone with its offset now: `Europe/Moscow (UTC+3)`."""
        offset = utc_offset(self.local(self.now))
        return offset if str(self.zone) == offset else f"{self.zone} ({offset})"

    @property
    def offset_seconds(self) -> int:
        """The zone's offset now, for scripts."""
        offset = self.local(self.now).utcoffset()
        return int(offset.total_seconds()) if offset else 0

    def local(self, instant: datetime) -> datetime:
        """The instant in the zone."""
        return instant.astimezone(self.zone)

    def short(self, instant: datetime) -> str:
        """The time of day, with the day when it is not today: `14:00`, `22 Nov 14:00`."""
        return short_time(instant, self.now, self.zone, self.language)

    def span(self, starts_at: datetime, ends_at: datetime) -> str:
        """From when until when, the day of the end only if it is another one: `22 Nov 14:00–15:00`."""
        if self._on_one_day(starts_at, ends_at):
            return f"{self.short(starts_at)}–{self.clock(ends_at)}"
        return f"{self.short(starts_at)} – {self.short(ends_at)}"

    def dated(self, starts_at: datetime, ends_at: datetime) -> str:
        """From when until when, the day also when it is today: `21 Nov 14:00–15:00`."""
        start, end = (self._formatted(self.local(each), _THIS_YEAR) for each in (starts_at, ends_at))
        return (
            f"{start}–{self.clock(ends_at)}" if self._on_one_day(starts_at, ends_at) else f"{start} – {end}"
        )

    def clock(self, instant: datetime) -> str:
        """The time of day alone: `14:00`."""
        return self._formatted(self.local(instant), _THIS_DAY)

    def day(self, instant: datetime) -> str:
        """The day of the month: `22 Nov`."""
        return self._formatted(self.local(instant), _DAY)

    def month(self, instant: datetime) -> str:
        """The month of a year: `November 2026`."""
        return self._formatted(self.local(instant), _MONTH)

    def weekday(self, instant: datetime) -> str:
        """The day of the week, short: `Sun`."""
        return self._formatted(self.local(instant), "EEE")

    def full(self, instant: datetime) -> str:
        """Date, time and offset: `2026-11-21 14:00 (UTC+3)`."""
        return for_people(instant, self.zone, self.language)

    def offset(self, instant: datetime) -> str:
        """The zone's offset at that instant: `UTC+3`."""
        return utc_offset(self.local(instant))

    def machine(self, instant: datetime) -> str:
        """For `datetime` attributes: `2026-11-21T11:00:00Z`."""
        return format_instant(instant)

    def milliseconds(self, instant: datetime) -> int:
        """For scripts: Unix time in milliseconds."""
        return int(instant.timestamp() * 1000)

    def field(self, instant: datetime) -> str:
        """For `datetime-local` fields: `2026-11-21T14:00`."""
        return self.local(instant).strftime("%Y-%m-%dT%H:%M")

    def left(self, instant: datetime) -> timedelta:
        """How long it is until then, nothing if it has passed."""
        return max(instant - self.now, timedelta())

    def _on_one_day(self, starts_at: datetime, ends_at: datetime) -> bool:
        return self.local(starts_at).date() == self.local(ends_at).date()

    def _formatted(self, local: datetime, pattern: str) -> str:
        return format_datetime(local, pattern, locale=_locale(self.language))


@lru_cache
def _locale(language: str) -> Locale:
    # Reading its name takes longer than writing a time.
    return known_locale(language) or Locale(SOURCE_LANGUAGE)


def parts(duration: timedelta) -> list[tuple[int, str]]:
    """A duration as numbers and units, the two greatest from days down: `[(1, "h"), (12, "min")]`.

    The same as in `static/countdown.js`.
    """
    rest = int(duration.total_seconds())
    counted: list[tuple[int, str]] = []
    for unit, seconds in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, rest = divmod(rest, seconds)
        if count or counted:
            counted.append((count, unit))
    return counted[:2] or [(0, "s")]
