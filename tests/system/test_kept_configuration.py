"""The copy of the configuration's files that is kept for when they are bad or gone."""

from pathlib import Path

import pytest

from errorhelp.system.state_directory import StateDirectory

# With an odd number of bytes in front, a letter of two stands astride of every even place.
LONG = "\ufeff" + "# " + 'Отдел "продаж" \\ \x07\t\r\n' + "я" * 100_000


@pytest.mark.parametrize("text", ["", "languages: [ru]\n", LONG, "#" + LONG])
def test_what_is_kept_is_what_is_read_again(tmp_path: Path, text: str) -> None:
    main, more = tmp_path / "errorhelp.yaml", tmp_path / "ещё.yaml"
    state = StateDirectory(tmp_path / "state")
    state.path.mkdir(exist_ok=True)
    state.keep_configuration({main: text.encode(), more: b"include: []\n"})
    kept = state.kept_configuration()
    assert kept == {main: text.encode(), more: b"include: []\n"}
    assert [*kept] == [main, more]
