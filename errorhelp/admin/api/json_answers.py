"""What the API answers: documents as JSON."""

from aiohttp import web
from pydantic import BaseModel


def answer(document: BaseModel, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """The response that holds a document."""
    return web.Response(
        body=document.model_dump_json().encode(),
        status=status,
        # Windows PowerShell takes what names no charset for Latin-1.
        content_type="application/json",
        charset="utf-8",
        headers=headers,
    )
