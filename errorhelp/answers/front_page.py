"""What the overview page shows: how everything stands, what messages are about, what is planned and what was."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup, escape

from errorhelp.answers.answer import unix
from errorhelp.answers.html_page import way_up
from errorhelp.answers.public_language import Language
from errorhelp.answers.situation import Situation, Subject, folder_name, subjects
from errorhelp.answers.standing import Standing, WorstMessage, standings, worst_message
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.names import ROOT, ancestors
from errorhelp.messages.board import Board
from errorhelp.messages.message import LaterText, Message, closing_until
from errorhelp.text.texts import readable

_MOST_NAMES = 20
_MANY_INFOBASES = 100
# What was is a line each; those before are folded.
_PAST_IN_SIGHT = 10
_NOTHING = Standing(0, {})


@dataclass(frozen=True, slots=True)
class About:
    """The infobases of a message as names or links, and how many more there are."""

    names: list[Markup]
    more: int


@dataclass(frozen=True, slots=True)
class ListedFolder:
    """A folder, how it stands, what folders are in it, and its own infobases as items of a list.

    Each item is a link to the help page and a word for what is wrong. Who looks for an infobase may name its `path`.
    """

    path: str
    name: str
    standing: Standing
    folders: "list[ListedFolder]"
    infobases: Markup
    is_open: bool


def front_page(
    catalog: Catalog, board: Board, situation: Situation, language: Language, path: str, now: datetime
) -> Mapping[str, object]:
    """The values for the template of the overview page at `path`."""
    help_pages = f"{way_up(path)}help/{language.code}/"
    others = [Language.of(catalog, code) for code in catalog.languages if code != language.code]
    infobases = catalog.infobases.values()
    worst = {each.id: worst_message(board, each, now) for each in infobases}
    standing = standings((each, worst[each.id]) for each in infobases)

    # What was, was often about the same.
    known: dict[tuple[str, ...], About] = {}

    def about(message: Message) -> About:
        if message.targets not in known:
            found = list(subjects(catalog, language, message.targets))
            named = [_name(subject, help_pages) for subject in found[:_MOST_NAMES]]
            known[message.targets] = About(named, len(found) - len(named))
        return known[message.targets]

    def text_of(message: Message, wording: Message | LaterText | None = None) -> str:
        return language.message(message, catalog, None, wording)

    shown = sorted(situation.shown, key=lambda each: (each.severity.rank, -catalog.reach(each.targets)))
    past = [(message, about(message)) for message in situation.past]
    return {
        "text_of": text_of,
        "all": standing.get(ROOT, _NOTHING),
        "shown": [(message, about(message)) for message in shown],
        "closing": [
            (message, about(message), closing_until(message, catalog.afterwards))
            for message in situation.closing
        ],
        "planned": [(group, about(group[0])) for group in _by_window(situation.planned, text_of)],
        "folders": _folders(catalog, worst, standing, language, help_pages),
        "past": past[:_PAST_IN_SIGHT],
        "before": past[_PAST_IN_SIGHT:],
        "others": [(other, f"{way_up(path)}{other.code}/") for other in others],
    }


def _by_window(messages: Iterable[Message], text_of: Callable[[Message], str]) -> Iterable[list[Message]]:
    """The messages, occurrences of a window that say the same together, each group where its first one stands."""
    found: dict[tuple[str, str], list[Message]] = {}
    for message in messages:
        found.setdefault((message.window or message.id, text_of(message)), []).append(message)
    return found.values()


def _folders(
    catalog: Catalog,
    worst: Mapping[str, WorstMessage | None],
    standing: Mapping[str, Standing],
    language: Language,
    help_pages: str,
) -> list[ListedFolder]:
    """The folders below the root, the worst first; what is in none of them as one without a name."""
    own = _items(catalog, worst, language, help_pages)
    below: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(standing):
        if path != ROOT:
            below[ancestors(path)[-2]].append(path)
    affected = sum(each.count for each in standing.get(ROOT, _NOTHING).affected.values())
    is_large = len(catalog.infobases) > _MANY_INFOBASES

    def listed(path: str) -> ListedFolder:
        return folder(
            path, standing[path], sorted(map(listed, below[path]), key=lambda each: each.standing.rank)
        )

    def folder(path: str, state: Standing, folders: list[ListedFolder]) -> ListedFolder:
        name = folder_name(path).rpartition(" / ")[2]
        is_open = not is_large or (bool(state.affected) and affected <= _MANY_INFOBASES)
        return ListedFolder(path, name, state, folders, own.get(path, Markup()), is_open)

    found = list(map(listed, below[ROOT]))
    if ROOT in own:
        in_none = ((each, worst[each.id]) for each in catalog.infobases.values() if each.folder == ROOT)
        found.insert(0, folder(ROOT, standings(in_none)[ROOT], []))
    return sorted(found, key=lambda each: each.standing.rank)


def _items(
    catalog: Catalog, worst: Mapping[str, WorstMessage | None], language: Language, help_pages: str
) -> dict[str, Markup]:
    """The infobases of each folder as items of a list, the worst first."""
    found: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    states: dict[WorstMessage, Markup] = {}
    for infobase in catalog.infobases.values():
        state, rank = Markup(), _NOTHING.rank[0]
        if (worst_one := worst[infobase.id]) is not None:
            rank = worst_one.severity.rank
            state = states.get(worst_one) or states.setdefault(worst_one, _state(worst_one, language))
        # Put together by hand, for there may be thousands of them.
        item = f"<li>{_link(infobase.id, infobase.name, help_pages)}{state}</li>"
        found[infobase.folder].append((rank, item))
    return {
        path: Markup("\n".join(item for _, item in sorted(items, key=lambda each: each[0])))  # noqa: S704 - escaped
        for path, items in found.items()
    }


def _name(subject: Subject, help_pages: str) -> Markup:
    if subject.infobase is not None:
        return Markup(_link(subject.infobase.id, subject.name, help_pages))  # noqa: S704 - it is escaped
    return Markup("<bdi>{}</bdi>").format(subject.name)


def _link(infobase_id: str, name: str, help_pages: str) -> str:
    # Ids and languages have nothing to escape.
    return f'<a href="{help_pages}{infobase_id}.html"><bdi>{escape(readable(name))}</bdi></a>'


def _state(worst: WorstMessage, language: Language) -> Markup:
    """A word for what is wrong with an infobase, which goes when that is over."""
    return Markup(' <span class="state {}" data-ends="{}">{}</span>').format(
        worst.severity, int(unix(worst.until)), language.severity(worst.severity)
    )
