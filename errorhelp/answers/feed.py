"""The messages as a feed (Atom, RFC 4287)."""

from datetime import UTC, datetime
from uuid import UUID, uuid5

from errorhelp.answers.html_page import template
from errorhelp.answers.public_language import Language
from errorhelp.answers.situation import Situation, subjects
from errorhelp.catalog.catalog import Catalog
from errorhelp.messages.message import Message
from errorhelp.text.texts import one_line
from errorhelp.text.times import format_instant

# Entries keep their id at every start and on every node. Any fixed UUID does.
_ENTRIES = UUID("0b8f6f0e-3f0c-5d43-9b53-5f2b8c1d7a96")
_LONGEST_TITLE = 100
# A feed has to say when it was updated, one without entries too.
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def feed(catalog: Catalog, situation: Situation, language: Language, path: str, now: datetime) -> bytes:
    """The messages shown, those posted for later, and those with closing words, the latest change first.

    `path` is that of the feed. It was updated when one of them was (RFC 4287, 4.2.15), so that every node and every
    file says the same.
    """
    posted = (each for each in situation.planned if each.window is None)
    messages = sorted(
        (*situation.shown, *posted, *situation.closing), key=lambda each: _updated(each, now), reverse=True
    )
    closing = {each.id for each in situation.closing}
    folder = path.rpartition("/")[0] + "/"

    def text_of(message: Message) -> str:
        words = message.closing if message.id in closing else None
        return language.message(message, catalog, None, words)

    xml = template("feed.atom", language.turn).render(
        language=language,
        id=_id(catalog, language, "feed"),
        address=catalog.public_url + path,
        page=catalog.public_url + folder,
        updated=format_instant(max((_updated(each, now) for each in messages), default=_NEVER)),
        entries=[
            {
                "id": _id(catalog, language, message.id),
                "title": _title(message, text_of(message), language, is_over=message.id in closing),
                "message": message,
                "text": text_of(message),
                "wordings": _wordings(message, catalog, language, is_over=message.id in closing),
                "published": format_instant(message.created_at),
                "updated": format_instant(_updated(message, now)),
                "about": [subject.name for subject in subjects(catalog, language, message.targets)],
            }
            for message in messages
        ],
    )
    return xml.encode()


def _id(catalog: Catalog, language: Language, name: str) -> str:
    return uuid5(_ENTRIES, f"{catalog.public_url} {language.code} {name}").urn


def _title(message: Message, text: str, language: Language, *, is_over: bool) -> str:
    text = one_line(text)
    if len(text) > _LONGEST_TITLE:
        text = text[:_LONGEST_TITLE].rstrip() + "…"
    heading = language.past_heading(message) if is_over else language.severity(message.severity)
    return f"{heading}: {text}"


def _wordings(
    message: Message, catalog: Catalog, language: Language, *, is_over: bool
) -> list[tuple[str, str]]:
    """What else was said, the newest first, each with since when; all of it if the message is over."""
    if not message.updates and not is_over:
        return []
    shown = message.wordings if is_over else message.wordings[1:]
    return [(language.moment(at), language.message(message, catalog, None, each)) for each, at in shown]


def _updated(message: Message, now: datetime) -> datetime:
    """When it was posted or last changed, or began since."""
    changed = message.changed_at or message.created_at
    return max(changed, message.starts_at) if message.starts_at <= now else changed
