"""What readers get of a message: its text with what stands in braces filled in for them. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from functools import lru_cache

from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.names import EVERYTHING, ROOT, SERVER
from errorhelp.messages.message import LaterText, Message
from errorhelp.messages.window import Window
from errorhelp.text.languages import languages_in_turn
from errorhelp.text.placeholders import OWN_VALUES, fill_in_live, is_gone, names_in
from errorhelp.text.texts import Text, choose, chosen_language, in_each_language
from errorhelp.text.time_words import short_time
from errorhelp.text.times import local_to_instant
from errorhelp.text.translations import translations_in_turn


def message_text(message: Message, catalog: Catalog, language: str, infobase: Infobase | None = None) -> str:
    """The message's text for readers of a language.

    `{infobase}` is the name of the infobase whose users they are; of none, what the message is for. If the
    configuration has no longer a value that the text had, it is the text as it was when the message was last changed.
    Of a message with updates it is the newest of them.
    """
    return later_text_for(message.newest, message, catalog, language, infobase)


def later_text_for(
    later: Message | LaterText,
    message: Message,
    catalog: Catalog,
    language: str,
    infobase: Infobase | None = None,
) -> str:
    """The same of one of the message's updates, of its closing words, or of what it said first."""
    return filled_text(later.text, later.live_text, message, catalog, language, infobase)


def filled_text(
    text: Text,
    live_text: Text | None,
    message: Message,
    catalog: Catalog,
    language: str,
    infobase: Infobase | None = None,
) -> str:
    """The same of any text of a message, which has its period and targets."""
    if live_text is None:
        return choose(text, language, catalog.languages)
    times = _Times(message.starts_at, message.last_end)
    return _filled_in(live_text, text, message.targets, times, catalog, language, infobase)


def window_text(window: Window, catalog: Catalog, language: str) -> str:
    """What all occurrences of a window say: with the times of day of the first one, which may be on any day."""
    starts_at = local_to_instant(window.recurrence.first_start, window.zone)
    times = _Times(starts_at, starts_at + window.duration, names_days=False)
    return _filled_in(window.text, window.text, window.targets, times, catalog, language, None)


def shown_window_text(window: Window, catalog: Catalog) -> Text:
    """The same as one text, or by language in which there is one, where it differs by that."""
    return _by_language(window.text, lambda language: window_text(window, catalog, language), catalog)


def texts_by_language(message: Message, catalog: Catalog) -> dict[str, str]:
    """What is shown of the message in each language, where no infobase is that of the readers."""
    return {language: message_text(message, catalog, language) for language in catalog.languages}


def shown_text(message: Message, catalog: Catalog, later: Message | LaterText | None = None) -> Text:
    """The same as one text, or by language in which there is one, where it differs by that.

    Of a message with updates it is the newest, or a `later` text that is named.
    """
    later = message.newest if later is None else later
    return _filled(later.text, later.live_text, message, catalog)


def draft_text(
    written: Text,
    targets: Sequence[str],
    starts_at: datetime,
    ends_at: datetime | None,
    catalog: Catalog,
    language: str,
) -> str:
    """What is shown of a text that is being written; what is not known yet stays in braces."""
    times = _Times(starts_at, ends_at)
    return _filled_in(written, written, targets, times, catalog, language, None)


def with_text(message: Message, written: Text, catalog: Catalog) -> Message:
    """The message with a text, which is live if it names something in braces that there is."""
    if not _is_live(written, catalog):
        return replace(message, text=written, live_text=None)
    return replace(message, text=_filled(written, written, message, catalog), live_text=written)


def later_text(written: Text, message: Message, catalog: Catalog, now: datetime) -> LaterText:
    """What somebody writes about the message at `now`, which is live as its text is."""
    if not _is_live(written, catalog):
        return LaterText(written, now)
    return LaterText(_filled(written, written, message, catalog), now, written)


def with_update(message: Message, written: Text, catalog: Catalog, now: datetime) -> Message:
    """The message with a later wording, which readers get from `now` on."""
    updates = (later_text(written, message, catalog, now), *message.updates)
    return replace(message, updates=updates, changed_at=now)


def filled_anew(message: Message, catalog: Catalog) -> Message:
    """The message with texts that are filled in as the message is now, as far as all values are there."""
    updates = [replace(each, text=_anew(each, message, catalog)) for each in message.updates]
    return replace(message, text=_anew(message, message, catalog), updates=tuple(updates))


def _anew(later: Message | LaterText, message: Message, catalog: Catalog) -> Text:
    if later.live_text is None or _missing_in(later, catalog):
        return later.text
    return _filled(later.live_text, later.live_text, message, catalog)


def _is_live(written: Text, catalog: Catalog) -> bool:
    known = {*OWN_VALUES, *catalog.values}
    return not known.isdisjoint(name for wording in in_each_language(written) for name in names_in(wording))


def missing_values(message: Message, catalog: Catalog) -> list[str]:
    """The names in braces that had a value when the message was last changed, and have none now."""
    missing = _missing_in(message, catalog)
    for each in message.updates:
        missing += _missing_in(each, catalog)
    return list(dict.fromkeys(missing))


def _missing_in(later: Message | LaterText, catalog: Catalog) -> list[str]:
    live_text, languages = later.live_text, catalog.languages
    if live_text is None:
        return []
    return list(
        dict.fromkeys(
            name
            for language in (languages if isinstance(live_text, str) else live_text)
            for name in names_in(choose(live_text, language, languages))
            if name not in OWN_VALUES
            and name not in catalog.values
            and is_gone(name, choose(later.text, language, languages))
        )
    )


def names_own_infobase(message: Message, catalog: Catalog, language: str) -> bool:
    """Whether the users of each infobase get a text of their own, which names it."""
    live_text = message.newest.live_text
    if live_text is None or "infobase" in catalog.values:
        return False
    return "{infobase}" in choose(live_text, language, catalog.languages)


def target_names(targets: Iterable[str], catalog: Catalog, language: str) -> str:
    """What targets are called where a text names them: infobases, folders and 1C servers by name."""
    return ", ".join(dict.fromkeys(_target_name(target, catalog, language) for target in targets))


def _target_name(target: str, catalog: Catalog, language: str) -> str:
    if target in (EVERYTHING, ROOT):
        turn = languages_in_turn(language, catalog.languages)
        return translations_in_turn("public", turn).gettext("All infobases")
    if target.startswith("/"):
        return target.rpartition("/")[2]
    infobase = catalog.infobase(target)
    return target.removeprefix(SERVER) if infobase is None else infobase.name


def _filled(text: Text, live_text: Text | None, message: Message, catalog: Catalog) -> Text:
    if live_text is None:
        return text
    return _by_language(
        live_text, lambda language: filled_text(text, live_text, message, catalog, language), catalog
    )


def _by_language(written: Text, fill: Callable[[str], str], catalog: Catalog) -> Text:
    languages = catalog.languages if isinstance(written, str) else tuple(written)
    filled: Mapping[str, str] = {language: fill(language) for language in languages}
    if isinstance(written, str) and len(set(filled.values())) == 1:
        return filled[languages[0]]
    return filled


def _filled_in(
    live_text: Text,
    filled: Text,
    targets: Sequence[str],
    times: "_Times",
    catalog: Catalog,
    language: str,
    infobase: Infobase | None,
) -> str:
    # A sentence is in one language, with what is filled into it.
    wording = chosen_language(live_text, language, catalog.languages)
    return fill_in_live(
        choose(live_text, language, catalog.languages),
        choose(filled, language, catalog.languages),
        lambda name: _value(name, targets, times, catalog, wording, infobase),
    )


@dataclass(frozen=True, slots=True)
class _Times:
    """What `{from}` and `{until}` stand for, if there is an end yet."""

    starts_at: datetime
    ends_at: datetime | None
    names_days: bool = True

    def time(self, instant: datetime, other: datetime, zone: tzinfo, language: str) -> str:
        return _time(instant, other if self.names_days else instant, zone, language)


def _value(
    name: str,
    targets: Sequence[str],
    times: _Times,
    catalog: Catalog,
    language: str,
    infobase: Infobase | None,
) -> str | None:
    if (configured := catalog.values.get(name)) is not None:
        return choose(configured, language, catalog.languages)
    match name:
        case "infobase":
            return infobase.name if infobase else target_names(targets, catalog, language) or None
        case "from":
            return times.time(times.starts_at, times.ends_at or times.starts_at, catalog.zone, language)
        case "until" if times.ends_at is not None:
            return times.time(times.ends_at, times.starts_at, catalog.zone, language)
        case _:
            return None


# It stands in the help of thousands of infobases.
@lru_cache(maxsize=1000)
def _time(instant: datetime, beside: datetime, zone: tzinfo, language: str) -> str:
    return short_time(instant, beside, zone, language)
