"""`errorhelp report`: notifications of problems to targets; and the old names of `errorhelp problem`."""

import sys
from collections.abc import Callable
from functools import wraps

import typer

from errorhelp.cli import forwarding, problem
from errorhelp.cli.language import translated

app = typer.Typer(
    help="See which notifications are not delivered; try them again, or drop them.", no_args_is_help=True
)

app.command("outbox")(forwarding.list_outbox)
app.command("retry")(forwarding.retry)
app.command("drop")(forwarding.drop)
app.command("forward-test")(forwarding.test)


def _renamed(name: str, command: Callable[..., None]) -> None:
    """Let a command of `errorhelp problem` go on working here, and say so each time."""

    @wraps(command)
    def under_old_name(*arguments: object, **options: object) -> None:
        said = translated(f"report {name} is called problem {name} now; the old name goes away with 2.0")
        print(f"errorhelp: {said}", file=sys.stderr)
        command(*arguments, **options)

    described = f"The old name of errorhelp problem {name}, which goes away with 2.0."
    app.command(name, hidden=True, help=described)(under_old_name)


_renamed("list", problem.list_)
_renamed("show", problem.show)
