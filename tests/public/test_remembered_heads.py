"""Heads that came before need no parser, and what is remembered changes no answer."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from listener_without_sockets import CURL, ONE_C, REAL, Answering
from public_site import a_message

from errorhelp.public.public_listener import PublicListener
from errorhelp.public.remembered_heads import RememberedHeads


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


async def test_fields_that_are_remembered_stand_behind_any_plain_first_line() -> None:
    answering = remembering()
    for request_bytes in (ONE_C, ONE_C.replace(b"/erp", b"/hr"), ONE_C.replace(b"/erp", b"/en/erp")):
        assert await answering.conversation(request_bytes) == await forgetting().conversation(request_bytes)
    assert len(answering.heads) == 1
    head = answering.heads.find(ONE_C.replace(b"/help/erp.json", b"/lists/a/GetInfoBases?ClientID=b-1&c=2"))
    assert head is not None
    assert (head.method, head.path) == ("GET", "/lists/a/GetInfoBases?ClientID=b-1&c=2")


@pytest.mark.parametrize(
    "line",
    [
        b"GET http://h/help/erp.json HTTP/1.1",
        b"GET //help/erp.json HTTP/1.1",
        b"GET /help/%65rp.json HTTP/1.1",
        b"GET /help/erp.json#x HTTP/1.1",
        b"GET  /help/erp.json HTTP/1.1",
        b"GET /help/erp.json HTTP/1.0",
        b"GET /help/erp.json HTTP/1.1 ",
        b"get /help/erp.json HTTP/1.1",
        b"OPTIONS /help/erp.json HTTP/1.1",
        b"POST /help/erp.json HTTP/1.1",
    ],
)
async def test_behind_any_other_line_nothing_is_known(line: bytes) -> None:
    answering = remembering()
    await answering.conversation(ONE_C)
    assert answering.heads.find(ONE_C.replace(b"GET /help/erp.json HTTP/1.1", line)) is None


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
    b"GET /help/hr.json?a=b HTTP/1.1",
    b"GET /help//erp.json HTTP/1.1",
    b"GET /help/./erp.json HTTP/1.1",
    b"GET /help/%65rp.json HTTP/1.1",
    b"GET /help/erp.json#a HTTP/1.1",
    b"GET http://h/help/erp.json HTTP/1.1",
    b"GET  /help/erp.json HTTP/1.1",
    b"GET /help/erp.json HTTP/1.1 ",
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
    of_each = len(CURL) - len(b" /help/erp.json HTTP/1.1")
    assert len(answering.heads) * of_each <= 2 * 1000 + of_each


async def test_a_head_that_is_used_outlives_many_that_are_not() -> None:
    answering = Answering(RememberedHeads(most=10))
    await answering.conversation(ONE_C)
    for number in range(100):
        await answering.conversation(CURL.replace(b"8.14.1", str(number).encode()))
        await answering.conversation(ONE_C)
    assert answering.heads.find(ONE_C) is not None
