"""`errorhelp check`: what a configuration holds, or everything that is wrong with it."""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from errorhelp.cli.client import BAD_INPUT, CommandFailed
from errorhelp.cli.json_output import print_json
from errorhelp.cli.language import spoken, translated
from errorhelp.cli.options import DEFAULT_CONFIG, Config, Output, State, check_output, configuration_file
from errorhelp.cli.plural_words import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from errorhelp.catalog.catalog import Catalog
    from errorhelp.config import Loaded
    from errorhelp.config.yaml_tree import Diagnostic

_FEW_FILES = 3
_MOST_PUBLICATIONS = 1000


def check(state: State, config: Config = DEFAULT_CONFIG, output: Output = "text") -> None:
    """Read the configuration and say what is in it. Exit code 2 if it cannot be used."""
    from errorhelp.config import ConfigurationError, load

    check_output(output)
    try:
        loaded = load(configuration_file(config))
    except ConfigurationError as error:
        for each in error.errors:
            print(translated(str(each)), file=sys.stderr)
        raise CommandFailed(
            f"{number(len(error.errors), 'error')}; nothing was changed",
            BAD_INPUT,
            errors=[_located(each) for each in error.errors],
        ) from None
    warnings = [_located(each) for each in loaded.warnings]
    for warning in loaded.warnings:
        print(translated(f"{warning.place}: warning: {warning.path}: {warning.message}"), file=sys.stderr)
    for path, folder in _trees(loaded):
        from errorhelp.publishing.published_tree import TreeError, check_tree

        try:
            check_tree(folder)
        except TreeError as error:
            print(translated(f"{loaded.files[0]}: warning: {path}: {error}"), file=sys.stderr)
            warnings.append({"file": str(loaded.files[0]), "path": path, "message": str(error)})
    for message in _texts_that_lack_values(loaded, state):
        print(translated(f"{loaded.files[0]}: warning: message_values: {message}"), file=sys.stderr)
        warnings.append({"file": str(loaded.files[0]), "path": "message_values", "message": message})
    if output == "json":
        print_json(_document(loaded) | {"warnings": warnings})
        return
    _describe(loaded.catalog)
    files = _named(loaded.files)
    print(translated(f"configuration {loaded.digest} from {files} is good"))


def _texts_that_lack_values(loaded: "Loaded", state: Path) -> Iterator[str]:
    """Of the messages that a service shows from here what they name and the configuration no longer has."""
    from errorhelp.system.state_directory import StateDirectory

    file = StateDirectory(state).kept_messages
    if not os.access(file, os.R_OK):
        return
    from errorhelp.catalog.message_texts import missing_values
    from errorhelp.store.kept_copy import KeptCopy

    shown, now = KeptCopy(file).read(), datetime.now(UTC)
    for each in shown.messages if shown else ():
        if now < each.shown_until and (names := missing_values(each, loaded.catalog)):
            missing = ", ".join(f"{{{name}}}" for name in names)
            yield f"{missing} is gone, which message {each.id} names; its readers get the text as it was before"


def _trees(loaded: "Loaded") -> Iterator[tuple[str, Path]]:
    """The folders that are published to, with their settings."""
    if loaded.tree is not None:
        yield "publish", loaded.tree
    for index, each in enumerate(loaded.copies):
        if isinstance(each.where, Path):
            yield f"publish_copies[{index}].folder", each.where


def _located(diagnostic: "Diagnostic") -> dict[str, Any]:
    place = diagnostic.place
    located = {"file": str(place.file), "line": place.line, "column": place.column}
    return located | {"path": diagnostic.path, "message": diagnostic.message}


def _document(loaded: "Loaded") -> dict[str, Any]:
    from errorhelp.text.times import format_duration, format_instant

    catalog, now = loaded.catalog, datetime.now(UTC)
    following = {window.id: window.next_occurrence(now) for window in catalog.windows}
    return {
        "digest": loaded.digest,
        "files": [str(file) for file in loaded.files],
        "infobases": len(catalog.infobases),
        "languages": list(catalog.languages),
        "folders": sorted(path for path in catalog.folder_paths if path != "/"),
        "publications": [
            {"url": each.url, "infobase": infobase.id, "worker": each.worker}
            for infobase in catalog.infobases.values()
            for each in infobase.publications
        ],
        "lists": [
            {"id": each.id, "infobases": len(catalog.in_list(each)), "access": each.access.value}
            for each in catalog.lists.values()
        ],
        "windows": [
            {
                "id": window.id,
                "targets": list(window.targets),
                "duration": format_duration(window.duration),
                "starts_next_at": (found := following[window.id]) and format_instant(found.starts_at),
            }
            for window in catalog.windows
        ],
    }


def _named(files: "Sequence[Path]") -> str:
    """The first ones, and how many more there are."""
    if len(files) <= _FEW_FILES + 1:
        return ", ".join(map(str, files))
    first, rest = ", ".join(map(str, files[:_FEW_FILES])), len(files) - _FEW_FILES
    return translated(f"{first} and {rest} more files")


def _describe_publications(catalog: "Catalog") -> None:
    """The addresses that came out, also of patterns."""
    found = [(infobase.id, each) for infobase in catalog.infobases.values() for each in infobase.publications]
    for infobase_id, each in found[:_MOST_PUBLICATIONS]:
        worker = translated(", with worker") if each.worker else ""
        print(translated(f"publication {each.url}: {infobase_id}{worker}"))
    if len(found) > _MOST_PUBLICATIONS:
        rest = number(len(found) - _MOST_PUBLICATIONS, "publication")
        print(translated(f"and {rest} more; --output json has all"))


def _describe(catalog: "Catalog") -> None:
    from errorhelp.catalog.message_texts import window_text
    from errorhelp.text.texts import one_line
    from errorhelp.text.times import for_people, format_duration

    folders = sorted(path for path in catalog.folder_paths if path != "/")
    languages, some = ", ".join(catalog.languages), ", ".join(folders[:10]) or translated("none")
    print(translated(f"infobases: {len(catalog.infobases)}   languages: {languages}"))
    print(translated(f"folders:   {some}{' …' if len(folders) > 10 else ''}"))
    for each in catalog.lists.values():
        infobases = number(len(catalog.in_list(each)), "infobase")
        print(translated(f"list {each.id}: {infobases}, access {each.access.value}"))
    _describe_publications(catalog)
    now = datetime.now(UTC)
    for window in catalog.windows:
        following = window.next_occurrence(now)
        when = (
            for_people(following.starts_at, catalog.zone, spoken())
            if following
            else translated("never again")
        )
        text = one_line(window_text(window, catalog, catalog.languages[0]))
        targets = " ".join(window.targets)
        length = format_duration(window.duration)
        print(translated(f"window {window.id}: next {when}, {length}, {targets}: {text}"))
