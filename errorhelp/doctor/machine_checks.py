"""What can be seen on the machine of the service: configuration, state directory, disks, and its own word."""

import os
import shutil
import stat
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from errorhelp.config import ConfigurationError, Loaded, load
from errorhelp.doctor import Finding, broken, ok, warning
from errorhelp.system.state_directory import StateDirectory
from errorhelp.text.times import parse_instant

_MIB = 1024 * 1024
_FEW_MIB, _SCARCE_MIB = 100, 1000
_MOST_PROXIES = 3


def look_at_configuration(file: Path) -> tuple[Loaded | None, list[Finding]]:
    """The configuration, if it can be used, and what is wrong with it. Secrets are not looked up."""
    try:
        loaded = load(file, environment=None)
    except ConfigurationError as error:
        remedy = "mend it; errorhelp check says when it is good"
        return None, [broken("configuration", str(each), remedy) for each in error.errors]
    findings = [
        warning("configuration", f"{each.place}: {each.path}: {each.message}", "see errorhelp check")
        for each in loaded.warnings
    ]
    return loaded, findings or [
        ok("configuration", f"{len(loaded.catalog.infobases)} infobases, no warnings")
    ]


def look_at_state(state: StateDirectory) -> Iterator[Finding]:
    """Whether others can come to what is the service's alone."""
    if sys.platform == "win32":
        # Rights come from the folder there, and access lists can't be judged by a look.
        return
    if not os.access(state.path, os.R_OK | os.W_OK | os.X_OK):
        account = "run this as root or as the service's account"
        yield warning("state directory", f"{state.path} cannot be read by this account", account)
    elif stat.S_IMODE(state.path.stat().st_mode) & 0o077:
        yield broken("state directory", f"other accounts can enter {state.path}", f"chmod 700 {state.path}")
    else:
        yield ok("state directory", f"{state.path} is closed to other accounts")


def look_at_disks(folders: Mapping[str, Path]) -> Iterator[Finding]:
    """Whether there is space left where the service writes."""
    for name, folder in folders.items():
        try:
            free = shutil.disk_usage(folder).free // _MIB
        except FileNotFoundError:
            continue
        except OSError as error:
            text = f"{folder} cannot be looked at: {error.strerror}"
            yield warning("disk", text, "run this as root or as the service's account")
            continue
        text = f"{free} MiB free for the {name} ({folder})"
        if free < _FEW_MIB:
            yield broken("disk", text, "free some space: no message can be posted on a full disk")
        elif free < _SCARCE_MIB:
            yield warning("disk", text, "free some space before it is full")
        else:
            yield ok("disk", text)


def look_at_status(status: Mapping[str, Any]) -> Iterator[Finding]:
    """What the service says of itself, as the API's status has it."""
    configuration, store, tree = status["configuration"], status["store"], status["tree"]
    yield ok("service", f"runs, version {status['version']}")
    yield from _look_at_connections(status)
    if configuration["refused"]:
        text = f"the newest one is not in force: {configuration['refused']}"
        yield broken("configuration", text, "mend it, or confirm it: errorhelp reload")
    if store["ok"]:
        yield ok("database", "can be read and written")
    else:
        yield broken("database", store["error"], "messages can be posted with --direct meanwhile")
    if tree is None:
        yield warning(
            "tree", "none is published", "publish: DIR lets a web server answer while the service is dead"
        )
    elif tree["error"]:
        yield broken("tree", tree["error"], "people read old messages when the service is dead")
    else:
        yield ok("tree", f"{tree['folder']} is as it must be")
    # A service of an older version says nothing of them.
    for copy in status.get("copies", ()):
        yield _look_at_copy(copy, parse_instant(status["time"]))


def _look_at_copy(copy: Mapping[str, Any], now: datetime) -> Finding:
    copied_at = copy["copied_at"]
    if error := copy["error"]:
        remedy = "people who read there see old messages; it is tried again by itself"
        if copied_at is None:
            return broken("copy", f"{copy['id']}, not written since the start: {error}", remedy)
        minutes = int((now - parse_instant(copied_at)).total_seconds() // 60)
        return broken("copy", f"{copy['id']}, {minutes} minutes old: {error}", remedy)
    if not copy["written_here"]:
        return ok("copy", f"{copy['id']} is written by another node")
    if not copy["current"]:
        remedy = "if that does not end, see whether it hangs, and what the log says"
        return warning("copy", f"{copy['id']} ({copy['where']}) is being written", remedy)
    return ok("copy", f"{copy['id']} ({copy['where']}) is as it must be")


def _look_at_connections(status: Mapping[str, Any]) -> Iterator[Finding]:
    for listener, connections in status["connections"].items():
        gave_way = connections["gave_way"]
        many = f"so far {{}} connections to the {listener} listener were closed"
        if gave_way["client"]:
            yield warning(
                "connections",
                f"{many.format(gave_way['client'])} as one address had as many as it may; the log names one",
                f"if a proxy is there, name it in {listener}.trusted_proxies",
            )
        if count := gave_way["all"] + gave_way["new"]:
            yield warning(
                "connections",
                f"{many.format(count)} as there were {connections['most']}, as many as there may be",
                "see who makes them, or let the service have more descriptors (LimitNOFILE)",
            )
    if proxies := status["unknown_proxies"]:
        yield warning(
            "proxy",
            f"{', '.join(proxies[-_MOST_PROXIES:])} says for whom it asks, and is not believed: "
            "all who come through it count as one client",
            "if it is a proxy of yours, name it in public.trusted_proxies; a stranger can say so, too",
        )
