"""`errorhelp token`: make, list and revoke the API tokens of scripts."""

import json
import sys
from typing import Annotated, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import typer

from errorhelp.cli.client import connect
from errorhelp.cli.json_output import one_by_one
from errorhelp.cli.language import spoken, translated
from errorhelp.cli.options import Output, Server, State, Token, check_output
from errorhelp.people.people import Role
from errorhelp.text.times import for_people, parse_instant

app = typer.Typer(help="Make, list and revoke API tokens, one for each script.", no_args_is_help=True)


@app.command()
def make(
    state: State,
    name: Annotated[str, typer.Argument(help="The script that it is for, as the history will name it.")],
    role: Annotated[Role, typer.Option(help="What the script may do.")],
    folder: Annotated[
        list[str] | None, typer.Option(help="For an editor: only messages for this folder. Repeatable.")
    ] = None,
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """Make a token and print it; it is not shown again."""
    check_output(output)
    body = {"name": name, "role": role.value, "folders": folder or []}
    made = connect(state, server, token).post("tokens", body)
    if output == "json":
        print(json.dumps(made, ensure_ascii=False, indent=2))
        return
    said = translated(f"keep this token, it is not shown again; its id is {made['id']}")
    print(f"errorhelp: {said}", file=sys.stderr)
    print(made["token"])


@app.command("list")
def list_(
    state: State,
    everything: Annotated[bool, typer.Option("--all", help="Include revoked tokens.")] = False,
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """List tokens, without their secrets."""
    check_output(output)
    client = connect(state, server, token)
    tokens = [each for each in client.all("tokens", "tokens") if everything or not each["revoked_at"]]
    if output == "json":
        print(json.dumps(tokens, ensure_ascii=False, indent=2))
        return
    _, zone = client.clock()
    for each in tokens:
        print(_line(each, zone))


@app.command()
def revoke(
    state: State,
    ids: Annotated[
        list[str], typer.Argument(metavar="ID...", help="The token's id, as printed by token list.")
    ],
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """Revoke tokens, at once and for ever."""
    check_output(output)
    client = connect(state, server, token)
    with one_by_one(output) as print_one:
        for token_id in ids:
            revoked = client.post(f"tokens/{quote(token_id, safe='')}/revoke")
            print_one(revoked, translated(f"{revoked['id']} of {revoked['name']} is revoked"))


def _line(token: dict[str, Any], zone: ZoneInfo) -> str:
    may = " ".join([token["role"], *token["folders"]])
    used = translated(f"used {_when(token['used_at'], zone)}" if token["used_at"] else "never used")
    revoked = translated(f", revoked {_when(token['revoked_at'], zone)}") if token["revoked_at"] else ""
    made = translated(f"made {_when(token['created_at'], zone)} by {token['created_by']}")
    return f"{token['id']}  {token['name']}: {may}; {made}, {used}{revoked}"


def _when(instant: str, zone: ZoneInfo) -> str:
    return for_people(parse_instant(instant), zone, spoken())
