from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errorhelp.formats import launcher_config

KEY = "InternetService"
OTHER_KEY = "WebCommonInfoBases"
OFFICE = "https://help.example.com/lists/office"
ENCODINGS = [
    (BOM_UTF16_LE, "utf-16-le"),
    (BOM_UTF16_BE, "utf-16-be"),
    (BOM_UTF8, "utf-8"),
    (b"", "utf-8"),
]


def merged(text: str, address: str = OFFICE, key: str = KEY) -> str:
    return launcher_config.parse(text.encode()).with_list(key, address).to_bytes().decode()


def test_a_new_file_is_utf_16_with_a_bom_and_windows_line_ends():
    assert launcher_config.new(KEY, OFFICE) == BOM_UTF16_LE + f"{KEY}={OFFICE}\r\n".encode("utf-16-le")


@pytest.mark.parametrize(("bom", "encoding"), ENCODINGS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_existing_file_keeps_its_encoding_its_line_ends_and_all_its_lines(
    bom: bytes, encoding: str, end: str
):
    lines = ["CommonInfoBases=\\\\srv\\Общие базы.v8i", "InstalledLocation=C:\\1cv8", "UseHWLicenses=1", ""]
    before = bom + end.join(lines).encode(encoding)
    after = launcher_config.parse(before).with_list(KEY, OFFICE).to_bytes()
    assert after == before + f"{KEY}={OFFICE}{end}".encode(encoding)


def test_an_address_that_is_there_already_changes_nothing():
    text = f"A=1\n  internetservice = {OFFICE}\nB=2"
    assert merged(text) == text


def test_another_list_or_service_stays_beside_ours():
    others = f"{KEY}=https://help.example.com/lists/finance\n{KEY}=https://other/list\n"
    assert merged(f"{others}Z=1\n") == f"{others}{KEY}={OFFICE}\nZ=1\n"


@pytest.mark.parametrize(
    "old",
    [
        "http://old-host:8080/lists/office",
        "https://help.example.com/lists/office/",
        "https://HELP.example.com/lists/Office/WebCommonInfoBases",
    ],
)
def test_an_older_address_of_the_same_list_is_replaced(old: str):
    assert merged(f"A=1\r\n{KEY} ={old}\r\nB=2\r\n") == f"A=1\r\n{KEY} ={OFFICE}\r\nB=2\r\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"{OTHER_KEY}={OFFICE}\nA=1\n", f"{KEY}={OFFICE}\nA=1\n"),
        ("A=1\n webcommoninfobases =http://old/lists/office/\nB=2", f"A=1\n{KEY}={OFFICE}\nB=2"),
        (f"{OTHER_KEY}={OFFICE}\nA=1\n{KEY}={OFFICE}\n", f"A=1\n{KEY}={OFFICE}\n"),
        (f"{KEY}={OFFICE}\n{OTHER_KEY}={OFFICE}/WebCommonInfoBases\n", f"{KEY}={OFFICE}\n"),
        (f"{KEY}={OFFICE}\n{KEY}={OFFICE}\n", f"{KEY}={OFFICE}\n"),
        (f"{OTHER_KEY}=https://x/lists/hr\n", f"{OTHER_KEY}=https://x/lists/hr\n{KEY}={OFFICE}\n"),
    ],
)
def test_no_list_stands_there_twice_whichever_key_it_was_under(before: str, after: str):
    assert merged(before) == after
    assert merged(after) == after


def test_the_other_key_can_still_be_chosen():
    assert merged(f"{KEY}={OFFICE}\n", key=OTHER_KEY) == f"{OTHER_KEY}={OFFICE}\n"


def test_the_same_file_name_on_another_share_is_the_same_list():
    text = 'CommonInfoBases="\\\\old\\1c\\Office.v8i"\nCommonInfoBases=\\\\old\\1c\\finance.v8i\n'
    assert merged(text, "\\\\new\\1c\\office.v8i", "CommonInfoBases") == (
        "CommonInfoBases=\\\\new\\1c\\office.v8i\nCommonInfoBases=\\\\old\\1c\\finance.v8i\n"
    )


def test_a_last_line_without_an_end_gets_one():
    assert merged("A=1") == f"A=1\r\n{KEY}={OFFICE}\r\n"


def test_an_address_cannot_add_a_second_line():
    assert merged("", "https://x\r\nEvil=1").count("\n") == 1


def test_bytes_in_an_old_code_page_come_through():
    before = "Path=База\r\n".encode("cp1251")
    assert launcher_config.parse(before).with_list(KEY, OFFICE).to_bytes().startswith(before)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ("A=1\r\n".encode("utf-16-le"), "UTF-16 without a BOM"),
        (BOM_UTF16_LE + b"A", "byte 2 is no UTF-16 text"),
    ],
)
def test_what_would_be_damaged_is_refused(data: bytes, error: str):
    with pytest.raises(ValueError, match=error):
        launcher_config.parse(data)


LINES = st.lists(
    st.sampled_from(
        [
            f"{KEY}={OFFICE}",
            f"{KEY}=https://b/lists/b",
            "A=1",
            "",
            "=",
            "x",
            " internetservice=y",
            f"{OTHER_KEY}={OFFICE}",
            f"{OTHER_KEY}=https://b/lists/b",
        ]
    )
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=9),
    max_size=6,
)


@given(LINES, st.sampled_from(["\n", "\r\n", ""]), st.sampled_from(ENCODINGS), st.sampled_from([KEY, "A"]))
def test_whatever_is_there_stays_and_a_second_merge_changes_nothing(
    lines: list[str], end: str, encoding: tuple[bytes, str], key: str
):
    bom, name = encoding
    data = bom + "".join(line + end for line in lines).encode(name)
    before = launcher_config.parse(data)
    assert before.to_bytes() == data
    after = before.with_list(key, OFFICE)
    assert after.with_list(key, OFFICE) == after
    ours = ("A",) if key == "A" else (KEY, OTHER_KEY)

    def others(lines: tuple[str, ...]) -> list[str]:
        return [line.rstrip("\r\n") for line in lines if not names_office(line, ours)]

    assert others(after.lines) == others(before.lines)
    assert sum(names_office(line, ours) for line in after.lines) == 1


def names_office(line: str, keys: tuple[str, ...]) -> bool:
    key, _, value = line.partition("=")
    return key.strip().casefold() in map(str.casefold, keys) and value.strip().endswith("/lists/office")
