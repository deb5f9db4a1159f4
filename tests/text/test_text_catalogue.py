"""Catalogues of texts are read as Babel reads them; a text is found again by what it was made from."""

import io
import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po as read_by_babel
from babel.messages.pofile import write_po
from hypothesis import given
from hypothesis import strategies as st

import errorhelp
from errorhelp.text.text_catalogue import TextCatalogue, read_po

LOCALE = Path(errorhelp.__file__).parent / "text" / "locale"
HEADER = (
    "Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || "
    "n%100>=20) ? 1 : 2);\n"
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1)
RUSSIAN = TextCatalogue(
    {
        "": (HEADER,),
        "now": ("сейчас",),
        "infobase": ("база", "базы", "баз"),
        "{file} cannot be read: {error}": ("{file} не читается: {error!t}",),
        "No such file or directory": ("нет такого файла",),
        "{count} of {all}": ("из {all} {count}",),
    }
)


@pytest.mark.parametrize(
    "file", sorted(LOCALE.glob("*/*.po")), ids=lambda file: str(file.relative_to(LOCALE))
)
def test_our_catalogues_are_read_as_babel_reads_them(file: Path) -> None:
    with file.open("rb") as source:
        expected = {
            each.id[0] if isinstance(each.id, tuple) else each.id: (
                each.string if isinstance(each.string, tuple) else (each.string,)
            )
            for each in read_by_babel(source, locale=file.parent.name)
            if each.id
        }
    read = read_po(file.read_text("utf-8"))
    assert f"Language: {file.parent.name}" in read.pop("")[0]
    assert read == expected


@given(st.dictionaries(TEXTS, TEXTS))
def test_what_babel_writes_is_read(texts: dict[str, str]) -> None:
    catalogue = Catalog(locale="ru")
    for english, russian in texts.items():
        catalogue.add(english, russian)
    written = io.BytesIO()
    write_po(written, catalogue, width=60, sort_output=True)
    read = read_po(written.getvalue().decode("utf-8"))
    read.pop("")
    assert read == {english: (russian,) for english, russian in texts.items()}


def test_a_line_that_we_do_not_write_is_refused_by_its_number() -> None:
    with pytest.raises(ValueError, match="line 2"):
        read_po('msgid "a"\nmsgctxt "b"\n')


@pytest.mark.parametrize(
    ("english", "russian"),
    [
        ("now", "сейчас"),
        ("not in it", "not in it"),
        ("", ""),
        ("a.yaml cannot be read: No such file or directory", "a.yaml не читается: нет такого файла"),
        ("a.yaml cannot be read: odd", "a.yaml не читается: odd"),
        ("now: now", "now: сейчас"),
        ("erp: 12: now", "erp: 12: сейчас"),
        ("now: 12: odd", "now: 12: odd"),
        ("a.yaml:1:2: x: b cannot be read: odd", "a.yaml:1:2: x: b не читается: odd"),
        ("a.yaml: 1 of 2", "a.yaml: из 2 1"),
        ("3 of 7", "из 7 3"),
        ("{x} cannot be read: now\nnow", "{x} не читается: сейчас\nсейчас"),
        ("odd\n  a: 3 of 7\n  now: odd\n  now", "odd\n  a: из 7 3\n  now: odd\n  сейчас"),
    ],
)
def test_a_text_is_known_with_anything_in_its_places(english: str, russian: str) -> None:
    assert RUSSIAN.text(english) == russian


@pytest.mark.parametrize(
    ("count", "word"), [(1, "база"), (2, "базы"), (5, "баз"), (11, "баз"), (21, "база"), (0, "баз")]
)
def test_things_are_counted_as_russian_does(count: int, word: str) -> None:
    assert RUSSIAN.counted(count, "infobase", "infobases") == word


def test_what_has_no_plural_forms_is_counted_in_english() -> None:
    assert (RUSSIAN.counted(1, "fish", "fishes"), RUSSIAN.counted(2, "fish", "fishes")) == ("fish", "fishes")


@pytest.mark.parametrize(
    "file", sorted(LOCALE.glob("*/*.po")), ids=lambda file: str(file.relative_to(LOCALE))
)
def test_our_catalogues_say_each_text_once(file: Path) -> None:
    said = Counter(re.findall(r'(?m)^msgid (".+(?:\n".*)*)', file.read_text("utf-8")))
    assert [english for english, times in said.items() if english != '""' and times > 1] == []
