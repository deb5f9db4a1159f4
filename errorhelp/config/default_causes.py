"""The causes that help pages have before a configuration says anything of them; see `causes.yaml`."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from errorhelp.catalog.help import Cause
from errorhelp.config.settings.infobase_settings import CauseSettings, HelpSettings
from errorhelp.config.yaml_tree import parse, value_of

_FILE = Path(__file__).with_name("causes.yaml")


@cache
def shipped_causes() -> tuple[Cause, ...]:
    """Those causes, in the order of the page."""
    document = parse(_FILE, _FILE.read_bytes())
    assert document.root is not None  # noqa: S101 - the file is ours
    return causes(HelpSettings.model_validate(value_of(document.root)).causes)


def causes(settings: Iterable[CauseSettings]) -> tuple[Cause, ...]:
    """The causes that settings describe."""
    return tuple(Cause(each.id, each.title, each.text) for each in settings)
