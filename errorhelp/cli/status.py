"""`errorhelp status`: how a running service is doing."""

import json
from zoneinfo import ZoneInfo

from errorhelp.cli.client import BAD_INPUT, CommandFailed, connect
from errorhelp.cli.language import spoken, translated
from errorhelp.cli.options import Output, Server, State, Token
from errorhelp.text.times import for_people, parse_instant


def status(state: State, server: Server = None, token: Token = None, output: Output = "text") -> None:
    """Say how the running service is doing: configuration, store, messages."""
    document = connect(state, server, token).get("status")
    if output == "json":
        print(json.dumps(document, ensure_ascii=False, indent=2))
        return
    if output != "text":
        raise CommandFailed(f"--output {output!r} must be text or json", BAD_INPUT)
    configuration, store, tree = document["configuration"], document["store"], document["tree"]
    zone = ZoneInfo(document["time_zone"])

    def when(instant: str) -> str:
        return for_people(parse_instant(instant), zone, spoken())

    since = when(configuration["loaded_at"])
    print(translated(f"configuration {configuration['digest']}, in force since {since}"))
    if configuration["refused"]:
        print(translated(f"NOT in force, the newest one: {configuration['refused']}"))
    print(translated("store: ok" if store["ok"] else f"store: {store['error']}"))
    if tree:
        published = when(tree["published_at"]) if tree["published_at"] else translated("never")
        print(translated(f"tree: {tree['folder']}, {tree['error'] or 'ok'}, published {published}"))
    for listener, connections in document["connections"].items():
        gave_way = connections["gave_way"]
        line = translated(f"{listener} connections: {connections['open']} of at most {connections['most']}")
        if closed := gave_way["all"] + gave_way["client"]:
            line += translated(f", {closed} idle ones closed to make room")
        if gave_way["new"]:
            line += translated(f", {gave_way['new']} refused")
        print(line)
    counts = ", ".join(f"{count} {translated(name)}" for name, count in document["messages"].items())
    print(translated(f"messages: {counts or translated('none')}"))
    following = when(document["next_change"]) if document["next_change"] else translated("none planned")
    print(translated(f"next change: {following}"))
