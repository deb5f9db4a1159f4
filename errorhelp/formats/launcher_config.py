"""Where launchers look for connection lists: `1CEStart.cfg` (1C administrator guide, appendix 3.5).

Lines `Key=Value`, a key may repeat (docs/en/1c-formats.md#1cestartcfg). Launchers write UTF-16LE with a BOM,
people also UTF-8.
"""

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Collection
from dataclasses import dataclass

from errorhelp.text.texts import one_line

# The encodings with a BOM, and how each decodes so that encoding gives the same bytes again.
_WITH_BOM = (
    (BOM_UTF16_LE, "utf-16-le", "surrogatepass"),
    (BOM_UTF16_BE, "utf-16-be", "surrogatepass"),
    (BOM_UTF8, "utf-8", "surrogateescape"),
)
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_SERVICE = "/webcommoninfobases"

SERVICE_KEYS = ("InternetService", "WebCommonInfoBases")
"""The keys of a list's address, the one first that public launchers are known to read.

Both stand in the 1C administrator guide; whether launchers read the other one in this file, nobody has shown.
"""


@dataclass(frozen=True, slots=True)
class ClientConfig:
    """A file as lines with their line ends, and how they become bytes again."""

    lines: tuple[str, ...]
    bom: bytes = BOM_UTF16_LE
    encoding: str = "utf-16-le"
    errors: str = "surrogatepass"

    def to_bytes(self) -> bytes:
        """Exactly what was read, but for what was changed."""
        return self.bom + "".join(self.lines).encode(self.encoding, self.errors)

    def with_list(self, key: str, address: str) -> "ClientConfig":
        """The file with a line `key=address`, which is the only one for that list.

        A line which names the same list at another place, or under the other of the `SERVICE_KEYS`, becomes that
        line, and any further one goes. Without one the new line goes behind the last of its key, else to the end.
        Every other byte stays.
        """
        keys = SERVICE_KEYS if key in SERVICE_KEYS else (key,)
        found = {place: pair for place, line in enumerate(self.lines) if (pair := _read(line, keys))}
        same = [place for place, (_, value) in found.items() if _tail(value) == _tail(address)]
        if [found[place] for place in same] == [(key.casefold(), address)]:
            return self
        lines = list(self.lines)
        if same:
            # The one that is right already, else the first.
            kept = next((place for place in same if found[place] == (key.casefold(), address)), same[0])
            if found[kept] != (key.casefold(), address):
                before, _, _ = lines[kept].partition("=")
                name = before if found[kept][0] == key.casefold() else key
                lines[kept] = f"{name}={one_line(address)}{_line_end(lines[kept])}"
            lines = [line for place, line in enumerate(lines) if place == kept or place not in same]
        else:
            end = (lines and _line_end(lines[0])) or "\r\n"
            place = (
                max((at for at, (name, _) in found.items() if name == key.casefold()), default=len(lines) - 1)
                + 1
            )
            if place and not _line_end(lines[place - 1]):
                lines[place - 1] += end
            lines.insert(place, f"{key}={one_line(address)}{end}")
        return ClientConfig(tuple(lines), self.bom, self.encoding, self.errors)


def new(key: str, address: str) -> bytes:
    """A file with that one line, as launchers write it: UTF-16LE with a BOM, CRLF."""
    return ClientConfig(()).with_list(key, address).to_bytes()


def parse(data: bytes) -> ClientConfig:
    """The file in UTF-16 with a BOM or UTF-8 with or without; ValueError for what is neither."""
    bom, encoding, errors = next(
        (known for known in _WITH_BOM if data.startswith(known[0])), (b"", "utf-8", "surrogateescape")
    )
    try:
        text = data[len(bom) :].decode(encoding, errors)
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start + len(bom)} is no UTF-16 text, though its BOM says so") from None
    if "\0" in text:
        raise ValueError("it holds NUL characters; is it UTF-16 without a BOM? save it as UTF-16 LE with one")
    return ClientConfig(tuple(_LINE.findall(text)), bom, encoding, errors)


def _read(line: str, keys: Collection[str]) -> tuple[str, str] | None:
    """The key, in lower case, and the value, if the line is one of these keys."""
    found, _, value = line.partition("=")
    name = found.strip().casefold()
    return (name, value.strip()) if value.strip() and name in map(str.casefold, keys) else None


def _tail(address: str) -> tuple[str, ...]:
    """The part by which a list is known wherever it is: `/lists/NAME` of a URL, the file name of a path."""
    plain = address.strip('" ').casefold().rstrip("/\\").removesuffix(_SERVICE).rstrip("/")
    parts = re.split(r"[/\\]", plain)
    return tuple(parts[-2:] if "://" in plain else parts[-1:])


def _line_end(line: str) -> str:
    return "\r\n" if line.endswith("\r\n") else "\n" if line.endswith("\n") else ""
