"""Zips that clients push: a report comes out, or a reason why not, and nothing else ever happens."""

import io
import stat
import warnings
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_samples import PICTURE, REPORT, zipped

from errorhelp.reports.report_reading import Unreadable
from errorhelp.reports.report_upload import zip_in
from errorhelp.reports.report_zips import LARGEST_REPORT, MOST_ENTRIES, Pushed, read_zip

GOOD = zipped(screenshot_png=PICTURE, dump_bin=b"MDMP" + bytes(range(256)))


def written(*entries: tuple[zipfile.ZipInfo | str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", method) as archive:
        warnings.simplefilter("ignore")
        for info, content in entries:
            archive.writestr(info, content)
    return buffer.getvalue()


def a_link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def test_report_and_screenshot_come_out() -> None:
    pushed = read_zip(GOOD)
    assert (pushed.read.text, pushed.screenshot) == ("Деление на 0", PICTURE)
    assert pushed.read.details == REPORT


def test_a_report_in_a_folder_is_found_and_a_picture_that_is_none_is_left() -> None:
    pushed = read_zip(written(("1/REPORT.json", b'{"id": "x"}'), ("screenshot.png", b"MZ no picture")))
    assert (pushed.read.report_id, pushed.screenshot) == ("x", None)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not a zip"),
        (b"PK\x03\x04", "damaged"),
        (GOOD[:-30], "damaged"),
        (written(("a.txt", b"x")), "no report.json"),
        (written(*((f"{number}.txt", b"x") for number in range(MOST_ENTRIES + 1))), "more than 50 entries"),
        (written(("report.json", b" " * (20 * LARGEST_REPORT))), "times its size"),
        (
            written(("report.json", b" " * (LARGEST_REPORT + 1)), method=zipfile.ZIP_STORED),
            "larger than 2 MiB",
        ),
        (written(("report.json", b"{}"), ("REPORT.JSON", b"{}")), "same name"),
        (written(("report.json", b"{}"), ("report.json", b"{}")), "same name"),
        (
            written(("report.json", b"{}"), ("inner.zip", GOOD), method=zipfile.ZIP_STORED),
            "packed itself|another",
        ),
        (written(("report.json", b"{}"), ("inner.gz", b"\x1f\x8b\x08")), "packed itself"),
        (written(("report.json", b"{}"), (a_link(), b"/etc/passwd")), "symbolic link"),
        (written(("report.json", b"{}"), method=zipfile.ZIP_BZIP2), "another way than deflate"),
        (written(("report.json", b"{}"), method=zipfile.ZIP_LZMA), "another way than deflate"),
        *(
            (written(("report.json", b"{}"), (name, b"x")), "leads out")
            for name in ("../out", "a/../../out", "/etc/passwd", "C:\\out", "..\\out", "\\\\host\\out")
        ),
    ],
)
def test_a_hostile_zip_is_refused_with_a_reason(data: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_zip(data)


def test_an_entry_that_lies_about_its_size_unpacks_to_no_more() -> None:
    big = written(("report.json", b" " * 100_000))
    lying = big.replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    with pytest.raises(Unreadable):
        read_zip(lying)


@given(st.data())
def test_a_zip_with_changed_bytes_gives_a_report_or_a_reason(data: st.DataObject) -> None:
    changed = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(4, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert isinstance(read_zip(bytes(changed)), Pushed)
    except Unreadable as error:
        assert str(error)


@given(st.binary(max_size=300), st.sampled_from(["", "multipart/form-data; boundary=x", "multipart/mixed"]))
def test_any_body_has_a_zip_or_a_reason(body: bytes, content_type: str) -> None:
    try:
        assert zip_in(body, content_type).startswith(b"PK")
    except Unreadable as error:
        assert str(error)


@pytest.mark.parametrize("preamble", [b"", b"preamble\r\n"])
@pytest.mark.parametrize("boundary", ["x", '"x"'])
def test_the_zip_is_found_in_any_part(preamble: bytes, boundary: str) -> None:
    body = (
        preamble + b'--x\r\nContent-Disposition: form-data; name="note"\r\n\r\ntext\r\n'
        b"--x\r\nContent-Disposition: form-data\r\n\r\n" + GOOD + b"\r\n--x--\r\n"
    )
    assert zip_in(body, f"multipart/form-data; boundary={boundary}") == GOOD
