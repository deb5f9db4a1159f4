"""Heads that came before need no parser, and what is remembered changes no answer."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from public_site import NOON, Site, a_catalog, a_message

from errorhelp.answers.snapshot import compile
from errorhelp.public.client_connection import ConnectionLimits
from errorhelp.public.public_listener import PublicListener
from errorhelp.public.remembered_heads import RememberedHeads
from errorhelp.public.request_bodies import HelpRequest

ONE_C = (
    b"GET /help/erp.json HTTP/1.1\r\nHost: help.example.com\r\nUser-Agent: 1C+Enterprise/8.3\r\n"
    b"Accept: application/json\r\nAccept-Encoding: gzip\r\n\r\n"
)
CURL = (
    b"GET /help/erp.json HTTP/1.1\r\nHost: help.example.com\r\nUser-Agent: curl/8.14.1\r\nAccept: */*\r\n\r\n"
)
BROWSER = (
    b"GET /help/en/erp.html HTTP/1.1\r\nHost: help.example.com\r\nConnection: keep-alive\r\n"
    b"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
    b"Accept: text/html,application/xhtml+xml\r\nAccept-Language: en,ru;q=0.5\r\nSec-Fetch-Mode: navigate\r\n\r\n"
)
PROXY = (
    b"GET /help/hr.json HTTP/1.1\r\nHost: help.example.com\r\nX-Forwarded-For: 10.1.2.3\r\n"
    b"X-Forwarded-Proto: https\r\n\r\n"
)
KNOWN = b'GET /help/erp.json HTTP/1.1\r\nHost: h\r\nIf-None-Match: W/"x", *\r\n\r\n'
REPORT = (
    b"POST /help/erp.json HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n"
    b'{"text": "x"}'
)
REAL = {
    "1C": ONE_C,
    "curl": CURL,
    "a browser": BROWSER,
    "a proxy": PROXY,
    "a revalidation": KNOWN,
    "a report": REPORT,
}
ROUNDS = 40


class _Transport(asyncio.Transport):
    """Takes what is written at once."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self.is_closed:
            self.written += data

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("10.9.8.7", 50_000) if name == "peername" else default

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True

    abort = close

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


@dataclass
class Answering:
    """A listener without sockets."""

    heads: RememberedHeads
    seen: list[HelpRequest] = field(default_factory=list)
    site: Site = field(default_factory=lambda: Site(compile(a_catalog(), [a_message("Back at 13:00")], NOON)))

    def __post_init__(self) -> None:
        self.listener = PublicListener(
            lambda: self.site.snapshot,
            self.site.clock,
            max_age=60,
            on_help_request=self.seen.append,
            # What is not there after some rounds of the loop never comes.
            limits=ConnectionLimits(body=1000, linger=1000),
            heads=self.heads,
        )

    async def conversation(self, *pieces: bytes, pauses: bool = False) -> bytes:
        """What a client receives that sends these pieces, waiting for answers between them if it `pauses`."""
        server, transport = self.listener.server(), _Transport()
        connection: Any = server()
        connection.connection_made(transport)
        await self._go_on()
        for piece in pieces:
            if not transport.is_closed:
                connection.data_received(piece)
            if pauses:
                await self._go_on()
        await self._go_on()
        connection.connection_lost(None)
        await self._go_on()
        assert isinstance(server, web.Server)
        return bytes(transport.written)

    @staticmethod
    async def _go_on() -> None:
        for _ in range(ROUNDS):
            await asyncio.sleep(0)


def remembering() -> Answering:
    return Answering(RememberedHeads())


def forgetting() -> Answering:
    return Answering(RememberedHeads(longest=0))


@pytest.mark.parametrize("request_bytes", REAL.values(), ids=REAL)
async def test_the_heads_of_real_clients_are_remembered_and_answered_as_before(request_bytes: bytes) -> None:
    answering = remembering()
    first = await answering.conversation(request_bytes)
    assert first.startswith(b"HTTP/1.1 ")
    assert len(answering.heads) == 1
    assert await answering.conversation(request_bytes, request_bytes) == first * 2
    assert len(answering.heads) == 1


async def test_a_remembered_head_is_answered_with_what_is_live_now() -> None:
    answering = remembering()
    assert b"Back at 13:00" in await answering.conversation(ONE_C)
    answering.site.post(a_message("Back at 14:00"))
    assert b"Back at 14:00" in await answering.conversation(ONE_C)


@pytest.mark.parametrize("request_bytes", REAL.values(), ids=REAL)
async def test_cut_anywhere_a_request_between_two_others_gets_the_same_answers(request_bytes: bytes) -> None:
    warm, cold = remembering(), forgetting()
    sent = ONE_C + request_bytes + CURL
    for each in (ONE_C, request_bytes, CURL):
        await warm.conversation(each)
    expected = await cold.conversation(ONE_C, request_bytes, CURL, pauses=True)
    for cut in range(len(sent) + 1):
        assert await warm.conversation(sent[:cut], sent[cut:]) == expected, cut


ODD_LINES = [
    b"Connection: close",
    b"Connection: keep-alive",
    b"Connection: Upgrade\r\nUpgrade: h2c",
    b"Content-Length: 0",
    b"Content-Length: 2",
    b"Content-Length: +2",
    b"Content-Length: 2\r\nContent-Length: 2",
    b"Content-Length: %d" % len(CURL),
    b"Content-Length: %d\n\nContent-Length: 2" % len(CURL),
    b"Transfer-Encoding: chunked",
    b"Expect: 100-continue",
    b"If-None-Match: *",
    b"X: a\rb",
    b"X: a\nY: b",
    b" folded",
]
FIRST_LINES = [
    *[b"GET /help/erp.json HTTP/1.1"] * 4,
    *[b"POST /help/erp.json HTTP/1.1"] * 4,
    b"HEAD /help/hr.json HTTP/1.1",
    b"GET /help/erp.json HTTP/1.0",
    b"OPTIONS /help/erp.json HTTP/1.1",
    b"GET /help/gone.json HTTP/1.1",
    b"GET /healthz HTTP/1.1",
    b"GET /lists/office.v8i HTTP/1.1",
]
BODIES = [b"", b"{}", b"2\r\n{}\r\n0\r\n\r\n", b"\r\n", b"{}{}", b"\n\n", CURL, CURL[:20]]
HEADS = st.builds(
    lambda first, odd, newline: newline.join([first, b"Host: h", *odd, b"", b""]),
    st.sampled_from(FIRST_LINES),
    st.lists(st.sampled_from(ODD_LINES), max_size=1),
    st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n"]),
)
PIECES = st.one_of(
    st.sampled_from([*REAL.values()]),
    HEADS,
    st.sampled_from(BODIES),
    st.builds(bytes.__add__, HEADS, st.sampled_from(BODIES)),
    st.builds(lambda request, cut: request[:cut], HEADS, st.integers(1, 60)),
)

SHARED = RememberedHeads(most=20)


@given(st.lists(PIECES.filter(bool), min_size=1, max_size=5), st.booleans())
@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_remembered_changes_no_answer_count_or_observation(pieces: list[bytes], pauses: bool) -> None:
    async def both() -> None:
        warm, cold = Answering(SHARED), forgetting()
        for each in pieces:
            await warm.conversation(each)
        warm.seen.clear()
        before = _counts(warm.listener)
        received = await warm.conversation(*pieces, pauses=pauses)
        assert received == await cold.conversation(*pieces, pauses=pauses)
        after = _counts(warm.listener)
        counted = {
            key: count - before.get(key, 0) for key, count in after.items() if count != before.get(key, 0)
        }
        assert counted == _counts(cold.listener)
        assert warm.seen == cold.seen

    asyncio.run(both())


def _counts(listener: PublicListener) -> dict[tuple[str, int], int]:
    return {
        (route, status): count
        for route, answered in listener.requests.items()
        for status, count in answered.by_status.items()
        if count
    }


async def test_few_heads_are_remembered_and_none_that_is_long() -> None:
    answering = Answering(RememberedHeads(most=10, longest=200))
    for number in range(100):
        await answering.conversation(CURL.replace(b"8.14.1", str(number).encode()))
    assert len(answering.heads) <= 20
    small = len(answering.heads)
    await answering.conversation(CURL.replace(b"8.14.1", b"x" * 200))
    assert len(answering.heads) == small


async def test_bytes_that_are_remembered_are_bounded() -> None:
    answering = Answering(RememberedHeads(most_bytes=1000))
    for number in range(100):
        await answering.conversation(CURL.replace(b"8.14.1", str(number).encode()))
    assert len(answering.heads) * len(CURL) <= 2 * 1000 + len(CURL)


async def test_a_head_that_is_used_outlives_many_that_are_not() -> None:
    answering = Answering(RememberedHeads(most=10))
    await answering.conversation(ONE_C)
    for number in range(100):
        await answering.conversation(CURL.replace(b"8.14.1", str(number).encode()))
        await answering.conversation(ONE_C)
    assert answering.heads.find(ONE_C) is not None
