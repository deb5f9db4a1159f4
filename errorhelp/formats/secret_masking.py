"""Masking: secrets in requests and configurations, made unreadable before anybody looks at them. Pure."""

import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote_plus

from errorhelp.formats import v8i

MASK = "•••"

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


def mask_headers(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The headers, with the values of those that carry secrets masked but for their scheme."""
    return tuple(
        (name, _masked_header(value) if _SECRET_HEADERS.search(name) else mask_text(value))
        for name, value in headers
    )


def mask_body(body: str, content_type: str) -> str:
    """The text of a body with secret values masked: in JSON and forms by their names, else as in any text."""
    if "json" in content_type or body.lstrip().startswith(("{", "[")):
        try:
            return json.dumps(mask_values(json.loads(body)), ensure_ascii=False, indent=2)
        except (ValueError, RecursionError):
            pass
    if "form-urlencoded" in content_type:
        return mask_query(body)
    return mask_text(body)


def mask_query(query: str) -> str:
    """A query or form, `name=value&…`, with secret values masked and the others as they came."""
    return "&".join(_masked_pair(pair) for pair in query.split("&"))


def mask_values(value: object, name: str = "") -> object:
    """The value (of JSON or YAML) under a name, with everything secret below it masked."""
    match value:
        case Mapping() if name == "headers":
            # Any of them may be somebody's key.
            return {key: MASK if isinstance(below, str) else below for key, below in value.items()}
        case Mapping():
            return {key: mask_values(below, str(key)) for key, below in value.items()}
        case list() | tuple():
            return [mask_values(below, name) for below in value]
        case None | bool():
            return value
        case _ if _SECRET_NAMES.search(name):
            return MASK
        case str():
            return mask_text(value) if not v8i.secrets_in([(name, value)]) else MASK
        case _:
            return value


def mask_text(text: str) -> str:
    """Any text without what stands in it as `password=…` or `https://user:…@host`."""
    text = _IN_ADDRESS.sub(rf"\g<before>{MASK}", text)
    return _PAIRS.sub(rf"\g<name>{MASK}", text)


def _masked_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    if _SECRET_NAMES.search(unquote_plus(name)):
        return f"{name}{equals}{MASK}" if equals else pair
    return name + equals + mask_text(value)


def _masked_header(value: str) -> str:
    scheme, space, _ = value.partition(" ")
    return f"{scheme} {MASK}" if space and scheme.isalpha() else MASK
