"""`errorhelp v8i annotate`: today's help in connection lists that somebody else keeps."""

import asyncio
import difflib
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from errorhelp.cli.client import BAD_INPUT, FAILED, Client, CommandFailed, connect
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
from errorhelp.cli.plural_words import number
from errorhelp.system.file_stamps import SECONDS, Quiet, stamps

if TYPE_CHECKING:
    from errorhelp.answers.annotation import Annotated as AnnotatedList
    from errorhelp.config import Loaded
    from errorhelp.messages.board import Board
    from errorhelp.messages.message import Message

_ASK_EVERY_SECONDS = 2.0


def annotate_lists(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="The connection lists (*.v8i).")],
    state: State,
    config: Config = DEFAULT_CONFIG,
    messages: Annotated[
        bool,
        typer.Option(
            "--messages",
            help="Put current messages before the help text; the running service is asked for them.",
        ),
    ] = False,
    language: Annotated[
        str | None, typer.Option(help="The language of the texts.", show_default="the first configured")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the changes as a diff and write nothing.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Keep the files up to date until interrupted.")
    ] = False,
    server: Server = None,
    token: Token = None,
    output: Output = "text",
) -> None:
    """Put help text and help URL into connection lists, in place; everything else in them stays."""
    check_output(output)
    if output == "json" and watch:
        raise CommandFailed("--watch has no end to print as JSON; leave one of them out", BAD_INPUT)
    if dry_run and watch:
        raise CommandFailed("--dry-run shows the changes once; leave out --watch", BAD_INPUT)
    client = connect(state, server, token) if messages else None
    today = _Today(configuration_file(config), language, client)
    if watch:
        with suppress(KeyboardInterrupt):
            asyncio.run(_follow(files, today))
        return
    exit_code = 0
    documents = []
    for file in files:
        try:
            done = _annotate(file, today, dry_run=dry_run, shows_diff=output != "json")
            documents.append(_document(file, done))
        except CommandFailed as error:
            _say(str(error))
            exit_code = max(exit_code, error.exit_code)
            documents.append({"file": str(file), "error": str(error)})
    if output == "json":
        print_json(documents)
    raise typer.Exit(exit_code)


class _Today:
    """What is to be said: the configuration, and with a client the messages that the service has."""

    def __init__(self, file: Path, language: str | None, client: Client | None) -> None:
        self._file = file
        self._language = language
        self.client = client
        self.loaded = self._load()
        if client:
            self._ask(client)

    @property
    def language(self) -> str:
        return self._language or self.loaded.catalog.languages[0]

    def board(self, now: datetime) -> "Board | None":
        """The messages to put in front, None if they are not wanted."""
        from errorhelp.messages.board import Board
        from errorhelp.messages.made_window import in_zone
        from errorhelp.messages.occurrences import planned

        if self.client is None:
            return None
        catalog = self.loaded.catalog
        windows = (*catalog.windows, *in_zone(self.made_windows, catalog.zone))
        return Board((*self.posted, *planned(windows, now, self.overrides)))

    def read_configuration(self) -> None:
        """Take what the files say now; one that cannot be used is printed as an error, and the old one stays."""
        try:
            self.loaded = self._load()
        except CommandFailed as error:
            _say(str(error))

    def read_messages(self) -> None:
        """Take what the service says now; without an answer, go by what it said before."""
        try:
            if self.client:
                self._ask(self.client)
        except CommandFailed as error:
            _say(str(error))

    def _ask(self, client: Client) -> None:
        from errorhelp.cli.api_messages import made_windows, overrides, posted_messages

        self.posted, self.overrides = posted_messages(client), overrides(client)
        self.made_windows = made_windows(client)

    def _load(self) -> "Loaded":
        from errorhelp.config import ConfigurationError, load

        try:
            loaded = load(self._file)
        except ConfigurationError as error:
            raise CommandFailed(f"the configuration cannot be used:\n{error}", BAD_INPUT) from None
        languages = loaded.catalog.languages
        if self._language not in (None, *languages):
            known = ", ".join(languages)
            raise CommandFailed(f"--language {self._language!r} is not one of {known}", BAD_INPUT)
        return loaded


def _annotate(
    file: Path, today: _Today, *, dry_run: bool = False, shows_diff: bool = True, only_changes: bool = False
) -> "AnnotatedList":
    """Annotate one file and print what was done; CommandFailed says why it could not be."""
    from errorhelp.answers.annotation import annotate
    from errorhelp.system import foreign_files

    now = datetime.now(UTC)
    try:
        before = file.read_bytes()
        annotated = annotate(before, today.loaded.catalog, today.language, now, today.board(now))
        if dry_run and shows_diff:
            sys.stdout.writelines(f"{line}\n" for line in _diff(file, before, annotated.data))
        elif not dry_run and annotated.data != before:
            _replace(file, before, annotated.data)
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror or error}", BAD_INPUT) from None
    except foreign_files.ChangedMeanwhile as error:
        raise CommandFailed(str(error), FAILED) from None
    except ValueError as error:
        raise CommandFailed(f"{file}: {error}", BAD_INPUT) from None
    if annotated.data != before or not only_changes:
        _report(file, annotated)
    return annotated


def _document(file: Path, annotated: "AnnotatedList") -> dict[str, Any]:
    infobases = [
        {
            "line": match.line,
            "name": match.name,
            "infobase": match.infobase and match.infobase.id,
            "found_by": match.by or None,
            "why_not": match.why or None,
            "changed": match.changed,
        }
        for match in annotated.matches
    ]
    return {"file": str(file), "infobases": infobases}


def _replace(file: Path, before: bytes, after: bytes) -> None:
    from errorhelp.system import foreign_files

    is_new = foreign_files.back_up(file, before)
    foreign_files.replace(file, before, after)
    backup = foreign_files.backup_of(file)
    _say(f"{file}: the file as it was is {backup}" if is_new else f"{file}: the older backup {backup} stays")


async def _follow(files: list[Path], today: _Today) -> None:
    """Annotate whenever a list, the configuration or what is shown changes; runs until cancelled."""
    asking = asyncio.create_task(_keep_asking(today))
    quiet = Quiet()
    configuration = stamps(_watched(today.loaded))
    # What each file was annotated from, and why it could not be.
    done: dict[Path, object] = {}
    failed: dict[Path, str] = {}
    try:
        while True:
            found = stamps(_watched(today.loaded))
            if found != configuration and quiet.is_quiet("configuration", found):
                configuration = found
                today.read_configuration()
            for file in files:
                stamp = stamps([file])
                state = stamp, _said(today)
                if not quiet.is_quiet(file, stamp) or done.get(file) == state:
                    continue
                try:
                    _annotate(file, today, only_changes=True)
                except CommandFailed as error:
                    # It is tried again at every look, and printed once.
                    if failed.get(file) != str(error):
                        _say(str(error))
                    failed[file] = str(error)
                else:
                    done[file] = state
                    failed.pop(file, None)
            await asyncio.sleep(SECONDS)
    finally:
        asking.cancel()


async def _keep_asking(today: _Today) -> None:
    """Asked apart, so that a service that hangs keeps no message from ending."""
    while today.client:
        await asyncio.sleep(_ASK_EVERY_SECONDS)
        await asyncio.to_thread(today.read_messages)


def _watched(loaded: "Loaded") -> list[Path]:
    """The files of the configuration, and their folders for files that an include will match."""
    return [*loaded.files, *{file.parent for file in loaded.files}]


def _said(today: _Today) -> "tuple[str, list[Message]]":
    """What the help in a list comes from, at this moment."""
    from errorhelp.messages.message import is_shown

    now = datetime.now(UTC)
    board = today.board(now)
    return today.loaded.digest, [each for each in board.messages if is_shown(each, now)] if board else []


def _diff(file: Path, before: bytes, after: bytes) -> Iterator[str]:
    return difflib.unified_diff(_lines(before), _lines(after), str(file), str(file), lineterm="")


def _lines(data: bytes) -> list[str]:
    from errorhelp.formats import v8i

    if (russian := v8i.read_windows_1251(data)) is not None:
        data = russian.encode()
    printable = (
        line.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        for line in v8i.parse(data).lines
    )
    return [line.rstrip("\r\n") for line in printable]


def _report(file: Path, annotated: "AnnotatedList") -> None:
    found = [match for match in annotated.matches if match.infobase]
    if annotated.is_windows_1251:
        _say(
            f"{file}: is not UTF-8 text and was read as Windows-1251, which it stays; "
            "save the list as UTF-8, as launchers need it"
        )
    for match in annotated.matches:
        what = f"{match.infobase.id}, by its {match.by}" if match.infobase else f"left as it is: {match.why}"
        name = match.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        _say(f"{file}:{match.line}: {name}: {translated(what)}")
    infobases, changed = number(len(annotated.matches), "infobase"), sum(match.changed for match in found)
    _say(f"{file}: {infobases}, known: {len(found)}, help changed: {changed}")


def _say(text: str) -> None:
    print(translated(text), file=sys.stderr)
