"""Texts that people read: one for all languages, or one per language."""

import re
from collections.abc import Mapping, Sequence

Text = str | Mapping[str, str]
"""A plain string serves every language; a mapping goes from language code to text."""

# Everything that some program takes for a line end, and other control characters: no line may hold one.
_BREAKS = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ENDS_A_SENTENCE = (".", "!", "?", ":", ";", ",", "…")
# What XML 1.0 (2.2) cannot hold, further controls, and marks that turn the direction of what follows them.
_UNREADABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def choose(text: Text, language: str, languages: Sequence[str]) -> str:
    """The text in `language`; where it has none, in the first of `languages` it has, else any it has."""
    return text if isinstance(text, str) else text.get(chosen_language(text, language, languages), "")


def chosen_language(text: Text, language: str, languages: Sequence[str]) -> str:
    """The language of what `choose` gives; a text for all languages is taken to be in the one asked for."""
    if isinstance(text, str):
        return language
    return next((each for each in (language, *languages, *text) if each in text), language)


def in_each_language(text: Text) -> Sequence[str]:
    """Every wording of the text, for checks that hold in all languages."""
    return (text,) if isinstance(text, str) else tuple(text.values())


def as_json(text: Text) -> str | dict[str, str]:
    """The text as JSON and YAML have it: a mapping as a plain object of its own."""
    return text if isinstance(text, str) else dict(text)


def one_line(text: str) -> str:
    """The text on a single line: a line break becomes ". ", or a space after punctuation; controls go.

    A `*.v8i` value is one line, and how the platform escapes a break in it is not public
    (docs/en/1c-formats.md#the-help-text-in-a-list).
    """
    if text.isprintable():
        return text.strip()
    line = ""
    for part in filter(None, map(str.strip, _BREAKS.split(text))):
        if line:
            line += " " if line.endswith(_ENDS_A_SENTENCE) else ". "
        line += part
    return _CONTROLS.sub(" ", line)


def readable(text: str) -> str:
    """The text as pages, feeds and calendars may show it: without control characters and direction marks.

    Line breaks and tabs stay, each break as `\\n`.
    """
    if text.isprintable():
        return text
    return _UNREADABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
