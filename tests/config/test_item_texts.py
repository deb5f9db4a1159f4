"""Infobases that are read one by one: the same values, errors and places as when the whole file is read."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from configurations import errors_in, read
from hypothesis import example, given
from hypothesis import strategies as st

from errorhelp.config.configuration_files import Files
from errorhelp.config.item_texts import UnusualItem, divide
from errorhelp.config.yaml_tree import Location, Value, parse, value_of

FILE = Path("errorhelp.yaml")
WHOLE = (
    "- {id: a, name: A}",
    "- id: b\n  name: B # comment\n  help: {text: R&D}",
    "- id: c\n  help:\n    text: |+\n      kept\n\n    url: x\n",
    "- 'half\n  of it'",
    "- {id: d,\n   name: D}\n# comment",
    "- [x,\n  y]",
    "- plain\n  goes on",
    "- |2\n    two\n   # no comment\n",
    "- a:\n  - b\n  - c",
    "-\n  id: e",
)
LINES = (
    *WHOLE,
    "- {id: a, name: A}",
    "- id: b",
    "  name: B # comment",
    "  id: twice",
    "  help:",
    "    text: |+",
    "      kept",
    "",
    "  - deeper",
    "   - askew",
    "# comment",
    "  # comment",
    "- 'half",
    "  of it'",
    '- "half',
    'of it"',
    "- plain",
    "  goes on",
    "- >-",
    "  folded",
    "- |2",
    "- {id: c,",
    "name: C}",
    "- [x,",
    "y]",
    "-",
    "- - nested",
    "- &name anchored",
    "- *name",
    "- R&D",
    "- !!str tagged",
    "- <<: {a: b}",
    "- ? key",
    "  : value",
    "- ~",
    "infobases:",
    "lists:",
    "other: &name text",
    "again: *name",
    "folders: [",
    "]",
    "---",
    "...",
    "%YAML 1.1",
    "\t",
    "\t- tab",
    "- carriage\r",
    "- return\rinside",
    "- line\u2028- separator",
    "- next\x85- line",
    "- bell \x07",
    "key",
    "- a: b: c",
)


def found(text: str, *, divided: bool) -> object:
    """All that is read of a file: values, errors, and the place of every value; None if it must be read undivided."""
    files = Files(divided=divided)
    files.take(FILE, text.encode())
    try:
        items = [*files.items("infobases")]
    except UnusualItem:
        return None
    whole: Value = {**files.values, "infobases": [each for each in items if not isinstance(each, bytes)]}
    places = [
        files.diagnostic(location, "", key=key) for location in locations(whole) for key in (False, True)
    ]
    return files.values, items, files.errors, files.is_whole, places


def locations(value: Value, here: Location = ()) -> Iterator[Location]:
    yield here
    if isinstance(value, dict):
        for key, each in value.items():
            yield from locations(each, (*here, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from locations(each, (*here, index))


@given(
    before=st.lists(st.sampled_from(LINES), max_size=2),
    whole=st.lists(st.sampled_from(WHOLE), max_size=6),
    behind=st.lists(st.sampled_from(LINES), max_size=6),
    indent=st.sampled_from(["", "  "]),
)
@example(
    before=[],
    whole=[],
    behind=["- {id: a, name: A}", "", "# comment", "- id: b", "lists:", "- id: b"],
    indent="",
)
@example(before=[], whole=[], behind=["- 'half", "- of it'", "- plain"], indent="")
@example(before=["other: &name text"], whole=[], behind=["- *name", "- plain"], indent="  ")
@example(before=[], whole=[], behind=["- ? key", "- plain"], indent="")
@example(before=["- |2"], whole=[], behind=["- plain", "- plain"], indent="  ")
def test_what_is_read_one_by_one_is_what_is_in_the_whole(
    before: list[str], whole: list[str], behind: list[str], indent: str
) -> None:
    lines = [indent + each.replace("\n", f"\n{indent}") for each in (*whole, *behind)]
    text = "\n".join([*before, "infobases:", *lines])
    divided = found(text, divided=True)
    assert divided is None or divided == found(text, divided=False)


@pytest.mark.parametrize("indent", ["", "  "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_infobases_behind_dashes_are_read_one_by_one(indent: str, end: str) -> None:
    lines = [
        "\ufefflanguages: [ru]",
        "infobases:  # all",
        "",
        f"{indent}- id: erp # R&D",
        f"{indent}  name: ERP",
    ]
    lines += [f"{indent}# next", f"{indent}- {{id: crm}}", "lists: []", ""]
    divided = divide(end.join(lines).encode())
    assert divided is not None
    assert [text.split(b":")[0].strip() for text in divided.texts] == [b"- id", b"- {id"]
    assert found(end.join(lines), divided=True) == found(end.join(lines), divided=False) is not None


INFOBASES = "".join(
    f"- {{id: ib{each}, name: IB {each}, connect: {{server: s, ref: r}}}}\n" for each in range(9)
)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ("- {id: erp, nam: ERP}\n", "11:13: infobases[9].nam: unknown key 'nam'"),
        ("- id: erp\n  name: ''\n", "12:9: infobases[9].name: must not be empty"),
        ("- id: ib3\n", "11:3: infobases[9].connect: is missing"),
        ("- {id: erp, id: crm}\n", "11:13: infobases[9].id: key 'id' stands here a second time"),
        ("- {id: erp\n", "12:6: not YAML"),
        ("- text\n", "11:3: infobases[9]: must be settings"),
        ("- &erp {id: erp}\n- *erp\n", "11:3: infobases[9].name: is missing"),
    ],
)
def test_an_error_in_the_last_of_many_infobases_has_its_place(tmp_path: Path, wrong: str, error: str) -> None:
    errors = errors_in(tmp_path, f"infobases:\n{INFOBASES}{wrong}lists: []\n")
    assert [each for each in errors if each.startswith(error)], errors


def test_a_clash_names_both_places(tmp_path: Path) -> None:
    again = "- {id: ib3, name: Again, connect: {server: s, ref: again}}\n"
    (error,) = errors_in(tmp_path, f"infobases:\n{INFOBASES}{again}")
    assert error.startswith("11:8: infobases[9].id: 'ib3' is already the id"), error
    assert "errorhelp.yaml:5:8" in error


def test_a_warning_has_its_place(tmp_path: Path) -> None:
    secret = "- {id: erp, name: ERP, connect: {server: s, ref: r}, v8i: {Connect: 'Srvr=s;Ref=r;Pwd=x'}}\n"
    warnings = read(tmp_path, f"infobases:\n{INFOBASES}{secret}").warnings
    assert any(":11:" in str(each) and "holds a secret" in each.message for each in warnings), warnings


def test_a_text_that_stays_is_not_the_one_in_the_middle_of_the_nodes() -> None:
    root = parse(FILE, b"name: Accounting\n").root
    assert root is not None
    ((_, node),) = root.value
    assert value_of(root) == {"name": node.value}
    assert value_of(node) is not node.value
