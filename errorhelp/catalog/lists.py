"""Connection lists: which infobases a launcher gets, and who may read them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class Access(StrEnum):
    """Who may read a connection list."""

    PUBLIC = "public"
    TOKEN = "token"  # noqa: S105 - the name of a way in, not a secret
    PROXY = "proxy"


@dataclass(frozen=True, slots=True)
class Rule:
    """Which infobases of a list, by folders and ids, are for these users and for members of these groups."""

    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    targets: tuple[str, ...] = ()


MOST_RULES = 60
"""As many rules fit into the id of a launcher, which remembers those that matched."""


@dataclass(frozen=True, slots=True)
class ConnectionList:
    """A named selection of infobases: those in `folders` (and below) and those named.

    `token` opens a list with token access. A list with `rules` shows each user what the rules that match give
    them, and has no selection of its own. `carries_messages`: the current user message stands in front of the
    help text.
    """

    id: str
    folders: tuple[str, ...] = ()
    infobases: tuple[str, ...] = ()
    language: str | None = None
    access: Access = Access.PUBLIC
    token: str | None = field(default=None, repr=False)
    rules: tuple[Rule, ...] = ()
    carries_messages: bool = False

    @property
    def targets(self) -> tuple[str, ...]:
        """What the list is a selection of, by all of its rules."""
        by_rules = (target for rule in self.rules for target in rule.targets)
        return (*self.folders, *self.infobases, *by_rules)

    def matching(self, user: str, groups: Iterable[str]) -> int:
        """The rules that match, as a bit mask: the first rule is bit 0. Case does not count."""
        folded, folded_groups = user.casefold(), {group.casefold() for group in groups}
        return sum(
            1 << number
            for number, rule in enumerate(self.rules)
            if folded in rule.users or not folded_groups.isdisjoint(rule.groups)
        )
