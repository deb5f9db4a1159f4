"""A language of public pages: which of several texts its readers get, and how times are written for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from functools import cache, lru_cache
from gettext import NullTranslations

from babel.dates import format_skeleton
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.message_texts import later_text_for
from errorhelp.messages.message import LaterText, Message, Severity
from errorhelp.text.languages import languages_in_turn
from errorhelp.text.texts import Text, choose, chosen_language, readable
from errorhelp.text.time_words import known_locale, time_words
from errorhelp.text.times import utc_offset
from errorhelp.text.translations import translations_in_turn


@dataclass(frozen=True, slots=True)
class Language:
    """The language `code`; a text that is not in it is taken from the `languages`, in order. Times are of the zone."""

    code: str
    languages: tuple[str, ...]
    zone: tzinfo

    @staticmethod
    def of(catalog: Catalog, code: str | None) -> "Language":
        """The language with that code, None for the first configured."""
        return Language(code or catalog.languages[0], catalog.languages, catalog.zone)

    @property
    def turn(self) -> tuple[str, ...]:
        """The languages of our own words on the page: each is in the first that has it."""
        return languages_in_turn(self.code, self.languages)

    @property
    def interface(self) -> str:
        """The language of our own words on the page, but for those it lacks."""
        return self.turn[0]

    @property
    def name(self) -> str:
        """What the language calls itself: `English`, `Русский`."""
        return _own_name(self.code)

    @property
    def translations(self) -> NullTranslations:
        """Our own words."""
        return translations_in_turn("public", self.turn)

    @property
    def time_words(self) -> Mapping[str, object]:
        """Words for a page's script to write days and durations with."""
        return time_words(self._calendar)

    @property
    def time_words_json(self) -> Markup:
        """These words as JSON in a page."""
        return _time_words_json(self._calendar)

    @property
    def _calendar(self) -> str:
        """The language of days and months: this one, if they are known in it."""
        return next(each for each in (self.code, *self.turn) if known_locale(each))

    def text(self, text: Text) -> str:
        """The text for readers of this language, as it may be shown."""
        return readable(choose(text, self.code, self.languages))

    def message(
        self,
        message: Message,
        catalog: Catalog,
        infobase: Infobase | None = None,
        wording: Message | LaterText | None = None,
    ) -> str:
        """What readers of this language, the users of an infobase if one is named, get of a message.

        It is the newest wording, or one that is named, of its updates, closing words, and what it said first.
        """
        wording = message.newest if wording is None else wording
        return readable(later_text_for(wording, message, catalog, self.code, infobase))

    def language_of(self, text: Text) -> str:
        """The language in which these readers get the text, for a page's `lang`."""
        return chosen_language(text, self.code, self.languages)

    def moment(self, instant: datetime) -> str:
        """Day and time: `22 November, 14:00 (UTC+3)`."""
        local = instant.astimezone(self.zone)
        return f"{_day(local.date(), self._calendar, 'MMMMd')}, {local:%H:%M} ({utc_offset(local)})"

    def period(self, starts_at: datetime, ends_at: datetime) -> str:
        """From when until when: `Sun, 22 November, 02:00–04:00 (UTC+3)`."""
        start, end = starts_at.astimezone(self.zone), ends_at.astimezone(self.zone)
        first, last = (_day(each.date(), self._calendar, "EEEMMMMd") for each in (start, end))
        until = f"–{end:%H:%M}" if first == last else f" – {last}, {end:%H:%M}"
        return f"{first}, {start:%H:%M}{until} ({utc_offset(end)})"

    def past_heading(self, message: Message) -> str:
        """What a message that is over is called: `Outage: over`; one that was ended before it began is cancelled."""
        _ = self.translations.gettext
        pattern = _("{severity}: over") if _was_shown(message) else _("{severity}: cancelled")
        return pattern.replace("{severity}", self.severity(message.severity))

    def updated(self, at: datetime) -> str:
        """Since when users read an update: `Updated 22 November, 14:00 (UTC+3)`."""
        return self.translations.gettext("Updated {time}").replace("{time}", self.moment(at))

    def ended(self, message: Message) -> str:
        """When a message ended or was cancelled: `Ended 22 November, 14:00 (UTC+3)`."""
        _ = self.translations.gettext
        pattern = _("Ended {time}") if _was_shown(message) else _("Cancelled {time}")
        return pattern.replace("{time}", self.moment(message.shown_until))

    def severity(self, severity: Severity) -> str:
        """What a message of that severity is called."""
        _ = self.translations.gettext
        match severity:
            case Severity.OUTAGE:
                return _("Outage")
            case Severity.MAINTENANCE:
                return _("Maintenance")
            case Severity.INFO:
                return _("Information")


def _was_shown(message: Message) -> bool:
    return message.starts_at < message.shown_until


@cache
def _time_words_json(language: str) -> Markup:
    return htmlsafe_json_dumps(time_words(language), ensure_ascii=False, separators=(",", ":"))


@cache
def _own_name(code: str) -> str:
    locale = known_locale(code)
    name = (locale and locale.display_name) or code
    return name[:1].upper() + name[1:]


# Finding the pattern takes longer than all else on a page, and few days stand on many pages.
@lru_cache(maxsize=1000)
def _day(day: date, code: str, fields: str) -> str:
    midnight = datetime.combine(day, time(), UTC)
    return format_skeleton(fields, midnight, locale=known_locale(code))
