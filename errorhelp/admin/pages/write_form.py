"""The form of a message: what somebody filled in, and the draft that it makes. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta, tzinfo

from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.names import EVERYTHING, ROOT
from errorhelp.messages.message import Message, Severity
from errorhelp.service.drafts import MessageLimits
from errorhelp.text.placeholders import OWN_VALUES
from errorhelp.text.texts import Text
from errorhelp.text.times import format_duration, local_to_instant, parse_duration, parse_local

_MINUTE = timedelta(minutes=1)
# 23:59 is easier to read than midnight, which is already tomorrow.
_END_OF_DAY = time(23, 59)

DURATIONS = ("30m", "1h", "2h")
"""How long a message may be shown at one click."""


@dataclass(frozen=True, slots=True)
class FormError:
    """What is wrong in the field `where`; the page has the words for `kind`, into which `values` go."""

    where: str
    kind: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Period:
    """From when (None: at once, or for a change as before) until when, both instants."""

    starts_at: datetime | None
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class MessageForm:
    """A form as it was filled in.

    `start` is `now`, `later` or, for a message that is shown already, `kept`; `end` is one of `DURATIONS`,
    `until` (a time of day), `day` (the end of the day) or `at` (a day and time).
    """

    targets: tuple[str, ...] = ()
    severity: Severity = Severity.OUTAGE
    start: str = "now"
    starts_at: str = ""
    end: str = "1h"
    until: str = ""
    ends_at: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    revision: int = 0

    @classmethod
    def read(
        cls, given: Mapping[str, str], targets: Iterable[str], languages: Sequence[str]
    ) -> "MessageForm":
        """The form from its fields; what a browser would not send is as if it were left out."""
        severity, revision = given.get("severity", ""), given.get("revision", "")
        return cls(
            targets=tuple(dict.fromkeys(targets)),
            severity=Severity(severity) if severity in set(Severity) else Severity.OUTAGE,
            start=given.get("start", "now"),
            starts_at=given.get("starts_at", ""),
            end=given.get("end", "1h"),
            until=given.get("until", ""),
            ends_at=given.get("ends_at", ""),
            texts={language: given.get(f"text-{language}", "") for language in languages},
            note=given.get("note", ""),
            revision=int(revision) if revision.isdecimal() and len(revision) < 10 else 0,
        )

    @classmethod
    def of(cls, message: Message, catalog: Catalog, now: datetime) -> "MessageForm":
        """The form of a message to be changed."""
        has_begun = message.starts_at <= now
        return replace(
            cls.copy(message, catalog),
            start="kept" if has_begun else "later",
            starts_at=_field(message.starts_at, catalog.zone),
            end="at",
            ends_at=_field(message.ends_at, catalog.zone),
            note=message.note,
            revision=message.revision,
        )

    @classmethod
    def copy(cls, message: Message, catalog: Catalog) -> "MessageForm":
        """The form of a new message like an earlier one, shown for as long as that one was meant to be."""
        duration = format_duration(message.ends_at - message.starts_at)
        return cls(
            targets=message.targets,
            severity=message.severity,
            end=duration if duration in DURATIONS else "1h",
            texts=in_languages(message.written, catalog.languages),
        )

    def in_place_of(self, message: Message, catalog: Catalog, now: datetime) -> "MessageForm":
        """The form that changes a message to what is written here; its targets and its start stay."""
        kept = MessageForm.of(message, catalog, now)
        return replace(
            kept,
            severity=self.severity,
            end=self.end,
            until=self.until,
            ends_at=self.ends_at or kept.ends_at,
            texts=self.texts if self.written else kept.texts,
            note=self.note or kept.note,
        )

    @property
    def written(self) -> dict[str, str]:
        """The texts, in the languages in which there is one."""
        return {language: text for language, text in self.texts.items() if text.strip()}


def read_period(form: MessageForm, zone: tzinfo, now: datetime) -> Period | FormError:
    """From when until when; a duration ends at a full minute, a time of day is the first one to come."""
    try:
        return _period(form, zone, now)
    except _Unreadable as error:
        return error.error


def errors_in(
    form: MessageForm,
    period: Period | FormError,
    text: Mapping[str, str],
    catalog: Catalog,
    limits: MessageLimits,
    now: datetime,
) -> list[FormError]:
    """What is wrong with a form, its period, and its text with the braces filled in."""
    found = [period] if isinstance(period, FormError) else list(_period_errors(period, limits, now))
    found += _target_errors(form.targets, catalog)
    if not text:
        found.append(FormError("text", "no text"))
    for name, written in [*((f"text-{language}", text[language]) for language in text), ("note", form.note)]:
        if len(written) > limits.longest_text:
            found.append(
                FormError(name, "text too long", {"count": len(written), "most": limits.longest_text})
            )
    return found


class _Unreadable(Exception):
    """A field of the period that says nothing."""

    def __init__(self, error: FormError) -> None:
        self.error = error


def _period(form: MessageForm, zone: tzinfo, now: datetime) -> Period:
    starts_at = None
    if form.start == "later":
        starts_at = _instant(form.starts_at, zone, FormError("starts_at", "no start"))
    start = starts_at or now
    match form.end:
        case "until":
            ends_at = _first(_time(form.until), start, zone)
        case "day":
            ends_at = _first(_END_OF_DAY, start, zone)
        case "at":
            ends_at = _instant(form.ends_at, zone, FormError("ends_at", "no end"))
        case duration if duration in DURATIONS:
            ends_at = _full_minute(start + parse_duration(duration))
        case _:
            raise _Unreadable(FormError("ends_at", "no end"))
    return Period(starts_at, ends_at)


def _period_errors(period: Period, limits: MessageLimits, now: datetime) -> Iterator[FormError]:
    start = period.starts_at or now
    if period.ends_at <= now:
        yield FormError("ends_at", "end has passed")
    elif period.ends_at <= start:
        yield FormError("ends_at", "end before start")
    elif period.ends_at - start > limits.longest:
        yield FormError("ends_at", "shown too long", {"longest": limits.longest})


def _target_errors(targets: Sequence[str], catalog: Catalog) -> Iterator[FormError]:
    if not targets:
        yield FormError("to", "no targets")
    for target in targets:
        try:
            catalog.check_target(target)
        except ValueError:
            yield FormError("to", "unknown target", {"target": target})


def means_too_much(
    targets: Sequence[str], infobases: Sequence[Infobase], catalog: Catalog, above: int
) -> bool:
    """Whether to ask once more: everything, or more than so many per cent of several infobases."""
    total = len(catalog.infobases)
    everything = not {EVERYTHING, ROOT}.isdisjoint(targets)
    return total > 1 and (everything or len(infobases) * 100 > above * total)


def value_names(catalog: Catalog) -> tuple[str, ...]:
    """What texts may name in braces."""
    return tuple(dict.fromkeys((*OWN_VALUES, *catalog.values)))


def in_languages(text: Text, languages: Sequence[str]) -> dict[str, str]:
    """The fields for a text: each language with its own wording; one for all stands in the first."""
    if isinstance(text, str):
        return {language: text if language == languages[0] else "" for language in languages}
    return {language: text.get(language, "") for language in languages}


def _instant(typed: str, zone: tzinfo, error: FormError) -> datetime:
    try:
        return local_to_instant(parse_local(typed), zone)
    except (ValueError, OverflowError):
        raise _Unreadable(error) from None


def _time(typed: str) -> time:
    try:
        return time.fromisoformat(typed.strip().zfill(len("00:00"))).replace(microsecond=0, tzinfo=None)
    except ValueError:
        raise _Unreadable(FormError("ends_at", "no time")) from None


def _first(clock: time, start: datetime, zone: tzinfo) -> datetime:
    """The first time at or after the start when clocks in the zone show that time."""
    day = start.astimezone(zone).date()
    instant = local_to_instant(datetime.combine(day, clock), zone)
    if instant <= start:
        instant = local_to_instant(datetime.combine(day + timedelta(days=1), clock), zone)
    return instant


def _full_minute(instant: datetime) -> datetime:
    full = instant.replace(second=0, microsecond=0)
    return full if full == instant else full + _MINUTE


def _field(instant: datetime, zone: tzinfo) -> str:
    """The instant for a field of the kind `datetime-local`, to the second only if it must be."""
    local = instant.astimezone(zone)
    return local.strftime("%Y-%m-%dT%H:%M:%S" if local.second else "%Y-%m-%dT%H:%M")
