"""Infobases and folders from connection lists."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from errorhelp.catalog.help import Help
from errorhelp.catalog.infobase import Folder, Infobase
from errorhelp.catalog.names import ancestors, check_folder
from errorhelp.formats import v8i
from errorhelp.formats.connect_string import ServerConnection, WebConnection, parse_connect, says_all
from errorhelp.importing.import_contents import Collected, Found
from errorhelp.text.texts import one_line

_BROKEN = "\ufffd"
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_NOT_IN_ADDRESSES = re.compile(r"[\s\x00-\x1f\x7f\"<>\\]")


def read_list(collected: Collected, file: str, data: bytes) -> None:
    """Add what the connection list in `data` holds; `file` is its name in the report.

    Keys that the configuration has no setting for are kept in `v8i`, lines that are no keys are left over.
    ValueError for what is no connection list.
    """
    v8i.refuse_utf16(data)
    listed = v8i.parse(_read_text(collected, file, data).encode())
    if not listed.entries:
        raise ValueError("holds no entry such as [ERP]; is it a connection list (*.v8i)?")
    collected.files.append(file)
    _leave_lines_over(collected, file, listed)
    folders = _whole_folder_paths(listed.entries)
    for entry in listed.entries:
        source = _EntrySource(collected, file, entry, folders)
        if secrets := v8i.secrets_in(entry.pairs):
            source.note(
                f"SECRET: {', '.join(secrets)} can now be read by all who can read the configuration; "
                "connection lists never hand it out"
            )
        if entry.is_infobase:
            _add_infobase(source)
        else:
            _add_folder(source)


@dataclass(frozen=True, slots=True)
class _EntrySource:
    """An entry and the file it stands in; what becomes of it goes into `collected`.

    `folders` are those of which the file says where they are.
    """

    collected: Collected
    file: str
    entry: v8i.Entry
    folders: Collection[str]

    @property
    def name(self) -> str:
        return one_line(self.entry.name)

    def get(self, key: str) -> str:
        return self.entry.get(key) or ""

    @property
    def place(self) -> str:
        return f"{self.file}:{self.entry.line}"

    def note(self, text: str) -> None:
        self.collected.note(self.place, f"{self.name}: {text}")

    def leave_over(self, reason: str) -> None:
        self.note(f"left out: {reason}; its lines are kept as comments")
        for number, line in enumerate(self.entry.lines, self.entry.line):
            if v8i.says_something(line):
                self.collected.leave_over(f"{self.file}:{number}", line)


def _read_text(collected: Collected, file: str, data: bytes) -> str:
    """The text, which should be UTF-8; scripts on Windows write its code page for Russian at times."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    if (russian := v8i.read_windows_1251(data)) is not None:
        collected.note(
            f"{file}:{line}",
            "this is not UTF-8 text and was read as Windows-1251; look whether the names and folders that "
            "were imported are right, and save the list as UTF-8, as launchers need it",
        )
        return russian
    collected.note(
        f"{file}:{line}",
        f"this is not UTF-8 text; what cannot be read became '{_BROKEN}': write it anew there",
    )
    return data.decode("utf-8", "replace")


def _leave_lines_over(collected: Collected, file: str, listed: v8i.ConnectionListFile) -> None:
    """Keep the comments and the lines that nobody understands."""
    lines = listed.lines
    places = [number for number, line in enumerate(lines, 1) if v8i.is_comment(line)]
    if places:
        collected.note(f"{file}:{places[0]}", f"comment lines are kept at the end, {len(places)} of them")
    for finding in listed.findings:
        collected.note(f"{file}:{finding.line}", f"{finding.text}; the line is kept as a comment")
        places.append(finding.line)
    for place in sorted(places):
        collected.leave_over(f"{file}:{place}", lines[place - 1])


def _add_infobase(source: _EntrySource) -> None:
    connect = source.get("Connect")
    try:
        connection = parse_connect(connect)
    except ValueError:
        source.leave_over(
            "its Connect has neither Srvr and Ref, nor File, nor ws, or its quoting is broken"
            if connect
            else "its Connect is empty; if this is a folder, take the line out"
        )
        return
    if _CONTROLS.search(connect):
        source.leave_over("its Connect holds a control character")
        return
    if isinstance(connection, WebConnection) and not _is_web_address(connection.url):
        source.leave_over("the address in its Connect is not one of http or https")
        return
    extra = _extra_keys(source)
    if not says_all(connection, connect):
        source.note("its Connect says more than the settings can; it is kept whole as the v8i key Connect")
        extra = (("Connect", connect), *extra)
    infobase = Infobase(
        id="",
        name=source.name,
        connection=connection,
        folder=_parent(source),
        help=_help(source),
        v8i=extra,
    )
    called = connection.ref if isinstance(connection, ServerConnection) else source.name
    source.collected.add(Found(infobase, source.file, source.place), called)


def _add_folder(source: _EntrySource) -> None:
    if not source.name.strip("/ "):
        source.leave_over("a folder needs a name")
        return
    if "/" in source.name:
        source.note("the '/' in the folder's name makes it a folder within a folder")
    path = check_folder(f"{_parent(source)}/{source.name}")
    folder = Folder(path, _help(source), _extra_keys(source))
    if source.collected.folders.setdefault(path, folder) != folder:
        source.leave_over(f"an entry before it describes the folder {path} differently, and counts")


def _parent(source: _EntrySource) -> str:
    text = source.get("Folder")
    path = check_folder(f"/{one_line(text)}")
    if not _is_whole(text):
        meant = [each for each in source.folders if each.endswith(path)]
        if len(meant) == 1 and meant[0] != path:
            source.note(f"its folder {text!r} is taken for {meant[0]!r}, the only one of that name")
            return meant[0]
        if len(meant) > 1:
            source.note(
                f"its folder {text!r} is taken for {path!r}, since several are called so: {', '.join(meant)}"
            )
            return path
    if text not in (path, f"{path}/", ""):
        source.note(f"its folder {text!r} is now written {path!r}")
    return path


def _is_whole(text: str) -> bool:
    """Whether the value of a key Folder says where the folder is: from the root down."""
    return text.startswith("/") or not text.strip()


def _whole_folder_paths(entries: Iterable[v8i.Entry]) -> Collection[str]:
    """The folders, and those above them, that stand in a list with a slash in front, in order."""
    found: dict[str, None] = {}
    for entry in entries:
        text = entry.get("Folder") or ""
        if _is_whole(text):
            path = check_folder(f"/{one_line(text)}")
            if not entry.is_infobase:
                path = check_folder(f"{path}/{one_line(entry.name)}")
            found |= dict.fromkeys(ancestors(path))
    return found


def _help(source: _EntrySource) -> Help:
    text, url = source.get("StartupErrorHelpText"), source.get("StartupErrorHelpURL")
    return Help(
        text=text if text and not _is_formatted(text) else None,
        url=url if _is_help_address(url) else None,
    )


def _extra_keys(source: _EntrySource) -> tuple[tuple[str, str], ...]:
    """The keys that no setting holds, in order, with their values; of a repeated key the first."""
    extra: dict[str, tuple[str, str]] = {}
    for key, value in source.entry.pairs:
        match key.casefold():
            case "connect" | "folder":
                pass
            case "id" as known:
                extra.setdefault(known, ("ID", value))
            case "startuperrorhelptext" as known:
                if _is_formatted(value):
                    extra.setdefault(known, ("StartupErrorHelpText", value))
            case "startuperrorhelpurl" as known:
                if value and not _is_help_address(value):
                    extra.setdefault(known, ("StartupErrorHelpURL", value))
            case other:
                extra.setdefault(other, (key, value))
    if "startuperrorhelptext" in extra:
        source.note("its help text is a formatted one; it is kept as the v8i key StartupErrorHelpText")
    if "startuperrorhelpurl" in extra:
        source.note("its help URL is no http or https address; it is kept as the v8i key StartupErrorHelpURL")
    return tuple(extra.values())


def _is_formatted(text: str) -> bool:
    """Whether a help text is the XML of a formatted string, which is not for people to read.

    See docs/en/1c-formats.md#the-help-text-in-a-list.
    """
    return text.startswith("<") and text.endswith(">")


def _is_help_address(text: str) -> bool:
    """Whether the text can be a help URL; braces would be filled in."""
    return _is_web_address(text) and not re.search(r"[{}]", text)


def _is_web_address(text: str) -> bool:
    try:
        url = urlsplit(text)
        valid = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        return False
    return valid and not _NOT_IN_ADDRESSES.search(text)
