"""`errorhelp check`: what a configuration holds, or everything that is wrong with it."""

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from errorhelp.cli.client import BAD_INPUT
from errorhelp.cli.counting import number
from errorhelp.cli.options import DEFAULT_CONFIG, Config, configuration_file

if TYPE_CHECKING:
    from errorhelp.catalog.catalog import Catalog


def check(config: Config = DEFAULT_CONFIG) -> None:
    """Read the configuration and say what is in it. Exit code 2 if it cannot be used."""
    from errorhelp.config import ConfigurationError, load

    try:
        loaded = load(configuration_file(config))
    except ConfigurationError as error:
        count = len(error.mistakes)
        print(error, file=sys.stderr)
        print(f"errorhelp: {number(count, 'mistake')}; nothing was changed", file=sys.stderr)
        raise typer.Exit(BAD_INPUT) from None
    for warning in loaded.warnings:
        print(f"{warning.place}: warning: {warning.path}: {warning.message}", file=sys.stderr)
    if loaded.tree is not None:
        from errorhelp.publishing.published_tree import TreeError, check_tree

        try:
            check_tree(loaded.tree)
        except TreeError as error:
            print(f"{loaded.files[0]}: warning: publish: {error}", file=sys.stderr)
    _describe(loaded.catalog)
    print(f"configuration {loaded.digest} from {', '.join(map(str, loaded.files))} is good")


def _describe(catalog: "Catalog") -> None:
    from errorhelp.text.texts import choose, one_line
    from errorhelp.text.times import for_people, format_duration

    folders = sorted(path for path in catalog.folder_paths if path != "/")
    print(f"infobases: {len(catalog.infobases)}   languages: {', '.join(catalog.languages)}")
    print(f"folders:   {', '.join(folders[:10]) or 'none'}{' …' if len(folders) > 10 else ''}")
    for each in catalog.lists.values():
        print(f"list {each.id}: {number(len(catalog.in_list(each)), 'infobase')}, access {each.access.value}")
    now = datetime.now(UTC)
    for window in catalog.windows:
        following = window.next_occurrence(now)
        when = for_people(following.starts_at, catalog.zone, "en") if following else "never again"
        text = one_line(choose(window.text, catalog.languages[0], catalog.languages))
        targets = " ".join(window.targets)
        print(f"window {window.id}: next {when}, {format_duration(window.duration)}, {targets}: {text}")
