"""`WebCommonInfoBases`: how launchers ask whether their list is still the same, and fetch it.

The protocol is in docs/en/1c-formats.md#lists-for-launchers. Nothing is kept about a client. Its list is
known by a check code made from the list's bytes, so any number of servers agree, and the id it is given
holds which rules of the list matched its user, so that the check, which comes without a login, can be
answered from it.
"""

import asyncio
import re
from dataclasses import dataclass
from functools import lru_cache
from secrets import randbits
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from aiohttp.web import BaseRequest

from errorhelp.answers.answer import Answer, answer
from errorhelp.answers.snapshot import Snapshot
from errorhelp.catalog.lists import Access, ConnectionList
from errorhelp.formats import infobase_list, problem_detail
from errorhelp.formats.gzip_file import GzipEnd
from errorhelp.formats.infobase_list import JSON, UNKNOWN, XML, Call, ListDocument, NotUnderstood
from errorhelp.people.proxies import TrustedProxies
from errorhelp.public import error_answers
from errorhelp.public.list_access import Reader, matching_rules, refusal
from errorhelp.public.list_making import ListMaking

# Some launchers append `/WebCommonInfoBases` to an address that has it, others nothing to one that lacks it.
_PATH = re.compile(
    r"/lists/(?P<list>[^/]+)(?=/(?:WebCommonInfoBases|CheckInfoBases|GetInfoBases|ws\.cws)(?:/|\Z))"
    r"(?:/WebCommonInfoBases){0,2}(?:/(?P<rest>CheckInfoBases|GetInfoBases|ws\.cws))?/?"
)
_CHECK_CODES = UUID("b0c5a8d4-3f63-5d0e-8a55-1d6f0c9a7e21")
_PLAINEST = re.compile(
    r"/lists/(?P<list>[a-z0-9_-]+)/WebCommonInfoBases/GetInfoBases/?"
    r"\?ClientID=(?P<client>(?!00000000-)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    r"&InfoBasesCheckCode=[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
# Every answer is asked for anew: `Cache-Control: no-cache`.
_AT_ONCE_OVER = 0.0
_NOT_AT_ONCE = None, _AT_ONCE_OVER
_VARY, _PACKED = b"Vary: Accept-Encoding\r\n", b"Content-Encoding: gzip\r\n"
_MOST_PREPARED = 100
# Below this, compressing saves nothing; above the other, preparing a list is no work for the event loop.
_WORTH_COMPRESSING, _LARGE = 600, 64 * 1024
# A list is asked for until it changes, which may be soon: a level that costs little beats one that saves more.
_FAST = 1


@dataclass(frozen=True, slots=True)
class PreparedList:
    """A list document for all who ask for it, whatever stands in front of the client's id.

    `packed` is what stands behind the id, where compressing it saves something.
    """

    document: ListDocument
    packed: GzipEnd | None

    @property
    def is_large(self) -> bool:
        """Whether it is not written in one go."""
        return len(self.document.after) > _LARGE

    def for_client(self, client_id: UUID | str, accept_encoding: str, start: bytes | None = None) -> Answer:
        """The answer for a client that accepts these encodings; `start` is what stands before the id, if it differs."""
        start = (self.document.before if start is None else start) + str(client_id).encode()
        if self.packed is not None and "gzip" in accept_encoding.lower():
            body, headers = self.packed.behind(start), _PACKED + _VARY
        else:
            body, headers = start + self.document.after, _VARY
        return _no_cache(_head(len(body), self.document.content_type, headers), body)


def prepared_list(list_answer: Answer, check_code: UUID, call: Call | None) -> PreparedList:
    """The document of a list with a check code, by REST or for a SOAP call."""
    text = list_answer.body.decode("utf-8-sig", "replace")
    if call is None:
        document = infobase_list.list_json(check_code, text)
    else:
        document = infobase_list.list_soap(call, check_code, text)
    is_worth_it = len(document.after) > _WORTH_COMPRESSING
    return PreparedList(document, GzipEnd.of(document.after, _FAST) if is_worth_it else None)


async def _prepare_aside(list_answer: Answer, check_code: UUID, call: Call | None) -> PreparedList:
    """The same without holding up the event loop."""
    if len(list_answer.body) > _LARGE:
        return await asyncio.to_thread(prepared_list, list_answer, check_code, call)
    return prepared_list(list_answer, check_code, call)


@lru_cache(maxsize=1000)
def _head(size: int, content_type: str, headers: bytes) -> bytes:
    """The head of a list document of that size, without an ETag: it would be the check code in other words."""
    lines = answer(b"", content_type, headers=headers).head.splitlines(keepends=True)
    head = b"".join(line for line in lines if not line.startswith(b"ETag:"))
    return head.replace(b"Content-Length: 0", b"Content-Length: %d" % size)


def _no_cache(head: bytes, body: bytes) -> Answer:
    return Answer(status=200, head=head, body=body, etag=b"", valid_until=_AT_ONCE_OVER)


class _Key(NamedTuple):
    """What a list document is known by: the list, the ETag of its bytes, and the form it is in."""

    list_id: str
    etag: bytes
    form: str


class Launchers:
    """Answers launchers about the lists of `snapshot`, by REST and SOAP."""

    def __init__(self, proxies: TrustedProxies, lists: ListMaking) -> None:
        self._proxies = proxies
        self.lists = lists
        self._preparing: dict[_Key, asyncio.Future[PreparedList]] = {}

    @staticmethod
    def is_address(path: str) -> bool:
        """Whether launchers ask there."""
        return _PATH.fullmatch(path) is not None

    async def answer(
        self, request: BaseRequest, path: str, body: bytes | None, snapshot: Snapshot, now: float
    ) -> Answer:
        """The answer at `now` (Unix seconds); `body` is that of a POST, None when it was too large."""
        match = _PATH.fullmatch(path)
        connection_list = snapshot.catalog.lists.get(match["list"]) if match else None
        if match is None or connection_list is None:
            return error_answers.NOT_FOUND
        asking = _Asking(self, request, snapshot, connection_list, now)
        try:
            match request.method, match["rest"]:
                case "POST", None | "ws.cws":
                    return await asking.by_soap(body)
                case "GET" | "HEAD", "CheckInfoBases":
                    return await asking.check_by_rest()
                case "GET" | "HEAD", "GetInfoBases":
                    return await asking.get_by_rest()
                case "GET" | "HEAD", _:
                    return asking.describe()
        except NotUnderstood as error:
            return error_answers.problem_answer(problem_detail.BAD_REQUEST, f"{error}.")
        rest = match["rest"] in ("CheckInfoBases", "GetInfoBases")
        return error_answers.method_not_allowed(("GET", "HEAD") if rest else ("GET", "HEAD", "POST"))

    def refusal(self, connection_list: ConnectionList, reader: Reader) -> Answer | None:
        """Why this reader may not have the list, if so."""
        why_not = refusal(connection_list, reader, self._proxies)
        return None if why_not is None else error_answers.REFUSALS[why_not]

    def matching(self, connection_list: ConnectionList, reader: Reader) -> int:
        """Which rules match the reader."""
        return matching_rules(connection_list, reader, self._proxies)

    def answer_at_once(
        self, target: str, accept_encoding: str, snapshot: Snapshot, now: float
    ) -> tuple[Answer | None, float]:
        """The answer to the plainest of requests, which is almost every one; None for all others.

        With it until when the list stays the same (Unix seconds), unless there is another snapshot.
        """
        match = _PLAINEST.fullmatch(target)
        connection_list = snapshot.catalog.lists.get(match["list"]) if match else None
        if match is None or connection_list is None or connection_list.access is not Access.PUBLIC:
            return _NOT_AT_ONCE
        list_answer = snapshot.kept_list(connection_list, now)
        if list_answer is None:
            return _NOT_AT_ONCE
        key = _Key(connection_list.id, list_answer.etag, "")
        preparing = self._preparing.get(key)
        if preparing is None or not preparing.done():
            return _NOT_AT_ONCE
        prepared = preparing.result()
        if prepared.is_large:
            return _NOT_AT_ONCE
        return prepared.for_client(match["client"], accept_encoding), list_answer.valid_until

    async def prepared(
        self, list_answer: Answer, check_code: UUID, list_id: str, call: Call | None
    ) -> PreparedList:
        """A list document by REST, or for a SOAP call of any namespace; made at its first use."""
        form = "" if call is None else call.envelope
        key = _Key(list_id, list_answer.etag, form)
        preparing = self._preparing.get(key)
        if preparing is None:
            if len(self._preparing) >= _MOST_PREPARED:
                self._preparing.clear()
            preparing = asyncio.ensure_future(_prepare_aside(list_answer, check_code, call))
            self._preparing[key] = preparing
        return await asyncio.shield(preparing)


@dataclass(frozen=True, slots=True)
class _Asking:
    """One request of a launcher about one list."""

    launchers: Launchers
    request: BaseRequest
    snapshot: Snapshot
    connection_list: ConnectionList
    now: float

    async def check_by_rest(self) -> Answer:
        query = self.request.query
        client_id = infobase_list.parse_guid(query.get("ClientID", ""))
        check_code = infobase_list.parse_guid(query.get("InfoBasesCheckCode", ""))
        body = infobase_list.check_json(await self._changed(client_id, check_code), self._url)
        return answer(body, JSON, valid_until=_AT_ONCE_OVER)

    async def get_by_rest(self) -> Answer:
        query = self.request.query
        client_id = infobase_list.parse_guid(query.get("ClientID", ""))
        infobase_list.parse_guid(query.get("InfoBasesCheckCode", ""))
        return await self._list(client_id, None)

    async def by_soap(self, body: bytes | None) -> Answer:
        try:
            call = infobase_list.parse_call(body or b"")
        except NotUnderstood as error:
            return answer(infobase_list.fault(str(error)), XML, status=500, valid_until=_AT_ONCE_OVER)
        if call.operation == "GetInfoBases":
            return await self._list(call.client_id, call)
        changed = await self._changed(call.client_id, call.check_code)
        document = infobase_list.check_soap(call, changed, self._url)
        return answer(document, call.content_type, valid_until=_AT_ONCE_OVER)

    def describe(self) -> Answer:
        """That the service is here; its WSDL when asked for."""
        if not any(name.lower() == "wsdl" for name in self.request.query):
            return answer(b"", "text/plain; charset=utf-8", valid_until=_AT_ONCE_OVER)
        base = self.snapshot.catalog.public_url or f"{self.request.scheme}://{self.request.host}"
        return answer(infobase_list.wsdl(f"{base}{self._path}"), XML, valid_until=_AT_ONCE_OVER)

    async def _list(self, client_id: UUID, call: Call | None) -> Answer:
        reader = Reader(self.request.remote or "", self.request.headers, self.request.query)
        if (refused := self.launchers.refusal(self.connection_list, reader)) is not None:
            return refused
        matching = self.launchers.matching(self.connection_list, reader)
        list_answer = await self._list_answer(matching)
        check_code = await self._check_code(matching)
        if client_id == UNKNOWN or (self.connection_list.rules and _rules_of(client_id) != matching):
            client_id = _new_client(matching)
        prepared = await self.launchers.prepared(list_answer, check_code, self.connection_list.id, call)
        start = None if call is None else infobase_list.soap_start(call)
        return prepared.for_client(client_id, self.request.headers.get("Accept-Encoding", ""), start)

    async def _list_answer(self, matching: int) -> Answer:
        return await self.launchers.lists.answer(self.snapshot, self.connection_list, self.now, matching)

    async def _changed(self, client_id: UUID, check_code: UUID) -> bool:
        if client_id == UNKNOWN or check_code == UNKNOWN:
            return True
        return await self._check_code(_rules_of(client_id)) != check_code

    async def _check_code(self, matching: int) -> UUID:
        """A GUID that is the same as long as the list's bytes are; of rules, the bytes that each gives.

        So a check, which anybody can ask with any client id, never makes a list that nobody reads.
        """
        rules = self.connection_list.rules
        parts = [1 << number for number in range(len(rules)) if matching >> number & 1] if rules else [0]
        etags = [(await self._list_answer(part)).etag for part in parts]
        return uuid5(_CHECK_CODES, b" ".join(etags).decode())

    @property
    def _path(self) -> str:
        return f"/lists/{self.connection_list.id}/WebCommonInfoBases"

    @property
    def _url(self) -> str:
        """Where to get the list, from the server's root: behind a proxy that may be below another path."""
        return urlsplit(self.snapshot.catalog.public_url).path.rstrip("/") + self._path


# A client id is a UUID of version 8 (RFC 9562): 62 bits of rules, of which lists use up to 60, and chance.
_RULE_BITS = 62


def _new_client(matching: int) -> UUID:
    value = randbits(64) << 64 | matching & (1 << _RULE_BITS) - 1
    value = value & ~(0xF << 76) | 8 << 76
    return UUID(int=value & ~(3 << 62) | 2 << 62)


def _rules_of(client_id: UUID) -> int:
    return client_id.int & (1 << _RULE_BITS) - 1
