"""Help: whom to call and where to look, inherited from everything over folders to the infobase. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from errorhelp.catalog.names import EVERYTHING
from errorhelp.text.texts import Text


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that people see instead of their infobase, and what to do then: a section of the help page.

    `title` is plain, `text` is Markdown; each is None where it is inherited from above. An empty text leaves the
    cause out.
    """

    id: str
    title: Text | None = None
    text: Text | None = None


@dataclass(frozen=True, slots=True)
class Help:
    """Help text and help URL, each None where it is inherited from above, and causes that differ there."""

    text: Text | None = None
    url: str | None = None
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True)
class InheritedHelp:
    """What an infobase's help comes to, and where each part comes from: an id, a folder path or `*`."""

    text: Text = ""
    text_from: str = EVERYTHING
    url: str = ""
    url_from: str = EVERYTHING
    causes: tuple[Cause, ...] = ()


def nearer(inherited: InheritedHelp, source: str, help_: Help) -> InheritedHelp:
    """The help with what a nearer layer says of it."""
    if help_.text is not None:
        inherited = replace(inherited, text=help_.text, text_from=source)
    if help_.url is not None:
        inherited = replace(inherited, url=help_.url, url_from=source)
    if help_.causes:
        inherited = replace(inherited, causes=_nearer_causes(inherited.causes, help_.causes))
    return inherited


def _nearer_causes(above: Iterable[Cause], nearer: Iterable[Cause]) -> tuple[Cause, ...]:
    """The causes with what a nearer layer says of them; those that only it has stand last."""
    causes = {cause.id: cause for cause in above}
    for cause in nearer:
        known = causes.get(cause.id, cause)
        title = known.title if cause.title is None else cause.title
        causes[cause.id] = Cause(cause.id, title, known.text if cause.text is None else cause.text)
    return tuple(causes.values())
