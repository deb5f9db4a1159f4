"""`errorhelp init`: a starting configuration to write the rest into."""

from pathlib import Path
from typing import Annotated

import typer

from errorhelp.cli.client import BAD_INPUT, CommandFailed
from errorhelp.cli.json_output import print_json
from errorhelp.cli.language import spoken, translated
from errorhelp.cli.options import Output, check_output

_HERE = Path(__file__).parent


def init(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder; it is created if there is none.")
    ],
    output: Output = "text",
) -> None:
    """Write a commented starting configuration."""
    from errorhelp.config.json_schema import schema_json
    from errorhelp.system import atomic_files

    check_output(output)
    file = directory / "errorhelp.yaml"
    if file.exists():
        raise CommandFailed(f"{file} is already there and stays as it is; choose another folder", BAD_INPUT)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        atomic_files.write(directory / "errorhelp.schema.json", schema_json())
        atomic_files.write(file, (_HERE / f"starting.{spoken()}.yaml").read_bytes())
    except OSError as error:
        raise CommandFailed(f"{directory} cannot be written: {error.strerror}") from None
    if output == "json":
        print_json({"file": str(file)})
        return
    print(translated(f"wrote {file}"))
    print(translated("next: put your infobases into it, or import a list that you have:"))
    print(f"  errorhelp v8i import LIST.v8i --output {directory / 'infobases.yaml'}")
    print(f"  errorhelp check --config {file}")
    print(f"  errorhelp serve --config {file}")
