"""A route of the API: what it takes and what it answers, from which it is registered and documented."""

from collections.abc import Iterator
from dataclasses import dataclass

from aiohttp.typedefs import Handler
from pydantic import BaseModel

from errorhelp.formats import problem
from errorhelp.formats.problem import Problem


@dataclass(frozen=True, slots=True)
class Route:
    """A method at a path (`/api/v1/messages/{id}`) and its handler.

    It takes a `query`, a JSON `body` and `If-Match`, and answers with `status` and the document `answer`, or
    with a problem: one of `own_problems` and of those that follow from what it takes.
    """

    method: str
    path: str
    handler: Handler
    answer: type[BaseModel]
    status: int = 200
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    body_may_be_left_out: bool = False
    needs_revision: bool = False
    needs_token: bool = True
    own_problems: tuple[Problem, ...] = ()

    @property
    def summary(self) -> str:
        """What it does: the first line of its handler's docstring."""
        return (self.handler.__doc__ or "").partition("\n")[0].removesuffix(".")

    @property
    def problems(self) -> set[Problem]:
        """Every problem it can answer with."""
        return {*self.own_problems, *self._problems_of_what_it_takes()}

    def _problems_of_what_it_takes(self) -> Iterator[Problem]:
        yield problem.INTERNAL
        if self.needs_token:
            yield problem.UNAUTHORIZED
        if self.query:
            yield problem.INVALID
        if self.body:
            yield from (problem.BAD_REQUEST, problem.TOO_LARGE)
            yield from (problem.UNSUPPORTED_MEDIA_TYPE, problem.INVALID)
        if self.needs_revision:
            yield from (problem.BAD_REQUEST, problem.REVISION_NEEDED, problem.STALE_REVISION)
