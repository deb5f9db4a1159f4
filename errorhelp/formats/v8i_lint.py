"""What is wrong with a connection list: what its readers may not understand, and what it should not hold."""

from collections.abc import Iterable, Iterator
from itertools import accumulate

from errorhelp.formats import v8i
from errorhelp.formats.connect_string import parse_connect
from errorhelp.formats.v8i import ConnectionListFile, Entry, ListFinding, is_broken


def lint_bytes(data: bytes) -> list[ListFinding]:
    """Everything wrong with the list in a file's bytes; one in Windows-1251 is one finding and read as that."""
    russian = v8i.read_windows_1251(data)
    if russian is None:
        return lint(v8i.parse(data))
    text = "is not UTF-8 text and was read as Windows-1251; save the list as UTF-8, as launchers need it"
    first = next(number for number, line in enumerate(data.split(b"\n"), 1) if not line.isascii())
    return sorted([ListFinding(first, text), *lint(v8i.parse(russian.encode()))], key=lambda each: each.line)


def lint(listed: ConnectionListFile) -> list[ListFinding]:
    """Everything wrong with the list, in the order of its lines. No finding repeats a secret."""
    findings = [
        *listed.findings,
        *_broken_texts(listed),
        *_repeated(_ids(listed.entries)),
        *_repeated(_names(listed.entries)),
        *_missing_folders(listed.entries),
        *(finding for entry in listed.entries for finding in _values(entry)),
    ]
    return sorted(findings, key=lambda finding: finding.line)


def _broken_texts(listed: ConnectionListFile) -> Iterator[ListFinding]:
    for number, line in enumerate(listed.lines, 1):
        if is_broken(line):
            yield ListFinding(number, "is not UTF-8 text; save the list as UTF-8")


def _ids(entries: Iterable[Entry]) -> Iterator[tuple[int, str, str]]:
    for entry in entries:
        for number, key, value in entry.numbered_pairs:
            if key.casefold() == "id" and value:
                yield number, "ID", value


def _names(entries: Iterable[Entry]) -> Iterator[tuple[int, str, str]]:
    """Infobases by name; folders by path, for folders of different folders may be called alike."""
    for entry in entries:
        if entry.is_infobase:
            yield entry.line, "name", entry.name
        else:
            yield entry.line, "folder", _path(entry.get("Folder") or "", entry.name)


def _repeated(values: Iterable[tuple[int, str, str]]) -> Iterator[ListFinding]:
    first: dict[tuple[str, str], int] = {}
    for number, kind, value in values:
        line = first.setdefault((kind, value.casefold()), number)
        if line != number:
            yield ListFinding(number, f"{kind} {value!r} is already that of line {line}")


def _missing_folders(entries: Iterable[Entry]) -> Iterator[ListFinding]:
    """Each once, where the first entry is in it."""
    folders = {"/"} | {
        _path(entry.get("Folder") or "", entry.name).casefold() for entry in entries if not entry.is_infobase
    }
    reported: set[str] = set()
    for entry in entries:
        for number, key, value in entry.numbered_pairs:
            if key.casefold() != "folder":
                continue
            steps = [step for step in value.split("/") if step.strip()]
            above = accumulate(steps, _path, initial="/")
            missing = next((path for path in above if path.casefold() not in folders), None)
            if missing is not None and missing.casefold() not in reported:
                reported.add(missing.casefold())
                # The stock launcher draws such a folder all the same.
                yield ListFinding(number, f"folder {missing!r} has no entry of its own", is_note=True)


def _values(entry: Entry) -> Iterator[ListFinding]:
    for number, key, value in entry.numbered_pairs:
        match key.casefold():
            case "connect":
                if wrong := _wrong_with_connect(value):
                    yield ListFinding(number, wrong)
            case "additionalparameters" if value.count('"') % 2:
                yield ListFinding(number, "AdditionalParameters has a quote that is never closed")
        for secret in v8i.secrets_in([(key, value)]):
            yield ListFinding(number, f"hands out a secret to all who can read the list: {secret}")


def _wrong_with_connect(connect: str) -> str | None:
    if not connect:
        return "Connect is empty"
    if connect.count('"') % 2:
        return "Connect has a quote that is never closed"
    try:
        parse_connect(connect)
    except ValueError:
        return "Connect has neither Srvr and Ref, nor File, nor ws, or its quoting is broken"
    return None


def _path(parent: str, name: str) -> str:
    steps = (step.strip() for step in f"{parent}/{name}".split("/"))
    return "/" + "/".join(step for step in steps if step)
