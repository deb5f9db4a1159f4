"""The command line: one file for each command."""

import io
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from errorhelp import __version__
from errorhelp.cli import (
    annotate,
    backup,
    build,
    check,
    client_config,
    doctor,
    forwarding,
    infobase,
    init,
    lint,
    message,
    publish,
    reload,
    report,
    restore,
    schema,
    serve,
    session_locks,
    status,
    store,
    token,
    user,
    v8i,
)
from errorhelp.cli.client import CommandFailed


class _Commands(TyperGroup):
    """Tells of wrong values without the words that pydantic, which Typer checks them with, has for programmers."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")
            raise


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        print(f"errorhelp {__version__}")
        raise typer.Exit


@app.callback()
def errorhelp(
    version: Annotated[
        bool,
        typer.Option("--version", help="Say which version this is.", callback=_tell_version, is_eager=True),
    ] = False,
) -> None:
    """Decides what a person reads when they cannot log in to their 1C infobase."""


app.command()(serve.serve)
app.command()(check.check)
app.command()(init.init)
app.command()(schema.schema)
app.command()(status.status)
app.command()(doctor.doctor)
app.command()(reload.reload)
app.command()(publish.publish)
app.command()(backup.backup)
app.command("restore")(restore.restore_)
message.app.command()(session_locks.rac)
message.app.command("import-lock")(session_locks.import_lock)
v8i.app.command()(build.build)
v8i.app.command("annotate")(annotate.annotate_lists)
v8i.app.command("lint")(lint.lint_lists)
v8i.app.command("client-config")(client_config.write_client_config)
report.app.command("outbox")(forwarding.list_outbox)
report.app.command("retry")(forwarding.retry)
report.app.command("forward-test")(forwarding.test)
app.add_typer(message.app, name="message")
app.add_typer(infobase.app, name="infobase")
app.add_typer(report.app, name="report")
app.add_typer(v8i.app, name="v8i")
app.add_typer(store.app, name="store")
app.add_typer(token.app, name="token")
app.add_typer(user.app, name="user")


def main() -> None:
    """Run a command; what it cannot do is told in one line on standard error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A pipe on Windows may be in a code page that lacks a character of a text.
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except CommandFailed as error:
        print(f"errorhelp: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
