"""What clients ask again within a second has its answer ready, and no answer, count or report differs by that."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from listener_without_sockets import (
    CURL,
    KNOWN,
    ONE_C,
    REAL,
    REPORT,
    Answering,
    Happening,
    WrittenTransport,
    a_site,
)
from public_site import a_message
from report_samples import desk

from errorhelp.people.proxies import TrustedProxies
from errorhelp.public.error_reports import ErrorReports
from errorhelp.public.help_requests import Asked
from errorhelp.public.ready_answers import ReadyAnswers
from errorhelp.public.remembered_heads import RememberedHeads

GET_IN_PIECES = (CURL[:30], CURL[30:])
HEAD = CURL.replace(b"GET", b"HEAD")
LIST = CURL.replace(b"/help/erp.json", b"/lists/office.v8i")
_GUID = b"11111111-2222-4333-8444-555555555555"
LAUNCHER = CURL.replace(
    b"/help/erp.json",
    b"/lists/office/WebCommonInfoBases/GetInfoBases?ClientID=%b&InfoBasesCheckCode=%b" % (_GUID, _GUID),
)
UNKNOWN = CURL.replace(b"erp", b"gone")
LAST = CURL.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
SENT = (
    *REAL.values(),
    *GET_IN_PIECES,
    HEAD,
    LIST,
    LAUNCHER,
    UNKNOWN,
    CURL * 3,
    CURL + REPORT,
    REPORT[:-5],
    LAST,
)
PATHS = ["/help/erp.json", "/help/hr.json", "/help/en/erp.html"]


def later(seconds: float) -> Happening:
    def happen(answering: Answering) -> None:
        answering.site.clock.now += seconds

    return happen


def posted(text: str, ends_in: float) -> Happening:
    return lambda answering: answering.site.post(a_message(text, ends_in=ends_in))


def observed(do: Callable[[Asked], None]) -> Happening:
    def happen(answering: Answering) -> None:
        assert isinstance(answering.observer, Asked)
        do(answering.observer)

    return happen


HAPPENINGS = (
    *map(later, (0.1, 0.4, 0.6, 1.0, -0.3, -2.0, 3599.5)),
    posted("Back at 14:00", 7200),
    posted("Back at once", 0.5),
    observed(Asked.capture),
    observed(Asked.stop_capture),
)


def counting(ready: ReadyAnswers | None = None, reports: ErrorReports | None = None) -> Answering:
    """A listener that counts who asks; without `ready` it remembers nothing."""
    site = a_site()
    asked = Asked(site.clock, lambda: site.snapshot.catalog)
    heads = RememberedHeads(longest=0) if ready is None else RememberedHeads()
    return Answering(heads, site=site, observer=asked, reports=reports, ready=ready)


async def outcome(answering: Answering, *steps: bytes | Happening, pauses: bool = True) -> list[object]:
    """What the client receives and what is known of it afterwards."""
    received = await answering.conversation(*steps, pauses=pauses)
    asked = answering.observer
    assert isinstance(asked, Asked)
    tallies = [asked.tally([path]) for path in PATHS]
    by_status = {name: {**each.by_status} for name, each in answering.listener.requests.items()}
    return [received, tallies, by_status, asked.captured, asked.unknown]


# Few that come again and again, since only these have answers that are ready.
STEPS = st.tuples(
    st.lists(st.sampled_from(SENT), min_size=1, max_size=2), st.lists(st.sampled_from(HAPPENINGS), max_size=2)
).flatmap(lambda chosen: st.lists(st.sampled_from([*chosen[0] * 3, *chosen[1]]), min_size=3, max_size=12))


@given(STEPS, st.booleans())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_answers_that_are_ready_are_those_that_would_be_made(
    steps: list[bytes | Happening], pauses: bool
) -> None:
    async def both() -> None:
        with_ready = await outcome(counting(ReadyAnswers()), *steps, pauses=pauses)
        assert with_ready == await outcome(counting(), *steps, pauses=pauses)

    asyncio.run(both())


@pytest.mark.parametrize("request_bytes", [ONE_C, CURL, KNOWN, HEAD, LIST, REPORT])
async def test_what_comes_again_within_a_second_has_its_answer_ready(request_bytes: bytes) -> None:
    ready = ReadyAnswers()
    answering = counting(ready)
    first = await answering.conversation(request_bytes)
    assert await answering.conversation(*[request_bytes] * 5, pauses=True) == first * 5
    assert len(ready.answers) + len(ready.receipts) == 1


@pytest.mark.parametrize("request_bytes", REAL.values(), ids=REAL)
async def test_cut_anywhere_a_request_whose_answer_is_ready_is_answered_as_in_one_piece(
    request_bytes: bytes,
) -> None:
    sent = [request_bytes] * 3
    expected = await outcome(counting(), *sent, *sent)
    for cut in range(len(request_bytes) + 1):
        pieces = [request_bytes[:cut], request_bytes[cut:]]
        assert await outcome(counting(ReadyAnswers()), *sent, *pieces * 3) == expected, cut


async def test_a_message_is_in_the_answer_to_the_next_request() -> None:
    answering = counting(ReadyAnswers())
    received = await answering.conversation(*[ONE_C] * 4, posted("Back at 14:00", 7200), ONE_C)
    assert received.count(b"Back at 13:00") == 4 * received.count(b"Back at 14:00") > 0


async def test_a_message_that_ends_within_a_second_is_in_no_answer_after_that() -> None:
    answering = counting(ReadyAnswers())
    posting = posted("Back at once", 0.5)
    before = await answering.conversation(posting, *[ONE_C] * 4)
    after = await answering.conversation(*[ONE_C] * 4, later(0.5), ONE_C)
    assert before.count(b"Back at once") == after.count(b"Back at once") > 0
    assert b"Back at once" not in after[-len(after) // 6 :]


async def test_the_date_is_that_of_the_second_in_which_it_is_answered() -> None:
    answering = counting(ReadyAnswers())
    received = await answering.conversation(*[ONE_C] * 4, later(1), ONE_C, later(-1), ONE_C)
    assert received.count(b"12:00:00 GMT") == 5
    assert received.count(b"12:00:01 GMT") == 1


async def test_when_capturing_begins_the_next_request_is_captured() -> None:
    answering = counting(ReadyAnswers())
    capture = observed(Asked.capture)
    captured = (await outcome(answering, *[ONE_C] * 4, capture, ONE_C, *[REPORT] * 4))[3]
    assert isinstance(captured, list)
    assert [each.method for each in captured] == [*["POST"] * 4, "GET"]


async def test_a_client_that_takes_no_answers_gets_no_more_of_them() -> None:
    with_ready, without = counting(ReadyAnswers()), counting()
    received = await with_ready.conversation(*[CURL] * 200, takes=10)
    assert received == await without.conversation(*[CURL] * 200, takes=10)
    assert received.count(b"HTTP/1.1 200 OK") < 20


async def test_a_connection_that_is_closed_answers_nothing_more() -> None:
    answering = counting(ReadyAnswers())
    received = await answering.conversation(*[CURL] * 4, lambda each: each.connection.close(), CURL, CURL)
    assert received.count(b"HTTP/1.1 200 OK") == 4


async def test_answers_that_are_ready_take_a_bounded_memory() -> None:
    ready = ReadyAnswers(most=5)
    answering = counting(ready)
    for number in range(50):
        await answering.conversation(*[CURL.replace(b"8.14.1", str(number).encode())] * 3)
    assert len(ready.answers) == 5
    small = ReadyAnswers(most_bytes=1000)
    answering = counting(small)
    for number in range(50):
        await answering.conversation(*[CURL.replace(b"8.14.1", str(number).encode())] * 3)
    assert 0 < len(small.answers) <= 2


async def test_a_connection_that_begins_with_a_report_before_it_is_taken_up_has_the_next_answers_ready() -> (
    None
):
    ready = ReadyAnswers()
    answering = counting(ready)
    server, transport = answering.listener.server(), WrittenTransport()
    connection = server()
    connection.connection_made(transport)
    for _ in range(4):
        connection.data_received(REPORT)
        await answering.go_on()
    connection.connection_lost(None)
    assert transport.written.count(b"HTTP/1.1 200 OK") == 4
    assert len(ready.receipts) == 1


async def test_every_report_with_the_same_head_is_taken_in(tmp_path: Path) -> None:
    async with desk(tmp_path, "{enabled: true, rate_per_address: 1000}") as behind:
        reports = ErrorReports(behind.intake, TrustedProxies())
        ready = ReadyAnswers()
        taking = counting(ready, reports)
        posts = [REPORT.replace(b'"x"', b'"%d"' % number) for number in range(8)]
        received = await taking.conversation(*posts)
        assert received.count(b"HTTP/1.1 200 OK") == 8
        assert len(ready.receipts) == 1
        assert behind.intake.counters.taken == 8
        await behind.intake.write()
