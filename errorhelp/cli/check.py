"""`errorhelp check`: what a configuration holds, or everything that is wrong with it."""

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from errorhelp.cli.client import BAD_INPUT
from errorhelp.cli.language import spoken, translated
from errorhelp.cli.options import DEFAULT_CONFIG, Config, configuration_file
from errorhelp.cli.plural_words import number

if TYPE_CHECKING:
    from errorhelp.catalog.catalog import Catalog


def check(config: Config = DEFAULT_CONFIG) -> None:
    """Read the configuration and say what is in it. Exit code 2 if it cannot be used."""
    from errorhelp.config import ConfigurationError, load

    try:
        loaded = load(configuration_file(config))
    except ConfigurationError as error:
        for each in error.errors:
            print(translated(str(each)), file=sys.stderr)
        said = translated(f"{number(len(error.errors), 'error')}; nothing was changed")
        print(f"errorhelp: {said}", file=sys.stderr)
        raise typer.Exit(BAD_INPUT) from None
    for warning in loaded.warnings:
        print(translated(f"{warning.place}: warning: {warning.path}: {warning.message}"), file=sys.stderr)
    if loaded.tree is not None:
        from errorhelp.publishing.published_tree import TreeError, check_tree

        try:
            check_tree(loaded.tree)
        except TreeError as error:
            print(translated(f"{loaded.files[0]}: warning: publish: {error}"), file=sys.stderr)
    _describe(loaded.catalog)
    files = ", ".join(map(str, loaded.files))
    print(translated(f"configuration {loaded.digest} from {files} is good"))


def _describe(catalog: "Catalog") -> None:
    from errorhelp.text.texts import choose, one_line
    from errorhelp.text.times import for_people, format_duration

    folders = sorted(path for path in catalog.folder_paths if path != "/")
    languages, some = ", ".join(catalog.languages), ", ".join(folders[:10]) or translated("none")
    print(translated(f"infobases: {len(catalog.infobases)}   languages: {languages}"))
    print(translated(f"folders:   {some}{' …' if len(folders) > 10 else ''}"))
    for each in catalog.lists.values():
        infobases = number(len(catalog.in_list(each)), "infobase")
        print(translated(f"list {each.id}: {infobases}, access {each.access.value}"))
    now = datetime.now(UTC)
    for window in catalog.windows:
        following = window.next_occurrence(now)
        when = (
            for_people(following.starts_at, catalog.zone, spoken())
            if following
            else translated("never again")
        )
        text = one_line(choose(window.text, catalog.languages[0], catalog.languages))
        targets = " ".join(window.targets)
        length = format_duration(window.duration)
        print(translated(f"window {window.id}: next {when}, {length}, {targets}: {text}"))
