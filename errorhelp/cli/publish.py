"""`errorhelp publish`: bring the published tree up to date, with or without a running service."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from errorhelp.cli.client import BAD_INPUT, CommandFailed, connect
from errorhelp.cli.direct_client import errors_for_people, service_answers
from errorhelp.cli.json_output import print_json
from errorhelp.cli.language import translated
from errorhelp.cli.options import (
    DEFAULT_CONFIG,
    Config,
    Output,
    Server,
    State,
    Token,
    check_output,
    configuration_file,
)

if TYPE_CHECKING:
    from errorhelp.publishing.without_service import Direct
    from errorhelp.system.state_directory import StateDirectory


def publish(
    state: State,
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="The folder to write to, instead of the configured one."),
    ] = None,
    config: Config = DEFAULT_CONFIG,
    unless_running: Annotated[
        bool,
        typer.Option(
            "--unless-running", help="Do nothing while a service runs, which publishes by itself; for timers."
        ),
    ] = False,
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """Write every public answer as a file for a web server; files that are up to date are left alone.

    A running service publishes to its own folder; without one, or to another folder, this command does it.
    """
    from errorhelp.system.owner import become_owner
    from errorhelp.system.state_directory import StateDirectory

    check_output(output)
    if server is not None and folder is not None:
        raise CommandFailed("a service publishes to its own folder only; leave DIR out", BAD_INPUT)
    with errors_for_people():
        if server is not None:
            published = connect(state, server, token).post("publish")
        else:
            become_owner(state)
            published = _published_here(
                StateDirectory(state), configuration_file(config), folder, unless_running, token
            )
    copies = (published or {}).get("copies", [])
    if output == "json":
        print_json(published or {"folder": None, "written": 0, "removed": 0})
    elif published is not None:
        folder, written, removed = (published[name] for name in ("folder", "written", "removed"))
        if folder is not None:
            print(translated(f"published to {folder}: {written} written, {removed} removed"))
        for each in copies:
            if each["written_here"] and not each["error"]:
                print(translated(f"copied to {each['where']} ({each['id']})"))
    failed = [f"{each['id']}: {each['error']}" for each in copies if each["error"]]
    if failed:
        reasons = "; ".join(failed)
        raise CommandFailed(f"copies are not as they must be: {reasons}")


def _published_here(
    state: "StateDirectory", file: Path, folder: Path | None, unless_running: bool, token: str | None
) -> dict[str, Any] | None:
    """What was written where, by a service that runs on this machine or without one; None if nothing was to be."""
    is_services = is_served = service_answers(state.path)
    published = None
    if folder is not None or not is_served:
        target = folder and folder.resolve()
        published = asyncio.run(_publish(state, file, target, is_served, unless_running))
        is_services = published is None and is_served
    if is_services and not unless_running:
        published = connect(state.path, None, token).post("publish")
    return published


async def _publish(
    state: "StateDirectory", file: Path, folder: Path | None, is_served: bool, unless_running: bool
) -> dict[str, Any] | None:
    """Publish, and what was written; None if a service that runs keeps that folder, here or on another node."""
    from errorhelp.publishing.published_tree import TreeKeeper, is_tree
    from errorhelp.publishing.without_service import opened
    from errorhelp.system.state_directory import Work

    has_messages = state.has_messages
    async with opened(state, file, Work.PUBLISH, waits=not is_served) as direct:
        own = direct.service.loaded.tree
        target = folder or own
        if target is None and not is_served and direct.service.loaded.copies:
            return {"folder": None, "written": 0, "removed": 0} | await _copies(direct, state)
        if target is None:
            raise CommandFailed("name a folder, or set one in the configuration (publish: DIR)", BAD_INPUT)
        if is_served and target == own:
            return None
        if unless_running and not direct.goes_around and TreeKeeper(target).is_taken:
            return None
        has_messages = has_messages or direct.service.loaded.settings.store is not None
        if is_tree(target) and not has_messages:
            raise CommandFailed(
                f"{state.path} holds no messages yet, but those of another state may be in {target}; "
                "name the service's state directory with --state"
            )
        published = await direct.publish(target)
        done = {"folder": str(target), "written": published.written, "removed": published.removed}
        return done if folder is not None else done | await _copies(direct, state)


async def _copies(direct: "Direct", state: "StateDirectory") -> dict[str, Any]:
    """What became of the copies, if there are some."""
    if not direct.service.loaded.copies:
        return {}
    return {
        "copies": [
            {
                "id": each.id,
                "where": each.where,
                "written_here": each.is_written_here,
                "error": each.error,
            }
            for each in await direct.copy(state)
        ]
    }
