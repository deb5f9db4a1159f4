"""Drafts: what somebody asks to be shown, checked before it becomes a message. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.message_texts import filled_anew, later_text, with_text, with_update
from errorhelp.messages.message import Message, Severity, ended_message, is_over, state
from errorhelp.text.texts import Text, in_each_language
from errorhelp.text.times import for_people, format_duration

MOST_UPDATES = 50
"""So many updates a message may have: each answer about it lists them all."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a message is to be; without `starts_at` it is shown from now on."""

    targets: tuple[str, ...]
    text: Text
    ends_at: datetime
    severity: Severity = Severity.INFO
    starts_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class MessageLimits:
    """How long a message may be shown, and how long its text may be in characters."""

    longest: timedelta
    longest_text: int


class InvalidDraft(ValueError):
    """A draft that makes no message; `errors` are pairs of a field and what is wrong with it."""

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{field}: {text}" for field, text in errors))


class MessageOver(ValueError):
    """A change to a message that has ended or expired."""


def new_message(
    draft: Draft, message_id: str, author: str, catalog: Catalog, limits: MessageLimits, now: datetime
) -> Message:
    """The message that a draft makes when it is posted at `now`; InvalidDraft says what is wrong with it."""
    now = now.replace(microsecond=0)
    starts_at, written = draft.starts_at or now, tidied(draft.text)
    message = Message(
        id=message_id,
        targets=_checked(draft, starts_at, catalog, limits, now),
        text=written,
        severity=draft.severity,
        starts_at=starts_at,
        ends_at=draft.ends_at,
        created_at=now,
        author=author,
        note=draft.note,
        changed_at=now,
    )
    return with_text(message, written, catalog)


def changed_message(
    message: Message, draft: Draft, catalog: Catalog, limits: MessageLimits, now: datetime
) -> Message:
    """The message with the values of a draft; MessageOver if it is over, InvalidDraft as for a new one."""
    _refuse_if_over(message, catalog.zone, now)
    starts_at = draft.starts_at or message.starts_at
    changed = replace(
        message,
        targets=_checked(draft, starts_at, catalog, limits, now),
        severity=draft.severity,
        starts_at=starts_at,
        ends_at=draft.ends_at,
        # An end that somebody made is still to come only if the clock was set back.
        ended_at=None,
        closing=None,
        note=draft.note,
        changed_at=now.replace(microsecond=0),
    )
    return with_changed_text(changed, tidied(draft.text), catalog)


def with_changed_text(message: Message, written: Text, catalog: Catalog) -> Message:
    """The message with a text; of the same text what stands in braces is filled in as before, or not at all."""
    if [*in_each_language(written)] != [*in_each_language(message.written)]:
        return with_text(message, written, catalog)
    if message.live_text is None:
        return replace(message, text=written)
    return filled_anew(replace(message, live_text=written), catalog)


def extended_message(
    message: Message, ends_at: datetime, catalog: Catalog, limits: MessageLimits, now: datetime
) -> Message:
    """The message with another end; MessageOver if it is over, InvalidDraft if the end cannot be."""
    _refuse_if_over(message, catalog.zone, now)
    if errors := list(_period_errors(message.starts_at, ends_at, catalog.zone, limits, now)):
        raise InvalidDraft(errors)
    extended = replace(
        message, ends_at=ends_at, ended_at=None, closing=None, changed_at=now.replace(microsecond=0)
    )
    return filled_anew(extended, catalog)


def updated_message(
    message: Message, text: Text, catalog: Catalog, limits: MessageLimits, now: datetime
) -> Message:
    """The message with a later wording, which users read from `now` on; errors as for `changed_message`."""
    _refuse_if_over(message, catalog.zone, now)
    errors = list(text_errors("text", text, catalog.languages, limits))
    if len(message.updates) >= MOST_UPDATES:
        errors.append(
            ("text", f"the message has {MOST_UPDATES} updates, the most there may be; post a new one")
        )
    if errors:
        raise InvalidDraft(errors)
    return with_update(message, tidied(text), catalog, now.replace(microsecond=0))


def closed_message(
    message: Message, closing: Text | None, catalog: Catalog, limits: MessageLimits, now: datetime
) -> Message:
    """The message, ended at `now` with closing words; one that is over gets these alone, while they are shown.

    InvalidDraft for words that cannot be, MessageOver when it is over for longer than words are shown.
    """
    if closing is None:
        return ended_message(message, now)
    if errors := list(text_errors("closing", closing, catalog.languages, limits)):
        raise InvalidDraft(errors)
    written, ended = tidied(closing), ended_message(message, now)
    if ended.closing is not None and ended.closing.written == written:
        return ended
    if message.shown_until + catalog.afterwards <= now:
        _refuse_if_over(message, catalog.zone, now)
    return ended_message(ended, now, later_text(written, ended, catalog, now.replace(microsecond=0)))


def _refuse_if_over(message: Message, zone: tzinfo, now: datetime) -> None:
    if is_over(message, now):
        over, when = state(message, now), _written(message.shown_until, zone)
        raise MessageOver(f"message {message.id} {over.value} at {when}; post a new one instead")


def _checked(
    draft: Draft, starts_at: datetime, catalog: Catalog, limits: MessageLimits, now: datetime
) -> tuple[str, ...]:
    """The draft's targets in their one spelling, if nothing about it is wrong."""
    targets, errors = check_targets(draft.targets, catalog)
    errors += text_errors("text", draft.text, catalog.languages, limits)
    errors += plain_errors("note", draft.note, limits)
    errors += _period_errors(starts_at, draft.ends_at, catalog.zone, limits, now)
    if errors:
        raise InvalidDraft(errors)
    return targets


def check_targets(given: Iterable[str], catalog: Catalog) -> tuple[tuple[str, ...], list[tuple[str, str]]]:
    """The targets in their one spelling, each once, and what is wrong with the others, as InvalidDraft has it."""
    errors: list[tuple[str, str]] = []
    targets: list[str] = []
    for target in given:
        try:
            targets.append(catalog.check_target(target))
        except ValueError as error:
            errors.append(("targets", str(error)))
    if not targets and not errors:
        errors.append(("targets", "name at least one infobase id, folder path, 1C server or '*'"))
    return tuple(dict.fromkeys(targets)), errors


def text_errors(
    field: str, text: Text, languages: tuple[str, ...], limits: MessageLimits
) -> Iterator[tuple[str, str]]:
    """What is wrong with a text in languages of the configuration."""
    if not isinstance(text, str):
        for language in text:
            if language not in languages:
                yield field, f"{language!r} is not one of the languages ({', '.join(languages)})"
    wordings = in_each_language(text)
    if not wordings or not all(wording.strip() for wording in wordings):
        yield field, "say what users should read; it is empty"
    for wording in wordings:
        yield from plain_errors(field, wording, limits)


def has_control_character(text: str) -> bool:
    """Whether the text holds what no message may hold."""
    return _CONTROLS.search(text.replace("\r\n", "\n")) is not None


def plain_errors(field: str, text: str, limits: MessageLimits) -> Iterator[tuple[str, str]]:
    """What is wrong with plain text in a field."""
    if len(text) > limits.longest_text:
        yield field, f"has {len(text)} characters; {limits.longest_text} is the most (messages.longest_text)"
    if found := _CONTROLS.search(text.replace("\r\n", "\n")):
        yield field, f"holds the control character U+{ord(found.group()):04X}; leave it out"


def _period_errors(
    starts_at: datetime, ends_at: datetime, zone: tzinfo, limits: MessageLimits, now: datetime
) -> Iterator[tuple[str, str]]:
    if ends_at <= now:
        yield "ends_at", f"{_written(ends_at, zone)} has passed (it is {_written(now, zone)})"
    elif ends_at <= starts_at:
        yield "ends_at", f"must be later than the start, {_written(starts_at, zone)}"
    elif ends_at - starts_at > limits.longest:
        longest = format_duration(limits.longest)
        yield (
            "ends_at",
            f"would show the message longer than {longest} (messages.longest); choose an earlier end",
        )


def _written(instant: datetime, zone: tzinfo) -> str:
    return for_people(instant, zone, "en")


def tidied(text: Text) -> Text:
    """The text with plain line breaks and nothing blank around it."""
    if isinstance(text, str):
        return text.replace("\r\n", "\n").strip()
    return {language: wording.replace("\r\n", "\n").strip() for language, wording in text.items()}
