"""`errorhelp status`: how a running service is doing."""

from typing import Any
from zoneinfo import ZoneInfo

import typer

from errorhelp.cli.client import ASKED_WRONGLY, BROKEN, NO_ANSWER, CommandFailed, NotRunning, connect
from errorhelp.cli.json_output import print_json
from errorhelp.cli.language import spoken, translated
from errorhelp.cli.options import Output, Server, State, Token, check_output
from errorhelp.text.times import for_people, parse_instant


def status(state: State, server: Server = None, token: Token = None, output: Output = "text") -> None:
    """Say how the running service is doing: configuration, store, messages.

    Exit code 0: well; 1: help is served, but the newest configuration is not in force, or store, tree or copies are
    broken;
    2: no service answers; 3: wrong token or option.
    """
    try:
        check_output(output)
        document = connect(state, server, token).get("status")
    except CommandFailed as error:
        error.exit_code = _exit_code(error)
        raise
    if output == "json":
        print_json(document)
    else:
        _tell(document)
    published = [each for each in (document["tree"], *document.get("copies", ())) if each is not None]
    is_published = not any(each["error"] for each in published)
    if document["configuration"]["refused"] or not document["store"]["ok"] or not is_published:
        raise typer.Exit(BROKEN)


def _exit_code(error: CommandFailed) -> int:
    if isinstance(error, NotRunning):
        return NO_ANSWER
    # A service whose store cannot look the token up says that itself.
    is_answered = error.details.get("problem", {}).get("status", 0) >= 500
    return BROKEN if is_answered else ASKED_WRONGLY


def _tell(document: dict[str, Any]) -> None:
    configuration, store, tree = document["configuration"], document["store"], document["tree"]
    zone = ZoneInfo(document["time_zone"])

    def when(instant: str) -> str:
        return for_people(parse_instant(instant), zone, spoken())

    since = when(configuration["loaded_at"])
    print(translated(f"configuration {configuration['digest']}, in force since {since}"))
    if configuration["refused"]:
        print(translated(f"NOT in force, the newest one: {configuration['refused']}"))
    if configuration.get("retention_waits"):
        print(translated(f"NOT in force: {configuration['retention_waits']}"))
    # Settings have these names, too: what errors say of them is another text.
    print(translated("store:"), translated("ok" if store["ok"] else store["error"]))
    if tree:
        published = when(tree["published_at"]) if tree["published_at"] else translated("never")
        print(translated(f"tree: {tree['folder']}, {tree['error'] or 'ok'}, published {published}"))
    for copy in document.get("copies", ()):
        copied = when(copy["copied_at"]) if copy["copied_at"] else translated("never")
        here = "ok" if copy["current"] else "being written"
        how = translated(here if copy["written_here"] else "written by another node")
        if error := copy["error"]:
            print(translated(f"copy {copy['id']}, copied {copied}: {error}"))
        else:
            print(translated(f"copy {copy['id']}: {copy['where']}, {how}, copied {copied}"))
    for listener, connections in document["connections"].items():
        gave_way = connections["gave_way"]
        line = translated(f"{listener} connections: {connections['open']} of at most {connections['most']}")
        if closed := gave_way["all"] + gave_way["client"]:
            line += translated(f", {closed} idle ones closed to make room")
        if gave_way["new"]:
            line += translated(f", {gave_way['new']} refused")
        print(line)
    counts = ", ".join(f"{count} {translated(name)}" for name, count in document["messages"].items())
    print(translated("messages:"), counts or translated("none"))
    following = when(document["next_change"]) if document["next_change"] else translated("none planned")
    print(translated(f"next change: {following}"))
