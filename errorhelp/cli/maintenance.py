"""`errorhelp maintenance`: what is planned, and single occurrences that are skipped, moved or ended."""

import json
from collections.abc import Iterable
from datetime import tzinfo
from typing import Annotated, Any
from urllib.parse import quote

import typer

from errorhelp.cli.client import BAD_INPUT, Client, CommandFailed, connect
from errorhelp.cli.language import spoken, translated
from errorhelp.cli.message import warn_of_lateness
from errorhelp.cli.options import Output, Server, State, Token, check_output
from errorhelp.text.texts import choose, one_line
from errorhelp.text.times import for_people, format_instant, parse_instant, parse_typed

app = typer.Typer(
    help="See what maintenance is planned; skip, move and end single occurrences.", no_args_is_help=True
)

Ids = Annotated[
    list[str], typer.Argument(metavar="ID...", help="The occurrence's id, as printed by maintenance list.")
]
Id = Annotated[str, typer.Argument(metavar="ID", help="The occurrence's id, as printed by maintenance list.")]


@app.command("list")
def list_(
    state: State,
    window: Annotated[str, typer.Option(help="Only this maintenance window, by its id.")] = "",
    count: Annotated[int, typer.Option(min=1, max=100, help="How many to come of each window.")] = 5,
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """List the occurrences of maintenance windows that are not over."""
    check_output(output)
    client = connect(state, server, token)
    query = {"window": window, "count": str(count)}
    given = {name: value for name, value in query.items() if value}
    _print(client, client.all("occurrences", "occurrences", **given), output)


@app.command()
def skip(state: State, ids: Ids, server: Server = None, token: Token = None, output: Output = "text") -> None:
    """Leave out occurrences to come."""
    _change(state, server, token, output, ids, "skip")


@app.command()
def move(
    state: State,
    id: Id,
    to: Annotated[str, typer.Option(help="Its new start: 22:00, 'tomorrow 06:00', '2026-11-22 14:00', +2h.")],
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """Show an occurrence to come at another time, for as long as planned."""
    check_output(output)
    client = connect(state, server, token)
    now, zone = client.clock()
    try:
        body = {"starts_at": format_instant(parse_typed(to, now, zone))}
    except ValueError as error:
        raise CommandFailed(str(error), BAD_INPUT) from None
    _print(client, [client.post(_address(id, "move"), body)], output)


@app.command()
def end(state: State, ids: Ids, server: Server = None, token: Token = None, output: Output = "text") -> None:
    """End occurrences that are shown now."""
    _change(state, server, token, output, ids, "end")


@app.command()
def restore(
    state: State, ids: Ids, server: Server = None, token: Token = None, output: Output = "text"
) -> None:
    """Let occurrences be as their maintenance window plans them."""
    _change(state, server, token, output, ids, "restore")


def _change(
    state: State, server: str | None, token: str | None, output: str, ids: list[str], what: str
) -> None:
    check_output(output)
    client = connect(state, server, token)
    _print(client, [client.post(_address(each, what)) for each in ids], output)


def _address(id: str, what: str) -> str:
    return f"occurrences/{quote(id, safe='')}/{what}"


def _print(client: Client, occurrences: Iterable[dict[str, Any]], output: str) -> None:
    if output == "json":
        print(json.dumps(list(occurrences), ensure_ascii=False, indent=2))
        return
    _, zone = client.clock()
    for each in occurrences:
        print(_line(each, zone))
        warn_of_lateness(each)


def _line(occurrence: dict[str, Any], zone: tzinfo) -> str:
    starts_at = for_people(parse_instant(occurrence["starts_at"]), zone, spoken())
    until = for_people(parse_instant(occurrence["ends_at"]), zone, spoken())
    planned_for = for_people(parse_instant(occurrence["planned_for"]), zone, spoken())
    when = starts_at if occurrence["state"] == "skipped" else translated(f"{starts_at} until {until}")
    moved = occurrence["starts_at"] != occurrence["planned_for"]
    was = translated(f" (planned for {planned_for})") if moved else ""
    return (
        f"{occurrence['id']}  {translated(occurrence['state']):9}  {when}{was}  {' '.join(occurrence['targets'])}: "
        f"{one_line(choose(occurrence.get('shown') or occurrence['text'], spoken(), ()))}"
    )
