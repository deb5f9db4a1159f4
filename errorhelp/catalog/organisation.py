"""Whose infobases these are: the name and the logo that public pages show. Pure."""

from base64 import b64encode
from dataclasses import dataclass
from functools import cached_property

from errorhelp.text.texts import Text

LARGEST_LOGO = 64 * 1024
"""How many bytes a logo has at most."""

SMALL_LOGO = 8 * 1024
"""A logo of so many bytes stands on every page: there may be tens of thousands, and each has it in itself."""

_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = "{http://www.w3.org/2000/svg}svg"


@dataclass(frozen=True)
class Logo:
    """An image for `<img>`, PNG or SVG."""

    media_type: str
    content: bytes

    @cached_property
    def url(self) -> str:
        """The `data:` URL (RFC 2397) that holds all of it: no page asks for more."""
        return f"data:{self.media_type};base64,{b64encode(self.content).decode()}"

    @property
    def is_small(self) -> bool:
        """Whether every page may hold it."""
        return len(self.content) <= SMALL_LOGO


@dataclass(frozen=True, slots=True)
class Organisation:
    """What it is called, "" for nothing, and its logo."""

    name: Text = ""
    logo: Logo | None = None


NO_ORGANISATION = Organisation()


def logo_of(content: bytes) -> Logo:
    """The logo in a file; ValueError for one that is too large, or neither PNG nor SVG by what is in it."""
    if len(content) > LARGEST_LOGO:
        raise ValueError(f"is larger than {LARGEST_LOGO // 1024} KiB; save it smaller, or as SVG")
    if content.startswith(_PNG):
        return Logo("image/png", content)
    if not _is_svg(content):
        raise ValueError("is neither PNG nor SVG by what is in it; save it as one of them")
    return Logo("image/svg+xml", content)


def _is_svg(content: bytes) -> bool:
    # Few need it, and commands that know no configuration come by here.
    from xml.etree.ElementTree import ParseError  # noqa: PLC0415

    from defusedxml import DefusedXmlException  # noqa: PLC0415
    from defusedxml.ElementTree import fromstring  # noqa: PLC0415

    try:
        return bool(fromstring(content).tag == _SVG)
    except (ParseError, DefusedXmlException, ValueError):
        return False
