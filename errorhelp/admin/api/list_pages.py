"""Lists over HTTP: a page with a link to the next one (RFC 8288), and all of a list, streamed.

Both read some at a time, so that no other answer waits for it and no database is held for a client that is slow.
"""

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar
from uuid import uuid4

from aiohttp import hdrs, web
from pydantic import BaseModel

from errorhelp.admin.api.documents.list_documents import cursor_of
from errorhelp.admin.csv_tables import csv_bytes, rows_bytes
from errorhelp.store.list_place import ListPlace
from errorhelp.system.worker_thread import in_thread
from errorhelp.text.times import format_instant

log = logging.getLogger(__name__)

_Item = TypeVar("_Item")

LARGEST_PAGE = 4 * 1024 * 1024
"""After how many bytes a page ends, though more were asked for."""

CSV, JSON = "text/csv", "application/json"


@dataclass(frozen=True, slots=True)
class ApiList(Generic[_Item]):
    """A list that clients read: `read` gives up to so many items that follow a place, `place` says where one stands.

    `document` puts an item into words, away from the event loop. `at_once` are read and put into words in one go.
    """

    read: Callable[[ListPlace | None, int], Awaitable[Sequence[_Item]]]
    place: Callable[[_Item], ListPlace]
    document: Callable[[_Item], BaseModel]
    at_once: int = 100

    async def some(self, limit: int | None, after: ListPlace | None = None) -> AsyncIterator[Sequence[_Item]]:
        """Up to `limit` items that follow a place, in their order, some at a time."""
        left = limit
        while left is None or left > 0:
            wanted = self.at_once if left is None else min(self.at_once, left)
            items = await self.read(after, wanted)
            if items:
                yield items
            if len(items) < wanted:
                return
            after = self.place(items[-1])
            left = None if left is None else left - len(items)


def of_sequence(
    items: Sequence[_Item], key: Callable[[_Item], str], document: Callable[[_Item], BaseModel]
) -> ApiList[int]:
    """The list of what is in memory, by its numbers; a place holds though others come and go before the next page."""

    def number_of(place: ListPlace) -> int:
        if place.number < len(items) and key(items[place.number]) == place.key:
            return place.number
        there = (number for number, item in enumerate(items) if key(item) == place.key)
        # It is gone, and the next one stands in its place.
        return next(there, place.number - 1)

    async def read(after: ListPlace | None, limit: int) -> Sequence[int]:
        begin = 0 if after is None else number_of(after) + 1
        return range(len(items))[begin : begin + limit]

    return ApiList(
        read, lambda number: ListPlace(number, key(items[number])), lambda number: document(items[number])
    )


def exactly(count: int) -> Callable[[], Awaitable[int]]:
    """A number of all that is known already."""

    async def counted() -> int:
        return count

    return counted


async def answer_page(
    request: web.Request,
    name: str,
    listed: ApiList[_Item],
    after: ListPlace | None,
    limit: int | None,
    total: Callable[[], Awaitable[int | None]],
    *,
    says_more: bool = False,
) -> web.Response:
    """The page of a list that follows a place: its documents under `name`, `next`, and on the first one `total`.

    `says_more`: also whether there are more, as `more`.
    """
    written: list[bytes] = []
    size, last, is_cut = 0, None, False
    # One more than is answered says whether there are more.
    async for items in listed.some(None if limit is None else limit + 1, after):
        for item, document in zip(items, await in_thread(_written, listed, items), strict=True):
            is_cut = len(written) == limit or (bool(written) and size + len(document) > LARGEST_PAGE)
            if is_cut:
                break
            written.append(document)
            size, last = size + len(document), item
        if is_cut:
            break
    cursor = cursor_of(listed.place(last)) if is_cut and last is not None else None
    rest: dict[str, object] = {"next": cursor, "total": await total() if after is None else None}
    if says_more:
        rest["more"] = is_cut
    body = b'{"%s":[%s],%s' % (name.encode(), b",".join(written), json.dumps(rest).encode()[1:])
    response = web.Response(body=body, content_type=JSON, charset="utf-8")
    if cursor is not None:
        address = request.rel_url.update_query(cursor=cursor)
        response.headers[hdrs.LINK] = f'<{address}>; rel="next"'
    return response


async def answer_export(
    request: web.Request,
    file_name: str,
    listed: ApiList[_Item],
    limit: int | None,
    columns: Sequence[str] | None = None,
) -> web.StreamResponse:
    """All of a list, or up to `limit`, as a file: a table of `columns` as CSV, without them an array as JSON.

    It is sent while it is read. What goes wrong meanwhile ends the connection before the end of the file, so that
    nobody takes what came for all.
    """
    if columns is not None:
        return await answer_table(request, file_name, listed, limit, columns, partial(_row, listed, columns))
    return await _answer_pieces(request, file_name, JSON, _json_pieces(listed, limit))


async def answer_table(
    request: web.Request,
    file_name: str,
    listed: ApiList[_Item],
    limit: int | None,
    head: Sequence[str],
    row: Callable[[_Item], Sequence[object]],
) -> web.StreamResponse:
    """As `answer_export`, with rows that are made of the items in another way."""
    return await _answer_pieces(request, file_name, CSV, _csv_pieces(listed, limit, head, row))


async def _answer_pieces(
    request: web.Request, file_name: str, content_type: str, pieces: AsyncIterator[bytes]
) -> web.StreamResponse:
    headers = {
        hdrs.CONTENT_TYPE: f"{content_type}; charset=utf-8",
        hdrs.CONTENT_DISPOSITION: f'attachment; filename="{file_name}"',
    }
    if request.method == hdrs.METH_HEAD:
        return web.Response(headers=headers)
    # What cannot be read at all is answered with a problem.
    first = await anext(pieces)
    response = web.StreamResponse(headers=headers)
    try:
        await response.prepare(request)
        await response.write(first)
        async for piece in pieces:
            await response.write(piece)
    except ConnectionError:
        return response
    except Exception:
        log.exception("error %s: %s could not be sent to its end", uuid4(), file_name)
        if request.transport is not None:
            request.transport.abort()
    return response


async def _json_pieces(listed: ApiList[_Item], limit: int | None) -> AsyncIterator[bytes]:
    before = b"["
    async for items in listed.some(limit):
        yield before + b",\n".join(await in_thread(_written, listed, items))
        before = b",\n"
    yield b"[]" if before == b"[" else b"]"


async def _csv_pieces(
    listed: ApiList[_Item],
    limit: int | None,
    head: Sequence[str],
    row: Callable[[_Item], Sequence[object]],
) -> AsyncIterator[bytes]:
    before = csv_bytes(head, ())
    async for items in listed.some(limit):
        yield before + await in_thread(_rows, row, items)
        before = b""
    if before:
        yield before


def _written(listed: ApiList[_Item], items: Sequence[_Item]) -> list[bytes]:
    return [listed.document(item).model_dump_json().encode() for item in items]


def _row(listed: ApiList[_Item], columns: Sequence[str], item: _Item) -> list[object]:
    document = listed.document(item)
    return [getattr(document, name) for name in columns]


def _rows(row: Callable[[_Item], Sequence[object]], items: Sequence[_Item]) -> bytes:
    return rows_bytes(map(_text, row(item)) for item in items)


def _text(value: object) -> str:
    match value:
        case datetime():
            return format_instant(value)
        case (BaseModel(), *_):
            documents = (each.model_dump(mode="json") for each in value if isinstance(each, BaseModel))
            return json.dumps([*documents], ensure_ascii=False)
        case tuple():
            return " ".join(map(str, value))
        case Mapping():
            return json.dumps(value, ensure_ascii=False)
        case None:
            return ""
        case _:
            return str(value)
