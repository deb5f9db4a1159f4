"""Where a row stands in a list, from which the rows that follow are asked for: none is left out or comes twice."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_

LARGEST_NUMBER = 2**62
"""The most that databases take for certain."""


@dataclass(frozen=True, slots=True)
class ListPlace:
    """A place in a list that is in the order of a number (Unix seconds, or the store's own) and, if these are the
    same, of a key.
    """

    number: int
    key: str = ""

    def is_before(self, number: ColumnElement[int], key: ColumnElement[str]) -> ColumnElement[bool]:
        """What holds of the rows that follow it, where the largest number and then the largest key come first."""
        # The first part is what an index helps with.
        return and_(number <= self.number, or_(number < self.number, key < self.key))
