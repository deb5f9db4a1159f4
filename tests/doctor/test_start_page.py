"""What a browser would take from a start page, whatever the page holds."""

from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from errorhelp.doctor.start_page import read_start_page

URL_OF_PAGE = URL("https://1c.example.com/erp/ru_RU/")
SCRIPT = b'<script src="/offline/erp/register.js" nonce="abc" defer></script>'
PIECES = st.sampled_from(
    [
        b"<!",
        b"<![",
        b"<!--",
        b"-->",
        b"<script",
        b">",
        b'"',
        b"src=",
        b"</",
        b"<meta ",
        b"&",
        b"\xff",
        b"[",
        b"x",
    ]
)


@given(st.lists(PIECES, max_size=8).map(b"".join))
@example(b"<![unknown[")
@example(b'<script src="http://[/offline/erp/register.js">')
def test_any_bytes_are_a_page(body: bytes) -> None:
    read_start_page(URL_OF_PAGE, ["script-src 'self'"], body)


def test_the_script_has_its_address_its_infobase_and_its_nonce() -> None:
    page = read_start_page(URL_OF_PAGE, [], b"<html><head>" + SCRIPT + b"</head></html>")
    assert page.infobase == "erp" and page.registration
    assert page.registration.nonce == "abc"
    assert str(page.registration.script) == "https://1c.example.com/offline/erp/register.js"
    assert str(page.registration.worker) == "https://1c.example.com/offline/erp/sw.js"


def test_a_policy_behind_the_script_comes_too_late_for_it() -> None:
    policy = b"""<meta http-equiv="content-security-policy" content="script-src 'none'">"""
    assert read_start_page(URL_OF_PAGE, [], SCRIPT + policy).kept_out is None
    assert read_start_page(URL_OF_PAGE, [], policy + SCRIPT).kept_out == ("register.js", "script-src 'none'")
