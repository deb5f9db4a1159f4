"""The lines of an answer that depend on the second it is sent in, and what the listener does with junk."""

import asyncio
import logging
import math
import re
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from public_site import HOST, NOON, Clock, Site, serving

from errorhelp.answers.answer import NEVER, Answer, answer
from errorhelp.public.caching import Wire, unless_known

INSTANTS = st.floats(min_value=NOON.timestamp() - 100, max_value=NOON.timestamp() + 100)
SECONDS = st.integers(min_value=-100, max_value=100).map(lambda offset: NOON.timestamp() + offset)


def header(lines: bytes, name: str) -> str:
    found = re.search(rf"^{name}: (.*?)\r$".encode(), lines, re.MULTILINE)
    assert found is not None
    return found[1].decode()


def max_age(lines: bytes) -> int:
    found = re.search("max-age=([0-9]+)", header(lines, "Cache-Control"))
    return 0 if found is None else int(found[1])


@given(moments=st.lists(st.tuples(INSTANTS, SECONDS), min_size=1), longest=st.integers(0, 30))
def test_a_cache_keeps_an_answer_as_long_as_it_is_right_and_not_a_second_longer(
    moments: list[tuple[float, float]], longest: int
) -> None:
    wire = Wire(longest)
    for now, valid_until in moments:
        lines = wire.last_lines(answer(b"{}", "application/json", valid_until=valid_until), now)
        seconds = max_age(lines)
        assert parsedate_to_datetime(header(lines, "Date")).timestamp() == math.floor(now)
        assert seconds == 0 or now + seconds <= valid_until
        assert seconds == longest or now + seconds + 1 > valid_until


def test_an_answer_for_one_reader_is_kept_by_no_cache() -> None:
    lines = Wire(60).last_lines(answer(b"", "text/plain", private=True), NOON.timestamp())
    assert header(lines, "Cache-Control") == "private, no-store"


def test_without_caching_every_answer_is_asked_for_anew() -> None:
    lines = Wire(0).last_lines(answer(b"", "text/plain", valid_until=NEVER), NOON.timestamp())
    assert header(lines, "Cache-Control") == "no-cache"


@given(st.text(), st.booleans())
def test_only_the_answers_own_etag_saves_its_body(sent: str, weak: bool) -> None:
    known = answer(b"{}", "application/json")
    own = known.etag.decode()
    if sent.strip() != "*" and own not in sent:
        assert unless_known(known, [sent]) is known
    assert unless_known(known, [sent, f"W/{own}" if weak else own]).status == 304


@pytest.mark.parametrize("status", [404, 500])
def test_an_error_is_never_known_already(status: int) -> None:
    error: Answer = answer(b"{}", "application/json", status=status)
    assert unless_known(error, ["*"]) is error


# --- junk ---

FRAGMENTS = (
    b"GET |POST |OPTIONS |CONNECT |PRI |/help/erp.json|/help/%2e%2e/%00|*|//|\r\n|\r\n\r\n|\n|\x00|\xff|:| |"
    b" HTTP/1.1\r\nHost: h\r\n| HTTP/1.0\r\n| HTTP/2.0\r\n|Content-Length: 5\r\n|Content-Length: -1\r\n|"
    b"Transfer-Encoding: chunked\r\n|5\r\nhello\r\n|0\r\n\r\n|fffffffffffffffff\r\n|Expect: 100-continue\r\n|"
    b'Upgrade: websocket\r\nConnection: upgrade\r\n|Connection: close\r\n|If-None-Match: ,"\r\n|'
    b"hello|Authorization: Basic ====\r\n|Content-Encoding: gzip\r\n"
).split(b"|")


@pytest.mark.integration
@given(junk=st.lists(st.sampled_from(FRAGMENTS) | st.binary(max_size=20), max_size=30).map(b"".join))
def test_no_bytes_make_an_error_of_ours(junk: bytes) -> None:
    errors: list[str] = []
    log = logging.Handler(logging.WARNING)
    log.emit = lambda record: errors.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(log)
    try:
        answered = asyncio.run(_answers_to(junk))
    finally:
        logging.getLogger().removeHandler(log)
    assert b"HTTP/1.1 500" not in answered
    assert errors == []


async def _answers_to(sent: bytes) -> bytes:
    """All that comes back until the listener closes the connection, whose other side is closed."""
    async with serving(Site(clock=Clock())) as site:
        reader, writer = await asyncio.open_connection(HOST, site.port)
        writer.write(sent)
        writer.write_eof()
        async with asyncio.timeout(10):
            answered = await reader.read()
        writer.close()
        return answered
