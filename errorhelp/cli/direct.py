"""`--direct`: the state itself instead of a running service, for when that is dead."""

import asyncio
import getpass
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from errorhelp.cli.client import BAD_INPUT, Answer, Client, CommandFailed, NotRunning, connect
from errorhelp.cli.options import configuration_file

if TYPE_CHECKING:
    from errorhelp.admin.access.authorization import FileToken
    from errorhelp.admin.admin_listener import AdminListener
    from errorhelp.publishing.without_service import Direct
    from errorhelp.system.state_directory import StateDirectory


@contextmanager
def direct_client(state: Path, file: Path) -> Iterator[Client]:
    """A client of an admin API that this process serves, to itself alone, over the state.

    Afterwards the tree is published. Who uses it is the author of what it posts.
    """
    from errorhelp.admin.access.authorization import FileToken
    from errorhelp.system.owner import become_owner
    from errorhelp.system.state_directory import StateDirectory

    token = FileToken(secrets.token_urlsafe(32), _user())
    with failures_told(), asyncio.Runner() as runner:
        become_owner(state)
        stack = AsyncExitStack()

        def run(ask: Callable[[], Answer]) -> Answer:
            # In a thread: it is this process that answers.
            return runner.run(asyncio.to_thread(ask))

        try:
            direct, listener = runner.run(_serve_oneself(stack, StateDirectory(state), file, token))
            yield Client(listener.url, token.token, run)
            runner.run(_publish(direct))
        finally:
            runner.run(stack.aclose())


@contextmanager
def reached(state: Path, server: str | None, token: str | None, config: Path | None) -> Iterator[Client]:
    """The service meant by `--server` and `--token`; with a `config` the state itself."""
    if config is None:
        try:
            yield connect(state, server, token)
        except NotRunning as error:
            raise CommandFailed(f"{error}; cannot start it? on its machine add --direct") from None
        return
    with direct_client(state, configuration_file(config)) as client:
        yield client


@contextmanager
def failures_told() -> Iterator[None]:
    """What the state, the store, the configuration or the tree fail with fails the command."""
    try:
        yield
    except CommandFailed:
        raise
    except Exception as error:
        # Only now, since most of what these are from takes long to load.
        from errorhelp.config import ConfigurationError
        from errorhelp.publishing.published_tree import TreeError
        from errorhelp.store import StoreError
        from errorhelp.system.state_directory import StateError

        if isinstance(error, ConfigurationError):
            raise CommandFailed(f"the configuration cannot be used:\n{error}", BAD_INPUT) from None
        if isinstance(error, StateError | StoreError | TreeError):
            raise CommandFailed(str(error)) from None
        raise


async def _serve_oneself(
    stack: AsyncExitStack, state: "StateDirectory", file: Path, token: "FileToken"
) -> "tuple[Direct, AdminListener]":
    from errorhelp.admin.admin_listener import AdminListener
    from errorhelp.publishing.without_service import opened

    direct = await stack.enter_async_context(opened(state, file))
    listener = AdminListener(direct.service, token, _no_reload)
    await listener.start("127.0.0.1", 0)
    stack.push_async_callback(listener.stop)
    return direct, listener


def _user() -> str:
    """The operating system's name of who runs this; with sudo it is the person, not root."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return "somebody without a name"


async def _no_reload() -> None:
    """The configuration is as it was read."""


async def _publish(direct: "Direct") -> None:
    folder = direct.service.loaded.tree
    if direct.service.store_error is not None:
        _note(f"the store is dead ({direct.service.store_error}); it gets this when it is back")
    if direct.is_served:
        _note("a service runs on this state: it notices within seconds, and keeps the tree by itself")
    elif folder is None:
        _note("no tree is configured (publish: DIR); clients see this when the service runs again")
    else:
        await direct.publish(folder)
        _note(f"published to {folder}")


def _note(text: str) -> None:
    print(f"errorhelp: {text}", file=sys.stderr)
