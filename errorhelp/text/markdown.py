"""Markdown in the configuration (CommonMark): text, lists and links; no HTML, images or headings. Pure."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from errorhelp.text.links import linked
from errorhelp.text.texts import readable

_LINK = re.compile(r"(https?://[^/?#]|tel:|mailto:).", re.IGNORECASE)
_RULES_OFF = ("html_block", "html_inline", "image", "heading", "lheading")


def check(text: str) -> str:
    """The text; ValueError names what stands in it that would not be shown, and what to write instead."""
    for token in _every_token(_LENIENT.parse(text)):
        match token.type:
            case "html_block" | "html_inline":
                raise ValueError(
                    f"{_short(token.content)} is HTML, which is not shown; "
                    "write Markdown (e.g. **bold**), or \\< for a plain '<'"
                )
            case "image":
                raise ValueError(
                    f"{_short(str(token.attrs['src']))} is an image, which is not shown; "
                    "link to it (e.g. [the form](https://help.example.com/form))"
                )
            case "heading_open":
                raise ValueError(
                    f"{token.markup!r} makes a heading, but the title is that; "
                    "write **bold** text, or \\# for a plain '#'"
                )
            case "link_open" if not _is_link(url := str(token.attrs["href"])):
                raise ValueError(
                    f"the link {_short(url)} must start with http://, https://, tel: or mailto: "
                    "(e.g. [call](tel:+74951234567))"
                )
    return text


@lru_cache(maxsize=1000)
def to_html(text: str) -> Markup:
    """The text as HTML, whatever is in it: what `check` refuses comes out as the characters it is made of.

    Addresses and phone numbers are links, as in plain text.
    """
    return Markup(_PARSER.render(readable(text)))  # noqa: S704 - the parser escapes


def _is_link(url: str) -> bool:
    return _LINK.match(url) is not None


def _text(_renderer: object, tokens: Sequence[Token], index: int, *_: object) -> Markup:
    """Plain text between the marks; inside a link there can be no other."""
    text = tokens[index].content
    links = (token.type for token in reversed(tokens[:index]) if token.type in ("link_open", "link_close"))
    return escape(text) if next(links, None) == "link_open" else linked(text)


def _parser(validate_link: Any, **options: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", options)
    parser.validateLink = validate_link  # type: ignore[method-assign]
    return parser


_LENIENT = _parser(lambda _: True)
_PARSER = _parser(_is_link, html=False).disable(_RULES_OFF)
_PARSER.add_render_rule("text", _text)


def _every_token(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _every_token(token.children or ())


def _short(text: str) -> str:
    line = " ".join(text.split())
    return repr(line if len(line) <= 40 else line[:40] + "…")
