"""The publications of infobases: their own, else those of their folder, else those for all; the nearest win whole."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from errorhelp.catalog.infobase import Infobase, Publication
from errorhelp.catalog.names import ancestors
from errorhelp.catalog.publication_pattern import fill_in
from errorhelp.config.diagnostics import Diagnostics
from errorhelp.config.settings.infobase_settings import FolderSettings, PublicationSettings
from errorhelp.config.valid_items import ValidItems
from errorhelp.config.yaml_tree import Location
from errorhelp.formats.connect_string import WebConnection, normal_form
from errorhelp.system.garbage_collection import uncollected


class InheritedPublications:
    """What the configuration says of publications for all infobases and for those in folders."""

    def __init__(self, for_all: Sequence[PublicationSettings], folders: Mapping[int, FolderSettings]) -> None:
        self._for_all = for_all
        self._by_folder = {
            each.path: each.publications for each in folders.values() if each.publications is not None
        }

    def given_to(
        self,
        items: ValidItems,
        diagnostics: Diagnostics,
        *,
        folders_known: bool,
    ) -> dict[str, Infobase]:
        """The infobases by id with their publications; an address that two have is an error at both.

        With a folder that is not valid nobody knows what is inherited, and only own addresses are compared.
        """
        taken: dict[str, Location] = {}
        completed: dict[str, Infobase] = {}
        for index, infobase in items.infobases.items():
            # An id that is given twice has an error already.
            if infobase.id in completed:
                continue
            completed[infobase.id] = infobase
            own = items.own_publications.get(index)
            given = self._in(infobase.folder) if own is None else own
            if not given and not infobase.publications:
                continue
            is_own, here = own is not None, ("infobases", index)
            found: dict[str, Publication] = {}
            for number, url, worker in _addresses(given, infobase):
                place: Location = (*here, "publications", number) if is_own else here
                if url is None:
                    if is_own:
                        diagnostics.warn(place, "gives no address, since this infobase lacks a value for it")
                    continue
                same = normal_form(WebConnection(url))
                address = same.url if isinstance(same, WebConnection) else url
                if address not in found and (is_own or folders_known):
                    diagnostics.check_once(
                        taken, address, place, "is already a publication of another infobase"
                    )
                found.setdefault(address, Publication(url, worker))
            publications = tuple(map(uncollected, found.values()))
            # One that is taken over from before has those that it had then.
            if publications != infobase.publications:
                completed[infobase.id] = uncollected(replace(infobase, publications=publications))
        return completed

    def _in(self, folder: str) -> Sequence[PublicationSettings]:
        if not self._by_folder:
            return self._for_all
        for path in reversed(ancestors(folder)):
            if path in self._by_folder:
                return self._by_folder[path]
        return self._for_all


def _addresses(
    given: Sequence[PublicationSettings], infobase: Infobase
) -> Iterator[tuple[int, str | None, bool]]:
    """The number, the address and the worker of each; None for a pattern for which the infobase lacks a value."""
    for number, each in enumerate(given):
        url = each.url if each.pattern is None else fill_in(each.pattern, infobase)
        yield number, url, each.worker
