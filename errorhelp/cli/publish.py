"""`errorhelp publish`: bring the published tree up to date, with or without a running service."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from errorhelp.cli.client import BAD_INPUT, Client, CommandFailed, connect
from errorhelp.cli.direct_client import errors_for_people, service_answers
from errorhelp.cli.language import translated
from errorhelp.cli.options import DEFAULT_CONFIG, Config, Server, State, Token, configuration_file

if TYPE_CHECKING:
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
) -> None:
    """Write every public answer as a file for a web server; files that are up to date are left alone.

    A running service publishes to its own folder; without one, or to another folder, this command does it.
    """
    from errorhelp.system.owner import become_owner
    from errorhelp.system.state_directory import StateDirectory

    if server is not None and folder is not None:
        raise CommandFailed("a service publishes to its own folder only; leave DIR out", BAD_INPUT)
    with errors_for_people():
        if server is not None:
            _let_service_publish(connect(state, server, token))
            return
        become_owner(state)
        directory = StateDirectory(state)
        is_services = is_served = service_answers(state)
        if folder is not None or not is_served:
            target = folder and folder.resolve()
            publishing = _publish(directory, configuration_file(config), target, is_served, unless_running)
            is_services = asyncio.run(publishing) and is_served
        if is_services and not unless_running:
            _let_service_publish(connect(state, None, token))


async def _publish(
    state: "StateDirectory", file: Path, folder: Path | None, is_served: bool, unless_running: bool
) -> bool:
    """Publish, unless a service that runs keeps that folder, here or on another node; whether it does."""
    from errorhelp.publishing.published_tree import TreeKeeper, is_tree
    from errorhelp.publishing.without_service import opened
    from errorhelp.system.state_directory import Work

    has_messages = state.has_messages
    async with opened(state, file, Work.PUBLISH, waits=not is_served) as direct:
        own = direct.service.loaded.tree
        target = folder or own
        if target is None:
            raise CommandFailed("name a folder, or set one in the configuration (publish: DIR)", BAD_INPUT)
        if is_served and target == own:
            return True
        if unless_running and not direct.goes_around and TreeKeeper(target).is_taken:
            return True
        has_messages = has_messages or direct.service.loaded.settings.store is not None
        if is_tree(target) and not has_messages:
            raise CommandFailed(
                f"{state.path} holds no messages yet, but those of another state may be in {target}; "
                "name the service's state directory with --state"
            )
        published = await direct.publish(target)
        _print(target, published.written, published.removed)
        return False


def _let_service_publish(client: Client) -> None:
    answer = client.post("publish")
    _print(answer["folder"], answer["written"], answer["removed"])


def _print(folder: Path | str, written: int, removed: int) -> None:
    print(translated(f"published to {folder}: {written} written, {removed} removed"))
