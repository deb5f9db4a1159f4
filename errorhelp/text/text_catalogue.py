"""Texts for people in another language, from a gettext catalogue (`*.po`): by the text, or by what it was made from.

Babel reads everything that such a file may hold and takes long to load, so that only pages and the service use it;
this reads what our files hold, at once, and refuses the rest.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from gettext import c2py
from string import Formatter

Entries = Mapping[str, tuple[str, ...]]
"""The translations of each text: one, or as many as the language has plural forms."""

_LINE = re.compile(r'(msgid|msgid_plural|msgstr|msgstr\[\d\])?\s*(".*")')
_PLURAL = re.compile(r"plural=(.*?);")
_TRANSLATED = "t"
_ANYTHING = "(.*?)"
# An indented line is another text, where what stands in a place is none itself.
_ONE_TEXT = "((?:(?!\n ).)*?)"
# A text may stand behind its place and a colon, so that what begins one is no more than a name.
_NAME = "((?:(?!: |\n ).)*?)"


def read_po(text: str) -> dict[str, tuple[str, ...]]:
    """The entries of a catalogue, its header under `""`; ValueError names a line that is none of what we write."""
    entries: dict[str, tuple[str, ...]] = {}
    key, parts = "", {"msgid": ""}

    def keep() -> None:
        forms = tuple(value for name, value in parts.items() if name.startswith("msgstr"))
        if forms:
            entries[parts["msgid"]] = forms

    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"line {number} of the catalogue cannot be read: {line}")
        if found[1] == "msgid":
            keep()
            parts = {}
        key = found[1] or key
        # What is escaped in both is escaped alike.
        parts[key] = parts.get(key, "") + json.loads(found[2], strict=False)
    keep()
    return entries


class TextCatalogue:
    """The texts of one language; in a text that programs make, `{name}` stands for what they put in.

    A translation repeats it, or has `{name!t}` where what was put in is a text of this catalogue itself.
    """

    def __init__(self, entries: Entries) -> None:
        found = _PLURAL.search(entries.get("", ("",))[0])
        self._entries = {english: forms for english, forms in entries.items() if english}
        self._form: Callable[[int], int] = c2py(found[1] if found else "n != 1")
        self._patterns: list[_Pattern] | None = None

    def text(self, english: str) -> str:
        """The text in this language; as it is if there is none.

        What is none may end in one, behind a place or a name and a colon; of several lines each is such a text.
        """
        if (known := self._known(english)) is not None:
            return known
        if "\n" in english:
            return self._lines(english)
        start, rest = "", english
        while rest:
            begin, colon, rest = rest.partition(": ")
            start += begin + colon
            if (known := self._known(rest)) is not None:
                return start + known
        return english

    def _known(self, english: str) -> str | None:
        if forms := self._entries.get(english):
            return forms[0] or None
        if self._patterns is None:
            # The more of a text is fixed, the less it can be taken for another.
            known = (
                _Pattern.of(source, forms[0]) for source, forms in self._entries.items() if "{" in source
            )
            self._patterns = sorted(known, key=lambda each: -sum(map(len, each.fixed)))
        for pattern in self._patterns:
            if (values := pattern.values(english)) is not None:
                return "".join(self._filled(pattern.translation, values))
        return None

    def counted(self, count: int, one: str, many: str) -> str:
        """The word for so many things, `one` and `many` being the English ones."""
        forms = self._entries.get(one, ())
        if len(forms) > 1:
            return forms[self._form(count)]
        return one if count == 1 else many

    def _filled(self, translation: str, values: Mapping[str, str]) -> Iterator[str]:
        for fixed, name, _, conversion in Formatter().parse(translation):
            yield fixed
            if name is not None:
                yield self._lines(values[name]) if conversion == _TRANSLATED else values[name]

    def _lines(self, english: str) -> str:
        """A text, or several, each on a line of its own."""
        lines = [(line, line.lstrip(" ")) for line in english.split("\n")]
        return "\n".join(line.removesuffix(text) + self.text(text) for line, text in lines)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A text with places in it: what is fixed in it, its places, and its translation."""

    fixed: tuple[str, ...]
    names: tuple[str, ...]
    translation: str

    @staticmethod
    def of(source: str, translation: str) -> "_Pattern":
        fixed, names = [""], []
        for part, name, _, _ in Formatter().parse(source):
            # A brace of its own is a part, too.
            fixed[-1] += part
            if name is not None:
                names.append(name)
                fixed.append("")
        return _Pattern(tuple(fixed), tuple(names), translation)

    def values(self, text: str) -> dict[str, str] | None:
        """What stands in its places; None if the text was not made from it."""
        if not all(each in text for each in self.fixed):
            return None
        places = [
            _ANYTHING if f"{{{name}!{_TRANSLATED}}}" in self.translation else _ONE_TEXT for name in self.names
        ]
        if places and not self.fixed[0] and places[0] is _ONE_TEXT:
            places[0] = _NAME
        pattern = "".join(
            f"{re.escape(fixed)}{place}" for fixed, place in zip(self.fixed, [*places, ""], strict=True)
        )
        found = re.fullmatch(pattern, text, re.DOTALL)
        return dict(zip(self.names, found.groups(), strict=True)) if found else None
