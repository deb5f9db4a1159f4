"""A configuration that is read again: infobases whose text is as before are taken over, the others are built."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from configurations import written
from hypothesis import given
from hypothesis import strategies as st

from errorhelp.config import ConfigurationError, Loaded, load

NAMES = ("erp", "crm", "trade", "pay")
INFOBASE = "- {{id: {0}, name: {0}, connect: {{server: s, ref: {0}}}, language: en}}\n"
ALL = "languages: [ru, en]\ninfobases:\n" + "".join(map(INFOBASE.format, NAMES))


def again(folder: Path, before: Loaded, text: str, **more: str) -> Loaded:
    return load(written(folder, text, **more), {}, before)


def test_one_changed_infobase_is_built_anew_and_no_other(tmp_path: Path) -> None:
    before = load(written(tmp_path, ALL), {})
    after = again(tmp_path, before, ALL.replace("name: crm", "help: {text: Call 112}, name: crm"))
    assert after.catalog.inherited_help(after.catalog.infobases["crm"]).text == "Call 112"
    kept = [each for each in NAMES if after.catalog.infobases[each] is before.catalog.infobases[each]]
    assert kept == ["erp", "trade", "pay"]


def test_infobases_are_known_again_wherever_they_move(tmp_path: Path) -> None:
    flow = "infobases: [{id: flow, name: Flow, connect: {server: s, ref: f}}]\n"
    before = load(written(tmp_path, 'include: "b.yaml"\n' + flow, b=ALL), {})
    moved = INFOBASE.format("erp")
    after = again(
        tmp_path,
        before,
        'include: "b.yaml"\n' + flow,
        b=ALL.replace(moved, "").replace("infobases:", "infobases:\n\n# moved") + moved,
    )
    assert list(after.catalog.infobases) == ["flow", "crm", "trade", "pay", "erp"]
    assert all(after.catalog.infobases[each] is before.catalog.infobases[each] for each in NAMES)


def test_an_unchanged_infobase_may_be_wrong_now(tmp_path: Path) -> None:
    before = load(written(tmp_path, ALL), {})
    with pytest.raises(ConfigurationError) as refused:
        again(tmp_path, before, ALL.replace("[ru, en]", "[ru]") + INFOBASE.format("pay"))
    assert [each.place.line for each in refused.value.errors] == [3, 4, 5, 6, 7, 7]


LINES = (
    *map(INFOBASE.format, NAMES),
    "- {id: erp2, aliases: [erp], name: erp, connect: {file: x}, v8i: {ID: A}}\n",
    "- {id: crm2, name: crm, connect: {file: x}, v8i: {ID: a}}\n",
    "- {id: other, name: O, connect: {file: x}, language: de, help: {text: {de: x}}}\n",
    "- {id: wrong}\n",
    "- id: long\n  name: Long\n  connect: {server: s, ref: l, url: x}\n",
    "- {id: none, name: None, connect: {server: s, ref: n}, publications: []}\n",
    "- {id: own, name: Own, connect: {server: s, ref: o}, publications: https://1c.example.com/own}\n",
    "- {id: filled, name: F, connect: {server: s, ref: f}, publications: [{pattern: 'https://x/{ref}'}]}\n",
    "- id: good\n  name: Good\n  connect: Srvr=s;Ref=g\n  folder: /A/B\n",
)
PUBLICATIONS = (
    "",
    "publications: [{pattern: 'https://1c.example.com/{ref}'}]\n",
    "publications: [{pattern: 'https://1c.example.com/{infobase}', worker: true}]\n",
    "folders: [{path: /A, publications: [{pattern: 'https://a.example.com/{ref}'}]}]\n",
    "folders: [{path: /A, publications: []}]\npublications: [{pattern: 'https://1c.example.com/{ref}'}]\n",
)
TEXTS = st.builds(
    lambda publications, lines: f"{publications}infobases:\n{''.join(lines)}",
    st.sampled_from(PUBLICATIONS),
    st.lists(st.sampled_from(LINES), max_size=6),
)


def outcome(text: str, before: Loaded | None = None) -> Loaded | tuple[object, ...]:
    with TemporaryDirectory() as folder:
        try:
            loaded = load(written(Path(folder), text), {}, before)
        except ConfigurationError as error:
            return tuple(str(each).replace(folder, "") for each in error.errors)
    return loaded


@given(TEXTS, TEXTS)
def test_what_is_taken_over_changes_nothing_that_is_read(first: str, second: str) -> None:
    before = outcome(first)
    again, anew = outcome(second, before if isinstance(before, Loaded) else None), outcome(second)
    if not (isinstance(again, Loaded) and isinstance(anew, Loaded)):
        assert again == anew
    else:
        assert again.digest == anew.digest
        assert [each.message for each in again.warnings] == [each.message for each in anew.warnings]
        assert replace(again.catalog, revised_at=None) == replace(anew.catalog, revised_at=None)
