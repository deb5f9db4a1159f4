"""`errorhelp report`: list problems and show what is known of one."""

import json
from typing import Annotated, Any

import typer

from errorhelp.cli.client import BAD_INPUT, CommandFailed, connect
from errorhelp.cli.options import Output, Server, State, Token, check_output
from errorhelp.texts import one_line
from errorhelp.times import for_people, format_instant, parse_duration, parse_instant

app = typer.Typer(help="See which logins fail and what crashes.", no_args_is_help=True)


@app.command("list")
def list_(
    state: State,
    infobase: Annotated[str, typer.Option(help="Of this infobase only, by id.")] = "",
    kind: Annotated[str, typer.Option(help="login_failure, crash or offline only.")] = "",
    last: Annotated[str | None, typer.Option(help="Seen within this time: 2h, 7d.")] = None,
    limit: Annotated[int, typer.Option(help="How many at most.")] = 100,
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """List problems, the last seen first."""
    check_output(output)
    client = connect(state, server, token)
    now, zone = client.clock()
    query = {"infobase": infobase, "kind": kind, "limit": str(limit)}
    if last is not None:
        try:
            query["since"] = format_instant(now - parse_duration(last))
        except ValueError as error:
            raise CommandFailed(str(error), BAD_INPUT) from None
    given = {name: value for name, value in query.items() if value}
    problems = client.get("problems", **given)["problems"]
    if output == "json":
        print(json.dumps(problems, ensure_ascii=False, indent=2))
        return
    for each in problems:
        print(
            f"{each['id']}  {each['infobase']:16}  {each['kind']:13}  {each['count']:>7} times  "
            f"{each['users']:>5} users  last {for_people(parse_instant(each['last_seen']), zone, 'en')}  "
            f"{one_line(each['title'])}"
        )


@app.command()
def show(
    state: State,
    id: Annotated[str, typer.Argument(metavar="ID", help="The problem, as printed by list.")],
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """Show a problem and its newest reports."""
    check_output(output)
    client = connect(state, server, token)
    problem = client.get(f"problems/{id}")
    reports = client.get("reports", problem=id, limit="10")["reports"]
    if output == "json":
        print(json.dumps(problem | {"reports": reports}, ensure_ascii=False, indent=2))
        return
    _, zone = client.clock()

    def moment(text: str) -> str:
        return for_people(parse_instant(text), zone, "en")

    print(f"{one_line(problem['title']) or '(without a text)'}")
    print(f"infobase:  {problem['infobase']}")
    print(f"kind:      {problem['kind']}")
    print(f"seen:      {moment(problem['first_seen'])} to {moment(problem['last_seen'])}")
    print(f"count:     {problem['count']}, of {problem['users']} users")
    print(f"versions:  {', '.join(problem['versions']) or 'unknown'}")
    print("newest reports:")
    for report in reports:
        print(f"  {report['id']}  {moment(report['at'])}  {_source(report)}{one_line(report['text'])}")


def _source(report: dict[str, Any]) -> str:
    known = " ".join(filter(None, (report["user"], report["address"], report["version"])))
    return f"{known}: " if known else ""
