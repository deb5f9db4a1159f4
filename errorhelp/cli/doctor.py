"""`errorhelp doctor`: an installation from end to end, and what to mend."""

import asyncio
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from itertools import zip_longest
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
from errorhelp.cli.progress import checks_done
from errorhelp.doctor import Finding, Level, broken, ok, warning

if TYPE_CHECKING:
    from yarl import URL

    from errorhelp.config import Loaded
    from errorhelp.doctor.client_checks import CheckedAddresses
    from errorhelp.system.state_directory import StateDirectory

_FEW = 5
# Of these a few are listed; more that are alike are one line.
_KINDS = {"offline page": "offline pages", "publication": "publications"}
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
        list[str] | None,
        typer.Option(
            help="The infobase to check, by id, with its publications. Repeatable.",
            show_default="a few, and all publications",
        ),
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
    from errorhelp.system.state_directory import StateDirectory

    check_output(output)
    asked, trust = _url(url) if url else None, _trust(ca)
    findings, loaded = _look_here(StateDirectory(state), configuration_file(config), server, token)
    address = asked or _public_url(loaded)
    if not findings and address is None:
        raise CommandFailed("name the address that clients ask, or set public.url", BAD_INPUT)
    if not findings and not infobase:
        raise CommandFailed("the configuration is not here; name an infobase with --infobase", BAD_INPUT)
    if address is None:
        remedy = "set public.url, or name it: errorhelp doctor https://help.example.com"
        findings.append(broken("public address", "is not known, so nobody was asked there", remedy))
    else:
        wanted = _wanted(address, loaded, infobase or [], StateDirectory(state))
        findings += asyncio.run(_look(wanted, trust))
    if as_json or output == "json":
        print_json([asdict(each) for each in findings])
    else:
        for line in _lines(findings):
            print(line)
    if any(each.level is Level.BROKEN for each in findings):
        raise typer.Exit(FAILED)


def _public_url(loaded: "Loaded | None") -> "URL | None":
    return _url(loaded.catalog.public_url) if loaded and loaded.catalog.public_url else None


def _wanted(
    address: "URL", loaded: "Loaded | None", named: Sequence[str], state: "StateDirectory"
) -> "CheckedAddresses":
    """What is looked at from the client's side."""
    from errorhelp.doctor.client_checks import CheckedAddresses, publications_of, some_of

    catalog = loaded.catalog if loaded else None
    infobases = tuple(named) or (some_of(catalog) if catalog else ())
    publications = publications_of(catalog, named) if catalog else ()
    return CheckedAddresses(address, infobases, catalog, _service(state), publications)


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
    try:
        is_here = state.path.exists()
    except PermissionError:
        # Its folder is another account's, which is a finding of its own.
        is_here = True
    if is_here:
        findings += look_at_state(state)
        folders = {"state": state.path} | ({"tree": loaded.tree} if loaded and loaded.tree else {})
        findings += look_at_disks(folders)
    if server or is_here:
        try:
            findings += look_at_status(connect(state.path, server, token).get("status"))
        except NotRunning as error:
            remedy = "start it; until then only a timer that runs errorhelp publish ends messages in the tree"
            findings.append(broken("service", str(error), remedy))
        except CommandFailed as error:
            findings.append(warning("service", str(error), "mend that, for the service's own word"))
    return findings, loaded


async def _look(wanted: "CheckedAddresses", trust: ssl.SSLContext) -> list[Finding]:
    from errorhelp.doctor.client_checks import look_from_client
    from errorhelp.doctor.client_requests import asking

    async with asking(trust) as client:
        return await look_from_client(client, wanted, datetime.now(UTC), checks_done())


def _trust(ca: Path | None) -> ssl.SSLContext:
    """Whose certificates are believed."""
    trust = ssl.create_default_context()
    if ca is not None:
        try:
            trust.load_verify_locations(ca)
        except OSError as error:
            raise CommandFailed(f"{ca} is no certificate: {error.strerror or error}", BAD_INPUT) from None
    return trust


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
    shown = list(_few(findings))
    for each, following in zip_longest(shown, shown[1:]):
        sign = translated(_SIGNS[each.level])
        yield f"{sign}{translated(each.subject)}: {translated(each.text)}"
        # What mends several stands below the last of them.
        if each.remedy and not (following and following.remedy == each.remedy):
            yield f"{' ' * len(sign)}→ {translated(each.remedy)}"
    counts = {level: sum(each.level is level for each in findings) for level in Level}
    yield translated(", ".join(f"{count} {level}" for level, count in counts.items()))


def _few(findings: list[Finding]) -> Iterator[Finding]:
    """The findings; those that say the same of many infobases as one."""
    alike: dict[object, list[Finding]] = {}
    for each in findings:
        kind = each.subject.partition(" of ")[0]
        text = "" if each.level is Level.OK else each.text
        alike.setdefault((kind, each.level, text, each.remedy) if kind in _KINDS else each, []).append(each)
    for each, *others in alike.values():
        kind, _, first = each.subject.partition(" of ")
        if len(others) < _FEW:
            yield from (each, *others)
        elif each.level is Level.OK:
            yield ok(_KINDS[kind], f"{len(others) + 1} are as they must be")
        else:
            text = f"{first} and {len(others)} more: {each.text}"
            yield replace(each, subject=_KINDS[kind], text=text)
