"""Reading reports: what is posted to a help address, `getInfo`, and `report.json`. Pure.

`getInfo` and `report.json` are in docs/en/1c-formats.md#error-reports. What a client sends to the service
address is not public, so values are looked for by the names that they may have, at any depth of any JSON, in
forms, or the text is taken as it is. A bounded number of values is
looked at and kept of each.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from errorhelp.formats.secret_masking import REACH
from errorhelp.reports.report import DEEPEST, LONGEST_TEXT, MOST_VALUES, Kind

MOST_READ = 50_000
"""How many values a JSON may have, the commas and brackets in its texts counted with them."""

_MOST_FIELDS = 200
# By it, masking knows that a text goes on, and what of its end may be part of a secret.
_LONGEST_TEXT = LONGEST_TEXT + 2 * REACH + 1
_LONGEST_NAME = 200

_TEXT = (
    *("errortext", "text", "errormessage", "message", "errordescription", "description", "detail"),
    *("error", "reason", "текстошибки", "описание", "ошибка"),
)
_USER = ("username", "user", "login", "имяпользователя", "пользователь")
_APP = ("appname", "app", "application", "clientapplication", "приложение")
_VERSION = ("appversion", "platformversion", "clientversion", "version", "версия")
_STACK = ("stack", "stacktrace", "callstack", "стек")
_STACK_HASHES = ("appstackhash", "stackhash", "clientstackhash")
_REPORT_ID = ("reportid",)
_LOOKED_FOR = frozenset((*_TEXT, *_USER, *_APP, *_VERSION, *_STACK, *_STACK_HASHES, *_REPORT_ID))

_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
_BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}


class Unreadable(ValueError):
    """Not a report: the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class ReadReport:
    """What a body says; `details` are its values, as JSON values that every database keeps.

    Of many the first `MOST_VALUES`.
    """

    kind: Kind = Kind.LOGIN_FAILURE
    text: str = ""
    stack: str = ""
    stack_hash: str = ""
    user: str = ""
    app: str = ""
    version: str = ""
    report_id: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


def read_body(body: bytes, content_type: str = "") -> ReadReport:
    """A body posted to a help address: JSON of any shape, a form, or any text. Never fails."""
    text = _decoded(body)
    if text.lstrip().startswith(("{", "[", '"')):
        try:
            return _read_document(_json(text))
        except Unreadable:
            pass
    if "form-urlencoded" in content_type.lower():
        try:
            return _read_document(dict(parse_qsl(text, max_num_fields=_MOST_FIELDS)))
        except ValueError:
            pass
    text = _keepable(text.strip())
    return ReadReport(text=text[:_LONGEST_TEXT], details={"text": text} if text else {})


def read_get_info(body: bytes) -> ReadReport:
    """The JSON of `getInfo`; Unreadable if it is no JSON object."""
    return _crash(_object(body))


def read_report(body: bytes) -> ReadReport:
    """`report.json`; Unreadable if it is no JSON object."""
    document = _object(body)
    error = _below(document, "errorInfo")
    application = _below(error, "applicationErrorInfo")
    crash = _crash(document)
    texts = [text for text in _texts(application.get("errors")) if text]
    texts = texts or [_text(_below(error, "systemErrorInfo").get(name)) for name in ("errorText", "text")]
    client = _below(document, "clientInfo")
    return ReadReport(
        kind=Kind.CRASH,
        text="\n".join(filter(None, texts))[:_LONGEST_TEXT] or crash.text,
        stack="\n".join(_frames(application.get("stack")))[:_LONGEST_TEXT],
        stack_hash=crash.stack_hash,
        user=_text(_below(document, "sessionInfo").get("userName")) or crash.user,
        app=_text(client.get("appName")) or crash.app,
        version=_text(client.get("appVersion")) or crash.version,
        report_id=_text(document.get("id")),
        details=crash.details,
    )


def _crash(document: Mapping[str, Any]) -> ReadReport:
    values = _values(document)
    return ReadReport(
        kind=Kind.CRASH,
        text=values.first(_TEXT)[:_LONGEST_TEXT],
        stack_hash="/".join(filter(None, (values.first((name,)) for name in _STACK_HASHES)))[:_LONGEST_NAME],
        user=values.first(_USER)[:_LONGEST_NAME],
        app=values.first(_APP)[:_LONGEST_NAME],
        version=values.first(_VERSION)[:_LONGEST_NAME],
        report_id=values.first(_REPORT_ID)[:_LONGEST_NAME],
        details=_Kept().of(document),
    )


def _read_document(document: object) -> ReadReport:
    """What a JSON of any shape says. `{"errorhelp": "offline"}` is our own offline page's."""
    details = document if isinstance(document, dict) else {"body": document}
    values = _values(document)
    text = _keepable(document) if isinstance(document, str) else values.first(_TEXT)
    return ReadReport(
        kind=Kind.OFFLINE if details.get("errorhelp") == "offline" else Kind.LOGIN_FAILURE,
        text=text[:_LONGEST_TEXT],
        stack=values.first(_STACK)[:_LONGEST_TEXT],
        stack_hash=values.first(_STACK_HASHES)[:_LONGEST_NAME],
        user=values.first(_USER)[:_LONGEST_NAME],
        app=values.first(_APP)[:_LONGEST_NAME],
        version=values.first(_VERSION)[:_LONGEST_NAME],
        details=_Kept().of(details),
    )


class _NamedTexts(dict[str, str]):
    """The first text under each name that is looked for, whatever its case and the signs in it."""

    def first(self, names: tuple[str, ...]) -> str:
        """The text under the first of the names that there is."""
        return next((self[name] for name in names if self.get(name)), "")


def _values(document: object) -> _NamedTexts:
    found = _NamedTexts()
    for name, value in _walk(document):
        plain = _plain(name[:_LONGEST_NAME])
        if plain in _LOOKED_FOR and isinstance(value, str | int | float) and not isinstance(value, bool):
            found.setdefault(plain, _keepable(str(value).strip()[:_LONGEST_TEXT]))
    return found


@lru_cache(maxsize=1000)
def _plain(name: str) -> str:
    """The letters and digits of a name, in lower case."""
    return (name if name.isalnum() else "".join(filter(str.isalnum, name))).lower()


def _walk(document: object) -> Iterator[tuple[str, object]]:
    """Names and values, what stands nearest to the top first, a bounded number of them."""
    level: list[tuple[str, object]] = [("", document)]
    left = MOST_VALUES
    while level and left > 0:
        level = level[:left]
        left -= len(level)
        yield from level
        level = [pair for name, value in level for pair in _pairs(name, value)]


def _pairs(name: str, value: object) -> Iterator[tuple[str, object]]:
    match value:
        case dict():
            yield from value.items()
        case list():
            yield from ((name, each) for each in value[:_MOST_FIELDS])


def _texts(value: object) -> list[str]:
    """The texts of `[[text, [categories]], …]`, of a list of texts, or of one text."""
    match value:
        case str():
            return [_keepable(value)]
        case [str() as text, list()]:
            return [_keepable(text)]
        case list():
            return [text for each in value[:_MOST_FIELDS] for text in _texts(each)]
        case _:
            return []


def _frames(value: object) -> list[str]:
    """The lines of a stack: one text, a list of texts, or of frames `[module, line, source text]`."""
    match value:
        case [str(), int(), *rest] if all(isinstance(each, str) for each in rest):
            return [_keepable(" : ".join(map(str, value)))]
        case list():
            return [line for each in value[:_MOST_FIELDS] for line in _frames(each)]
        case _:
            return _texts(value)


def _below(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    below = document.get(name)
    return below if isinstance(below, dict) else {}


def _text(value: object) -> str:
    return _keepable(str(value)[:_LONGEST_NAME]) if isinstance(value, str | int) else ""


def _object(body: bytes) -> dict[str, Any]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"byte {error.start} is not UTF-8") from None
    document = _json(text)
    if not isinstance(document, dict):
        raise Unreadable("it must be a JSON object")
    return document


def _json(text: str) -> Any:
    """The JSON value, which is not nested too deeply."""
    # Before it is read: what is made of many small values takes a hundred times as long as what is not.
    if sum(map(text.count, ",[{")) > MOST_READ:
        raise Unreadable(f"it has more than {MOST_READ:,} values")
    try:
        document = json.loads(text)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise Unreadable(f"it is not JSON: {error}") from None
    _check_depth(document)
    return document


def _check_depth(document: object) -> None:
    level = [document] if isinstance(document, dict | list) else []
    for _ in range(DEEPEST):
        if not level:
            return
        within = (each.values() if isinstance(each, dict) else each for each in level)
        level = [each for values in within for each in values if isinstance(each, dict | list)]
    if level:
        raise _too_deep()


def _too_deep() -> Unreadable:
    return Unreadable(f"more than {DEEPEST} lists and objects stand in one another")


def _keepable(text: str) -> str:
    """The text without what no database keeps: NUL, lone surrogates."""
    return _UNKEEPABLE.sub("\ufffd", text)


class _Kept:
    """Makes of a JSON value one that every database keeps: the first `MOST_VALUES` of its values."""

    def __init__(self) -> None:
        self._left = MOST_VALUES

    def of(self, value: Any) -> Any:
        """The value, with what no database keeps replaced: NUL, lone surrogates, numbers that are none."""
        self._left -= 1
        match value:
            case str():
                return _keepable(value)
            case dict():
                return {_keepable(key): self.of(below) for key, below in value.items() if self._left > 0}
            case list():
                return [self.of(below) for below in value if self._left > 0]
            case float() if not math.isfinite(value):
                return str(value)
            case _:
                return value


def _decoded(body: bytes) -> str:
    """The text of a body: UTF-8 or what its byte order mark says, else Windows' Cyrillic."""
    encoding = next((name for bom, name in _BOMS.items() if body.startswith(bom)), "utf-8")
    try:
        return body.decode(encoding)
    except UnicodeDecodeError:
        return body.decode("cp1251", "replace")
