"""Masking: secrets in requests and configurations, made unreadable before anybody looks at them. Pure.

What strangers send is looked at within `Bounds`: what is beyond them is left out, so that no document costs
more than a few milliseconds, whatever it is made of. What is left out at the end of a text takes so much with
it that no part of a secret stays.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from errorhelp.formats import v8i

MASK = "•••"
LEFT_OUT = "…"
"""Stands for what is beyond the bounds."""

LONGEST_NAME = 200
"""A longer name of a value is none: it is left out, and the value with it."""

LONGEST_TEXT = 16 * 1024
"""How many characters of one text within bounds are kept."""

REACH = 1000
"""More than the characters from the beginning to the end of anything that masking finds in a text."""

# A name in a form may be percent-encoded, two bytes a letter.
_LONGEST_ENCODED_NAME = 6 * LONGEST_NAME
_MOST_PAIRS = 1000
_LONGEST_HEADER = 4096
_LONGEST_SHOWN = 4 * LONGEST_TEXT
# What stands around a value in JSON.
_PUNCTUATION = 4

_SECRET_HEADERS = re.compile(
    r"authorization|cookie|token|secret|password|passwd|credential|api[-_]?key|signature", re.IGNORECASE
)
_SECRET_NAMES = re.compile(
    r"^(?:apprise|webhook)$|"
    r"passw|passphrase|\bpwd|pwd\b|_pwd|ppasswd|парол|secret|секрет|token|токен|credential|api_?-?key|"
    r"private_?key|authorization|cookie|(?<!stack)(?<!config)hash|permission-?_?code|код_?доступа",
    re.IGNORECASE,
)
# name=value, "name": "value" and <name>value in whatever else it is. Bounded, for a body may be made to be slow.
_PAIRS = re.compile(
    r"""
    (?P<name>(?:passw|passphrase|pwd|парол|secret|секрет|token|токен|credential)[\w-]{0,30}["']?\s{0,5}[=:>]\s{0,5})
    (?:"[^"]*"?|'[^']*'?|[^\s&;,"'{}<]+)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_IN_ADDRESS = re.compile(
    r"(?P<before>\b[a-z][a-z0-9+.-]{0,20}://[^\s/@:]{0,200}:)[^\s/@]{1,200}(?=@)", re.IGNORECASE
)


def mask_headers(headers: Iterable[tuple[str, str]], most: int = LONGEST_TEXT) -> tuple[tuple[str, str], ...]:
    """The headers, with the values of those that carry secrets masked but for their scheme.

    So many characters of all values are kept, and no more than 4,096 of each.
    """
    masked = []
    for name, value in headers:
        if len(name) > LONGEST_NAME or _SECRET_HEADERS.search(name):
            masked.append((name[:LONGEST_NAME], _masked_header(value)))
        else:
            masked.append((name, mask_text(value, min(most, _LONGEST_HEADER)) if most > 0 else LEFT_OUT))
            most -= len(value)
    return tuple(masked)


def mask_body(body: str, content_type: str) -> str:
    """The text of a body with secret values masked: in JSON and forms by their names, else as in any text.

    Of a larger one than `Bounds` allow, the beginning.
    """
    if "json" in content_type or body.lstrip().startswith(("{", "[")):
        try:
            masked = mask_values(json.loads(body), bounds=Bounds())
            return json.dumps(masked, ensure_ascii=False, indent=2)[:_LONGEST_SHOWN]
        except (ValueError, RecursionError):
            pass
    if "form-urlencoded" in content_type:
        return mask_query(body)
    return mask_text(body, LONGEST_TEXT)


def mask_query(query: str) -> str:
    """A query or form, `name=value&…`, with secret values masked and the others as they came.

    Of a long one the beginning, up to `LONGEST_TEXT` characters.
    """
    *pairs, rest = query[: LONGEST_TEXT + REACH].split("&", _MOST_PAIRS)
    masked = "&".join(_masked_pair(pair) for pair in pairs + ([] if "&" in rest else [rest]))
    if len(query) > LONGEST_TEXT + REACH:
        return masked[:-REACH] + LEFT_OUT
    return f"{masked}&{LEFT_OUT}" if "&" in rest else masked


@dataclass(slots=True)
class Bounds:
    """How much of one document is still looked at: values, and characters of its names and texts.

    Both count down. A character that JSON must escape counts as what it takes there, so that what comes out is
    no longer than `characters` as JSON (ASCII), but for the marks of what is left out. Lists and objects stand
    in one another up to the `depth`.
    """

    values: int = 1000
    characters: int = 2 * LONGEST_TEXT
    depth: int = 10


NameTest = Callable[[str, str], bool]
"""Whether texts under a name are somebody's own: the name above it ("" at the top), and the name."""


def mask_values(
    value: object,
    name: str = "",
    *,
    bounds: Bounds | None = None,
    mask: Callable[[str], str] | None = None,
    is_personal: NameTest = lambda _above, _name: False,
) -> Any:
    """The value (of JSON or YAML) under a name, with everything secret below it masked.

    Within the bounds, if there are any. `mask` is done to names and texts besides `mask_text`; texts under a
    name that `is_personal` are masked whole. Each name is judged once, however many values stand under it.
    """
    if bounds is None:
        return _Masking(mask, is_personal).masked(value, name)
    return _BoundedMasking(mask, is_personal, bounds).masked(value, name)


def mask_text(text: str, most: int | None = None, mask: Callable[[str], str] | None = None) -> str:
    """Any text without what stands in it as `password=…` or `https://user:…@host`; then `mask` is done to it.

    Of a longer one than `most` characters the beginning, which no part of a secret ends.
    """
    # What is masked in what is cut may leave its beginning at the end, once for each way to mask.
    reach = REACH if mask is None else 2 * REACH
    if most is None or len(text) <= most + reach:
        text = _without_secrets(text)
        return text if mask is None else mask(text)
    text = _without_secrets(text[: most + reach])[:-REACH]
    return (text if mask is None else mask(text)[:-REACH]) + LEFT_OUT


def _without_secrets(text: str) -> str:
    text = _IN_ADDRESS.sub(rf"\g<before>{MASK}", text)
    return _PAIRS.sub(rf"\g<name>{MASK}", text)


class _Under(NamedTuple):
    """What is to be known of a name to mask what stands under it."""

    name: str
    is_secret: bool
    is_partly_secret: bool
    is_personal: bool


class _Masking:
    """Masks one document."""

    def __init__(self, mask: Callable[[str], str] | None, is_personal: NameTest) -> None:
        self._mask = mask
        self._is_personal = is_personal
        self._judged: dict[tuple[str, str], _Under] = {}

    def masked(self, value: object, name: str) -> Any:
        """The value under a name."""
        return self._value(value, self._judge("", name), 0)

    def _judge(self, above: str, name: str) -> _Under:
        known = self._judged.get((above, name))
        if known is None:
            known = _Under(
                name,
                is_secret=_SECRET_NAMES.search(name) is not None,
                is_partly_secret=v8i.may_hold_secrets(name),
                is_personal=self._is_personal(above, name),
            )
            self._judged[above, name] = known
        return known

    def _value(self, value: object, under: _Under, depth: int) -> Any:
        match value:
            case str():
                return self._text(value, under)
            case None | bool():
                return value
            case list() | tuple():
                return self._list(value, under, depth)
            case Mapping():
                return self._object(value, under, depth)
            case _:
                return self._hidden() if under.is_secret else value

    def _text(self, text: str, under: _Under) -> str:
        if under.is_secret or (under.is_personal and text) or self._holds_secret(text, under):
            return self._hidden()
        return mask_text(text, None, self._mask)

    def _holds_secret(self, text: str, under: _Under) -> bool:
        return under.is_partly_secret and bool(v8i.secrets_in([(under.name, text)]))

    def _hidden(self) -> str:
        return MASK

    def _object(self, value: Mapping[Any, Any], under: _Under, depth: int) -> dict[Any, Any]:
        return {self._key(key): self._below(key, below, under, depth) for key, below in value.items()}

    def _list(self, value: Iterable[object], under: _Under, depth: int) -> list[Any]:
        return [self._value(below, under, depth + 1) for below in value]

    def _key(self, key: object) -> object:
        return mask_text(key, None, self._mask) if isinstance(key, str) else key

    def _below(self, key: object, value: object, above: _Under, depth: int) -> Any:
        if above.name == "headers" and isinstance(value, str):
            # Any of them may be somebody's key.
            return self._hidden()
        return self._value(value, self._judge(above.name, str(key)), depth + 1)


class _BoundedMasking(_Masking):
    """The same for what strangers sent: what is beyond the bounds is left out."""

    def __init__(self, mask: Callable[[str], str] | None, is_personal: NameTest, bounds: Bounds) -> None:
        super().__init__(mask, is_personal)
        self._left = bounds

    def _value(self, value: object, under: _Under, depth: int) -> Any:
        self._left.values -= 1
        self._left.characters -= _PUNCTUATION
        if isinstance(value, int | float) and not under.is_secret:
            return self._number(value)
        if depth >= self._left.depth and isinstance(value, list | tuple | Mapping):
            return LEFT_OUT
        return super()._value(value, under, depth)

    def _number(self, value: float) -> float | str:
        room, written = self._left.characters, len(repr(value))
        self._left.characters -= written
        return value if written <= max(room, LONGEST_NAME) else LEFT_OUT

    def _object(self, value: Mapping[Any, Any], under: _Under, depth: int) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key, below in value.items():
            if self._is_over:
                found[LEFT_OUT] = LEFT_OUT
                break
            if len(str(key)) > LONGEST_NAME:
                self._left.values -= 1
                found[LEFT_OUT] = MASK
            else:
                found[self._key(key)] = self._below(key, below, under, depth)
        return found

    def _list(self, value: Iterable[object], under: _Under, depth: int) -> list[Any]:
        found = []
        for below in value:
            if self._is_over:
                found.append(LEFT_OUT)
                break
            found.append(self._value(below, under, depth + 1))
        return found

    def _key(self, key: object) -> object:
        return self._spend(key, mask_text(key, None, self._mask)) if isinstance(key, str) else key

    def _text(self, text: str, under: _Under) -> str:
        if under.is_secret or (under.is_personal and text) or self._holds_secret(text, under):
            return self._hidden()
        most = self._most
        return self._spend(text[: most + 2 * REACH], mask_text(text, most, self._mask))

    def _holds_secret(self, text: str, under: _Under) -> bool:
        # What is left of a longer one may not be understood any more.
        return under.is_partly_secret and (len(text) > self._most or super()._holds_secret(text, under))

    def _hidden(self) -> str:
        self._left.characters -= _PUNCTUATION
        return self._spend("", MASK)

    @property
    def _most(self) -> int:
        """How many characters of a text are kept."""
        return min(LONGEST_TEXT, max(self._left.characters, 0))

    def _spend(self, examined: str, masked: str) -> str:
        """What is masked, as much of it as there is room for; it counts, and so does what was looked at."""
        room, written = max(self._left.characters, 0), len(encode_basestring_ascii(masked))
        self._left.characters -= max(written, len(examined))
        if written <= room + _PUNCTUATION:
            return masked
        if masked == MASK:
            return MASK
        widest = 12 if max(masked) > "\uffff" else 6
        return masked[: room // widest] + LEFT_OUT

    @property
    def _is_over(self) -> bool:
        return self._left.values <= 0 or self._left.characters <= 0


def _masked_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    if len(name) > _LONGEST_ENCODED_NAME or _SECRET_NAMES.search(unquote_plus(name)):
        return f"{name[:_LONGEST_ENCODED_NAME]}{equals}{MASK}" if equals else pair
    return name + equals + mask_text(value)


def _masked_header(value: str) -> str:
    scheme, space, _ = value.partition(" ")
    return f"{scheme} {MASK}" if space and len(scheme) <= LONGEST_NAME and scheme.isalpha() else MASK
