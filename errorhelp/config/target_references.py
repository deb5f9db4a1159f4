"""Targets that settings name, looked up among the infobases and folders of the configuration."""

from collections.abc import Collection, Iterable, Sequence

from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.targets import TargetIndex
from errorhelp.config.diagnostics import Diagnostics
from errorhelp.config.yaml_tree import Location


class TargetReferences:
    """Looks targets up; those that mean nothing are errors.

    `unreadable` are the ids and folders of infobases and folders that have errors: they may well be meant.
    """

    def __init__(self, targets: TargetIndex, unreadable: Collection[str], diagnostics: Diagnostics) -> None:
        self._targets = targets
        self._unreadable = unreadable
        self._diagnostics = diagnostics

    def look_up(self, here: Location, given: Sequence[str]) -> tuple[str, ...]:
        """The targets in their one spelling, without those that mean nothing."""
        checked = []
        for index, target in enumerate(given):
            try:
                checked.append(self._targets.check(target))
            except ValueError as error:
                if target not in self._unreadable:
                    self._diagnostics.error((*here, index), str(error))
        return tuple(checked)

    def meant_by(self, targets: Iterable[str]) -> list[Infobase]:
        """The infobases that looked-up targets mean."""
        return self._targets.meant_by(targets)
