"""When something recurs, in words: `по будням в 02:00, 45 мин`. Pure.

In the languages of pages and command line. A rule for which there are no short words is shown as it is written.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import product

from babel.dates import format_date

from errorhelp.messages.recurrence import Recurrence
from errorhelp.messages.window import Window

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WORKDAYS, _WEEKEND = frozenset(range(5)), frozenset((5, 6))
_EVERY_DAY = _WORKDAYS | _WEEKEND
_LAST = -1
_MOST_TIMES = 4
_MOST_DAYS = 4
_UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
# What the words below say all of; with any other part there are none.
_PARTS = {
    "HOURLY": {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"},
    "DAILY": {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYHOUR", "BYMINUTE", "BYSECOND"},
    "WEEKLY": {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYHOUR", "BYMINUTE", "BYSECOND"},
    "MONTHLY": {
        *("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTHDAY", "BYSETPOS"),
        *("BYHOUR", "BYMINUTE", "BYSECOND"),
    },
    "YEARLY": {
        *("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYMONTH", "BYMONTHDAY"),
        *("BYHOUR", "BYMINUTE", "BYSECOND"),
    },
}


def window_words(window: Window, language: str) -> str:
    """When a window comes and how long it takes: `on weekdays at 02:00, 45 min`."""
    when, *end = _phrases(window.recurrence, _words_in(language))
    return ", ".join([when, duration_words(window.duration, language), *end])


def recurrence_words(recurrence: Recurrence, language: str) -> str:
    """When it recurs, in Russian (`ru`) or else in English; with its rule where there are no words for that."""
    return ", ".join(_phrases(recurrence, _words_in(language)))


def duration_words(duration: timedelta, language: str) -> str:
    """A duration to the second: `1 h 30 min`."""
    words, counted = _words_in(language), []
    rest = int(duration.total_seconds())
    for unit, seconds in _UNITS:
        count, rest = divmod(rest, seconds)
        if count:
            counted.append(f"{count} {words.units[unit]}")
    return " ".join(counted)


def _words_in(language: str) -> "_Words":
    return _RUSSIAN if language.partition("-")[0] == "ru" else _ENGLISH


def _phrases(recurrence: Recurrence, words: "_Words") -> list[str]:
    """When it recurs, and what is to be said of its beginning and end."""
    first = _moment(recurrence.first_start, words)
    if recurrence.parts.get("COUNT") == "1":
        return [words.once(first)]
    try:
        return _Phrase(recurrence, words).phrases()
    except _NoWords:
        return [words.by_rule(recurrence.written), words.first(first)]


class _NoWords(Exception):
    """There are no short words for a rule."""


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a language; days of the week are numbered from Monday, 0."""

    locale: str
    daily: str
    every: Callable[[int, str], str]
    once_a: Mapping[str, str]
    on_days: Callable[[Sequence[int]], str]
    workdays: str
    weekend: str
    ordinal_day: Callable[[int, int], str | None]
    ordinal_workday: Callable[[int], str | None]
    of_month: str
    month_days: Callable[[Sequence[int], bool], str]
    year_day: Callable[[str], str]
    at: Callable[[str], str]
    minute: Callable[[int], str]
    first: Callable[[str], str]
    times: Callable[[int], str]
    until_day: Callable[[str], str]
    until_moment: Callable[[str], str]
    by_rule: Callable[[str], str]
    once: Callable[[str], str]
    joined: Callable[[Sequence[str]], str]
    units: Mapping[str, str]


class _Phrase:
    """The words for one recurrence; _NoWords if there are none."""

    def __init__(self, recurrence: Recurrence, words: _Words) -> None:
        self._recurrence = recurrence
        self._words = words
        self._parts = recurrence.parts
        self._frequency = self._parts["FREQ"]
        self._interval = int(self._parts.get("INTERVAL", "1"))
        if not self._parts.keys() <= _PARTS[self._frequency]:
            raise _NoWords
        if self._parts.get("WKST", "MO") != "MO" and self._frequency == "WEEKLY" and self._interval > 1:
            raise _NoWords

    def phrases(self) -> list[str]:
        first = self._recurrence.first_start
        if self._frequency == "HOURLY":
            return [*self._hours(first), *self._end([first.time()])]
        days = {
            "DAILY": self._of_day,
            "WEEKLY": self._of_week,
            "MONTHLY": self._of_month,
            "YEARLY": self._of_year,
        }[self._frequency]()
        times = self._times()
        if "BYSETPOS" in self._parts and len(times) > 1:
            # It would be one of the times of all these days together.
            raise _NoWords
        clock = self._words.at(self._words.joined([_clock(each) for each in times]))
        return [f"{days} {clock}", *self._end(times)]

    def _hours(self, first: datetime) -> list[str]:
        words = self._words
        if first.second:
            raise _NoWords
        if self._interval == 1:
            return [f"{words.once_a['hour']} {words.minute(first.minute)}"]
        return [words.every(self._interval, "hour"), words.first(_moment(first, words))]

    def _of_day(self) -> str:
        if "BYDAY" in self._parts:
            if self._interval > 1:
                raise _NoWords
            return self._on(self._weekdays())
        return self._words.daily if self._interval == 1 else self._words.every(self._interval, "day")

    def _of_week(self) -> str:
        days = self._weekdays() if "BYDAY" in self._parts else [self._given_start.weekday()]
        if self._interval == 1:
            return self._on(days)
        return f"{self._words.every(self._interval, 'week')} {self._on(days, names_all=True)}"

    def _of_month(self) -> str:
        words, parts = self._words, self._parts
        if "BYDAY" in parts and "BYMONTHDAY" in parts:
            raise _NoWords
        if "BYDAY" in parts:
            on = self._ordinal_days()
        elif "BYSETPOS" in parts:
            raise _NoWords
        else:
            days = self._numbers("BYMONTHDAY", -31, 31) if "BYMONTHDAY" in parts else [self._given_start.day]
            if len(days) > _MOST_DAYS or any(each < _LAST or each == 0 for each in days):
                raise _NoWords
            # The last day of the month stands behind its numbers.
            on = words.month_days(sorted(days, key=lambda day: (day < 0, day)), self._interval == 1)
        if self._interval == 1:
            return on
        return f"{words.every(self._interval, 'month')} {on}"

    def _of_year(self) -> str:
        given = self._given_start
        months = self._numbers("BYMONTH", 1, 12) if "BYMONTH" in self._parts else [given.month]
        days = self._numbers("BYMONTHDAY", 1, 31) if "BYMONTHDAY" in self._parts else [given.day]
        if "BYMONTHDAY" in self._parts and "BYMONTH" not in self._parts:
            raise _NoWords
        if len(months) * len(days) > _MOST_DAYS:
            raise _NoWords
        try:
            # A leap year has them all.
            dates = [datetime(2024, month, day) for month, day in product(months, days)]  # noqa: DTZ001
        except ValueError:
            raise _NoWords from None
        named = [format_date(each, "d MMMM", locale=self._words.locale) for each in sorted(dates)]
        on = self._words.year_day(self._words.joined(named))
        if self._interval == 1:
            return f"{self._words.once_a['year']} {on}"
        return f"{self._words.every(self._interval, 'year')} {on}"

    def _ordinal_days(self) -> str:
        words, given = self._words, self._parts["BYDAY"].split(",")
        numbered: list[tuple[int, int]] = []
        if "BYSETPOS" in self._parts:
            positions = self._numbers("BYSETPOS", -366, 366)
            days = frozenset(self._weekdays())
            if len(positions) != 1:
                raise _NoWords
            if days == _WORKDAYS:
                on = words.ordinal_workday(positions[0])
                if on is None:
                    raise _NoWords
                return f"{on} {words.of_month}"
            if len(days) != 1:
                raise _NoWords
            numbered = [(positions[0], next(iter(days)))]
        elif all(each in _DAYS for each in given):
            if self._interval > 1:
                raise _NoWords
            return self._on(self._weekdays())
        else:
            for each in given:
                number, day = each[:-2], each[-2:]
                if day not in _DAYS or not number:
                    raise _NoWords
                numbered.append((int(number), _DAYS.index(day)))
        named = [words.ordinal_day(number, day) for number, day in dict.fromkeys(numbered)]
        found = [each for each in named if each is not None]
        if len(found) != len(named) or len(named) > _MOST_DAYS:
            raise _NoWords
        return f"{words.joined(found)} {words.of_month}"

    def _on(self, days: Sequence[int], *, names_all: bool = False) -> str:
        """Days of the week in words; beside a number of weeks `every day` would not do."""
        words, meant = self._words, frozenset(days)
        if meant == _EVERY_DAY:
            return words.on_days(sorted(meant)) if names_all else words.daily
        if meant == _WORKDAYS:
            return words.workdays
        if meant == _WEEKEND:
            return words.weekend
        return words.on_days(sorted(meant))

    def _weekdays(self) -> list[int]:
        given = self._parts["BYDAY"].split(",")
        if not all(each in _DAYS for each in given):
            raise _NoWords
        return [_DAYS.index(each) for each in given]

    def _times(self) -> list[time]:
        given = self._given_start
        hours = self._numbers("BYHOUR", 0, 23) if "BYHOUR" in self._parts else [given.hour]
        minutes = self._numbers("BYMINUTE", 0, 59) if "BYMINUTE" in self._parts else [given.minute]
        seconds = self._numbers("BYSECOND", 0, 59) if "BYSECOND" in self._parts else [given.second]
        times = sorted({time(*each) for each in product(hours, minutes, seconds)})
        if len(times) > _MOST_TIMES:
            raise _NoWords
        return times

    def _end(self, times: Sequence[time]) -> list[str]:
        if "COUNT" in self._parts:
            return [self._words.times(int(self._parts["COUNT"]))]
        if "UNTIL" not in self._parts:
            return []
        until = datetime.fromisoformat(self._parts["UNTIL"])
        if self._frequency != "HOURLY" and all(each <= until.time() for each in times):
            return [self._words.until_day(format_date(until.date(), "d MMMM y", locale=self._words.locale))]
        return [self._words.until_moment(_moment(until, self._words))]

    def _numbers(self, name: str, least: int, most: int) -> list[int]:
        try:
            found = sorted({int(each) for each in self._parts[name].split(",")})
        except ValueError:
            raise _NoWords from None
        if not all(least <= each <= most for each in found):
            raise _NoWords
        return found

    @property
    def _given_start(self) -> datetime:
        return self._recurrence.given_start


def _clock(clock: time) -> str:
    return clock.strftime("%H:%M:%S" if clock.second else "%H:%M")


def _moment(local: datetime, words: _Words) -> str:
    return f"{format_date(local.date(), 'd MMMM y', locale=words.locale)} {_clock(local.time())}"


def _joined(conjunction: str) -> Callable[[Sequence[str]], str]:
    def joined(parts: Sequence[str]) -> str:
        *others, last = parts
        return f"{', '.join(others)} {conjunction} {last}" if others else last

    return joined


# English

_ENGLISH_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ENGLISH_ORDINALS = {
    1: "first",
    2: "second",
    3: "third",
    4: "fourth",
    5: "fifth",
    -1: "last",
    -2: "last but one",
}
_and = _joined("and")


def _english_every(count: int, unit: str) -> str:
    return f"every {count} {unit}s"


def _english_ordinal_day(number: int, day: int) -> str | None:
    ordinal = _ENGLISH_ORDINALS.get(number)
    return ordinal and f"on the {ordinal} {_ENGLISH_DAYS[day]}"


def _english_ordinal_workday(number: int) -> str | None:
    ordinal = _ENGLISH_ORDINALS.get(number)
    return ordinal and f"on the {ordinal} weekday"


def _english_month_days(days: Sequence[int], is_every: bool) -> str:
    named = ["last day" if each < 0 else _english_number(each) for each in days]
    return f"on the {_and(named)}{' of every month' if is_every else ' of the month'}"


def _english_number(number: int) -> str:
    teens = number % 100 in (11, 12, 13)
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


_ENGLISH = _Words(
    locale="en_GB",
    daily="every day",
    every=_english_every,
    once_a={"hour": "every hour", "year": "every year"},
    on_days=lambda days: f"on {_and([f'{_ENGLISH_DAYS[each]}s' for each in days])}",
    workdays="on weekdays",
    weekend="on Saturdays and Sundays",
    ordinal_day=_english_ordinal_day,
    ordinal_workday=_english_ordinal_workday,
    of_month="of the month",
    month_days=_english_month_days,
    year_day=lambda days: f"on {days}",
    at=lambda times: f"at {times}",
    minute=lambda minute: f"at :{minute:02}",
    first=lambda moment: f"first on {moment}",
    times=lambda count: f"{count} times in all",
    until_day=lambda day: f"until {day}",
    until_moment=lambda moment: f"until {moment}",
    by_rule=lambda rule: f"by the rule {rule}",
    once=lambda moment: f"once, on {moment}",
    joined=_and,
    units={"d": "d", "h": "h", "min": "min", "s": "s"},
)


# Russian

_RUSSIAN_BY_DAYS = (
    "понедельникам",
    "вторникам",
    "средам",
    "четвергам",
    "пятницам",
    "субботам",
    "воскресеньям",
)
_RUSSIAN_DAYS = ("понедельник", "вторник", "среду", "четверг", "пятницу", "субботу", "воскресенье")
_MASCULINE, _FEMININE, _NEUTER = range(3)
_GENDERS = (_MASCULINE, _MASCULINE, _FEMININE, _MASCULINE, _FEMININE, _FEMININE, _NEUTER)
_RUSSIAN_ORDINALS = {
    1: ("первый", "первую", "первое"),
    2: ("второй", "вторую", "второе"),
    3: ("третий", "третью", "третье"),
    4: ("четвёртый", "четвёртую", "четвёртое"),
    5: ("пятый", "пятую", "пятое"),
    -1: ("последний", "последнюю", "последнее"),
    -2: ("предпоследний", "предпоследнюю", "предпоследнее"),
}
_RUSSIAN_COUNTED = {
    "hour": ("час", "часа", "часов"),
    "day": ("день", "дня", "дней"),
    "week": ("неделю", "недели", "недель"),
    "month": ("месяц", "месяца", "месяцев"),
    "year": ("год", "года", "лет"),
}
_i = _joined("и")


def _russian_form(count: int, forms: Sequence[str]) -> str:
    if count % 100 in (11, 12, 13, 14):
        return forms[2]
    return forms[0] if count % 10 == 1 else forms[1] if count % 10 in (2, 3, 4) else forms[2]


def _russian_every(count: int, unit: str) -> str:
    return f"раз в {count} {_russian_form(count, _RUSSIAN_COUNTED[unit])}"


def _russian_ordinal_day(number: int, day: int) -> str | None:
    ordinals = _RUSSIAN_ORDINALS.get(number)
    if ordinals is None:
        return None
    in_ = "во" if number == 2 else "в"
    return f"{in_} {ordinals[_GENDERS[day]]} {_RUSSIAN_DAYS[day]}"


def _russian_ordinal_workday(number: int) -> str | None:
    ordinals = _RUSSIAN_ORDINALS.get(number)
    return ordinals and f"{'во' if number == 2 else 'в'} {ordinals[_MASCULINE]} будний день"


def _russian_month_days(days: Sequence[int], is_every: bool) -> str:
    numbered = [f"{each}-го" for each in days if each > 0]
    last = ["в последний день"] if len(numbered) < len(days) else []
    on = _i([*([f"{_i(numbered)} числа"] if numbered else []), *last])
    return f"{on} каждого месяца" if is_every else f"{on} месяца" if last else on


def _russian_times(count: int) -> str:
    return f"всего {count} {_russian_form(count, ('раз', 'раза', 'раз'))}"


_RUSSIAN = _Words(
    locale="ru",
    daily="ежедневно",
    every=_russian_every,
    once_a={"hour": "каждый час", "year": "ежегодно"},
    on_days=lambda days: f"по {_i([_RUSSIAN_BY_DAYS[each] for each in days])}",
    workdays="по будням",
    weekend="по выходным",
    ordinal_day=_russian_ordinal_day,
    ordinal_workday=_russian_ordinal_workday,
    of_month="месяца",
    month_days=_russian_month_days,
    year_day=lambda days: days,
    at=lambda times: f"в {times}",
    minute=lambda minute: f"в {minute:02} мин",
    first=lambda moment: f"впервые {moment}",
    times=_russian_times,
    until_day=lambda day: f"по {day}",
    until_moment=lambda moment: f"до {moment}",
    by_rule=lambda rule: f"по правилу {rule}",
    once=lambda moment: f"один раз, {moment}",
    joined=_i,
    units={"d": "д", "h": "ч", "min": "мин", "s": "с"},
)
