"""Scripts that call rac for many infobases: what they do, whatever the shell.

A script finds the clusters by their port and the infobases by their name, in what `cluster list` and `infobase
summary list` print, all of them before it changes the first: with one that is not found exactly once it changes
nothing. For each infobase it prints the command that undoes what it did. Options and outputs are those of `rac`
8.3 and 8.5 (their help, and outputs recorded by users of rac).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from errorhelp.formats.rac import Options

TOOLS = ("RAS", "SrvrConsole", "COMConsole")
"""The `app-id` of sessions that administer, rac's own among them: no script ends these."""


@dataclass(frozen=True, slots=True)
class NamedInfobase:
    """An infobase by its name on the 1C server (`ref`), and what the script calls it: id and name."""

    id: str
    name: str
    ref: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster with the infobases that are meant in it.

    `ras` is the administration server's `host:port`; `port` is the cluster's, by which it is found, unless its
    `uuid` is known.
    """

    ras: str
    port: int
    uuid: str | None
    infobases: Sequence[NamedInfobase]


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions that are still there when the lock begins (`begins_at`, Unix time) are listed.

    With `end_after`, in seconds from then, the listed ones are ended, and their users read the text; whoever came
    later, by the permission code, stays.
    """

    text: str
    begins_at: int
    end_after: int | None = None


@dataclass(frozen=True, slots=True)
class RacScript:
    """What a script does: `update` each infobase, which `undo` takes back; then the sessions. `rac` is a path."""

    rac: str
    clusters: Sequence[Cluster]
    update: Options
    undo: Options = ()
    sessions: Sessions | None = None

    @property
    def done(self) -> str:
        """What is so for an infobase after its update, in words of the script."""
        return (
            "sessions are denied" if dict(self.update).get("sessions-deny") == "on" else "the lock is lifted"
        )

    def numbered_clusters(self) -> Iterator[tuple[int, Cluster, list[tuple[int, NamedInfobase]]]]:
        """Clusters and their infobases with the numbers that variables of the script have, from 1."""
        number = 0
        for count, cluster in enumerate(self.clusters, 1):
            infobases = list(enumerate(cluster.infobases, number + 1))
            number += len(infobases)
            yield count, cluster, infobases


def plain_options(options: Options) -> str:
    """Options whose values need no quotes, as they stand on a command line."""
    return " ".join(f"--{name}={value}" for name, value in options)
