"""`errorhelp template`: the ready messages that people make, change and delete, beside those of the configuration."""

import json
import sys
from typing import Annotated, Any
from urllib.parse import quote

import typer

from errorhelp.cli.client import BAD_INPUT, CommandFailed, connect
from errorhelp.cli.json_output import one_by_one
from errorhelp.cli.language import translated
from errorhelp.cli.options import Output, Server, State, Token, check_output
from errorhelp.cli.worded_options import text_for, texts_given
from errorhelp.messages.message import Severity

app = typer.Typer(
    help="List the ready messages of the pages, and make, change and delete your own.", no_args_is_help=True
)

Id = Annotated[str, typer.Argument(metavar="ID", help="The template's id, as printed by template list.")]
_TEXT = "What users read; --text-en, --text-ru, … for one language."
_FOLDER = "For whom it is: whoever writes for this folder. Repeatable."
_EXTRA = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.command("list")
def list_(state: State, server: Server = None, token: Token = None, output: Output = "text") -> None:
    """List templates, those of the configuration first."""
    check_output(output)
    templates = connect(state, server, token).all("templates", "templates")
    if output == "json":
        print(json.dumps(templates, ensure_ascii=False, indent=2))
        return
    for each in templates:
        where = " ".join(["", *each["folders"]])
        print(f"{each['id']}  {each['severity']}{where}: {_first(each['name'])}")


@app.command()
def show(state: State, id: Id, server: Server = None, token: Token = None, output: Output = "text") -> None:
    """Show a template with its text."""
    check_output(output)
    template = connect(state, server, token).get(_path(id))
    if output == "json":
        print(json.dumps(template, ensure_ascii=False, indent=2))
        return
    print(f"{template['id']}  {template['severity']}: {_first(template['name'])}")
    text = template["text"]
    for language, wording in {"": text}.items() if isinstance(text, str) else text.items():
        print(f"{language}: {wording}" if language else wording)


@app.command(context_settings=_EXTRA)
def make(
    context: typer.Context,
    state: State,
    name: Annotated[str, typer.Argument(help="What its button says.")],
    text: Annotated[str | None, typer.Option(help=_TEXT, show_default=False)] = None,
    message: Annotated[
        str | None,
        typer.Option(help="Take text and severity of the message with this id.", show_default=False),
    ] = None,
    severity: Annotated[
        Severity | None, typer.Option(help="How serious it is.", show_default="the message's, or outage")
    ] = None,
    folder: Annotated[list[str] | None, typer.Option(help=_FOLDER)] = None,
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """Make a template and print its id."""
    check_output(output)
    by_language = texts_given(context.args, context.command_path)
    is_written = text is not None or bool(by_language)
    if is_written == (message is not None):
        raise CommandFailed("say what users should read, with either --text or --message", BAD_INPUT)
    client = connect(state, server, token)
    like = client.get(f"messages/{quote(message, safe='')}") if message is not None else {}
    made = client.post(
        "templates",
        {
            "name": name,
            "text": text_for(client, text, by_language) if is_written else like["text"],
            "severity": severity.value if severity else like.get("severity", Severity.OUTAGE.value),
            "folders": folder or None,
        },
    )
    print(json.dumps(made, ensure_ascii=False, indent=2) if output == "json" else made["id"])


@app.command(context_settings=_EXTRA)
def change(
    context: typer.Context,
    state: State,
    id: Id,
    name: Annotated[str | None, typer.Option(help="Another name.", show_default="the name it has")] = None,
    text: Annotated[str | None, typer.Option(help=_TEXT, show_default="the text it has")] = None,
    severity: Annotated[
        Severity | None, typer.Option(help="How serious it is.", show_default="as it was")
    ] = None,
    folder: Annotated[list[str] | None, typer.Option(help=_FOLDER, show_default="those it has")] = None,
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """Rename a template, or give it another text, severity or folders."""
    check_output(output)
    by_language = texts_given(context.args, context.command_path)
    client = connect(state, server, token)
    now = client.get(_path(id))
    body = {
        "name": now["name"] if name is None else name,
        "text": text_for(client, text, by_language) if text or by_language else now["text"],
        "severity": severity.value if severity else now["severity"],
        "folders": folder or now["folders"],
    }
    changed = client.put(_path(id), body, now["revision"])
    if output == "json":
        print(json.dumps(changed, ensure_ascii=False, indent=2))
        return
    print(f"errorhelp: {translated(f'template {id} is changed')}", file=sys.stderr)


@app.command()
def delete(
    state: State,
    ids: Annotated[
        list[str], typer.Argument(metavar="ID...", help="The template's id, as printed by template list.")
    ],
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """Delete templates."""
    check_output(output)
    client = connect(state, server, token)
    with one_by_one(output) as print_one:
        for template_id in ids:
            deleted = client.delete(_path(template_id))
            print_one(deleted, translated(f"template {deleted['id']} is deleted"))


def _path(template_id: str) -> str:
    return f"templates/{quote(template_id, safe='')}"


def _first(text: Any) -> str:
    """A text in the first language that it has."""
    return str(text if isinstance(text, str) else next(iter(text.values()), ""))
