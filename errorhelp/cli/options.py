"""Options that several commands share; a flag wins over the environment, the environment over the default."""

from pathlib import Path
from typing import Annotated

import typer

from errorhelp.cli.client import BAD_INPUT, CommandFailed


def _default_state() -> Path:
    from errorhelp.system.state_directory import default_state

    return default_state()


Config = Annotated[
    Path,
    typer.Option(envvar="ERRORHELP_CONFIG", help="The configuration: a YAML file, or the folder it is in."),
]
State = Annotated[
    Path,
    typer.Option(
        envvar="ERRORHELP_STATE",
        help="The state directory: database, token, address of the running service.",
        default_factory=_default_state,
        show_default="the operating system's place for it",
    ),
]
Server = Annotated[
    str | None,
    typer.Option(
        envvar="ERRORHELP_SERVER", help="The admin listener's URL.", show_default="the local service"
    ),
]
Token = Annotated[
    str | None,
    typer.Option(envvar="ERRORHELP_TOKEN", help="The API token.", show_default="the state directory's"),
]
Direct = Annotated[
    bool,
    typer.Option(
        "--direct",
        help="When the service cannot run: change its state directory and the published tree directly.",
    ),
]
Output = Annotated[str, typer.Option("--output", "-o", help="text or json.", metavar="FORMAT")]

DEFAULT_CONFIG = Path("config/errorhelp.yaml")


def configuration_file(config: Path) -> Path:
    """The file that `--config` means."""
    return config / "errorhelp.yaml" if config.is_dir() else config


def check_output(output: str) -> None:
    """CommandFailed unless `--output` names a format."""
    if output not in ("text", "json"):
        raise CommandFailed(f"--output {output!r} must be text or json", BAD_INPUT)
