"""What the API answers: documents as JSON."""

import asyncio
from collections.abc import Callable, Iterator

from aiohttp import web
from pydantic import BaseModel


def answer(document: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """The response that holds a document."""
    return _response(document.model_dump_json().encode(), status, headers)


async def answer_many(make: Callable[..., BaseModel], *arguments: object) -> web.Response:
    """The response that holds the document of many items that a function makes, none of them with an alias.

    It is made and written in a thread, item by item, so that public reads do not wait for it.
    """

    def written() -> bytes:
        document = make(*arguments)
        return b"{" + b",".join(_fields(document)) + b"}"

    return _response(await asyncio.to_thread(written))


def _fields(document: BaseModel) -> Iterator[bytes]:
    for name in type(document).model_fields:
        value = getattr(document, name)
        if isinstance(value, tuple) and all(isinstance(each, BaseModel) for each in value):
            items = b",".join(each.model_dump_json().encode() for each in value)
            yield f'"{name}":['.encode() + items + b"]"
        else:
            yield document.model_dump_json(include={name})[1:-1].encode()


def _response(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        body=body,
        status=status,
        # Windows PowerShell takes what names no charset for Latin-1.
        content_type="application/json",
        charset="utf-8",
        headers=headers,
    )
