"""Which of our languages readers get: a word that one lacks is in the next, and English has all."""

from pathlib import Path

import pytest

from errorhelp.config.default_causes import shipped_causes
from errorhelp.text.languages import languages_in_turn, one_for
from errorhelp.text.texts import choose
from errorhelp.text.translations import translations_in_turn

PLURALS = '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"'
INCOMPLETE = f"""
msgid ""
msgstr ""
{PLURALS}

msgid "Outage"
msgstr "Matkaki"

msgid "Feed"
msgstr ""

msgid "%d infobase"
msgid_plural "%d infobases"
msgstr[0] "%d goyangi"
msgstr[1] ""
"""
NEXT = f"""
msgid ""
msgstr ""
{PLURALS}

msgid "Outage"
msgstr "Rike"

msgid "Feed"
msgstr "Voog"

msgid "%d infobase"
msgid_plural "%d infobases"
msgstr[0] "%d baas"
msgstr[1] "%d baasi"
"""


@pytest.fixture
def locale(tmp_path: Path) -> Path:
    """English, a whole language `et` but for one text, and `tt`, of which there is little."""
    files = {
        "et/public.po": NEXT,
        "tt/public.po": INCOMPLETE,
        "en/causes.yaml": "causes: [{id: a, title: A, text: One}, {id: b, title: B, text: Two}]",
        "et/causes.yaml": "causes: [{id: a, title: Ä, text: Üks}, {id: b, title: Bee}]",
        "tt/causes.yaml": "causes: [{id: b, title: Be}]",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("code", "configured", "turn"),
    [
        ("kk", ("kk", "ru"), ("kk", "ru", "en")),
        ("ru", ("kk", "ru"), ("ru", "kk", "en")),
        ("et", ("ru", "en", "et"), ("et", "ru", "en")),
        ("de", ("en", "de", "ru"), ("de", "en")),
        ("en", ("ru", "en"), ("en",)),
        ("fr", ("fr",), ("en",)),
        ("fr", ("fr", "ro", "ru"), ("ro", "ru", "en")),
        ("ru-kz", ("kk", "ru-kz"), ("ru", "kk", "en")),
        ("uz-cyrl", ("uz-cyrl", "ru"), ("ru", "en")),
    ],
)
def test_a_word_is_looked_for_in_the_readers_language_then_in_the_configured_ones_then_in_english(
    code: str, configured: tuple[str, ...], turn: tuple[str, ...]
) -> None:
    assert languages_in_turn(code, configured) == turn


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("et", "et"),
        ("et-ee", "et"),
        ("sr-latn", "sr-latn"),
        ("sr-latn-rs", "sr-latn"),
        ("sr-cyrl", None),
        ("fr", None),
    ],
)
def test_a_region_is_spoken_to_as_its_language_is_another_script_is_not(code: str, found: str | None) -> None:
    assert one_for(code, ("et", "sr", "sr-latn")) == found


def test_what_a_catalogue_lacks_is_taken_from_the_next_string_by_string(locale: Path) -> None:
    turn = languages_in_turn("tt", ("tt", "et"), locale)
    words = translations_in_turn("public", turn, locale)
    assert turn == ("tt", "et", "en")
    assert [words.gettext(each) for each in ("Outage", "Feed", "Information")] == [
        "Matkaki",
        "Voog",
        "Information",
    ]
    # Of a text that lacks a form none is taken, or languages would change with the count.
    assert [words.ngettext("%d infobase", "%d infobases", count) for count in (1, 2)] == [
        "%d baas",
        "%d baasi",
    ]
    assert translations_in_turn("public", ("tt", "en"), locale).gettext("Feed") == "Feed"
    assert translations_in_turn("public", ("et", "tt", "en"), locale).gettext("Outage") == "Rike"


def test_what_causes_lack_is_taken_from_the_next_text_by_text(locale: Path) -> None:
    configured = ("tt", "et")
    shown = [
        (choose(each.title or "", "tt", configured), choose(each.text or "", "tt", configured))
        for each in shipped_causes(configured, locale)
    ]
    assert shown == [("Ä", "Üks"), ("Be", "Two")]
    assert [each.title for each in shipped_causes(("fr",), locale)] == [{"en": "A"}, {"en": "B"}]


def test_only_configured_languages_and_english_are_read() -> None:
    for cause in shipped_causes(("kk", "ru")):
        assert isinstance(cause.text, dict)
        assert list(cause.text) == ["kk", "ru", "en"]
