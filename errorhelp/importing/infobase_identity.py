"""By what infobases and folders are known again from one import to the next."""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from errorhelp.formats.connect_string import (
    Connection,
    FileConnection,
    ServerConnection,
    WebConnection,
    normal_form,
    parse_connect,
)

Values = Mapping[str, Any]
"""The settings of an infobase or a folder, as the configuration has them."""

Key = Callable[[Values], Hashable | None]
"""Gives that by which an item is known, None for nothing."""


@dataclass(frozen=True, slots=True)
class Keys:
    """By what an item is known again, the surest first: in a new import, and in the file of an earlier."""

    in_source: tuple[Key, ...]
    in_file: tuple[Key, ...]


def mapping(values: Values, name: str) -> Mapping[str, Any]:
    """The settings within a setting; none where it is no mapping."""
    found = values.get(name)
    return found if isinstance(found, Mapping) else {}


def same(ones: Sequence[Values], others: Sequence[Values], keys: Sequence[Key]) -> dict[int, int]:
    """The places of items that are the same: those that share a key with each other and nobody else."""
    pairs: dict[int, int] = {}
    for key in keys:
        left = _alone(key, ones, pairs.keys())
        right = _alone(key, others, set(pairs.values()))
        pairs.update((place, right[found]) for found, place in left.items() if found in right)
    return pairs


def _alone(key: Key, items: Sequence[Values], taken: Collection[int]) -> dict[Hashable, int]:
    """The places of items whose key no other has that is still free."""
    free = [(key(item), place) for place, item in enumerate(items) if place not in taken]
    count = Counter(found for found, _ in free)
    return {found: place for found, place in free if found is not None and count[found] == 1}


def _id(values: Values) -> Hashable | None:
    return values.get("id")


def _path(values: Values) -> Hashable | None:
    return values.get("path")


def _entry_id(values: Values) -> Hashable | None:
    return str(mapping(values, "v8i").get("ID") or "").casefold() or None


def _connection(values: Values) -> Connection | None:
    match values.get("connect"):
        case {"server": str(server), "ref": str(ref)}:
            return normal_form(ServerConnection(server, ref))
        case {"file": str(path)}:
            return normal_form(FileConnection(path))
        case {"url": str(url)}:
            return normal_form(WebConnection(url))
        case str(connect):
            with suppress(ValueError):
                return normal_form(parse_connect(connect))
    return None


def _connection_and_name(values: Values) -> Hashable | None:
    connection = _connection(values)
    return connection and (connection, values.get("name"))


# A new import makes ids anew, so that they say nothing.
INFOBASE = Keys(
    in_source=(_entry_id, _connection_and_name, _connection),
    in_file=(_entry_id, _id, _connection_and_name, _connection),
)
FOLDER = Keys(in_source=(_path,), in_file=(_path,))
