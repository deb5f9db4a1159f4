"""Infobases, their publications, and the folders that they are in. Pure."""

from dataclasses import dataclass, field

from errorhelp.catalog.help import Help
from errorhelp.catalog.names import EVERYTHING, ROOT, SERVER, ancestors
from errorhelp.formats.connect_string import Connection, ServerConnection


@dataclass(frozen=True, slots=True)
class Folder:
    """A node of the tree that launchers show; `v8i` are further keys of its connection list entry."""

    path: str
    help: Help = field(default_factory=Help)
    v8i: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Publication:
    """A web address where browsers reach an infobase, and whether our service worker guards it."""

    url: str
    worker: bool = False


@dataclass(frozen=True, slots=True)
class Infobase:
    """One 1C database that people log in to.

    `v8i` are further keys of its connection list entry, in order; they win over those that errorhelp writes,
    but not over a message that is shown.
    """

    id: str
    name: str
    connection: Connection
    aliases: tuple[str, ...] = ()
    folder: str = ROOT
    language: str | None = None
    help: Help = field(default_factory=Help)
    publications: tuple[Publication, ...] = ()
    v8i: tuple[tuple[str, str], ...] = ()

    @property
    def target_keys(self) -> tuple[str, ...]:
        """Every target that means this infobase."""
        servers = (SERVER + host for host in self.hosts)
        return (EVERYTHING, *ancestors(self.folder), *servers, self.id, *self.aliases)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts of the 1C servers that it is on; an infobase in a file or behind a web address has none."""
        return self.connection.hosts if isinstance(self.connection, ServerConnection) else ()
