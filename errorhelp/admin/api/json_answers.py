"""What the API answers: documents as JSON."""

import asyncio
import io
from collections.abc import Callable, Iterator

from aiohttp import web
from pydantic import BaseModel

from errorhelp.system.garbage_collection import no_collection

_FREED_AT_ONCE = 500


def answer(document: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """The response that holds a document."""
    return _response(document.model_dump_json().encode(), status, headers)


async def answer_many(make: Callable[..., BaseModel], *arguments: object) -> web.Response:
    """The response that holds the document of many items that a function makes, none of them with an alias.

    It is made, written and freed in a thread, item by item, so that public reads do not wait for it; lists among the
    arguments are empty afterwards.
    """

    def written() -> io.BytesIO:
        document = make(*arguments)
        data = io.BytesIO()
        items: list[object] = []
        for number, name in enumerate(type(document).model_fields):
            data.write(b"," if number else b"{")
            data.writelines(_field(document, name))
            value = getattr(document, name)
            items += value if isinstance(value, tuple) else ()
        data.write(b"}")
        data.seek(0)
        del document, value
        for each in (items, *(given for given in arguments if isinstance(given, list))):
            while each:
                del each[-_FREED_AT_ONCE:]
        return data

    def written_without_collection() -> io.BytesIO:
        with no_collection():
            return written()

    # It is sent piece by piece, too.
    return _response(await asyncio.to_thread(written_without_collection))


def _field(document: BaseModel, name: str) -> Iterator[bytes]:
    value = getattr(document, name)
    if not isinstance(value, tuple) or not all(isinstance(each, BaseModel) for each in value):
        yield document.model_dump_json(include={name})[1:-1].encode()
        return
    yield f'"{name}":['.encode()
    for number, each in enumerate(value):
        yield b"," if number else b""
        yield each.model_dump_json().encode()
    yield b"]"


def _response(
    body: bytes | io.BytesIO, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    return web.Response(
        body=body,
        status=status,
        # Windows PowerShell takes what names no charset for Latin-1.
        content_type="application/json",
        charset="utf-8",
        headers=headers,
    )
