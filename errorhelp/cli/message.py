"""`errorhelp message`: post, list, show, update, extend and end user messages."""

import sys
from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Annotated, Any

import typer

from errorhelp.cli import session_locks
from errorhelp.cli.client import BAD_INPUT, Client, CommandFailed, connect
from errorhelp.cli.direct_client import reached
from errorhelp.cli.json_output import one_by_one, print_json
from errorhelp.cli.language import spoken, translated
from errorhelp.cli.options import DEFAULT_CONFIG, Config, Direct, Output, Server, State, Token, check_output
from errorhelp.cli.plural_words import number
from errorhelp.cli.printed_texts import print_history, print_texts
from errorhelp.cli.worded_options import split_texts, text_for, texts_given
from errorhelp.messages.message import NOT_OVER, Severity
from errorhelp.messages.message import State as MessageState
from errorhelp.text.texts import choose, in_each_language, one_line
from errorhelp.text.times import (
    for_people,
    format_duration,
    format_instant,
    parse_duration,
    parse_instant,
    parse_typed,
)

app = typer.Typer(help="Post, list, show, update, extend and end user messages.", no_args_is_help=True)

Ids = Annotated[list[str], typer.Argument(metavar="ID...", help="The message's id, as printed by post.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="The message's id, as printed by post.")]
# The languages are configured, so options for them cannot be declared.
_BY_LANGUAGE = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.command(context_settings=_BY_LANGUAGE)
def post(
    context: typer.Context,
    state: State,
    to: Annotated[
        list[str],
        typer.Option(
            help="Infobase id, folder such as /Finance, 1C server such as server:srv1c, or '*'. Repeatable."
        ),
    ],
    text: Annotated[
        str | None,
        typer.Option(help="What users read; --text-en, --text-ru, … for one language.", show_default=False),
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="When it ends: 14:00, 'tomorrow 06:00', '2026-11-22 14:00', +2h.")
    ] = None,
    for_: Annotated[
        str | None, typer.Option("--for", help="How long it lasts, instead of --until: 90m, 2h.")
    ] = None,
    from_: Annotated[str | None, typer.Option("--from", help="When it starts.", show_default="now")] = None,
    severity: Annotated[Severity, typer.Option(help="How serious it is.")] = Severity.INFO,
    note: Annotated[str, typer.Option(help="A note that only admins see.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before posting to everything.")] = False,
    server: Server = None,
    token: Token = None,
    output: Output = "text",
    direct: Direct = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Post a message and print its id."""
    from errorhelp.catalog.names import EVERYTHING, ROOT

    check_output(output)
    by_language = texts_given(context.args, context.command_path)
    if text is None and not by_language:
        raise CommandFailed("say what users should read, with --text or --text-en, --text-ru, …", BAD_INPUT)
    if until is not None and for_ is not None:
        raise CommandFailed("--until and --for both say when it ends; leave one of them out", BAD_INPUT)
    if until is None and for_ is None:
        raise CommandFailed("say when it ends, with --until 14:00 or --for 90m", BAD_INPUT)
    with reached(state, server, token, config if direct else None) as client:
        now, zone = client.clock()
        starts_at, ends_at = _period(now, zone, from_, until, for_)
        body = {
            "targets": to,
            "text": text_for(client, text, by_language),
            "severity": severity.value,
            "starts_at": starts_at and format_instant(starts_at),
            "ends_at": format_instant(ends_at),
            "note": note,
        }
        if not {EVERYTHING, ROOT}.isdisjoint(to) and not yes:
            _ask_about_everything(client, body)
        posted = client.post("messages", body)
    _say(f"{number(len(posted['infobases']), 'infobase')}, {_until(posted, zone)}")
    _say(*_doubts(posted, zone), *_lateness(posted))
    if output == "json":
        print_json(posted)
    else:
        print(posted["id"])


@app.command("list")
def list_(
    state: State,
    everything: Annotated[bool, typer.Option("--all", help="Include messages that are over.")] = False,
    in_state: Annotated[
        list[MessageState] | None,
        typer.Option(
            "--only", help="Only messages in this state. Repeatable.", show_default="those not over"
        ),
    ] = None,
    target: Annotated[str, typer.Option(help="Only messages for exactly this target.")] = "",
    infobase: Annotated[str, typer.Option(help="Only messages that this infobase shows, by its id.")] = "",
    author: Annotated[str, typer.Option(help="Only messages of this author.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most, the newest first.")] = 100,
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """List the messages that are shown now or planned."""
    check_output(output)
    client = connect(state, server, token)
    filters = {"target": target, "infobase": infobase, "author": author}
    given = {name: value for name, value in filters.items() if value}
    states = [each.value for each in in_state or (() if everything else NOT_OVER)]
    answer = client.get("messages", state=states, limit=str(limit), **given)
    messages = answer["messages"]
    if answer.get("more"):
        _say(f"these are the newest {len(messages)}; there are more: --limit {min(10 * limit, 1000)}")
    if output == "json":
        print_json(messages)
        return
    now, zone = client.clock()
    for message in messages:
        ends_at = parse_instant(message["ended_at"] or message["ends_at"])
        rest = translated(f", {format_duration(ends_at - now)} left") if message["state"] == "active" else ""
        if message["state"] == "scheduled":
            rest = translated(f", from {for_people(parse_instant(message['starts_at']), zone, spoken())}")
        print(
            f"{message['id']}  {translated(message['state']):9}  {translated(message['severity']):11}  "
            f"{_shown_until(ends_at, zone)}{rest}  {' '.join(message['targets'])}: "
            f"{one_line(choose(_shown(message), spoken(), ()))}"
        )


@app.command()
def show(state: State, id: Id, server: Server = None, token: Token = None, output: Output = "text") -> None:
    """Show a message and its history."""
    check_output(output)
    client = connect(state, server, token)
    message = client.get(f"messages/{id}")
    events = client.get(f"messages/{id}/events")["events"]
    if output == "json":
        print_json(message | {"events": events})
        return
    _, zone = client.clock()
    for name in ("id", "state", "severity", "author", "revision", "note"):
        value = translated(message[name]) if name in ("state", "severity") else message[name]
        print(f"{translated(f'{name}:'):11}{value}")
    targets, infobases = " ".join(message["targets"]), number(len(message["infobases"]), "infobase")
    print(f"{translated('targets:'):11}{targets} ({infobases})")
    for name in ("starts_at", "ends_at", "ended_at"):
        if message[name]:
            print(f"{translated(f'{name}:'):11}{for_people(parse_instant(message[name]), zone, spoken())}")
    print_texts(translated("text"), _shown(message))
    # An older service has neither updates nor closing words.
    updates = message.get("updates", [])
    if message.get("live") or updates:
        print_texts(translated("as written"), _newest(message))
    for update in updates[1:]:
        since = for_people(parse_instant(update["at"]), zone, spoken())
        print_texts(translated(f"update of {since}"), update["text"])
    if updates:
        print_texts(translated("first text"), message["text"])
    if message.get("closing"):
        print_texts(translated("closing words"), message["closing"])
    print_history(events, zone)


@app.command()
def extend(
    state: State,
    id: Id,
    by: Annotated[str | None, typer.Option(help="How much longer it lasts: 30m, 1h.")] = None,
    until: Annotated[str | None, typer.Option(help="Its new end: 15:00, 'tomorrow 06:00'.")] = None,
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """Give a message a later (or earlier) end."""
    check_output(output)
    if (by is None) == (until is None):
        raise CommandFailed("say how long, with --by 30m or --until 15:00", BAD_INPUT)
    client = connect(state, server, token)
    now, zone = client.clock()
    try:
        if by is not None:
            body = {"by": format_duration(parse_duration(by))}
        else:
            body = {"ends_at": format_instant(parse_typed(until or "", now, zone))}
    except ValueError as error:
        raise CommandFailed(str(error), BAD_INPUT) from None
    message = client.post(f"messages/{id}/extend", body)
    if output == "json":
        print_json(message)
    else:
        print(f"{id} {_until(message, zone)}")
    _say(*_doubts(message, zone), *_lateness(message))


@app.command(context_settings=_BY_LANGUAGE)
def update(
    context: typer.Context,
    state: State,
    id: Id,
    text: Annotated[
        str | None,
        typer.Option(
            help="What users read from now on; --text-en, --text-ru, … for one language.", show_default=False
        ),
    ] = None,
    server: Server = None,
    token: Token = None,
    output: Output = "text",
    direct: Direct = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Give a message a later text; pages go on showing the earlier ones below it."""
    check_output(output)
    by_language = texts_given(context.args, context.command_path)
    if text is None and not by_language:
        raise CommandFailed("say what users should read, with --text or --text-en, --text-ru, …", BAD_INPUT)
    with reached(state, server, token, config if direct else None) as client:
        _, zone = client.clock()
        message = client.post(f"messages/{id}/updates", {"text": text_for(client, text, by_language)})
    if output == "json":
        print_json(message)
    else:
        print(f"{id} {_until(message, zone)}")
    _say(*_doubts(message, zone), *_lateness(message))


@app.command(context_settings=_BY_LANGUAGE)
def end(
    state: State,
    ids: Ids,
    closing: Annotated[
        str | None,
        typer.Option(
            help="Words that pages show for a while when it is over; --closing-en, --closing-ru, … for one language.",
            show_default=False,
        ),
    ] = None,
    server: Server = None,
    token: Token = None,
    output: Output = "text",
    direct: Direct = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """End messages now; a message that is over already is left as it is, but for closing words."""
    check_output(output)
    message_ids, by_language = split_texts(ids, "--closing-", "message end")
    if not message_ids:
        raise CommandFailed("name the message to end, by its id", BAD_INPUT)
    # What it prints as JSON waits for the tree to have it.
    with one_by_one(output) as print_one, reached(state, server, token, config if direct else None) as client:
        has_words = closing is not None or bool(by_language)
        body = {"closing": text_for(client, closing, by_language)} if has_words else None
        for message_id in message_ids:
            message = client.post(f"messages/{message_id}/end", body)
            print_one(message, f"{message_id} {translated(message['state'])}")
            _say(*_lateness(message))


app.command()(session_locks.rac)
app.command("import-lock")(session_locks.import_lock)


def _shown(message: dict[str, Any]) -> str | dict[str, str]:
    """What is shown of a message, in the languages in which it is written; an older service fills nothing in."""
    text = _newest(message)
    shown: dict[str, str] | None = message.get("shown")
    if shown is None:
        return text
    if isinstance(text, str):
        return text if set(shown.values()) == {text} else shown
    return {language: shown.get(language, each) for language, each in text.items()}


def _newest(message: dict[str, Any]) -> str | dict[str, str]:
    """What users read of a message, as it was typed: its newest update, if there is one."""
    updates = message.get("updates")
    newest: str | dict[str, str] = updates[0]["text"] if updates else message["text"]
    return newest


def _until(message: dict[str, Any], zone: tzinfo) -> str:
    return _shown_until(parse_instant(message["ends_at"]), zone)


def _shown_until(ends_at: datetime, zone: tzinfo) -> str:
    return translated(f"until {for_people(ends_at, zone, spoken())}")


def _doubts(message: dict[str, Any], zone: tzinfo) -> Iterator[str]:
    """What jars in the text of a message as it is shown now."""
    from errorhelp.text.placeholders import unknown_names
    from errorhelp.text.wording_hints import names_other_time

    end = parse_instant(message["ends_at"]).astimezone(zone)
    shown, written = in_each_language(_shown(message)), in_each_language(_newest(message))
    unfilled = {name for each in shown for name in unknown_names(each, ())}
    for name in dict.fromkeys(name for each in written for name in unknown_names(each, ())):
        if name in unfilled:
            yield f"warning: users read {{{name}}} as it stands; nothing is known to fill in"
    if any(names_other_time(each, end) for each in shown):
        yield f"warning: the text names another time than its end, {end:%H:%M}"


def _lateness(message: dict[str, Any]) -> Iterator[str]:
    """That the tree does not have a change yet; an older service does not say."""
    if message.get("tree") == "behind":
        reason = f": {message['tree_error']}" if message["tree_error"] else ""
        yield f"warning: the service shows this, but the published tree does not have it yet{reason}"


def warn_of_lateness(changed: dict[str, Any]) -> None:
    """Say on standard error that the tree does not have a change yet."""
    _say(*_lateness(changed))


def _say(*lines: str) -> None:
    for line in lines:
        print(f"errorhelp: {translated(line)}", file=sys.stderr)


def _period(
    now: datetime, zone: tzinfo, from_: str | None, until: str | None, for_: str | None
) -> tuple[datetime | None, datetime]:
    """Start (None: now) and end, as typed."""
    try:
        starts_at = parse_typed(from_, now, zone) if from_ else None
        if until is not None:
            return starts_at, parse_typed(until, now, zone)
        return starts_at, (starts_at or now) + parse_duration(for_ or "")
    except ValueError as error:
        raise CommandFailed(str(error), BAD_INPUT) from None


def _ask_about_everything(client: Client, body: dict[str, Any]) -> None:
    if not sys.stdin.isatty():
        raise CommandFailed("--to '*' shows this to everybody; add --yes if that is meant", BAD_INPUT)
    count = len(client.post("preview", body)["infobases"])
    typer.confirm(translated(f"Show this to the users of all {count} infobases?"), abort=True)
