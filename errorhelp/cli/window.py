"""`errorhelp window`: maintenance windows; those made here are changed and ended, those of the configuration shown."""

from collections.abc import Mapping
from datetime import tzinfo
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from errorhelp.cli.client import BAD_INPUT, Client, CommandFailed, connect
from errorhelp.cli.json_output import one_by_one, print_json
from errorhelp.cli.language import spoken, translated
from errorhelp.cli.message import warn_of_lateness
from errorhelp.cli.options import Output, Server, State, Token, check_output
from errorhelp.cli.plural_words import number
from errorhelp.cli.printed_texts import print_history, print_texts
from errorhelp.cli.worded_options import given_text
from errorhelp.messages.message import Severity
from errorhelp.text.texts import choose, one_line
from errorhelp.text.times import for_people, format_duration, parse_duration, parse_instant, parse_typed

app = typer.Typer(help="List, show, make, change and end maintenance windows.", no_args_is_help=True)

Ids = Annotated[
    list[str], typer.Argument(metavar="ID...", help="The window's id, as printed by window list.")
]
Id = Annotated[str, typer.Argument(metavar="ID", help="The window's id, as printed by window list.")]
To = Annotated[
    list[str] | None,
    typer.Option(
        help="Infobase id, folder such as /Finance, 1C server such as server:srv1c, or '*'. Repeatable."
    ),
]
Wording = Annotated[
    str | None,
    typer.Option(
        "--text", help="What users read; --text-en, --text-ru, … for one language.", show_default=False
    ),
]
First = Annotated[
    str | None, typer.Option("--from", help="Its first start: '2026-11-22 02:00', 'tomorrow 02:00'.")
]
Length = Annotated[str | None, typer.Option("--for", help="How long each occurrence lasts: 45m, 2h.")]
Rule = Annotated[
    str | None, typer.Option(help="When it recurs, an RFC 5545 rule: FREQ=DAILY, 'FREQ=WEEKLY;BYDAY=MO,TH'.")
]
HowSerious = Annotated[Severity | None, typer.Option(help="How serious it is: maintenance, if never named.")]
Note = Annotated[str | None, typer.Option(help="A note that only admins see.")]

_WITH_TEXTS = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.command("list")
def list_(
    state: State,
    everything: Annotated[bool, typer.Option("--all", help="Include windows that were ended.")] = False,
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """List the maintenance windows, those of the configuration first."""
    check_output(output)
    client = connect(state, server, token)
    windows = client.all("windows", "windows", **({"ended": "true"} if everything else {}))
    if output == "json":
        print_json(windows)
        return
    _, zone = client.clock()
    for each in windows:
        print(_line(each, zone))


@app.command()
def show(state: State, id: Id, server: Server = None, token: Token = None, output: Output = "text") -> None:
    """Show a maintenance window and its history."""
    check_output(output)
    client = connect(state, server, token)
    window = client.get(_address(id))
    events = client.all(f"{_address(id)}/events", "events")
    if output == "json":
        print_json(window | {"events": events})
        return
    _, zone = client.clock()
    targets, infobases = " ".join(window["targets"]), number(len(window["infobases"]), "infobase")
    where = "" if window["made"] else translated("in the configuration")
    next_start = window["next_start"] and for_people(parse_instant(window["next_start"]), zone, spoken())
    facts = {
        "id": " ".join(filter(None, [window["id"], where and f"({where})"])),
        "state": translated(window["state"]),
        "severity": translated(window["severity"]),
        "targets": f"{targets} ({infobases})",
        "when": _words(window, zone),
        "rule": window["rule"],
        "next": next_start or "",
        "note": window["note"],
    }
    for name, value in facts.items():
        print(f"{translated(f'{name}:'):11}{value}")
    print_texts(translated("text"), window["text"])
    if events:
        print_history(events, zone)


@app.command(context_settings=_WITH_TEXTS)
def make(
    context: typer.Context,
    state: State,
    to: To = None,
    text: Wording = None,
    from_: First = None,
    for_: Length = None,
    rule: Rule = None,
    severity: HowSerious = None,
    note: Note = None,
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """Make a maintenance window and print its id."""
    check_output(output)
    client = connect(state, server, token)
    given = _given(client, context, to, text, from_, for_, rule, severity, note)
    options = {
        "targets": "--to",
        "text": "--text",
        "starts_at": "--from",
        "duration": "--for",
        "rule": "--rule",
    }
    if lacking := [option for name, option in options.items() if name not in given]:
        raise CommandFailed(f"a maintenance window also needs {', '.join(lacking)}", BAD_INPUT)
    made = client.post("windows", given)
    warn_of_lateness(made)
    if output == "json":
        print_json(made)
    else:
        print(made["id"])


@app.command(context_settings=_WITH_TEXTS)
def change(
    context: typer.Context,
    state: State,
    id: Id,
    to: To = None,
    text: Wording = None,
    from_: First = None,
    for_: Length = None,
    rule: Rule = None,
    severity: HowSerious = None,
    note: Note = None,
    confirm: Annotated[
        bool,
        typer.Option(
            "--confirm", help="Although occurrences that were skipped or moved would not be planned any more."
        ),
    ] = False,
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """Give a maintenance window other values; what is not named stays as it is."""
    check_output(output)
    client = connect(state, server, token)
    given = _given(client, context, to, text, from_, for_, rule, severity, note)
    if not given:
        raise CommandFailed(
            "say what to change: --to, --text, --from, --for, --rule, --severity, --note", BAD_INPUT
        )
    current = client.get(_address(id))
    names = ("targets", "text", "severity", "starts_at", "duration", "rule", "note")
    body = {name: current[name] for name in names} | given | {"confirm": confirm}
    changed = client.put(_address(id), body, current["revision"] or 1)
    warn_of_lateness(changed)
    if output == "json":
        print_json(changed)
        return
    _, zone = client.clock()
    print(_line(changed, zone))


@app.command()
def end(state: State, ids: Ids, server: Server = None, token: Token = None, output: Output = "text") -> None:
    """End maintenance windows now, for good; an occurrence that is shown ends too."""
    check_output(output)
    client = connect(state, server, token)
    with one_by_one(output) as print_one:
        for window_id in ids:
            ended = client.post(f"{_address(window_id)}/end")
            print_one(ended, f"{window_id} {translated(ended['state'])}")
            warn_of_lateness(ended)


@app.command()
def export(
    state: State,
    server: Server = None,
    token: Token = None,
    output: Annotated[Path | None, typer.Option(help="The file, instead of standard output.")] = None,
) -> None:
    """Write the windows that were made here as YAML that the configuration reads."""
    from errorhelp.cli.api_messages import made_windows
    from errorhelp.cli.written_output import write_out
    from errorhelp.config.window_yaml import windows_yaml

    write_out(output, windows_yaml(made_windows(connect(state, server, token))).encode())


def _given(
    client: Client,
    context: typer.Context,
    to: list[str] | None,
    text: str | None,
    from_: str | None,
    for_: str | None,
    rule: str | None,
    severity: Severity | None,
    note: str | None,
) -> dict[str, Any]:
    """The values that options name."""
    now, zone = client.clock()
    try:
        values = {
            "targets": to or None,
            "text": given_text(client, text, context.args, context.command_path) or None,
            "starts_at": from_ and _local(parse_typed(from_, now, zone, may_be_past=True), zone),
            "duration": for_ and format_duration(parse_duration(for_)),
            "rule": rule,
            "severity": severity and severity.value,
            "note": note,
        }
    except ValueError as error:
        raise CommandFailed(str(error), BAD_INPUT) from None
    return {name: value for name, value in values.items() if value is not None}


def _local(instant: Any, zone: tzinfo) -> str:
    return str(instant.astimezone(zone).replace(tzinfo=None).isoformat(sep=" "))


def _address(id: str) -> str:
    return f"windows/{quote(id, safe='')}"


def _words(window: Mapping[str, Any], zone: tzinfo) -> str:
    from errorhelp.cli.api_messages import read_window
    from errorhelp.messages.recurrence_words import window_words

    return window_words(read_window(window).in_zone(zone), spoken())


def _line(window: Mapping[str, Any], zone: tzinfo) -> str:
    return (
        f"{window['id']}  {translated(window['state']):9}  {_words(window, zone)}  {' '.join(window['targets'])}: "
        f"{one_line(choose(window['text'], spoken(), ()))}"
    )
