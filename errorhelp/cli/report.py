"""`errorhelp report`: list problems, and show what is known of one and what was sent."""

import json
from typing import Annotated, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import typer

from errorhelp.cli import forwarding
from errorhelp.cli.client import BAD_INPUT, Client, CommandFailed, NotThere, connect
from errorhelp.cli.counting import number
from errorhelp.cli.options import Output, Server, State, Token, check_output
from errorhelp.reports.report import OTHER
from errorhelp.text.texts import one_line, readable
from errorhelp.text.times import for_people, format_instant, parse_duration, parse_instant

app = typer.Typer(help="See which logins fail and what crashes.", no_args_is_help=True)


@app.command("list")
def list_(
    state: State,
    infobase: Annotated[str, typer.Option(help="Of this infobase only, by id.")] = "",
    kind: Annotated[str, typer.Option(help="login_failure, crash or offline only.")] = "",
    last: Annotated[str | None, typer.Option(help="Seen within this time: 2h, 7d.")] = None,
    dismissed: Annotated[bool, typer.Option("--dismissed", help="Those that were dismissed, too.")] = False,
    limit: Annotated[int, typer.Option(help="How many at most.")] = 100,
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """List problems, the last seen first."""
    check_output(output)
    client = connect(state, server, token)
    now, zone = client.clock()
    query = {
        "infobase": infobase,
        "kind": kind,
        "limit": str(limit),
        "dismissed": "true" if dismissed else "",
    }
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
            f"{each['id']}  {each['infobase']:16}  {each['kind']:13}  {number(each['count'], 'time'):>13}  "
            f"{number(each['users'], 'user'):>11}  last {_moment(each['last_seen'], zone)}  {_title(each)}"
        )


@app.command()
def show(
    state: State,
    id: Annotated[
        str, typer.Argument(metavar="ID", help="A problem, as printed by list, or one of its reports.")
    ],
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """Show a problem and its newest reports, or a report with all that was sent."""
    check_output(output)
    client = connect(state, server, token)
    try:
        problem = client.get(f"problems/{id}")
    except NotThere:
        _show_report(client, id, output)
        return
    reports = client.get("reports", problem=id, limit="10")["reports"]
    if output == "json":
        print(json.dumps(problem | {"reports": reports}, ensure_ascii=False, indent=2))
        return
    zone = client.clock()[1]
    print(_title(problem) or "(without a text)")
    print(f"infobase:  {problem['infobase']}")
    print(f"kind:      {problem['kind']}")
    print(f"seen:      {_moment(problem['first_seen'], zone)} to {_moment(problem['last_seen'], zone)}")
    print(f"count:     {number(problem['count'], 'time')}, {number(problem['users'], 'user')}")
    print(f"versions:  {', '.join(problem['versions']) or 'unknown'}")
    if problem["dismissed_at"]:
        print(f"dismissed: {_moment(problem['dismissed_at'], zone)}, until a report of it comes again")
    if not reports:
        print("reports:   none any more; they are kept for a while, counts for longer")
        return
    print("newest reports (all that was sent: errorhelp report show REPORT):")
    for report in reports:
        source = f"{who}: " if (who := _source(report)) else ""
        print(f"  {report['id']}  {_moment(report['at'], zone)}  {source}{one_line(report['text'])}")


@app.command()
def dismiss(
    state: State,
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="A problem, as printed by list.")],
    undo: Annotated[bool, typer.Option("--undo", help="List it again.")] = False,
    server: Server = None,
    token: Token = None,
) -> None:
    """List problems no more until a report of them comes again, such as those that somebody made up."""
    client = connect(state, server, token)
    for problem_id in ids:
        change = "bring-back" if undo else "dismiss"
        problem = client.post(f"problems/{quote(problem_id, safe='')}/{change}")
        print(f"{problem['id']} of {problem['infobase']} is {'listed again' if undo else 'dismissed'}")


app.command("outbox")(forwarding.list_outbox)
app.command("retry")(forwarding.retry)
app.command("forward-test")(forwarding.test)


def _show_report(client: Client, id: str, output: str) -> None:
    try:
        report = client.get(f"reports/{id}")
    except NotThere:
        raise CommandFailed(
            f"there is no problem and no report {id!r}; errorhelp report list has the problems, and reports "
            "are kept for a while only",
            BAD_INPUT,
        ) from None
    if output == "json":
        print(json.dumps(report, ensure_ascii=False, indent=2))
        return
    zone = client.clock()[1]
    print(f"report:    {report['id']} of problem {report['problem']}")
    print(f"infobase:  {report['infobase']}")
    print(f"kind:      {report['kind']}")
    print(f"came:      {_moment(report['at'], zone)}")
    print(f"from:      {_source(report) or 'unknown'}")
    print(f"text:      {one_line(report['text']) or '(none)'}")
    if report["stack"]:
        print("stack:")
        for line in report["stack"].splitlines():
            print(f"  {readable(line)}")
    print("all that was sent, without secrets:")
    print(readable(json.dumps(report["details"], ensure_ascii=False, indent=2)))


def _title(problem: dict[str, Any]) -> str:
    if problem["stack_hash"] == OTHER:
        return "(more than can be told apart, counted together)"
    return one_line(problem["title"])


def _moment(text: str, zone: ZoneInfo) -> str:
    return for_people(parse_instant(text), zone, "en")


def _source(report: dict[str, Any]) -> str:
    """Whose client it was, and which, as far as that is known."""
    return " ".join(filter(None, (report[name] for name in ("user", "address", "app", "version"))))
