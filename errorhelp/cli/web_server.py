"""`errorhelp web-server`: the configuration of the web server in front."""

import difflib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from errorhelp.cli.client import BAD_INPUT, FAILED, CommandFailed
from errorhelp.cli.language import LANGUAGES, spoken, translated
from errorhelp.cli.options import DEFAULT_CONFIG, Config, configuration_file
from errorhelp.cli.plural_words import number
from errorhelp.cli.written_output import write_out
from errorhelp.web_server import WebServer

if TYPE_CHECKING:
    from errorhelp.web_server.sites import Sites

_MOST_NAMED = 10


def web_server(
    kind: Annotated[WebServer, typer.Argument(metavar="KIND", help="nginx, apache or iis.")],
    config: Config = DEFAULT_CONFIG,
    output: Annotated[Path | None, typer.Option(help="The file, instead of standard output.")] = None,
    check: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write nothing; print how FILE differs. Exit code 1 if it is out of date.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write the web server's configuration for errorhelp and all publications.

    Standard error names what is left out: hosts for which no web server of 1C is set, and publications that cannot
    be served.
    """
    from errorhelp.web_server.configuration_file import configuration_file as written

    if check is not None and output is not None:
        raise CommandFailed("give either --output or --check", BAD_INPUT)
    sites = _sites(config, kind)
    for host, count in sites.left_out.items():
        _print(
            f"{host}: {number(count, 'publication')} left out; set the backend of this host in web_server.hosts"
        )
    for text in sites.unusable[:_MOST_NAMED]:
        _print(text)
    if (more := len(sites.unusable) - _MOST_NAMED) > 0:
        _print(f"{number(more, 'publication')} more left out like these")
    if check is not None:
        _compare(check, {language: written(kind, sites, language) for language in LANGUAGES})
        return
    write_out(output, written(kind, sites, spoken()))


def _sites(config: Path, kind: WebServer) -> "Sites":
    from errorhelp.config import ConfigurationError, load
    from errorhelp.config.web_server_builder import build_front
    from errorhelp.web_server.sites import UnusableSites, sites_of

    try:
        # No secret is needed here.
        loaded = load(configuration_file(config), None)
        front = build_front(loaded.settings, loaded.tree)
        return sites_of(
            loaded.catalog.infobases.values(),
            loaded.catalog.public_url,
            front,
            languages=loaded.catalog.languages,
            case_counts=kind is not WebServer.IIS,
        )
    except ConfigurationError as error:
        raise CommandFailed(f"the configuration cannot be used:\n{error}", BAD_INPUT) from None
    except UnusableSites as error:
        raise CommandFailed(str(error), BAD_INPUT) from None


def _compare(file: Path, written: dict[str, bytes]) -> None:
    """Nothing for a file that says the same in any language; else its differences, and the exit code."""
    try:
        installed = file.read_bytes()
    except FileNotFoundError:
        raise CommandFailed(f"{file} is not there yet; --output writes it", FAILED) from None
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read: {error.strerror}", BAD_INPUT) from None
    if installed in written.values():
        return
    before = installed.decode("utf-8", "replace").splitlines()
    differences = [
        list(
            difflib.unified_diff(before, data.decode().splitlines(), str(file), "errorhelp.yaml", lineterm="")
        )
        for data in written.values()
    ]
    # That in the language of the file has the fewest.
    print(*min(differences, key=len), sep="\n")
    raise CommandFailed(f"{file} is out of date; --output writes it anew", FAILED)


def _print(text: str) -> None:
    print(f"errorhelp: {translated(text)}", file=sys.stderr)
