"""`errorhelp message rac` and `message import-lock`: session locks and messages that say the same."""

import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from errorhelp.cli.client import BAD_INPUT, Client, CommandFailed, connect
from errorhelp.cli.json_output import print_json
from errorhelp.cli.language import spoken, translated
from errorhelp.cli.options import Output, Server, State, Token, check_output
from errorhelp.cli.written_output import write_out
from errorhelp.formats.shells import Shell
from errorhelp.messages.message import Severity
from errorhelp.text.texts import choose
from errorhelp.text.times import for_people, format_instant, local_to_instant, parse_duration

if TYPE_CHECKING:
    from errorhelp.formats.rac import SessionLock
    from errorhelp.messages.session_locks import ServerInfobase

TimeZone = Annotated[
    str | None,
    typer.Option(
        help="The time zone of the 1C server: rac takes and prints its local time.",
        show_default="the service's",
    ),
]
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def rac(
    id: Annotated[str, typer.Argument(metavar="ID", help="The message's id, as printed by post.")],
    state: State,
    shell: Annotated[Shell, typer.Option(help="The shell that the commands are for.")] = Shell.SH,
    lift: Annotated[
        bool, typer.Option("--lift", help="Lift the lock; reset only what the same options set.")
    ] = False,
    permission_code: Annotated[
        str,
        typer.Option(
            help="A code with which people can log in despite the lock.", show_default="the one that is set"
        ),
    ] = "",
    scheduled_jobs: Annotated[
        bool,
        typer.Option("--scheduled-jobs", help="Deny scheduled jobs too, from now until the lock is lifted."),
    ] = False,
    list_sessions: Annotated[
        bool, typer.Option("--list-sessions", help="Add commands that print who is still logged in.")
    ] = False,
    end_sessions_after: Annotated[
        str | None,
        typer.Option(
            metavar="DURATION",
            help="End the sessions that are still open this long after the lock begins; their users see the text.",
            show_default="they go on",
        ),
    ] = None,
    path_of_rac: Annotated[
        str,
        typer.Option(
            "--rac", metavar="PATH", help="The rac program on the machine where the commands are run."
        ),
    ] = "rac",
    ras: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[SERVER=]ADDRESS",
            help="The administration server (ras) of all 1C servers, or of one. Repeatable.",
            show_default="the 1C server, port 1545",
        ),
    ] = None,
    cluster: Annotated[
        str | None, typer.Option(help="The cluster's UUID.", show_default="found by its port in Srvr")
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="The language of the text.", show_default="the first configured")
    ] = None,
    time_zone: TimeZone = None,
    output: Annotated[
        Path | None,
        typer.Option(help="The file to write, in the shell's encoding, instead of standard output."),
    ] = None,
    server: Server = None,
    token: Token = None,
) -> None:
    """Print the rac commands that lock infobases with a message's text and times, or lift that lock.

    They find clusters by port and infobases by name, and change nothing where one is not found exactly once.
    """
    from errorhelp.cli.api_messages import read_message
    from errorhelp.messages.session_locks import (
        Administration,
        AmbiguousServer,
        denial_for,
        deny_script,
        lift_script,
        lock_for,
    )

    wait = _duration(end_sessions_after)
    client = connect(state, server, token)
    document = client.get(f"messages/{id}")
    if not lift and document["state"] not in ("active", "scheduled"):
        raise CommandFailed(f"message {id} is over; --lift prints how to lift its lock", BAD_INPUT)
    infobases = _server_infobases(client, document["infobases"])
    where = Administration(path_of_rac, _administration_servers(ras or ()), cluster)
    try:
        if lift:
            script = lift_script(
                shell, infobases, where, permission_code=bool(permission_code), scheduled_jobs=scheduled_jobs
            )
        else:
            status = client.get("status")
            message = read_message(document)
            languages = (language or status["languages"][0], *status["languages"])
            # Of an older service, which fills nothing in, the text is what is shown.
            text = choose(document.get("shown") or document["text"], languages[0], languages)
            lock = lock_for(message, text, _zone(client, time_zone), permission_code)
            denial = replace(
                denial_for(message, lock),
                scheduled_jobs=scheduled_jobs,
                lists_sessions=list_sessions,
                end_sessions_after=wait,
            )
            script = deny_script(shell, infobases, denial, where)
    except AmbiguousServer as error:
        raise CommandFailed(str(error), BAD_INPUT) from None
    _write(output, shell, script)


def import_lock(
    state: State,
    file: Annotated[
        Path | None, typer.Argument(help="What rac infobase info printed.", show_default="standard input")
    ] = None,
    to: Annotated[
        str | None, typer.Option(help="The infobase's id.", show_default="found by its name on the server")
    ] = None,
    severity: Annotated[Severity, typer.Option(help="How serious it is.")] = Severity.MAINTENANCE,
    time_zone: TimeZone = None,
    encoding: Annotated[
        str, typer.Option(help="The encoding of what rac printed; cp866 on a Russian Windows.")
    ] = "utf-8",
    yes: Annotated[bool, typer.Option("--yes", help="Post without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the message and do not post it.")] = False,
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """Post the message of a session lock, as `rac infobase info` prints it, and print its id."""
    from errorhelp.formats.rac import read_infobase_info

    check_output(output)
    try:
        info = read_infobase_info(_read(file, encoding))
    except ValueError as error:
        raise CommandFailed(str(error), BAD_INPUT) from None
    if info.lock is None:
        raise CommandFailed(f"{info.name} denies no sessions: there is nothing to post", BAD_INPUT)
    client = connect(state, server, token)
    zone = _zone(client, time_zone)
    body = {
        "targets": [to or _infobase_called(client, info.name)],
        **_text_and_times(info.lock, zone),
        "severity": severity.value,
        "note": "imported from a session lock",
    }
    if dry_run:
        print_json(client.post("preview", body)["message"])
        return
    if not yes:
        _ask(body, zone, may_ask=file is not None)
    posted = client.post("messages", body)
    if output == "json":
        print_json(posted)
    else:
        print(posted["id"])
    # `message` has this command among its own.
    from errorhelp.cli.message import warn_of_lateness

    warn_of_lateness(posted)


def _duration(text: str | None) -> timedelta | None:
    if text is None:
        return None
    try:
        return parse_duration(text)
    except ValueError as error:
        raise CommandFailed(f"--end-sessions-after: {error}", BAD_INPUT) from None


def _administration_servers(given: Iterable[str]) -> dict[str, str]:
    """By the 1C server that each is for, `""` for all."""
    found: dict[str, str] = {}
    for each in given:
        server, equals, address = each.rpartition("=")
        if not address or (equals and not server):
            raise CommandFailed(f"--ras {each!r} is neither ADDRESS nor SERVER=ADDRESS", BAD_INPUT)
        key = server.strip().casefold()
        if found.setdefault(key, address) != address:
            raise CommandFailed(f"--ras names two for {server or 'all servers'}", BAD_INPUT)
    return found


def _write(output: Path | None, shell: Shell, script: str) -> None:
    from errorhelp.formats.shells import script_file

    if output is None:
        print(script, end="")
        return
    write_out(output, script_file(shell, script))


def _server_infobases(client: Client, ids: list[str]) -> "list[ServerInfobase]":
    """Those of the infobases that are on a 1C server; for the others a note says that rac cannot lock them."""
    from errorhelp.formats.connect_string import ServerConnection, parse_connect
    from errorhelp.messages.session_locks import ServerInfobase

    found: list[ServerInfobase] = []
    for document in client.all("infobases", "infobases"):
        if document["id"] not in ids:
            continue
        connection = parse_connect(document["connect"])
        if isinstance(connection, ServerConnection):
            found.append(ServerInfobase(document["id"], document["name"], connection))
        else:
            print(translated(f"{document['id']} is on no 1C server: rac cannot lock it"), file=sys.stderr)
    if not found:
        raise CommandFailed("the message is about no infobase on a 1C server", BAD_INPUT)
    return found


def _infobase_called(client: Client, ref: str) -> str:
    """The id of the one infobase that has this name on its server."""
    from errorhelp.formats.connect_string import ServerConnection, parse_connect

    ids = []
    for document in client.all("infobases", "infobases"):
        connection = parse_connect(document["connect"])
        if isinstance(connection, ServerConnection) and connection.ref.casefold() == ref.casefold():
            ids.append(document["id"])
    match ids:
        case [infobase_id]:
            return str(infobase_id)
        case []:
            raise CommandFailed(f"no infobase is called {ref!r} on its server; name one with --to", BAD_INPUT)
    several = ", ".join(ids)
    raise CommandFailed(f"several infobases are called {ref!r}: {several}; name one with --to", BAD_INPUT)


def _text_and_times(lock: "SessionLock", zone: tzinfo) -> dict[str, Any]:
    if not lock.text.strip():
        raise CommandFailed("the lock has no text (denied-message): post one with message post", BAD_INPUT)
    if lock.denied_to is None:
        raise CommandFailed("the lock has no end (denied-to): post one with message post", BAD_INPUT)
    starts_at = lock.denied_from and format_instant(local_to_instant(lock.denied_from, zone))
    return {
        "text": lock.text,
        "starts_at": starts_at,
        "ends_at": format_instant(local_to_instant(lock.denied_to, zone)),
    }


def _ask(body: dict[str, Any], zone: tzinfo, *, may_ask: bool) -> None:
    if not (may_ask and sys.stdin.isatty()):
        raise CommandFailed("add --yes to post it, or --dry-run to see it", BAD_INPUT)
    until = for_people(datetime.fromisoformat(body["ends_at"]), zone, spoken())
    question = f"Show the users of {body['targets'][0]} until {until}: {body['text']}?"
    typer.confirm(translated(question), abort=True)


def _zone(client: Client, name: str | None) -> ZoneInfo:
    if name is None:
        return client.clock()[1]
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise CommandFailed(
            f"--time-zone {name!r} is not a zone of the tz database (e.g. Europe/Moscow)", BAD_INPUT
        ) from None


def _read(file: Path | None, encoding: str) -> str:
    try:
        data = file.read_bytes() if file else sys.stdin.buffer.read()
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror}", BAD_INPUT) from None
    marked = next((name for bom, name in _BOMS.items() if data.startswith(bom)), encoding)
    try:
        return data.decode(marked)
    except LookupError:
        raise CommandFailed(f"--encoding {encoding!r} is not known (e.g. cp866)", BAD_INPUT) from None
    except UnicodeDecodeError:
        raise CommandFailed(
            f"{file or 'the input'} is not {marked} text; name its encoding, such as --encoding cp866",
            BAD_INPUT,
        ) from None
