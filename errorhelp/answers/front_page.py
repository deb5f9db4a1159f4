"""What the overview page shows: messages with whom they concern, what is planned, and infobases by folder."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from markupsafe import Markup

from errorhelp.answers.answer import unix
from errorhelp.answers.html_page import way_up
from errorhelp.answers.language import Language
from errorhelp.answers.situation import Situation, Subject, folder_name, subjects
from errorhelp.board import Board
from errorhelp.catalog import Catalog
from errorhelp.messages import Message, Severity
from errorhelp.texts import readable

_MOST_NAMES = 20
_MANY_INFOBASES = 100


@dataclass(frozen=True, slots=True)
class About:
    """The infobases of a message as names or links, and how many more there are."""

    names: list[Markup]
    more: int


@dataclass(frozen=True, slots=True)
class ListedFolder:
    """A folder, and for each infobase in it the link to its help page and how severe its messages are."""

    name: str
    infobases: list[tuple[Markup, Markup]] = field(default_factory=list)


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
    found: dict[str, ListedFolder] = {}
    states = {message.id: _state(message, language) for message in board.messages}
    for infobase in catalog.infobases.values():
        shown = board.notice(infobase.target_keys, now).shown
        state = states[shown[0].id] if shown else Markup()
        folder = found.setdefault(infobase.folder, ListedFolder(folder_name(infobase.folder)))
        folder.infobases.append((_link(infobase.id, infobase.name, help_pages), state))
    return [found[path] for path in sorted(found)]


def _name(subject: Subject, help_pages: str) -> Markup:
    if subject.infobase is not None:
        return _link(subject.infobase.id, subject.name, help_pages)
    return Markup("<bdi>{}</bdi>").format(subject.name)


# There may be thousands of infobases, and few of them change from page to page.
@lru_cache(maxsize=20_000)
def _link(infobase_id: str, name: str, help_pages: str) -> Markup:
    return Markup('<a href="{}{}.html"><bdi>{}</bdi></a>').format(help_pages, infobase_id, readable(name))


def _state(message: Message, language: Language) -> Markup:
    """A word for an infobase that the message is about, none if it only informs; it goes with the message."""
    if message.severity is Severity.INFO:
        return Markup()
    return Markup(' <span class="state {}" data-ends="{}">{}</span>').format(
        message.severity, int(unix(message.shown_until)), language.severity(message.severity)
    )
