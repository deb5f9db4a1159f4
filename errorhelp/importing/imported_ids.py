"""Ids for imported infobases, made from what the infobases are called."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import count

from errorhelp.catalog.names import check_id

_LONGEST = 64
_LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяґєії"
_IN_LATIN = "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch - y - e yu ya g ye i yi"
_TRANSLITERATION = str.maketrans(
    {letter: latin.strip("-") for letter, latin in zip(_LETTERS, _IN_LATIN.split(), strict=True)}
)


class Ids:
    """Hands out ids, each once, and none that is `taken`."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._candidates: dict[str, Iterator[str]] = {}

    def take(self, text: str) -> str:
        """An id like the text: `erp`, or `erp_2` where `erp` is taken or refused by `check_id`."""
        like = fit(text) or "infobase"
        candidates = self._candidates.setdefault(like, _numbered(like))
        chosen = next(candidate for candidate in candidates if self._is_free(candidate))
        self._taken.add(chosen)
        return chosen

    def take_another(self, made: str) -> str:
        """An id in place of one made elsewhere, whose number may come from what was taken there."""
        like = re.sub(r"_\d+\Z", "", made)
        return self.take(like if like in self._taken else made)

    def _is_free(self, candidate: str) -> bool:
        try:
            return check_id(candidate) not in self._taken
        except ValueError:
            return False


def fit(text: str) -> str:
    """The text in the characters of an id: Cyrillic spelt in Latin, accents dropped, anything else `_`.

    At most 64 characters; empty when nothing is left.
    """
    spelt = unicodedata.normalize("NFKD", text.lower().translate(_TRANSLITERATION)).lower()
    plain = "".join(character for character in spelt if not unicodedata.combining(character))
    inner = re.sub(r"[^a-z0-9_-]+\Z", "", plain)
    return re.sub(r"[^a-z0-9_-]+", "_", inner).lstrip("_-")[:_LONGEST]


def _numbered(like: str) -> Iterator[str]:
    yield like
    for number in count(2):
        suffix = f"_{number}"
        yield like[: _LONGEST - len(suffix)] + suffix
