"""Which answer a request gets. Nothing here knows of connections."""

from collections.abc import Callable

from aiohttp.web import BaseRequest

from errorhelp.answers.answer import Answer
from errorhelp.answers.help_answers import read_path
from errorhelp.answers.overview import json_path
from errorhelp.answers.snapshot import Snapshot
from errorhelp.catalog.lists import Access
from errorhelp.people.proxies import TrustedProxies
from errorhelp.public import error_answers
from errorhelp.public.accept_header import prefers_json
from errorhelp.public.caching import unless_known
from errorhelp.public.list_access import Reader, matching_rules, refusal
from errorhelp.public.list_making import ListMaking
from errorhelp.public.page_making import PageMaking

_READ = ("GET", "HEAD", "OPTIONS")
_READ_OR_REPORT = (*_READ, "POST")


def address(request: BaseRequest) -> str:
    """The path that the request asks for, without its query, decoded but for `%2F` and `%25`.

    So an encoded slash stays inside its part of the path.
    """
    return request.rel_url.path_safe


def is_help_address(path: str) -> bool:
    """Whether a POST there is a report, answered with help."""
    return read_path(path) is not None


class Routes:
    """Answers requests from the live snapshot; `ready` says whether the service is."""

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        ready: Callable[[], bool],
        proxies: TrustedProxies,
        lists: ListMaking,
        pages: PageMaking,
    ) -> None:
        self._snapshot = snapshot
        self._ready = ready
        self._proxies = proxies
        self._lists = lists
        self._pages = pages

    async def answer(self, request: BaseRequest, now: float) -> Answer:
        """The answer at `now` (Unix seconds); a HEAD gets the same as a GET."""
        if request.method == "OPTIONS":
            return error_answers.PREFLIGHT
        path = address(request)
        found = await self._find(path, request, now)
        if found is None:
            return error_answers.NOT_FOUND
        allowed = _READ_OR_REPORT if is_help_address(path) else _READ
        if request.method not in allowed:
            return error_answers.method_not_allowed(allowed)
        if request.method == "POST":
            return found
        return unless_known(found, request.headers.getall("If-None-Match", ()))

    async def _find(self, path: str, request: BaseRequest, now: float) -> Answer | None:
        match path:
            case "/healthz":
                return error_answers.HEALTHY
            case "/readyz":
                return error_answers.READY if self._ready() else error_answers.NOT_READY
        snapshot = self._snapshot()
        if (as_json := json_path(path)) and prefers_json(request.headers.getall("Accept", ())):
            path = as_json
        if (found := snapshot.help_to_keep(path, now)) is not None:
            return found
        if (connection_list := snapshot.list_at(path)) is None:
            return await self._pages.answer(snapshot, path, now)
        if connection_list.access is Access.PUBLIC:
            return await self._lists.answer(snapshot, connection_list, now)
        reader = Reader(request.remote or "", request.headers, request.query)
        why_not = refusal(connection_list, reader, self._proxies)
        if why_not is not None:
            return error_answers.REFUSALS[why_not]
        matching = matching_rules(connection_list, reader, self._proxies) if connection_list.rules else -1
        return await self._lists.answer(snapshot, connection_list, now, matching)
