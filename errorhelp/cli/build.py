"""`errorhelp v8i build`: a connection list as a file."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from errorhelp.cli.client import BAD_INPUT, CommandFailed
from errorhelp.cli.options import DEFAULT_CONFIG, Config, State, configuration_file
from errorhelp.cli.written_output import write_out

if TYPE_CHECKING:
    from errorhelp.catalog.lists import ConnectionList
    from errorhelp.config import Loaded
    from errorhelp.store.kept_copy import ShownState


def build(
    list_id: Annotated[str, typer.Argument(metavar="LIST", help="The list's id.")],
    state: State,
    config: Config = DEFAULT_CONFIG,
    output: Annotated[Path | None, typer.Option(help="The file, instead of standard output.")] = None,
) -> None:
    """Write a connection list as it is served now, messages included if it carries them."""
    from errorhelp.answers.list_answers import compile_list, list_answer
    from errorhelp.config import ConfigurationError, load
    from errorhelp.messages.board import Board
    from errorhelp.messages.made_window import in_zone
    from errorhelp.messages.occurrences import planned

    try:
        loaded = load(configuration_file(config))
    except ConfigurationError as error:
        raise CommandFailed(f"the configuration cannot be used:\n{error}", BAD_INPUT) from None
    catalog = loaded.catalog
    connection_list = catalog.lists.get(list_id)
    if connection_list is None:
        known = ", ".join(catalog.lists) or "none"
        raise CommandFailed(f"there is no list {list_id!r} in the configuration (known: {known})", BAD_INPUT)
    now = datetime.now(UTC)
    kept = _kept(loaded, state, connection_list, now)
    windows = (*catalog.windows, *in_zone(kept.windows, catalog.zone))
    board = Board((*kept.messages, *planned(windows, now, kept.overrides)))
    compiled = compile_list(catalog, connection_list, board, now)
    write_out(output, list_answer(catalog, connection_list, compiled).body)


def _kept(loaded: "Loaded", state: Path, connection_list: "ConnectionList", now: datetime) -> "ShownState":
    """What the store has of messages and maintenance, where the list shows them and there is a store."""
    from errorhelp.store.kept_copy import ShownState
    from errorhelp.system.state_directory import StateDirectory

    directory, address = StateDirectory(state), loaded.settings.store
    if not connection_list.carries_messages or (address is None and not directory.database.exists()):
        return ShownState()

    from errorhelp.messages.occurrences import overrides_in_force
    from errorhelp.store import StoreError
    from errorhelp.store.store_choice import store_at

    async def read() -> ShownState:
        store = store_at(address, directory.database)
        await store.open()
        try:
            changes = await store.window_changes(now)
            messages, windows = await store.messages(shown_after=now), await store.windows.all()
            return ShownState(tuple(messages), overrides_in_force(changes, now), tuple(windows))
        finally:
            await store.close()

    try:
        return asyncio.run(read())
    except StoreError as error:
        raise CommandFailed(str(error)) from None
