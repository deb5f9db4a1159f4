"""A pattern for the publications of imported infobases, out of what a list says of their web addresses."""

from collections import Counter
from collections.abc import Iterable

from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.publication_pattern import example_pattern
from errorhelp.formats.connect_string import ServerConnection, WebConnection


def suggested_pattern(infobases: Iterable[Infobase]) -> str | None:
    """The pattern that suits web infobases of the same list, else an example; None without infobases on servers."""
    infobases = list(infobases)
    refs = {each.connection.ref for each in infobases if isinstance(each.connection, ServerConnection)}
    if not refs:
        return None
    lower = {ref.lower() for ref in refs}
    found: Counter[tuple[str, str]] = Counter()
    for each in infobases:
        if isinstance(each.connection, WebConnection):
            folder, _, name = each.connection.url.rstrip("/").rpartition("/")
            value = "ref_lower" if name in lower and name not in refs else "ref"
            # Addresses that are called like an infobase tell more than others.
            found[folder, value] += 1000 if name in lower | refs else 1
    if not found:
        return example_pattern()
    (folder, value), _ = found.most_common(1)[0]
    return example_pattern(folder, value) if folder.count("/") >= 2 else example_pattern()
