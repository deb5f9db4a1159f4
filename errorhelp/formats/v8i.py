"""Connection lists, `*.v8i`: lossless reading and changing of existing ones, writing of new ones.

The format is in docs/en/1c-formats.md#connection-lists, after the 1C administrator guide, appendix 3.3:
UTF-8 lines, `[Name]` opens an entry, `Key=Value` lines follow. Nothing that is handed in as a name, key or
value can add a line or an entry.
"""

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import chain, pairwise

from errorhelp.text.texts import one_line

Pairs = Iterable[tuple[str, str]]
"""Keys and values of an entry, in order."""

# How `parse` keeps bytes that are no UTF-8.
_BROKEN = re.compile("[\udc80-\udcff]")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
# What may stand around a name, key or value: white space, and the BOM (within files that were joined, too).
_EDGES = "\ufeff" + "".join(filter(str.isspace, map(chr, range(0x3001))))
_COMMENTS = (";", "#")


@dataclass(frozen=True, slots=True)
class ListFinding:
    """A line (counting from 1) that a reader of the list may not understand, and why.

    A note is what all readers understand, and somebody may have meant otherwise.
    """

    line: int
    text: str
    is_note: bool = False


@dataclass(frozen=True)
class Entry:
    """An entry as it stands in a file: its `[Name]` line and those up to the next entry, with their ends.

    `line` (from 1) is where it starts; `line_end` is the file's.
    """

    line: int
    lines: tuple[str, ...]
    line_end: str = "\r\n"

    @property
    def name(self) -> str:
        """What stands between the brackets."""
        return self.lines[0].strip(_EDGES)[1:-1]

    @cached_property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Its keys and values in order, repeated keys too."""
        return tuple(pair for pair in map(_read_pair, self.lines[1:]) if pair)

    @cached_property
    def numbered_pairs(self) -> tuple[tuple[int, str, str], ...]:
        """The line (from 1) of each of the `pairs`, its key and its value."""
        lines = enumerate(self.lines[1:], self.line + 1)
        return tuple((number, *pair) for number, line in lines if (pair := _read_pair(line)))

    @property
    def is_infobase(self) -> bool:
        """Whether it has `Connect`; an entry without is a folder."""
        return self.get("Connect") is not None

    def get(self, key: str) -> str | None:
        """The value of a key in any case, the first where it repeats."""
        wanted = key.casefold()
        return next((value for each, value in self.pairs if each.casefold() == wanted), None)

    def with_value(self, key: str, value: str) -> "Entry":
        """The entry with a key's value replaced wherever the key stands, or added after the last key line.

        Every other byte stays. ValueError for what cannot be a key.
        """
        key, value = _encodable(check_key(key)), _encodable(_value(value))
        lines = list(self.lines)
        at = {place: pair for place, line in enumerate(lines) if place and (pair := _read_pair(line))}
        places = [place for place, (each, _) in at.items() if each.casefold() == key.casefold()]
        for place in places:
            if at[place][1] != value:
                before, _, _ = lines[place].partition("=")
                lines[place] = f"{before}={value}{_line_end(lines[place])}"
        if not places:
            last = max(at, default=0)
            end = _line_end(lines[last])
            lines[last] += "" if end else self.line_end
            lines.insert(last + 1, f"{key}={value}{end}")
        return replace(self, lines=tuple(lines))


@dataclass(frozen=True, slots=True)
class ConnectionListFile:
    """A connection list byte for byte: the lines before the first entry, and the entries.

    Change it with `dataclasses.replace(file, entries=…)` and `Entry.with_value`.
    """

    head: tuple[str, ...]
    entries: tuple[Entry, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """All lines with their line ends; bytes that are no UTF-8 are there as lone surrogates."""
        return (*self.head, *chain.from_iterable(entry.lines for entry in self.entries))

    @property
    def findings(self) -> list[ListFinding]:
        """The lines that are neither entry, key, comment nor blank, and keys that repeat or belong to none.

        The line numbers are those of the file as it was read.
        """
        stray = [
            ListFinding(number, "stands before the first entry")
            for number, line in enumerate(self.head, 1)
            if says_something(line) and not is_comment(line)
        ]
        return [*stray, *chain.from_iterable(map(_findings, self.entries))]

    def to_bytes(self) -> bytes:
        """Exactly what was read, but for what was changed."""
        return "".join(self.lines).encode("utf-8", "surrogateescape")


def parse(data: bytes) -> ConnectionListFile:
    r"""The list in a file's bytes, whatever they are. Only "\n" ends a line, with a "\r" before it."""
    lines = _LINE.findall(data.decode("utf-8", "surrogateescape"))
    line_end = (lines and _line_end(lines[0])) or "\r\n"
    starts = [place for place, line in enumerate(lines) if _is_name_line(line)]
    return ConnectionListFile(
        head=tuple(lines[: starts[0]] if starts else lines),
        entries=tuple(
            Entry(start + 1, tuple(lines[start:end]), line_end)
            for start, end in pairwise([*starts, len(lines)])
        ),
    )


def is_broken(text: str) -> bool:
    """Whether the text of a parsed list stands for bytes that are no UTF-8."""
    return _BROKEN.search(text) is not None


def refuse_utf16(data: bytes) -> None:
    """ValueError for a file in UTF-16, in which `parse` would find no entry."""
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise ValueError("this is UTF-16 text; save the connection list as UTF-8")


def read_windows_1251(data: bytes) -> str | None:
    """The text of a file in the Windows code page for Russian, as scripts write it at times; None for others."""
    text = data.decode("utf-8", "replace")
    # Of Russian in another encoding hardly a letter is good UTF-8.
    if text.count("\ufffd") * 2 <= sum(not letter.isascii() for letter in text):
        return None
    try:
        return data.decode("cp1251")
    except UnicodeDecodeError:
        return None


def entry_bytes(name: str, pairs: Pairs) -> bytes:
    """One entry of a new list, with a blank line after it. ValueError for what cannot be a key."""
    lines = [f"[{one_line(name)}]"]
    lines += [f"{check_key(key)}={_value(value)}" for key, value in pairs]
    lines += ["", ""]
    return "\r\n".join(lines).encode("utf-8", "replace")


def entry_around(name: str, pairs: Pairs, key: str) -> tuple[bytes, bytes]:
    """What `entry_bytes` gives in front of and behind the value of the first pair with that key."""
    pairs = list(pairs)
    position = [each for each, _ in pairs].index(key)
    lines = [
        f"[{one_line(name)}]",
        *(f"{check_key(each)}={_value(value)}" for each, value in pairs[:position]),
    ]
    before = "\r\n".join((*lines, f"{check_key(key)}="))
    after = "".join(f"\r\n{check_key(each)}={_value(value)}" for each, value in pairs[position + 1 :])
    return before.encode("utf-8", "replace"), f"{after}\r\n\r\n".encode("utf-8", "replace")


def value_bytes(value: str) -> bytes:
    """The value of a key as `entry_bytes` writes it."""
    return _value(value).encode("utf-8", "replace")


def new_list(entries: Iterable[bytes]) -> bytes:
    """A new list of entries from `entry_bytes`, with the BOM that the stock launcher writes."""
    return BOM_UTF8 + b"".join(entries)


@lru_cache(maxsize=1000)  # A list has a few dozen keys, each a thousand times.
def check_key(key: str) -> str:
    """The key as it is written; ValueError when no line `key=value` could hold it."""
    line = _value(key)
    if not _is_key(line):
        raise ValueError(f"{key!r} cannot be a key of a connection list (e.g. Version)")
    return line


def says_something(line: str) -> bool:
    """Whether a line of a file is more than blank."""
    return bool(line.strip(_EDGES))


def is_comment(line: str) -> bool:
    """Whether a line of a file is a comment."""
    return line.strip(_EDGES).startswith(_COMMENTS)


def _findings(entry: Entry) -> Iterator[ListFinding]:
    seen: dict[str, int] = {}
    for number, line in enumerate(entry.lines[1:], entry.line + 1):
        if pair := _read_pair(line):
            first = seen.setdefault(pair[0].casefold(), number)
            if first != number:
                text = f"key {pair[0]!r} stands here a second time; the first is in line {first}"
                yield ListFinding(number, text)
        elif says_something(line) and not is_comment(line):
            yield ListFinding(number, "is neither [Name], nor Key=Value, nor a comment, nor blank")


def _is_name_line(line: str) -> bool:
    content = line.strip(_EDGES)
    return content[:1] == "[" and content[-1:] == "]"


def _read_pair(line: str) -> tuple[str, str] | None:
    before, equals, value = line.partition("=")
    key = _read_key(before) if equals else None
    return None if key is None else (key, value.strip(_EDGES))


@lru_cache(maxsize=1000)
def _read_key(text: str) -> str | None:
    key = _value(text)
    return key if _is_key(key) else None


def _line_end(line: str) -> str:
    return "\r\n" if line.endswith("\r\n") else "\n" if line.endswith("\n") else ""


def _is_key(text: str) -> bool:
    return bool(text) and "=" not in text and not text.startswith(("[", *_COMMENTS))


def _value(text: str) -> str:
    return one_line(text.strip(_EDGES)).strip(_EDGES)


def _encodable(text: str) -> str:
    """The text with a question mark for each lone surrogate, as `entry_bytes` writes it."""
    return text.encode("utf-8", "replace").decode()


# Command line options that hold a secret (1C administrator guide, appendix 7): a name, and a value, with or
# without a space before it, in quotes or not. `-PPwd` belongs to /Proxy, `-pwd` to /HttpsCert.
_NOT_IN_A_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_QUOTED = r'"(?:[^"]|"")*+(?:"|\Z)'
_OPTION = rf"""
    (?<! [^"\s] )
    (?P<name>
        [/-](?: PPasswd | PPwd | ModifyPassword | ConfigurationRepositoryP | AccessToken | UC | WSP )
      | /P (?! (?:roxy|Srv|Port|User)\b )
      | -P (?= \s | " )
      | -Pwd
    )
    (?P<value>
        (?! \s+ (?: /[a-z] | -P(?:Srv|Port|User)\b ) )
        \s*+ (?: {_QUOTED} (?:[^\s"/]|{_QUOTED})*+ | [^\s"] (?:[^\s"]|{_QUOTED})*+ )
    )?
    \s*+
"""
_PARAMETER = rf"""
    (?<! [^;\s] )
    (?P<name> Pwd | WSP | WSPPwd | UC ) \s*+ = (?P<value> (?:[^;"]|{_QUOTED})*+ ) ;?
"""


@dataclass(frozen=True, slots=True)
class _SecretParts:
    """How to find the parts of a key's value that are secret."""

    key: str
    pattern: str

    def cut(self, value: str) -> tuple[str, list[str]]:
        """The value without them, on one line, and their names."""
        line = _NOT_IN_A_LINE.sub(" ", value)
        # What stands in quotes is the value of something else, unless the quoting is broken.
        skipped = "" if line.count('"') % 2 else f"{_QUOTED} |"
        names: list[str] = []

        def replacement(match: re.Match[str]) -> str:
            if match["name"] is None:
                return match[0]
            if match["value"]:
                names.append(f"{self.key} {match['name']}")
            return ""

        rest = re.sub(skipped + self.pattern, replacement, line, flags=re.VERBOSE | re.IGNORECASE)
        return (line if rest == line else rest.rstrip()), names


_PARTLY_SECRET = {
    parts.key.casefold(): parts
    for parts in (_SecretParts("AdditionalParameters", _OPTION), _SecretParts("Connect", _PARAMETER))
}
_LONGEST_SECRET_KEY = max(map(len, _PARTLY_SECRET))


def without_secrets(pairs: Pairs) -> list[tuple[str, str]]:
    """The pairs without `PPasswd`, and without passwords in `AdditionalParameters` and `Connect`.

    The rest of these values stays as it was.
    """
    kept = []
    for key, value in pairs:
        known = _value(key).casefold()
        if known != "ppasswd":
            parts = _PARTLY_SECRET.get(known)
            kept.append((key, parts.cut(value)[0] if parts else value))
    return kept


def may_hold_secrets(key: str) -> bool:
    """Whether the value of a key, in any case, may be or hold a secret that `secrets_in` finds."""
    key = key.strip(_EDGES)
    if len(key) > _LONGEST_SECRET_KEY:
        return False
    known = _value(key).casefold()
    return known == "ppasswd" or known in _PARTLY_SECRET


def secrets_in(pairs: Pairs) -> list[str]:
    """What `without_secrets` would take out, such as `PPasswd` or `AdditionalParameters /P`."""
    found = []
    for key, value in pairs:
        known = _value(key).casefold()
        if known == "ppasswd" and value.strip():
            found.append("PPasswd")
        elif parts := _PARTLY_SECRET.get(known):
            found += parts.cut(value)[1]
    return found
