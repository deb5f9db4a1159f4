"""One request of a command: what is sent, what comes back, and why nothing does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from errorhelp.doctor.http_request import Unanswered, request


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """The host and port of a server that answers whatever is sent with these bytes, and what was sent."""
    sent: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sent.append(await reader.read(10_000))
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1") as server:
        host, port = server.sockets[0].getsockname()
        yield f"{host}:{port}", sent


async def refusal(url: str) -> str:
    with pytest.raises(Unanswered) as refused:
        await asyncio.to_thread(request, "GET", url, {})
    return str(refused.value)


@pytest.mark.integration
async def test_what_is_sent_and_what_comes_back() -> None:
    headers = {"Authorization": "Bearer ключ"}
    async with answering(b"HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\nno") as (place, sent):
        url = f"http://{place}/api/v1/messages/сообщение?text=%D1%8F&limit=1"
        assert await asyncio.to_thread(request, "POST", url, headers, b"{}") == (409, b"no")

    lines = sent[0].decode().split("\r\n")
    path = "/api/v1/messages/%D1%81%D0%BE%D0%BE%D0%B1%D1%89%D0%B5%D0%BD%D0%B8%D0%B5"
    assert lines[0] == f"POST {path}?text=%D1%8F&limit=1 HTTP/1.1"
    assert {f"Host: {place}", "Content-Length: 2", "Authorization: Bearer ключ"} <= set(lines)


@pytest.mark.integration
async def test_a_redirect_is_an_answer() -> None:
    moved = b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    async with answering(moved) as (place, _):
        assert await asyncio.to_thread(request, "GET", f"http://{place}/", {}) == (301, b"")


@pytest.mark.integration
async def test_why_no_answer_comes_is_explained_in_words() -> None:
    async with answering(b"") as (place, _):
        assert await refusal(f"http://{place}/") == "the connection was closed without an answer"
    assert await refusal(f"http://{place}/") == "nothing listens there: the connection was refused"
    async with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as (place, _):
        assert (await refusal(f"https://{place}/")).startswith("no TLS connection: ")


@pytest.mark.parametrize("address", ["help.example.com:8081", "ftp://help.example.com", "http://"])
async def test_an_address_that_is_none_is_refused(address: str) -> None:
    assert await refusal(address) == "its address must start with http:// or https://"
