from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from errorhelp.formats import v8i

# Hostile texts: what breaks lines, opens entries, is white space to somebody, or is no character at all.
SPECIAL = '[]=;#\r\n\v\f\x00\x1c\x1d\x1e\x85\u2028\u2029\ufeff\u00a0 \t"/-P\ud800\udc8a\udce2\udcff'
TEXTS = st.text(st.sampled_from(SPECIAL) | st.characters(), max_size=20)
KEYS = TEXTS | st.sampled_from(["Connect", "PPasswd", "AdditionalParameters", "Version"])
LINES = st.sampled_from(
    [
        b"[A]",
        b"[A",
        b"[]",
        b"K=1",
        b"k = 2",
        b"=",
        b"; c",
        b"#",
        b"",
        b"\xef\xbb\xbf",
        b"\xff",
        b"\r",
        b"\t[B]\t",
    ]
)
FILES = st.binary(max_size=200) | st.lists(
    st.tuples(LINES, st.sampled_from([b"\n", b"\r\n", b"\r", b""])).map(b"".join), max_size=12
).map(b"".join)


def is_key(text: str) -> bool:
    try:
        v8i.check_key(text)
    except ValueError:
        return False
    return True


@given(FILES)
@example(b"\xe2\n\x80\xa8[A]\r")
def test_any_bytes_are_written_back_as_they_were(data: bytes):
    assert v8i.parse(data).to_bytes() == data


@given(FILES)
def test_every_line_is_an_entry_a_key_a_comment_blank_or_named_as_a_problem(data: bytes):
    listed = v8i.parse(data)
    understood = sum(1 + len(entry.pairs) for entry in listed.entries)
    repeated = sum("second time" in finding.text for finding in listed.findings)
    quiet = sum(v8i.is_comment(line) or not v8i.says_something(line) for line in listed.lines)
    assert understood - repeated + quiet + len(listed.findings) == len(listed.lines)


@given(TEXTS, st.lists(st.tuples(KEYS.filter(is_key), TEXTS), max_size=4))
def test_no_text_can_add_a_line_or_an_entry(name: str, pairs: list[tuple[str, str]]):
    written = v8i.new_list([v8i.entry_bytes("before", []), v8i.entry_bytes(name, pairs)])
    lines = written.decode("utf-8-sig").splitlines()
    assert len(lines) == 2 + 1 + len(pairs) + 1
    before, entry = v8i.parse(written).entries
    assert before.pairs == ()
    assert len(entry.pairs) == len(pairs)
    assert v8i.parse(written).findings == [] or len({key.casefold() for key, _ in entry.pairs}) < len(pairs)


ORDINARY = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=20).map(str.strip)


@given(ORDINARY, st.lists(st.tuples(ORDINARY.filter(is_key), ORDINARY)))
def test_what_is_written_is_read_back(name: str, pairs: list[tuple[str, str]]):
    entry = v8i.parse(v8i.entry_bytes(name, pairs)).entries[0]
    assert entry.name == name
    assert list(entry.pairs) == pairs


@given(FILES, KEYS.filter(is_key), TEXTS)
def test_a_value_that_is_set_is_found_and_nothing_else_changes(data: bytes, key: str, value: str):
    data = b"[A]\n" + data
    listed = v8i.parse(data)
    first, *others = listed.entries
    changed = replace(listed, entries=(first.with_value(key, value), *others)).to_bytes()
    assert (
        changed
        == replace(listed, entries=(first.with_value(key, value).with_value(key, value), *others)).to_bytes()
    )

    again = v8i.parse(changed)
    written = v8i.parse(v8i.entry_bytes("x", [(key, value)])).entries[0].pairs[0]
    assert again.entries[0].get(written[0]) == written[1]
    assert [entry.lines for entry in again.entries[1:]] == [entry.lines for entry in others]
    others_before = [pair for pair in first.pairs if pair[0].casefold() != written[0].casefold()]
    others_after = [pair for pair in again.entries[0].pairs if pair[0].casefold() != written[0].casefold()]
    assert others_after == others_before
    assert len(again.findings) == len(listed.findings)


OPTIONS = st.sampled_from(["/P", "/p", "/UC", "/WSP", "/AccessToken", "-PPwd"])
OTHERS = st.sampled_from(
    ['/N "Demo User"', "/NBob", "/Proxy -PSrv h -PUser u", "/WA+", '/C"a /b ""c"""', "/Z 1,2"]
)
PASSWORDS = st.text(st.sampled_from('Qq7 "-/=;П'), max_size=5).map(lambda text: f"SECRET{text}SECRET")


@st.composite
def command_lines(draw: st.DrawFn) -> tuple[str, str]:
    """A command line with passwords, and the same without."""
    full, kept = [], []
    for other in draw(st.lists(OTHERS | st.none(), max_size=5)):
        if other is not None:
            full.append(other)
            kept.append(other)
            continue
        password = draw(PASSWORDS)
        if " " in password or '"' in password or draw(st.booleans()):
            password = '"' + password.replace('"', '""') + '"'
        full.append(draw(OPTIONS) + draw(st.sampled_from(["", " ", "   "])) + password)
    return " ".join(full), " ".join(kept)


@given(
    command_lines(),
    st.sampled_from(["AdditionalParameters", "additionalparameters ", "ADDITIONALPARAMETERS"]),
)
def test_no_password_survives_and_everything_else_does(lines: tuple[str, str], key: str):
    full, kept = lines
    assert v8i.without_secrets([(key, full)]) == [(key, kept)]
    assert bool(v8i.secrets_in([(key, full)])) == (full != kept)


@given(
    st.sampled_from(["AdditionalParameters", "Connect"]),
    st.lists(st.sampled_from(["/P", "Pwd=", "wsp", '"', *SPECIAL]) | TEXTS, max_size=8).map("".join),
)
def test_a_list_without_secrets_has_none_when_it_is_read_again(key: str, value: str):
    written = v8i.entry_bytes("A", v8i.without_secrets([(key, value)]))
    assert v8i.secrets_in(v8i.parse(written).entries[0].pairs) == []
