"""`errorhelp doctor`: an installation from end to end, and what to mend."""

import asyncio
import ssl
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from errorhelp.cli.client import BAD_INPUT, FAILED, CommandFailed, NotRunning, connect
from errorhelp.cli.json_output import print_json
from errorhelp.cli.language import translated
from errorhelp.cli.options import (
    DEFAULT_CONFIG,
    Config,
    Output,
    Server,
    State,
    Token,
    check_output,
    configuration_file,
)
from errorhelp.doctor import Finding, Level, broken, warning

if TYPE_CHECKING:
    from yarl import URL

    from errorhelp.config import Loaded
    from errorhelp.doctor.client_checks import CheckedAddresses
    from errorhelp.system.state_directory import StateDirectory

_SIGNS = {Level.OK: "ok      ", Level.WARNING: "warning ", Level.BROKEN: "BROKEN  "}


def doctor(
    state: State,
    url: Annotated[
        str | None,
        typer.Argument(
            help="The public address, which clients ask.", show_default="public.url of the configuration"
        ),
    ] = None,
    config: Config = DEFAULT_CONFIG,
    infobase: Annotated[
        list[str] | None, typer.Option(help="The infobase to check, by id. Repeatable.", show_default="a few")
    ] = None,
    ca: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A certificate authority (PEM file) to trust as well, as your clients do."
        ),
    ] = None,
    server: Server = None,
    token: Token = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as -o json.")] = False,
    output: Output = "text",
) -> None:
    """Look at an installation as clients see it, and on this machine; say what to mend.

    Exit code 0 with warnings, 1 if something is broken. On another machine, without the configuration, it needs the
    address and --infobase, and looks from the client's side only.
    """
    from errorhelp.doctor.client_checks import CheckedAddresses, some_of
    from errorhelp.system.state_directory import StateDirectory

    check_output(output)
    findings, loaded = _look_here(StateDirectory(state), configuration_file(config), server, token)
    address = url or (loaded.catalog.public_url if loaded else "")
    if not address:
        raise CommandFailed("name the address that clients ask, or set public.url", BAD_INPUT)
    infobases = tuple(infobase or ()) or (some_of(loaded.catalog) if loaded else ())
    if not infobases:
        raise CommandFailed("the configuration is not here; name an infobase with --infobase", BAD_INPUT)
    catalog = loaded.catalog if loaded else None
    wanted = CheckedAddresses(_url(address), infobases, catalog, _service(StateDirectory(state)))
    findings += asyncio.run(_look(wanted, ca))
    if as_json or output == "json":
        print_json([asdict(each) for each in findings])
    else:
        for line in _lines(findings):
            print(line)
    if any(each.level is Level.BROKEN for each in findings):
        raise typer.Exit(FAILED)


def _look_here(
    state: "StateDirectory", file: Path, server: str | None, token: str | None
) -> "tuple[list[Finding], Loaded | None]":
    """What this machine shows, and the configuration, if they are here."""
    from errorhelp.doctor.machine_checks import (
        look_at_configuration,
        look_at_disks,
        look_at_state,
        look_at_status,
    )

    findings: list[Finding] = []
    loaded = None
    if file.exists():
        loaded, findings = look_at_configuration(file)
    if state.path.exists():
        findings += look_at_state(state)
        folders = {"state": state.path} | ({"tree": loaded.tree} if loaded and loaded.tree else {})
        findings += look_at_disks(folders)
    if server or state.path.exists():
        try:
            findings += look_at_status(connect(state.path, server, token).get("status"))
        except NotRunning as error:
            remedy = "start it; until then only a timer that runs errorhelp publish ends messages in the tree"
            findings.append(broken("service", str(error), remedy))
        except CommandFailed as error:
            findings.append(warning("service", str(error), "mend that, for the service's own word"))
    return findings, loaded


async def _look(wanted: "CheckedAddresses", ca: Path | None) -> list[Finding]:
    from errorhelp.doctor.certificate import look_at_certificate
    from errorhelp.doctor.client_checks import look_from_client
    from errorhelp.doctor.client_requests import asking

    trust = ssl.create_default_context()
    if ca is not None:
        try:
            trust.load_verify_locations(ca)
        except OSError as error:
            raise CommandFailed(f"{ca} is no certificate: {error.strerror or error}", BAD_INPUT) from None
    certificate = await look_at_certificate(wanted.url, trust, datetime.now(UTC))
    # With a bad certificate the rest is worth a look all the same.
    is_trusted = certificate.level is not Level.BROKEN
    async with asking(trust if is_trusted else False) as client:
        return [certificate, *[finding async for finding in look_from_client(client, wanted)]]


def _url(address: str) -> "URL":
    from yarl import URL

    try:
        url = URL(address)
        if url.scheme in ("http", "https") and url.host:
            return url
    except ValueError:
        pass
    raise CommandFailed(f"{address!r} must start with http:// or https://", BAD_INPUT)


def _service(state: "StateDirectory") -> "URL | None":
    """The public listener itself, if a service has left its address here."""
    from yarl import URL

    addresses = state.addresses()
    return URL(addresses.public) if addresses else None


def _lines(findings: list[Finding]) -> Iterator[str]:
    for each in findings:
        sign = translated(_SIGNS[each.level])
        yield f"{sign}{translated(each.subject)}: {translated(each.text)}"
        if each.remedy:
            yield f"{' ' * len(sign)}→ {translated(each.remedy)}"
    counts = {level: sum(each.level is level for each in findings) for level in Level}
    yield translated(", ".join(f"{count} {level}" for level, count in counts.items()))
