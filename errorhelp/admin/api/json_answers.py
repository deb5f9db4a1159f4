"""What the API answers: documents as JSON."""

from aiohttp import web
from pydantic import BaseModel


def answer(document: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """The response that holds a document."""
    return answer_written(document.model_dump_json().encode(), status, headers)


def answer_written(document: bytes, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """The response that holds a document that is written as JSON already."""
    return web.Response(
        body=document,
        status=status,
        # Windows PowerShell takes what names no charset for Latin-1.
        content_type="application/json",
        charset="utf-8",
        headers=headers,
    )
