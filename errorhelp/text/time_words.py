"""The words in which a page's script writes days and durations: the page carries them, for browsers lack languages.

Chromium has no names of months in Kazakh, Uzbek and Azerbaijani, and nothing in Belarusian. Pure.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton
from babel.units import format_unit

_UNITS = ("day", "hour", "minute", "second")
# From 100 on every language forms plurals by the last two digits.
_COUNTS = range(200)
_A_DAY = 28


@cache
def known_locale(language: str) -> Locale | None:
    """How the language writes times and counts, by CLDR; None if that is not known."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


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
