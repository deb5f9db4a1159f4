"""`errorhelp v8i client-config`: a launcher's 1CEStart.cfg with the address of a list in it."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from errorhelp.cli.client import BAD_INPUT, CommandFailed
from errorhelp.cli.language import translated
from errorhelp.cli.options import DEFAULT_CONFIG, Config, configuration_file
from errorhelp.cli.written_output import write_out


class Key(StrEnum):
    """The keys under which launchers know lists: at the address of a service, or in a file on a share."""

    INTERNET_SERVICE = "InternetService"
    WEB_COMMON_INFO_BASES = "WebCommonInfoBases"
    COMMON_INFO_BASES = "CommonInfoBases"


def write_client_config(
    list_id: Annotated[str, typer.Argument(metavar="LIST", help="The list's id.")],
    config: Config = DEFAULT_CONFIG,
    key: Annotated[
        Key, typer.Option(help="The key of 1CEStart.cfg that names the list.")
    ] = Key.INTERNET_SERVICE,
    path: Annotated[
        str | None, typer.Option(help="For CommonInfoBases: the list's *.v8i on a share.", show_default=False)
    ] = None,
    output: Annotated[Path | None, typer.Option(help="The file, instead of standard output.")] = None,
    merge: Annotated[
        Path | None, typer.Option(help="An existing file to put the list into; everything else in it stays.")
    ] = None,
) -> None:
    """Write a 1CEStart.cfg that makes launchers read a list, or put the list into one that there is."""
    from errorhelp.formats import launcher_config
    from errorhelp.system import foreign_files

    value = _value(list_id, configuration_file(config), key, path)
    if merge is None:
        write_out(output, launcher_config.new(key.value, value))
        return
    try:
        before = merge.read_bytes()
        after = launcher_config.parse(before).with_list(key.value, value).to_bytes()
        if output is not None:
            write_out(output, after)
        elif after != before:
            foreign_files.replace(merge, before, after)
    except OSError as error:
        raise CommandFailed(f"{merge}: {error.strerror}", BAD_INPUT) from None
    except ValueError as error:
        raise CommandFailed(f"{merge}: {error}", BAD_INPUT) from None
    except foreign_files.ChangedMeanwhile as error:
        raise CommandFailed(str(error)) from None
    there = translated(" was there already") if after == before else ""
    print(f"{output or merge}: {key.value}={value}{there}", file=sys.stderr)


def _value(list_id: str, config: Path, key: Key, path: str | None) -> str:
    """The address or the path by which launchers find the list."""
    from errorhelp.answers.list_answers import launcher_address
    from errorhelp.catalog.lists import Access
    from errorhelp.config import ConfigurationError, load

    try:
        catalog = load(config).catalog
    except ConfigurationError as error:
        raise CommandFailed(f"the configuration cannot be used:\n{error}", BAD_INPUT) from None
    connection_list = catalog.lists.get(list_id)
    if connection_list is None:
        known = ", ".join(catalog.lists) or "none"
        raise CommandFailed(f"there is no list {list_id!r} in the configuration (known: {known})", BAD_INPUT)
    if (key is Key.COMMON_INFO_BASES) != (path is not None):
        raise CommandFailed(
            "CommonInfoBases is the path of a file: give --key CommonInfoBases and --path together "
            rf"(e.g. --path \\files\1c\{list_id}.v8i)",
            BAD_INPUT,
        )
    if path is not None:
        return path
    if connection_list.access is Access.TOKEN:
        warning = f"{list_id}: launchers cannot show a token; give the list access public or proxy"
        print(translated(warning), file=sys.stderr)
    if not catalog.public_url:
        raise CommandFailed(
            "the configuration does not say under which address clients reach the service; "
            "set public.url (e.g. https://help.example.com)",
            BAD_INPUT,
        )
    return launcher_address(catalog, connection_list)
