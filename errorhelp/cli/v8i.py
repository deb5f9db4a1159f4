"""`errorhelp v8i import`: infobases that already exist, as configuration."""

import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from errorhelp.cli import annotate, build, client_config, lint
from errorhelp.cli.client import BAD_INPUT, CommandFailed
from errorhelp.cli.language import translated
from errorhelp.cli.plural_words import number
from errorhelp.system.file_stamps import SECONDS, Quiet, stamps

if TYPE_CHECKING:
    from errorhelp.importing import Imported, Updated

app = typer.Typer(help="Connection lists (*.v8i).", no_args_is_help=True)

_IN_FOLDERS = (".v8i", ".lst")


@app.callback()
def _v8i() -> None:
    """Connection lists (*.v8i)."""


@app.command("import")
def import_(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Connection lists, cluster registries (1CV8Clst.lst), folders of them."
        ),
    ],
    output: Annotated[
        Path | None, typer.Option(help="The file to write, instead of standard output.")
    ] = None,
    update_file: Annotated[
        Path | None,
        typer.Option(
            "--update",
            metavar="FILE",
            help="An earlier import to bring up to date; what was changed in it by hand stays.",
            show_default=False,
        ),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="With --update: follow the sources until interrupted.")
    ] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Replace the output file; update even if most infobases are gone."),
    ] = False,
) -> None:
    """Write the infobases and folders of connection lists as configuration (YAML).

    Standard error says what could not be written as settings, and names secrets.
    """
    from errorhelp.importing import to_yaml

    if output is not None and update_file is not None:
        raise CommandFailed("give either --output, for a new file, or --update", BAD_INPUT)
    if watch:
        if update_file is None:
            raise CommandFailed("--watch keeps a file up to date; name it with --update", BAD_INPUT)
        with suppress(KeyboardInterrupt):
            _follow(files, update_file, force=force)
        return
    imported = _read(_sources(files))
    if update_file is not None:
        _update(update_file, imported, force=force)
        return
    data = to_yaml(imported)
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        _write_new(output, data, force=force)
    _print_notes(imported)
    _suggest_publications(imported)
    _print(_counted(imported))


app.command()(build.build)
app.command("annotate")(annotate.annotate_lists)
app.command("lint")(lint.lint_lists)
app.command("client-config")(client_config.write_client_config)


def _follow(paths: list[Path], file: Path, *, force: bool) -> None:
    """Update the file whenever a source has changed; runs until interrupted."""
    quiet = Quiet()
    done: object = None
    printed = ""
    while True:
        state: object = None
        try:
            sources = _sources(paths)
            state = tuple(sources), stamps(sources)
            if quiet.is_quiet(file, state) and state != done:
                _update(file, _read(sources), force=force)
                done, printed = state, ""
        except CommandFailed as error:
            if printed != str(error):
                _print(str(error))
            printed = str(error)
            # The same source says the same again; what could not be written is tried again.
            done = state if error.exit_code == BAD_INPUT else done
        time.sleep(SECONDS)


def _sources(paths: list[Path]) -> list[Path]:
    """The files, and those in the folders, in order."""
    sources: list[Path] = []
    for path in paths:
        if not path.is_dir():
            sources.append(path)
            continue
        found = sorted(each for each in path.iterdir() if each.suffix.lower() in _IN_FOLDERS)
        if not found:
            raise CommandFailed(f"{path} holds no *.v8i and no *.lst", BAD_INPUT)
        sources += found
    return sources


def _read(files: list[Path]) -> "Imported":
    from errorhelp.importing import import_files

    contents: list[tuple[str, bytes]] = []
    for file in files:
        try:
            contents.append((str(file), file.read_bytes()))
        except OSError as error:
            raise CommandFailed(f"{file} cannot be read: {error.strerror}", BAD_INPUT) from None
    try:
        return import_files(contents)
    except ValueError as error:
        raise CommandFailed(str(error), BAD_INPUT) from None


def _write_new(output: Path, data: bytes, *, force: bool) -> None:
    from errorhelp.system import atomic_files

    if output.exists() and not force:
        raise CommandFailed(
            f"{output} is already there; --update {output} brings it up to date, --force replaces it",
            BAD_INPUT,
        )
    try:
        atomic_files.write(output, data)
        _write_base(output, data)
    except OSError as error:
        raise CommandFailed(f"{output} cannot be written: {error.strerror}", BAD_INPUT) from None


def _update(file: Path, imported: "Imported", *, force: bool) -> None:
    from errorhelp.importing import to_yaml, update
    from errorhelp.system import foreign_files

    if not file.exists():
        _write_new(file, to_yaml(imported), force=True)
        _print_notes(imported)
        _print(f"{file}: {_counted(imported)}")
        return
    try:
        before, base = file.read_bytes(), _base_of(file)
        updated = update(str(file), before, base.read_bytes() if base.exists() else None, imported)
        _refuse_great_loss(file, updated, force=force)
        if updated.data != before:
            foreign_files.replace(file, before, updated.data)
        _write_base(file, updated.base)
    except OSError as error:
        raise CommandFailed(f"{error.filename or file}: {error.strerror or error}") from None
    except ValueError as error:
        raise CommandFailed(str(error), BAD_INPUT) from None
    except foreign_files.ChangedMeanwhile as error:
        raise CommandFailed(str(error)) from None
    _print_notes(imported)
    _print_changes(file, updated)


def _refuse_great_loss(file: Path, updated: "Updated", *, force: bool) -> None:
    lost, before = updated.lost
    if lost * 2 > before and not force:
        raise CommandFailed(
            f"{lost} of {before} infobases are gone from the source, so {file} stays as it is; "
            "is a list half written or missing? if that is meant: --force",
            BAD_INPUT,
        )


def _base_of(file: Path) -> Path:
    from errorhelp.importing import BASE_SUFFIX

    return file.with_name(file.name + BASE_SUFFIX)


def _write_base(file: Path, data: bytes) -> None:
    from errorhelp.system import atomic_files

    # As secret as the file: lists hold passwords at times.
    atomic_files.write(_base_of(file), data, mode=file.stat().st_mode & 0o777)


def _counted(imported: "Imported") -> str:
    report = imported.report
    infobases, folders = number(report.infobases, "infobase"), number(report.folders, "folder")
    return translated(f"{infobases}, {folders} imported")


def _suggest_publications(imported: "Imported") -> None:
    from errorhelp.importing import suggested_pattern

    if pattern := suggested_pattern(imported.infobases):
        _print(
            "if browsers reach these infobases too, one line says where, at the top of errorhelp.yaml or in a folder: "
            f"publications: [{{pattern: '{pattern}'}}]; errorhelp check lists the addresses that come out"
        )


def _print_notes(imported: "Imported") -> None:
    for note in imported.report.notes:
        _print(note)


def _print_changes(file: Path, updated: "Updated") -> None:
    for what, each in (
        ("new", updated.new),
        ("changed", updated.changed),
        ("kept as it is in the file", updated.kept),
        ("gone, now a comment", updated.gone),
    ):
        for line in each:
            _print(f"{translated(what)}: {line}")
    counts = f"{len(updated.new)} new, {len(updated.changed)} changed, {len(updated.gone)} gone"
    _print(f"{file}: {translated(counts)}")


def _print(text: str) -> None:
    print(f"errorhelp: {translated(text)}", file=sys.stderr)
