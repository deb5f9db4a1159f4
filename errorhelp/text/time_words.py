"""Times in words: a time of day with its day, and what a page's script writes days and durations with.

The page carries those words, for browsers lack languages.

Chromium has no names of months in Kazakh, Uzbek and Azerbaijani, and nothing in Belarusian. Pure.
"""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime, format_skeleton
from babel.units import format_unit

from errorhelp.text.languages import SOURCE_LANGUAGE

_UNITS = ("day", "hour", "minute", "second")
# From 100 on every language forms plurals by the last two digits.
_COUNTS = range(200)
_A_DAY = 28
_THIS_DAY, _THIS_YEAR, _ANY_DAY = "HH:mm", "d MMM HH:mm", "d MMM y HH:mm"


@cache
def known_locale(language: str) -> Locale | None:
    """How the language writes times and counts, by CLDR; None if that is not known."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


def short_time(instant: datetime, beside: datetime, zone: tzinfo, language: str) -> str:
    """The time of day in a zone, with the day when it is not that of `beside`: `14:00`, `22 Nov 14:00`.

    Of another year it has that too.
    """
    local, other = instant.astimezone(zone), beside.astimezone(zone)
    pattern = _THIS_YEAR if local.year == other.year else _ANY_DAY
    pattern = _THIS_DAY if local.date() == other.date() else pattern
    return format_datetime(local, pattern, locale=known_locale(language) or Locale(SOURCE_LANGUAGE))


@lru_cache(maxsize=100)
def time_words(language: str) -> Mapping[str, object]:
    """`days`: a day of each month, `{day} ноября`; `units`: `{count} ч` in each plural form.

    `forms` has the form of each count below 200, as a digit; it is left out where all counts have one.
    """
    locale = Locale.parse(language, sep="-")
    examples = {locale.plural_form(count): count for count in reversed(_COUNTS)}
    units = {unit: [_unit(count, unit, locale) for count in examples.values()] for unit in _UNITS}
    words: dict[str, object] = {"days": [_day(month, locale) for month in range(1, 13)]}
    if all(len(set(forms)) == 1 for forms in units.values()):
        return words | {"units": {unit: forms[:1] for unit, forms in units.items()}}
    order = list(examples)
    forms = "".join(str(order.index(locale.plural_form(count))) for count in _COUNTS)
    return words | {"units": units, "forms": forms}


def _day(month: int, locale: Locale) -> str:
    day = datetime(2026, month, _A_DAY)  # noqa: DTZ001 - of a calendar, of no place
    return format_skeleton("MMMMd", day, locale=locale).replace(str(_A_DAY), "{day}")


def _unit(count: int, unit: str, locale: Locale) -> str:
    return format_unit(count, f"duration-{unit}", "short", locale=locale).replace(str(count), "{count}")
