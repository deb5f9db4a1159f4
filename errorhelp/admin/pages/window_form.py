"""The form of a maintenance window: what somebody filled in, and the draft that it makes. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from errorhelp.admin.pages.write_form import FormError, in_languages
from errorhelp.messages.made_window import MadeWindow
from errorhelp.messages.message import Severity
from errorhelp.messages.recurrence import Recurrence
from errorhelp.service.window_drafts import WindowDraft
from errorhelp.text.texts import Text
from errorhelp.text.times import parse_local

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
"""The days of the week, as rules have them."""
ORDINALS = ("1", "2", "3", "4", "-1")
"""Which of such days of a month: the first to the fourth, and the last."""
REPEATS = ("once", "daily", "weekly", "weekday", "monthday", "rule")
"""How often it comes; `weekday` is a day of the week of each month, `monthday` a day of the month."""

_LAST_DAY = "-1"
_END_OF_DAY = "T235959"
_FREQUENCIES = {"daily": "DAILY", "weekly": "WEEKLY", "weekday": "MONTHLY", "monthday": "MONTHLY"}
_MOST = 999


@dataclass(frozen=True, slots=True)
class WindowForm:
    """A form as it was filled in.

    `end` is `never`, `on` (the day `until` is the last one) or `after` (so many as `count`).
    """

    targets: tuple[str, ...] = ()
    severity: Severity = Severity.MAINTENANCE
    texts: Mapping[str, str] = field(default_factory=dict)
    day: str = ""
    clock: str = ""
    hours: str = "1"
    minutes: str = "0"
    seconds: str = "0"
    repeats: str = "weekly"
    interval: str = "1"
    days: tuple[str, ...] = ()
    ordinal: str = "1"
    weekday: str = "SU"
    month_day: str = "1"
    end: str = "never"
    until: str = ""
    count: str = ""
    rule: str = ""
    note: str = ""
    revision: int = 0

    @classmethod
    def read(
        cls,
        given: Mapping[str, str],
        targets: Iterable[str],
        others: str,
        days: Iterable[str],
        languages: Sequence[str],
    ) -> "WindowForm":
        """The form from its fields; `others` are targets that are written with commas between them."""
        severity, revision = given.get("severity", ""), given.get("revision", "")
        written = (each.strip() for each in others.split(","))

        def one_of(name: str, choices: Sequence[str], default: str) -> str:
            return given[name] if given.get(name) in choices else default

        return cls(
            targets=tuple(dict.fromkeys((*targets, *filter(None, written)))),
            severity=Severity(severity) if severity in set(Severity) else Severity.MAINTENANCE,
            texts={language: given.get(f"text-{language}", "") for language in languages},
            day=given.get("day", "").strip(),
            clock=given.get("time", "").strip(),
            hours=given.get("hours", "").strip() or "0",
            minutes=given.get("minutes", "").strip() or "0",
            seconds=given.get("seconds", "").strip() or "0",
            repeats=one_of("repeats", REPEATS, "weekly"),
            interval=given.get("interval", "").strip() or "1",
            days=tuple(day for day in DAYS if day in set(days)),
            ordinal=one_of("ordinal", ORDINALS, "1"),
            weekday=one_of("weekday", DAYS, "SU"),
            month_day=given.get("month_day", "").strip(),
            end=one_of("end", ("never", "on", "after"), "never"),
            until=given.get("until", "").strip(),
            count=given.get("count", "").strip(),
            rule=given.get("rule", "").strip(),
            note=given.get("note", ""),
            revision=int(revision) if revision.isdecimal() and len(revision) < 10 else 0,
        )

    @classmethod
    def of(cls, window: MadeWindow, languages: Sequence[str], zone: tzinfo) -> "WindowForm":
        """The form of a window that is to be changed."""
        rest, seconds = divmod(int(window.duration.total_seconds()), 60)
        hours, minutes = divmod(rest, 60)
        form = cls(
            targets=window.targets,
            severity=window.severity,
            texts=in_languages(window.text, languages),
            day=window.starts_at.date().isoformat(),
            clock=window.starts_at.time().isoformat("seconds" if window.starts_at.second else "minutes"),
            hours=str(hours),
            minutes=str(minutes),
            seconds=str(seconds),
            rule=window.rule,
            note=window.note,
            revision=window.revision,
        )
        try:
            return _with_rule(form, Recurrence(window.rule, window.starts_at, zone))
        except ValueError:
            # In the time zone that is configured now it never comes.
            return replace(form, repeats="rule")

    @property
    def written(self) -> dict[str, str]:
        """The texts, in the languages in which there is one."""
        return {language: text for language, text in self.texts.items() if text.strip()}


def read_draft(form: WindowForm, languages: Sequence[str]) -> WindowDraft | list[FormError]:
    """The draft that a form makes, or what cannot be read in it."""
    errors: list[FormError] = []
    starts_at = _start(f"{form.day} {form.clock}")
    if starts_at is None:
        errors.append(FormError("starts_at", "no start"))
    duration = _duration(form)
    if duration is None:
        errors.append(FormError("duration", "no duration"))
    rule = _rule(form)
    if isinstance(rule, FormError):
        errors.append(rule)
    if not form.targets:
        errors.append(FormError("to", "no targets"))
    if not form.written:
        errors.append(FormError("text", "no text"))
    if starts_at is None or duration is None or isinstance(rule, FormError) or errors:
        return errors
    return WindowDraft(
        targets=form.targets,
        text=_text(form, languages),
        starts_at=starts_at,
        duration=duration,
        rule=rule,
        severity=form.severity,
        note=form.note,
    )


def _text(form: WindowForm, languages: Sequence[str]) -> Text:
    """One text for all, if it is written in the first language alone."""
    return form.texts[languages[0]] if [*form.written] == [languages[0]] else form.written


def _start(typed: str) -> datetime | None:
    try:
        return parse_local(typed)
    except ValueError:
        return None


def _duration(form: WindowForm) -> timedelta | None:
    numbers = [_number(each, 0, 99_999) for each in (form.hours, form.minutes, form.seconds)]
    if None in numbers:
        return None
    hours, minutes, seconds = (each or 0 for each in numbers)
    return timedelta(hours=hours, minutes=minutes, seconds=seconds) or None


def _rule(form: WindowForm) -> str | FormError:
    if form.repeats == "rule":
        return form.rule or FormError("rule", "no rule")
    if form.repeats == "once":
        return "FREQ=DAILY;COUNT=1"
    interval = _number(form.interval, 1, _MOST)
    if interval is None:
        return FormError("interval", "no interval")
    parts = [f"FREQ={_FREQUENCIES[form.repeats]}"]
    if interval > 1:
        parts.append(f"INTERVAL={interval}")
    if form.repeats == "weekly" and form.days:
        parts.append(f"BYDAY={','.join(form.days)}")
    if form.repeats == "weekday":
        parts.append(f"BYDAY={form.ordinal}{form.weekday}")
    if form.repeats == "monthday":
        day = form.month_day if form.month_day == _LAST_DAY else _number(form.month_day, 1, 31)
        if day is None:
            return FormError("month_day", "no month day")
        parts.append(f"BYMONTHDAY={day}")
    if form.end == "on":
        try:
            parts.append(f"UNTIL={datetime.fromisoformat(form.until):%Y%m%d}")
        except ValueError:
            return FormError("until", "no last day")
    if form.end == "after":
        count = _number(form.count, 1, _MOST)
        if count is None:
            return FormError("count", "no count")
        parts.append(f"COUNT={count}")
    return ";".join(parts)


def _with_rule(form: WindowForm, recurrence: Recurrence) -> WindowForm:
    """The form with the fields that say the same as a rule; with the rule itself where none do."""
    as_rule, parts = replace(form, repeats="rule"), dict(recurrence.parts)
    frequency, interval = parts.pop("FREQ"), parts.pop("INTERVAL", "1")
    if parts.get("WKST") == "MO":
        del parts["WKST"]
    if frequency == "DAILY" and parts == {"COUNT": "1"}:
        return replace(form, repeats="once")
    values: dict[str, Any] = {"interval": interval}
    if "COUNT" in parts:
        values |= {"end": "after", "count": parts.pop("COUNT")}
    if "UNTIL" in parts:
        until = parts.pop("UNTIL")
        if not until.endswith(_END_OF_DAY):
            return as_rule
        values |= {"end": "on", "until": f"{until[:4]}-{until[4:6]}-{until[6:8]}"}
    if _number(interval, 1, _MOST) is None or _number(values.get("count", "1"), 1, _MOST) is None:
        return as_rule
    match frequency, [*parts.items()]:
        case "DAILY", []:
            return replace(form, repeats="daily", **values)
        case "WEEKLY", []:
            return replace(form, repeats="weekly", **values)
        case "WEEKLY", [("BYDAY", days)] if set(days.split(",")) <= set(DAYS):
            chosen = tuple(day for day in DAYS if day in days.split(","))
            return replace(form, repeats="weekly", days=chosen, **values)
        case "MONTHLY", []:
            return replace(form, repeats="monthday", month_day=str(recurrence.given_start.day), **values)
        case "MONTHLY", [("BYDAY", day)] if day[:-2] in ORDINALS and day[-2:] in DAYS:
            return replace(form, repeats="weekday", ordinal=day[:-2], weekday=day[-2:], **values)
        case "MONTHLY", [("BYMONTHDAY", day)] if day == _LAST_DAY or _number(day, 1, 31) is not None:
            return replace(form, repeats="monthday", month_day=day, **values)
    return as_rule


def _number(typed: str, least: int, most: int) -> int | None:
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 7):
        return None
    return int(typed) if least <= int(typed) <= most else None
