"""`--direct`: the state itself instead of a running service, for when that is dead."""

import asyncio
import getpass
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

from errorhelp.admin.access.authorization import FileToken
from errorhelp.admin.admin_listener import AdminListener
from errorhelp.cli.client import BAD_INPUT, Client, CommandFailed, NotRunning, connect
from errorhelp.cli.options import configuration_file
from errorhelp.config import ConfigurationError
from errorhelp.publishing.published_tree import TreeError
from errorhelp.publishing.without_service import Direct, opened
from errorhelp.store import StoreError
from errorhelp.system.owner import become_owner
from errorhelp.system.state_directory import StateDirectory, StateError


@contextmanager
def direct_client(state: Path, file: Path) -> Iterator[Client]:
    """A client of an admin API that this process serves, to itself alone, over the state.

    Afterwards the tree is published. Who uses it is the author of what it posts.
    """
    token = FileToken(secrets.token_urlsafe(32), _user())
    with failures_told(), asyncio.Runner() as runner:
        become_owner(state)
        stack = AsyncExitStack()
        try:
            direct, listener = runner.run(_serve_oneself(stack, StateDirectory(state), file, token))
            yield Client(listener.url, token.token, runner.run)
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
    except ConfigurationError as error:
        raise CommandFailed(f"the configuration cannot be used:\n{error}", BAD_INPUT) from None
    except (StateError, StoreError, TreeError) as error:
        raise CommandFailed(str(error)) from None


async def _serve_oneself(
    stack: AsyncExitStack, state: StateDirectory, file: Path, token: FileToken
) -> tuple[Direct, AdminListener]:
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


async def _publish(direct: Direct) -> None:
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
