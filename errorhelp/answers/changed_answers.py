"""Which public answers messages change, in the order in which people wait for them. Pure."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Protocol

from errorhelp.answers import help_answers, help_pages, list_answers, overview
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.lists import Access

FEW_INFOBASES = 200
"""The help of so many is written sooner than what all infobases stand on."""


class AskingOrder(Protocol):
    """In what order readers asked for help addresses."""

    def latest_first(self) -> Iterator[str]:
        """The addresses that were asked for, also of infobases that are gone, the last asked in front."""

    def in_order(self, paths: Iterable[str]) -> list[str]:
        """These addresses, the last asked in front, those that nobody asked for behind them as they came."""


class NothingAsked:
    """The order where nobody is known to have asked."""

    def latest_first(self) -> Iterator[str]:
        """None."""
        return iter(())

    def in_order(self, paths: Iterable[str]) -> list[str]:
        """As they came."""
        return list(paths)


def changed_answers(
    catalog: Catalog, touched: set[str], asked: AskingOrder, *, every_list: bool, few: int = FEW_INFOBASES
) -> Iterator[Iterator[str]]:
    """The paths of what messages for the `touched` targets change, in groups.

    Each group is to be read to its end before the next is begun. Help comes first, the last asked in front,
    then its pages, then what all infobases stand on. When more than a `few` infobases are meant, what nobody
    asked for comes behind that. With `every_list` all lists with messages count.
    """
    infobases = catalog.meant_by(touched)
    shared = _shared_paths(catalog, touched, every_list=every_list)
    if len(infobases) <= few:
        paths = asked.in_order(_help_paths(catalog, infobases))
        yield iter(paths)
        yield map(help_pages.path_beside, paths)
        yield shared
        return
    first: dict[str, None] = {}

    def wanted() -> Iterator[str]:
        for path in asked.latest_first():
            if _is_about(catalog, touched, path):
                first[path] = None
                yield path

    def wanted_pages() -> Iterator[str]:
        yield from map(help_pages.path_beside, first)

    def others() -> Iterator[str]:
        return (path for path in _help_paths(catalog, infobases) if path not in first)

    yield wanted()
    yield wanted_pages()
    yield shared
    yield others()
    yield map(help_pages.path_beside, others())


def _help_paths(catalog: Catalog, infobases: Iterable[Infobase]) -> Iterator[str]:
    return (path for infobase in infobases for path, _ in help_answers.paths(catalog, infobase))


def _is_about(catalog: Catalog, touched: set[str], path: str) -> bool:
    """Whether the path is that of help for an infobase that a touched target means."""
    language, infobase_id = help_answers.read_path(path) or (None, "")
    infobase = catalog.infobase(infobase_id)
    is_language = language is None or language in catalog.languages
    return infobase is not None and is_language and not touched.isdisjoint(infobase.target_keys)


def _shared_paths(catalog: Catalog, touched: set[str], *, every_list: bool) -> Iterator[str]:
    """What is about more than one infobase, the quicker first."""
    if not touched.isdisjoint(help_answers.UNKNOWN_TARGETS):
        paths = [path for path, _ in help_answers.unknown_paths(catalog)]
        yield from chain(paths, map(help_pages.path_beside, paths), [help_pages.ERROR_PATH])
    yield from overview.paths(catalog)
    for connection_list in catalog.lists.values():
        if (
            connection_list.access is Access.PUBLIC
            and connection_list.carries_messages
            and (every_list or catalog.lists_any(connection_list, touched))
        ):
            yield list_answers.path(connection_list)
