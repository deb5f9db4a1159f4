"""Ready messages, those of the configuration and those that people made: text and severity, for now and later. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from errorhelp.messages.message import Severity
from errorhelp.text.texts import Text

MADE = "t."
"""How the ids of those that people made begin; in the configuration no id has a dot."""

TemplateDeed = Literal["made", "changed", "deleted"]


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """A ready message: what its button says, the text with its braces, and for which `folders` it is; none: for all.

    `revision` counts the changes of one that somebody made, from 1; it is 0 for one of the configuration.
    """

    id: str
    name: Text
    severity: Severity
    text: Text
    folders: tuple[str, ...] = ()
    revision: int = 0
    author: str = ""
    created_at: datetime | None = None

    @property
    def is_configured(self) -> bool:
        """Whether it stands in the configuration, and is changed only there."""
        return self.revision == 0

    def is_for(self, folders: Collection[str]) -> bool:
        """Whether it is for whoever writes for those folders; none of them: for everything."""
        return (
            not folders
            or not self.folders
            or any(_meet(own, each) for own in self.folders for each in folders)
        )


def _meet(folder: str, other: str) -> bool:
    """Whether one is the other, or is in it."""
    return f"{folder}/".startswith(f"{other.rstrip('/')}/") or f"{other}/".startswith(
        f"{folder.rstrip('/')}/"
    )


@dataclass(frozen=True, slots=True)
class TemplateChange:
    """What somebody did to a template, and what it was then."""

    at: datetime
    who: str
    what: TemplateDeed
    template: str
    name: Text
    text: Text
    folders: tuple[str, ...] = ()
