"""Gzip files that are put together of a start and an end that is compressed once."""

import gzip

from hypothesis import given
from hypothesis import strategies as st

from errorhelp.formats.gzip_file import GzipEnd


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=4), st.binary(max_size=2000), st.integers(1, 9))
def test_a_file_holds_its_start_and_the_end(starts: list[bytes], end: bytes, level: int) -> None:
    packed = GzipEnd.of(end, level)
    for start in starts:
        assert gzip.decompress(packed.behind(start)) == start + end


def test_starts_and_ends_may_be_long() -> None:
    start, end = bytes(range(256)) * 1000, "Пройдите регистрацию".encode() * 100_000
    packed = GzipEnd.of(end, 1)
    assert gzip.decompress(packed.behind(start)) == start + end
    assert len(packed.behind(b"")) < len(end) / 50


def test_the_same_makes_the_same_file() -> None:
    assert GzipEnd.of(b"end", 1).behind(b"start") == GzipEnd.of(b"end", 1).behind(b"start")
