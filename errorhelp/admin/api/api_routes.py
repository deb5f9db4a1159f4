"""A route of the API: who may use it, what it takes and what it answers.

From that it is registered, guarded and documented.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from aiohttp.typedefs import Handler
from pydantic import BaseModel

from errorhelp.formats import problem_detail
from errorhelp.formats.problem_detail import ProblemDetail
from errorhelp.people.people import Role


@dataclass(frozen=True, slots=True)
class Route:
    """A method at a path (`/api/v1/messages/{id}`), its handler, and who may use it; None: whoever comes.

    It takes a `query`, a JSON `body`, `If-Match` (which it needs, or takes if it is sent) and `Idempotency-Key`, and
    answers with `status` and the document `answer`, or with 304 if that `may_be_known`, or with a problem: one of
    `own_problems` and of those that follow from what it takes.
    """

    method: str
    path: str
    handler: Handler
    answer: type[BaseModel]
    needs: Role | None
    status: int = 200
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    body_may_be_left_out: bool = False
    needs_revision: bool = False
    takes_revision: bool = False
    takes_key: bool = False
    may_be_known: bool = False
    own_problems: tuple[ProblemDetail, ...] = ()
    media_type: str = "application/json"

    @property
    def summary(self) -> str:
        """What it does: the first line of its handler's docstring."""
        return (self.handler.__doc__ or "").partition("\n")[0].removesuffix(".")

    @property
    def problems(self) -> set[ProblemDetail]:
        """Every problem it can answer with."""
        return {*self.own_problems, *self._problems_of_what_it_takes()}

    def _problems_of_what_it_takes(self) -> Iterator[ProblemDetail]:
        yield problem_detail.INTERNAL
        if self.needs is not None:
            yield from (problem_detail.UNAUTHORIZED, problem_detail.FORBIDDEN)
            yield from (problem_detail.WRONG_HOST, problem_detail.STORE_UNAVAILABLE)
        if self.query:
            yield problem_detail.INVALID
        if self.body:
            yield from (problem_detail.BAD_REQUEST, problem_detail.TOO_LARGE)
            yield from (problem_detail.UNSUPPORTED_MEDIA_TYPE, problem_detail.INVALID)
        if self.needs_revision:
            yield problem_detail.REVISION_NEEDED
        if self.needs_revision or self.takes_revision:
            yield from (problem_detail.BAD_REQUEST, problem_detail.STALE_REVISION)
        if self.takes_key:
            yield from (problem_detail.BAD_REQUEST, problem_detail.KEY_REUSED)
