"""The words in which scripts write days and durations, as Babel writes them, for browsers that lack a language."""

from datetime import UTC, datetime

import pytest
from babel.dates import format_skeleton
from babel.units import format_unit
from hypothesis import given
from hypothesis import strategies as st

from errorhelp.text.time_words import time_words

LANGUAGES = ["az", "be", "de", "en", "et", "hr", "kk", "lt", "lv", "ro", "ru", "uk", "uz"]


def counted(language: str, unit: str, count: int) -> str:
    """A count of units, as times.js reads the words."""
    words = time_words(language)
    forms = str(words.get("forms", ""))
    form = int(forms[count if count < 200 else 100 + count % 100]) if forms else 0
    return str(words["units"][unit][form]).replace("{count}", str(count))  # type: ignore[index]


@given(
    st.sampled_from([*LANGUAGES, "ar", "cs", "fr", "he", "pl", "pt-br", "sl"]),
    st.sampled_from(["day", "hour", "minute", "second"]),
    st.integers(0, 4000),
)
def test_units_are_counted_as_babel_counts_them(language: str, unit: str, count: int) -> None:
    locale = language.replace("-br", "_BR")
    expected = format_unit(count, f"duration-{unit}", "short", format="0", locale=locale)
    assert counted(language, unit, count) == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_days_are_named_as_on_the_rest_of_the_page(language: str) -> None:
    for month, pattern in enumerate(time_words(language)["days"], 1):  # type: ignore[arg-type, var-annotated]
        for day in (1, 11, 28):
            expected = format_skeleton("MMMMd", datetime(2026, month, day, tzinfo=UTC), locale=language)
            assert pattern.replace("{day}", str(day)) == expected


def test_a_language_that_browsers_lack_has_its_words() -> None:
    assert time_words("kk")["days"][10] == "{day} қараша"  # type: ignore[index]
    assert time_words("be")["units"]["hour"] == ["{count} гадз"]  # type: ignore[index]
    assert "forms" not in time_words("uz")
