"""`--direct`: the state itself instead of a running service, for when that is dead."""

import asyncio
import getpass
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from errorhelp.cli.client import BAD_INPUT, Answer, Client, CommandFailed, NotRunning, connect
from errorhelp.cli.language import translated
from errorhelp.cli.options import configuration_file

if TYPE_CHECKING:
    from errorhelp.admin.access.authorization import FileToken
    from errorhelp.admin.admin_listener import AdminListener
    from errorhelp.publishing.without_service import Direct
    from errorhelp.system.state_directory import StateDirectory

# So long a service that is said to run may take to say so, and then to do what it is asked.
_PROBE_SECONDS, _ANSWER_SECONDS = 3.0, 10.0


@contextmanager
def direct_client(state: Path, file: Path) -> Iterator[Client]:
    """A client of an admin API over the state: of a service that runs and is well, else of this process.

    Then nobody else is served, the tree is published afterwards, and who uses it is the author of what it posts.
    The command must fail if neither the tree has what was written nor a service said so.
    """
    from errorhelp.admin.access.authorization import FileToken
    from errorhelp.system.owner import become_owner
    from errorhelp.system.state_directory import StateDirectory

    token = FileToken(secrets.token_urlsafe(32), _user())
    with errors_for_people(), asyncio.Runner() as runner:
        become_owner(state)
        if (service := _service_that_answers(state)) is not None:
            _note("a service runs on this state, and does it")
            yield service
            return
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
            raise NotRunning(f"{error}; cannot start it? on its machine add --direct") from None
        return
    with direct_client(state, configuration_file(config)) as client:
        yield client


@contextmanager
def errors_for_people() -> Iterator[None]:
    """Turns errors of state, store, configuration and tree into the command's."""
    try:
        yield
    except CommandFailed:
        raise
    except Exception as error:
        # Only now, since most of what these are from takes long to load.
        from errorhelp.config import ConfigurationError
        from errorhelp.publishing.published_tree import TreeError
        from errorhelp.store import StoreError, StoreUnavailable
        from errorhelp.system.state_directory import StateError

        if isinstance(error, ConfigurationError):
            raise CommandFailed(f"the configuration cannot be used:\n{error}", BAD_INPUT) from None
        if isinstance(error, StoreUnavailable):
            reason, remedy = translated(error.reason), translated(error.remedy)
            raise CommandFailed(f"{translated(error.where)}: {reason}; {remedy}") from None
        if isinstance(error, StateError | StoreError | TreeError):
            raise CommandFailed(str(error)) from None
        raise


async def _serve_oneself(
    stack: AsyncExitStack, state: "StateDirectory", file: Path, token: "FileToken"
) -> "tuple[Direct, AdminListener]":
    from errorhelp.admin.admin_listener import AdminListener
    from errorhelp.publishing.without_service import opened
    from errorhelp.system.state_directory import Work

    direct = await stack.enter_async_context(opened(state, file, Work.DIRECT))
    listener = AdminListener(direct.service, token, _no_reload)
    await listener.start("127.0.0.1", 0)
    stack.push_async_callback(listener.stop)
    return direct, listener


def service_answers(state: Path) -> bool:
    """Whether a service runs on the state and says so when it is asked."""
    return _asked_service(state) is not None


def _service_that_answers(state: Path) -> Client | None:
    """A client of the service that runs on the state; None if there is none, it hangs or its store is dead."""
    asked = _asked_service(state)
    return asked[0] if asked is not None and asked[1] else None


def _asked_service(state: Path) -> tuple[Client, bool] | None:
    """The service that runs on the state and answers, and whether its store is well."""
    from errorhelp.system.state_directory import StateDirectory

    if not StateDirectory(state).may_have_service:
        return None
    try:
        client = replace(connect(state, None, None), patience=_PROBE_SECONDS)
        status = client.get("status")
    except CommandFailed as error:
        _note(f"the service that has this state does not answer ({error})")
        return None
    return replace(client, patience=_ANSWER_SECONDS), bool(status["store"]["ok"])


def _user() -> str:
    """The operating system's name of who runs this; with sudo it is the person, not root."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return "somebody without a name"


async def _no_reload() -> None:
    """The configuration is as it was read."""


async def _publish(direct: "Direct") -> None:
    from errorhelp.publishing.published_tree import TreeError

    folder = direct.service.loaded.tree
    if direct.service.store_error is not None:
        _note(f"the store is dead ({direct.service.store_error}); it gets this when it is back")
    kept = "It is kept, so do not do it again"
    if folder is None:
        raise CommandFailed(
            f"no tree is configured (publish: DIR), so clients see this only when the service runs again. {kept}."
        )
    try:
        await direct.publish(folder)
    except TreeError as error:
        raise CommandFailed(
            f"{error}. Clients do not see this yet. {kept}: errorhelp publish, or the service, brings it to them."
        ) from None
    _note(f"published to {folder}")


def _note(text: str) -> None:
    print(f"errorhelp: {translated(text)}", file=sys.stderr)
