"""People: who may come in, in which role, and for what they may write. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.names import EVERYTHING, ROOT, ancestors

LONGEST_NAME = 200
"""The most characters of a name."""


class Role(StrEnum):
    """What somebody may do: read; post, change and end messages too; everything."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        """Whether this role may do all that the other one may."""
        return _RANKS[self] >= _RANKS[other]


_RANKS = {role: rank for rank, role in enumerate(Role)}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, or a script with a token of its own, under the name that the history records.

    An editor with `folders` writes only for what is in them and below.
    """

    name: str
    role: Role
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class User:
    """A person of the configuration; without a password hash only a proxy can name them."""

    person: Person
    password_hash: str | None = field(default=None, repr=False)


class NotAllowed(Exception):
    """Something that a person may not do: why, and what to do about it."""


class RoleTooLow(NotAllowed):
    """A person's role does not include the one that is needed."""

    def __init__(self, person: Person, needed: Role) -> None:
        super().__init__(
            f"{person.name} is {_with_article(person.role)} and this needs {_with_article(needed)}; "
            "ask an admin to do it, or for another role"
        )
        self.role = person.role
        self.needed = needed


class OutsideFolders(NotAllowed):
    """An editor of folders writes for targets that are outside of them."""

    def __init__(self, person: Person, targets: Sequence[str]) -> None:
        super().__init__(
            f"{person.name} writes only for what is in {', '.join(person.folders)}, which "
            f"{', '.join(targets)} is not; choose other targets, or ask an admin"
        )
        self.folders = person.folders
        self.targets = targets


class NoRole(NotAllowed):
    """A proxy names somebody to whom the configuration gives no role."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} has no role here; ask an admin for one (admin.users or admin.groups)")
        self.name = name


class People:
    """Those who may come in: users by name, and the members of groups in a group's role.

    The case of names does not count, as in Active Directory. A group is a `Person` with the group's name.
    """

    def __init__(self, users: Iterable[User] = (), groups: Iterable[Person] = ()) -> None:
        self._users: Mapping[str, User] = {user.person.name.casefold(): user for user in users}
        self._groups: Mapping[str, Person] = {group.name.casefold(): group for group in groups}

    def __bool__(self) -> bool:
        """Whether anybody may come in at all."""
        return bool(self._users or self._groups)

    def user(self, name: str) -> User | None:
        """The user of that name."""
        return self._users.get(name.casefold())

    @property
    def with_password(self) -> list[User]:
        """Those who may sign in with a password."""
        return [user for user in self._users.values() if user.password_hash]

    def named(self, name: str, groups: Iterable[str]) -> Person | None:
        """Whom a proxy names: a user, or a member of groups in the highest of their roles.

        Somebody in several groups of editors may write for all their folders.
        """
        if user := self.user(name):
            return user.person
        found = [group for each in groups if (group := self._groups.get(each.casefold()))]
        if not found:
            return None
        role = max((group.role for group in found), key=_RANKS.__getitem__)
        bound = [group.folders for group in found if group.role is role]
        folders = () if () in bound else tuple(dict.fromkeys(folder for each in bound for folder in each))
        return Person(name, role, folders)


def check_person_name(text: str) -> str:
    """The text, if it may be the name of a person, a group or a token; ValueError says what would do."""
    if not text.strip() or text != text.strip() or not text.isprintable() or len(text) > LONGEST_NAME:
        raise ValueError(f"{text[:LONGEST_NAME]!r} is not a name on one line (e.g. anna)")
    return text


def check_role(person: Person, needed: Role) -> None:
    """NotAllowed unless the person has the role, or one that includes it."""
    if not person.role.includes(needed):
        raise RoleTooLow(person, needed)


def check_may_write(person: Person, targets: Iterable[str], catalog: Catalog) -> None:
    """NotAllowed unless the person may post, change and end messages for all of the targets."""
    check_role(person, Role.EDITOR)
    outside = [target for target in dict.fromkeys(targets) if not _reaches(person, target, catalog)]
    if outside:
        raise OutsideFolders(person, outside)


def may_write(person: Person, targets: Iterable[str], catalog: Catalog) -> bool:
    """Whether `check_may_write` has nothing against it."""
    try:
        check_may_write(person, targets, catalog)
    except NotAllowed:
        return False
    return True


def _reaches(person: Person, target: str, catalog: Catalog) -> bool:
    """Whether all that the target means is in the person's folders; what means nothing now is in none."""
    if not person.folders or ROOT in person.folders:
        return True
    if target == EVERYTHING:
        return False
    if target.startswith("/"):
        return not set(person.folders).isdisjoint(ancestors(target))
    meant = catalog.meant_by([target])
    return bool(meant) and all(not set(person.folders).isdisjoint(ancestors(each.folder)) for each in meant)


def _with_article(role: Role) -> str:
    return f"a {role}" if role is Role.VIEWER else f"an {role}"
