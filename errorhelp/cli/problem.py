"""`errorhelp problem`: list problems, and show what is known of one and what was sent."""

import json
from typing import Annotated, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import typer

from errorhelp.cli.client import BAD_INPUT, Client, CommandFailed, NotThere, connect
from errorhelp.cli.json_output import one_by_one
from errorhelp.cli.language import spoken, translated
from errorhelp.cli.options import Output, Server, State, Token, check_output
from errorhelp.cli.plural_words import number, warn_of_more
from errorhelp.reports.report import OTHER
from errorhelp.text.texts import one_line, readable
from errorhelp.text.times import for_people, format_instant, parse_duration, parse_instant

app = typer.Typer(help="See which logins fail and what crashes.", no_args_is_help=True)


@app.command("list")
def list_(
    state: State,
    infobase: Annotated[str, typer.Option(help="Only problems of this infobase, by its id.")] = "",
    kind: Annotated[
        str, typer.Option(help="Only problems of this kind: login_failure, crash or offline.")
    ] = "",
    last: Annotated[str | None, typer.Option(help="Only problems seen within this time: 2h, 7d.")] = None,
    dismissed: Annotated[
        bool, typer.Option("--dismissed", help="Include problems that were dismissed.")
    ] = False,
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
    page = client.get("problems", **given)
    problems = page["problems"]
    warn_of_more(page, problems)
    if output == "json":
        print(json.dumps(problems, ensure_ascii=False, indent=2))
        return
    for each in problems:
        print(
            f"{each['id']}  {each['infobase']:16}  {each['kind']:13}  {number(each['count'], 'time'):>13}  "
            f"{number(each['users'], 'user'):>11}  {translated('last')} {_moment(each['last_seen'], zone)}  "
            f"{_title(each)}"
        )


@app.command()
def show(
    state: State,
    id: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="The id of a problem, as printed by list, or of one of its reports."
        ),
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
    print(_title(problem) or translated("(without a text)"))
    print(translated(f"infobase:  {problem['infobase']}"))
    print(translated(f"kind:      {problem['kind']}"))
    print(
        translated(
            f"seen:      {_moment(problem['first_seen'], zone)} to {_moment(problem['last_seen'], zone)}"
        )
    )
    print(translated(f"count:     {number(problem['count'], 'time')}, {number(problem['users'], 'user')}"))
    print(translated(f"versions:  {', '.join(problem['versions']) or translated('unknown')}"))
    if problem["dismissed_at"]:
        dismissed_at = _moment(problem["dismissed_at"], zone)
        print(translated(f"dismissed: {dismissed_at}, until a report of it comes again"))
    if not reports:
        print(translated("reports:   none any more; they are kept for a while, counts for longer"))
        return
    print(translated("newest reports (all that was sent: errorhelp problem show REPORT):"))
    for report in reports:
        source = f"{who}: " if (who := _source(report)) else ""
        print(f"  {report['id']}  {_moment(report['at'], zone)}  {source}{one_line(report['text'])}")


@app.command()
def dismiss(
    state: State,
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="A problem's id, as printed by list.")],
    undo: Annotated[bool, typer.Option("--undo", help="List them again.")] = False,
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """Stop listing problems, such as made-up ones, until a report of them comes again."""
    check_output(output)
    client = connect(state, server, token)
    with one_by_one(output) as print_one:
        for problem_id in ids:
            change = "bring-back" if undo else "dismiss"
            problem = client.post(f"problems/{quote(problem_id, safe='')}/{change}")
            named = f"{problem['id']} of {problem['infobase']}"
            print_one(problem, translated(f"{named} is listed again" if undo else f"{named} is dismissed"))


def _show_report(client: Client, id: str, output: str) -> None:
    try:
        report = client.get(f"reports/{id}")
    except NotThere:
        raise NotThere(
            f"there is no problem and no report {id!r}; errorhelp problem list has the problems, and reports "
            "are kept for a while only"
        ) from None
    if output == "json":
        print(json.dumps(report, ensure_ascii=False, indent=2))
        return
    zone = client.clock()[1]
    print(translated(f"report:    {report['id']} of problem {report['problem']}"))
    print(translated(f"infobase:  {report['infobase']}"))
    print(translated(f"kind:      {report['kind']}"))
    print(translated(f"came:      {_moment(report['at'], zone)}"))
    print(translated(f"from:      {_source(report) or translated('unknown')}"))
    print(translated(f"text:      {one_line(report['text']) or translated('(none)')}"))
    if report["stack"]:
        print(translated("stack:"))
        for line in report["stack"].splitlines():
            print(f"  {readable(line)}")
    print(translated("all that was sent, without secrets:"))
    print(readable(json.dumps(report["details"], ensure_ascii=False, indent=2)))


def _title(problem: dict[str, Any]) -> str:
    if problem["stack_hash"] == OTHER:
        return translated("(other problems, counted together)")
    return one_line(problem["title"])


def _moment(text: str, zone: ZoneInfo) -> str:
    return for_people(parse_instant(text), zone, spoken())


def _source(report: dict[str, Any]) -> str:
    """Whose client it was, and which, as far as that is known."""
    return " ".join(filter(None, (report[name] for name in ("user", "address", "app", "version"))))
