"""Public pages as a reader or a browser takes them in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hypothesis import strategies as st
from lxml import html
from samples import NOON

from errorhelp.answers import help_pages, overview
from errorhelp.answers.answer import Answer
from errorhelp.catalog.catalog import Catalog
from errorhelp.messages.board import Board
from errorhelp.messages.message import Message
from errorhelp.messages.occurrences import Override

OUR_ELEMENTS = {
    "html", "head", "meta", "title", "link", "style", "body", "main", "section", "div", "footer", "nav", "h1",
    "h2", "h3", "p", "ul", "ol", "li", "a", "bdi", "span", "strong", "em", "code", "pre", "blockquote", "hr",
    "br", "details", "summary", "script", "header", "label", "input",
}  # fmt: skip
"""What pages are made of; a text that people typed brings no other element."""


_HOSTILE = (
    "<svg onload=alert(1)>",
    "</script><script>alert(1)</script>",
    "</title></style></main><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    '"><a href="javascript:alert(1)">x</a>',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }} {% raw %} %(name)s %s {0}",
    "\u202etxet desrever\u2066",
    "\x00\x07\x1b[31m\x85\ufffe\ud800",
    "]]>",
    "&lt;b&gt; &#60;b>",
    "x" * 10_000,
    "https://" + "a" * 5_000,
)
texts = st.one_of(st.text(), st.lists(st.sampled_from(_HOSTILE)).map(" ".join))
"""What people might type, by mistake or not."""


@dataclass(frozen=True)
class Page:
    """A page that was answered."""

    answer: Answer

    @property
    def tree(self) -> Any:
        return html.document_fromstring(self.answer.body.decode())

    def all(self, name: str) -> list[Any]:
        """The elements with a tag, or of a class if the name begins with a dot."""
        return list(self.tree.find_class(name[1:]) if name.startswith(".") else self.tree.iter(name))

    def texts(self, name: str) -> list[str]:
        """The text of each of these elements, blanks folded."""
        return [" ".join(each.text_content().split()) for each in self.all(name)]

    @property
    def links(self) -> dict[str, str]:
        """Where links lead, by their text."""
        return {" ".join(each.text_content().split()): each.get("href") for each in self.all("a")}

    def refuse_what_is_not_ours(self) -> None:
        """Fails for an element, an event handler or a link that no page of ours has."""
        for element in self.tree.iter():
            is_logo = element.tag == "img" and element.getparent().tag == "header"
            assert element.tag in OUR_ELEMENTS or is_logo
            assert not any(name.startswith("on") for name in element.attrib)
            assert element.get("src", "data:").startswith("data:")
            if element.tag == "a":
                scheme, colon, _ = element.get("href").partition(":")
                assert not colon or scheme.lower() in ("http", "https", "tel", "mailto"), element.get("href")
        assert [each.get("type") for each in self.all("script")] == ["application/json", None]
        assert len(self.all("style")) == 1


def help_page(
    catalog: Catalog,
    *messages: Message,
    path: str = "/help/ru/erp.html",
    now: datetime = NOON,
    past: tuple[Message, ...] = (),
) -> Page:
    found = help_pages.page(catalog, Board(messages, past=past), path, now)
    assert found is not None
    return Page(found)


def overview_page(
    catalog: Catalog,
    *messages: Message,
    path: str = "/",
    now: datetime = NOON,
    overrides: tuple[Override, ...] = (),
    past: tuple[Message, ...] = (),
) -> Page:
    found = overview.page(catalog, Board(messages, overrides, past), path, now)
    assert found is not None
    return Page(found)
