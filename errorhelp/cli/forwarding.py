"""`errorhelp report outbox`, `retry`, `drop`, `forward-test`: what targets have not taken, and whether they work."""

import json
from typing import Annotated, Any
from urllib.parse import quote

import typer

from errorhelp.cli.client import BAD_INPUT, FAILED, CommandFailed, connect
from errorhelp.cli.json_output import print_json
from errorhelp.cli.language import spoken, translated
from errorhelp.cli.options import Output, Server, State, Token, check_output
from errorhelp.cli.plural_words import number, warn_of_more
from errorhelp.text.times import for_people, parse_instant


def list_outbox(
    state: State,
    target: Annotated[str, typer.Option(help="Only notifications to this target, by its id.")] = "",
    dead: Annotated[bool, typer.Option("--dead", help="Only those that are not tried any more.")] = False,
    limit: Annotated[int, typer.Option(help="How many at most.")] = 100,
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """List the notifications that are not delivered yet, in the order of delivery."""
    check_output(output)
    client = connect(state, server, token)
    query = {"target": target, "state": "dead" if dead else "", "limit": str(limit)}
    page = client.get("outbox", **{name: value for name, value in query.items() if value})
    entries = page["entries"]
    warn_of_more(page, entries)
    if output == "json":
        print(json.dumps(entries, ensure_ascii=False, indent=2))
        return
    _, zone = client.clock()
    for each in entries:
        created_at = for_people(parse_instant(each["created_at"]), zone, spoken())
        print(
            f"{each['id']}  {each['target']:12}  {_state(each):7}  {created_at}  "
            f"{each['notification']['occasion']:7}  {each['attempts']:>3} attempts  {each['error']}"
        )


def retry(
    state: State,
    id: Annotated[
        str, typer.Argument(metavar="[ID]", help="The notification's id, as printed by outbox.")
    ] = "",
    target: Annotated[str, typer.Option(help="Everything that is not delivered to this target yet.")] = "",
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """Try to deliver a notification again, or all notifications to a target."""
    check_output(output)
    if bool(id) == bool(target):
        raise CommandFailed("name either an entry, as printed by outbox, or a --target", BAD_INPUT)
    client = connect(state, server, token)
    answer = client.post(f"outbox/{id}/retry" if id else f"targets/{target}/retry")
    if output == "json":
        print_json(answer)
    elif id:
        print(translated(f"{id} is tried again"))
    else:
        print(translated(f"{answer['retried']} entries are tried again"))


def drop(
    state: State,
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID]...", help="The notification's id, as printed by outbox."),
    ] = None,
    target: Annotated[
        str,
        typer.Option(
            help="Everything for this target that is not tried any more; all of it, if it is not configured."
        ),
    ] = "",
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """Drop notifications that are not tried any more, or whose target is not configured any more."""
    check_output(output)
    if bool(ids) == bool(target):
        raise CommandFailed("name either entries, as printed by outbox, or a --target", BAD_INPUT)
    client = connect(state, server, token)
    if target:
        dropped = client.post(f"targets/{quote(target, safe='')}/drop")["dropped"]
    else:
        dropped = sum(client.post(f"outbox/{quote(each, safe='')}/drop")["dropped"] for each in ids or ())
    counted = number(dropped, "notification")
    print(json.dumps({"dropped": dropped}) if output == "json" else translated(f"{counted} dropped"))


def test(
    state: State,
    target: Annotated[str, typer.Argument(metavar="[TARGET]", help="The target; all if left out.")] = "",
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """Send a target a test notification now, and say whether it was delivered. Exit code 1 if not."""
    check_output(output)
    client = connect(state, server, token)
    targets = [target] if target else [each["id"] for each in client.get("targets")["targets"]]
    if not targets:
        raise CommandFailed(
            "the configuration has no targets; see reports.forward in its reference", BAD_INPUT
        )
    results = [client.post(f"targets/{each}/test") for each in targets]
    if output == "json":
        print(json.dumps(results, ensure_ascii=False, indent=2))
    else:
        for each in results:
            print(f"{each['target']}: {translated('delivered') if each['delivered'] else each['error']}")
    if not all(each["delivered"] for each in results):
        raise typer.Exit(FAILED)


def _state(entry: dict[str, Any]) -> str:
    """`gone`: its target is not configured any more; an older service does not say."""
    return "gone" if entry.get("target_gone") else str(entry["state"])
