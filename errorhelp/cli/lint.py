"""`errorhelp v8i lint`: what is wrong with connection lists."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from errorhelp.cli.client import BAD_INPUT
from errorhelp.cli.json_output import print_json
from errorhelp.cli.language import translated
from errorhelp.cli.options import Output, check_output

_FOUND = 1


def lint_lists(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="The connection lists (*.v8i).")],
    output: Output = "text",
) -> None:
    """Print what is wrong with connection lists, as file:line: text.

    Exit code 0 if nothing is wrong (notes do not count), 1 if something is, 2 if a file cannot be read.
    """
    from errorhelp.formats import v8i
    from errorhelp.formats.v8i_lint import lint_bytes

    check_output(output)
    found: list[dict[str, str | int]] = []
    is_wrong = False
    exit_code = 0
    for file in files:
        try:
            data = file.read_bytes()
            v8i.refuse_utf16(data)
        except OSError as error:
            print(f"{file}: {translated(str(error.strerror))}", file=sys.stderr)
            exit_code = BAD_INPUT
        except ValueError as error:
            print(f"{file}: {translated(str(error))}", file=sys.stderr)
            exit_code = BAD_INPUT
        else:
            for each in lint_bytes(data):
                is_wrong |= not each.is_note
                level = "note" if each.is_note else "problem"
                found.append({"file": str(file), "line": each.line, "level": level, "text": each.text})
    if output == "json":
        print_json(found)
    else:
        for line in found:
            note = translated("note: ") if line["level"] == "note" else ""
            print(f"{line['file']}:{line['line']}: {note}{translated(str(line['text']))}")
    raise typer.Exit(exit_code or (_FOUND if is_wrong else 0))
