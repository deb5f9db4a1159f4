"""The configuration of a web server as a file, from a template that is one, with its comments in a language.

In a template each paragraph of comments is a text to translate; what is indented within a comment is not.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import wrap

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from errorhelp.text.translations import translations
from errorhelp.web_server import WebServer
from errorhelp.web_server.sites import Sites

_TEMPLATES = Path(__file__).with_name("templates")
_WIDTH = 118
_WORD = re.compile(r"[\w./:~-]+")
# Lines `# text` one below the other, at the same distance from the margin.
_PARAGRAPH = re.compile(r"^(?P<margin> *)# (?! ).*\n(?:(?P=margin)# (?! ).*\n)*", re.MULTILINE)
_XML_COMMENT = re.compile(r"^(?P<margin> *)<!--\n?(?P<text>.*?)\n? *-->\n", re.MULTILINE | re.DOTALL)


_NAMES = {WebServer.NGINX: "nginx.conf", WebServer.APACHE: "apache.conf", WebServer.IIS: "web.config"}


def configuration_file(kind: WebServer, sites: Sites, language: str) -> bytes:
    """The file, UTF-8, the same for the same sites; its comments are English in a language without translations."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=kind is WebServer.IIS,  # noqa: S701 - the others are no markup
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["quoted"] = _quoted
    source = localized(kind, template(kind), translations("web_server", language).gettext)
    return environment.from_string(source).render(sites=sites).encode()


def template(kind: WebServer) -> str:
    """The template of a web server's configuration."""
    return (_TEMPLATES / _NAMES[kind]).read_text("utf-8")


def localized(kind: WebServer, source: str, translate: Callable[[str], str]) -> str:
    """A template with what a translation makes of each paragraph of its comments."""
    if kind is WebServer.IIS:
        return _XML_COMMENT.sub(lambda match: _xml_comment(match, translate), source)
    return _PARAGRAPH.sub(lambda match: _comment(match, translate), source)


def _quoted(text: str) -> str:
    """The text as one word of nginx and Apache."""
    if _WORD.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _comment(match: re.Match[str], translate: Callable[[str], str]) -> str:
    margin = match["margin"]
    text = " ".join(line.strip().removeprefix("# ") for line in match.group().splitlines())
    return "".join(f"{margin}# {line}\n" for line in _wrapped(translate(text), len(margin) + 2))


def _xml_comment(match: re.Match[str], translate: Callable[[str], str]) -> str:
    margin = match["margin"]
    paragraphs = [list(_wrapped(translate(text), len(margin) + 5)) for text in _paragraphs(match["text"])]
    if sum(map(len, paragraphs)) == 1 and len(paragraphs[0][0]) + len(margin) + 9 <= _WIDTH:
        return f"{margin}<!-- {paragraphs[0][0]} -->\n"
    body = "\n\n".join("\n".join(f"{margin}  {line}" for line in lines) for lines in paragraphs)
    return f"{margin}<!--\n{body}\n{margin}-->\n"


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", text):
        yield " ".join(paragraph.split())


def _wrapped(text: str, taken: int) -> list[str]:
    return wrap(text, _WIDTH - taken, break_long_words=False, break_on_hyphens=False)
