"""What the overview page shows: messages with whom they concern, what is planned, and infobases by folder."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup, escape

from errorhelp.answers.answer import unix
from errorhelp.answers.html_page import way_up
from errorhelp.answers.public_language import Language
from errorhelp.answers.situation import Situation, Subject, folder_name, subjects
from errorhelp.catalog.catalog import Catalog
from errorhelp.messages.board import Board
from errorhelp.messages.message import Message, Severity
from errorhelp.text.texts import readable

_MOST_NAMES = 20
_MANY_INFOBASES = 100


@dataclass(frozen=True, slots=True)
class About:
    """The infobases of a message as names or links, and how many more there are."""

    names: list[Markup]
    more: int


@dataclass(frozen=True, slots=True)
class ListedFolder:
    """A folder, and its infobases as items of a list: a link to the help page, how severe the messages are."""

    name: str
    infobases: Markup


def front_page(
    catalog: Catalog, board: Board, situation: Situation, language: Language, path: str, now: datetime
) -> Mapping[str, object]:
    """The values for the template of the overview page at `path`."""
    help_pages = f"{way_up(path)}help/{language.code}/"
    others = [Language.of(catalog, code) for code in catalog.languages if code != language.code]

    def about(message: Message) -> About:
        found = list(subjects(catalog, language, message.targets))
        named = [_name(subject, help_pages) for subject in found[:_MOST_NAMES]]
        return About(named, len(found) - len(named))

    return {
        "text_of": lambda message: language.message(message, catalog),
        "shown": [(message, about(message)) for message in situation.shown],
        "planned": [(group, about(group[0])) for group in _by_window(situation.planned)],
        "folders": _folders(catalog, board, language, help_pages, now),
        "is_large": len(catalog.infobases) > _MANY_INFOBASES,
        "others": [(other, f"{way_up(path)}{other.code}/") for other in others],
    }


def _by_window(messages: Iterable[Message]) -> Iterable[list[Message]]:
    """The messages, occurrences of the same window together, each group where its first one stands."""
    found: dict[str, list[Message]] = {}
    for message in messages:
        found.setdefault(message.window or message.id, []).append(message)
    return found.values()


def _folders(
    catalog: Catalog, board: Board, language: Language, help_pages: str, now: datetime
) -> list[ListedFolder]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    states = {message.id: _state(message, language) for message in board.messages}
    for infobase in catalog.infobases.values():
        shown = board.notice(infobase.target_keys, now).shown
        state = states[shown[0].id] if shown else ""
        # Put together by hand, for there may be thousands of them.
        found[infobase.folder].append(f"<li>{_link(infobase.id, infobase.name, help_pages)}{state}</li>")
    return [
        ListedFolder(folder_name(path), Markup("\n".join(found[path])))  # noqa: S704 - all of it is escaped
        for path in sorted(found)
    ]


def _name(subject: Subject, help_pages: str) -> Markup:
    if subject.infobase is not None:
        return Markup(_link(subject.infobase.id, subject.name, help_pages))  # noqa: S704 - it is escaped
    return Markup("<bdi>{}</bdi>").format(subject.name)


def _link(infobase_id: str, name: str, help_pages: str) -> str:
    # Ids and languages have nothing to escape.
    return f'<a href="{help_pages}{infobase_id}.html"><bdi>{escape(readable(name))}</bdi></a>'


def _state(message: Message, language: Language) -> Markup:
    """A word for an infobase that the message is about, none if it only informs; it goes with the message."""
    if message.severity is Severity.INFO:
        return Markup()
    return Markup(' <span class="state {}" data-ends="{}">{}</span>').format(
        message.severity, int(unix(message.shown_until)), language.severity(message.severity)
    )
