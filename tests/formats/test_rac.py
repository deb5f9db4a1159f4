from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errorhelp.formats.rac import InfobaseInfo, SessionLock, deny_options, read_infobase_info

# As rac prints it (recorded in public tests of tools around it), shortened.
OUTPUT = """\
infobase                                   : f3466741-0208-4680-a9d3-21f16672048f
name                                       : buh
dbms                                       : MSSQLServer
scheduled-jobs-deny                        : off
sessions-deny                              : on
denied-from                                : 2026-11-21T13:00:00
denied-message                             : "База обновляется: вход после 14:00"
denied-parameter                           :
denied-to                                  : 2026-11-21T14:00:00
permission-code                            : "0000"
external-session-manager-connection-string :
descr                                      : "Бухгалтерия"

"""


def with_line(name: str, value: str, output: str = OUTPUT) -> str:
    """The output with another value in one of its lines."""
    lines = [f"{name:43}: {value}" if line.split(" ")[0] == name else line for line in output.split("\n")]
    return "\n".join(lines)


def test_a_lock_is_read_with_its_text_and_local_times():
    assert read_infobase_info(OUTPUT) == InfobaseInfo(
        "buh",
        SessionLock(
            "База обновляется: вход после 14:00",
            datetime(2026, 11, 21, 13),  # noqa: DTZ001 - local to the server
            datetime(2026, 11, 21, 14),  # noqa: DTZ001
            "0000",
        ),
    )


def test_windows_line_ends_and_a_margin_make_no_difference():
    indented = "".join(f"    {line}\r\n" for line in OUTPUT.splitlines())
    assert read_infobase_info(indented) == read_infobase_info(OUTPUT)


def test_an_infobase_whose_sessions_are_not_denied_has_no_lock():
    assert read_infobase_info(with_line("sessions-deny", "off")) == InfobaseInfo("buh", None)


@pytest.mark.parametrize("nothing", ["", "0001-01-01T00:00:00"])
def test_a_time_that_is_not_set_is_none(nothing: str):
    lock = read_infobase_info(with_line("denied-to", nothing)).lock
    assert lock is not None
    assert lock.denied_to is None


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        ("Wait", "Wait"),
        ('"Say ""please"""', 'Say "please"'),
        ('"Say "please" now"', 'Say "please" now'),
        ('"5" is broken"', '5" is broken'),
        ('"Line 1\nLine 2: more\n\nLine 4"', "Line 1\nLine 2: more\n\nLine 4"),
        ('""', ""),
        ('"', '"'),
    ],
)
def test_a_text_is_read_with_its_quotes_and_line_breaks(printed: str, text: str):
    info = read_infobase_info(with_line("denied-message", printed))
    assert info.lock is not None
    assert (info.lock.text, info.lock.permission_code) == (text, "0000")


@pytest.mark.parametrize(
    ("output", "error"),
    [
        ("", "it says nothing of infobase, name, sessions-deny, denied-to"),
        ("infobase : 1\nname : buh\ndescr : \n", "it says nothing of sessions-deny, denied-to"),
        ("Ошибка соединения с сервером", "line 1: 'Ошибка соединения с сервером' is not what"),
        (with_line("sessions-deny", "maybe"), "sessions-deny is 'maybe' and not on or off"),
        (with_line("denied-to", "21.11.2026 14:00"), "denied-to is '21.11.2026 14:00' and no time such as"),
        (OUTPUT + OUTPUT, "'infobase' stands there twice"),
    ],
)
def test_what_cannot_be_read_is_refused_and_says_why(output: str, error: str):
    with pytest.raises(ValueError, match=error):
        read_infobase_info(output)


@given(st.text() | st.text(st.sampled_from('nameinfobase :"\n-')))
def test_any_output_is_an_infobase_or_a_clear_error(output: str):
    try:
        read_infobase_info(output)
    except ValueError as error:
        assert str(error)


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1))
def test_a_text_that_was_set_is_the_text_that_is_read(text: str):
    said = dict(deny_options(SessionLock(text, None, None)))
    quoted = '"' + said["denied-message"].replace('"', '""') + '"'
    info = read_infobase_info(with_line("denied-message", quoted))
    assert info.lock is not None
    assert info.lock.text == text
