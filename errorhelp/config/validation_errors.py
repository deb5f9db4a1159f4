"""What pydantic found wrong, in words that say what was expected, with an example."""

import difflib
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from errorhelp.config.yaml_tree import Location

# pydantic's words for programmers, in words for admins.
_WORDS = {
    "missing": "is missing",
    "tuple_type": "must be a list",
    "model_type": "must be settings, one 'name: value' a line",
    "dict_type": "must be settings, one 'name: value' a line",
    "string_type": "must be one text",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "bool_parsing": "must be true or false",
    "int_parsing": "must be a whole number",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
}
# A text where a section is wanted may be a secret that somebody wrote down; it is not repeated.
_WITHOUT_VALUE = ("model_type", "dict_type")


def explain(error: ValidationError, model: type[BaseModel]) -> Iterator[tuple[Location, str, bool]]:
    """The location below the model, the message, and whether the key there is meant, of every error."""
    for details in error.errors(include_url=False):
        location = details["loc"]
        if details["type"] == "too_short" and details["input"]:
            continue  # Its items have errors of their own.
        if details["type"] == "extra_forbidden":
            yield location, _unknown_key(location, model), True
        else:
            yield location, _message(details, _field_at(model, location)), False


def _message(details: ErrorDetails, field: FieldInfo | None) -> str:
    kind, value, context = details["type"], details["input"], details.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    message = _WORDS[kind].format(**context) if kind in _WORDS else _lower_first(details["msg"])
    if isinstance(value, str) and value and kind not in _WITHOUT_VALUE:
        message = f"{value!r} {message}"
    return message + _expected(field)


def _expected(field: FieldInfo | None) -> str:
    if field is None:
        return ""
    example = f" (e.g. {field.examples[0]})" if field.examples else ""
    return f"; expected: {_lower_first((field.description or '').rstrip('.'))}{example}"


def _unknown_key(location: Location, model: type[BaseModel]) -> str:
    holder = _model_at(model, location[:-1])
    key = str(location[-1])
    known = list(holder.model_fields) if holder else []
    close = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}"
    return f"unknown key {key!r}; {hint}"


def _field_at(model: type[BaseModel], location: Location) -> FieldInfo | None:
    names = [depth for depth, step in enumerate(location) if isinstance(step, str)]
    if not names:
        return None
    holder = _model_at(model, location[: names[-1]])
    return holder.model_fields.get(str(location[names[-1]])) if holder else None


def _model_at(model: type[BaseModel], location: Location) -> type[BaseModel] | None:
    current: type[BaseModel] | None = model
    for step in location:
        if current is None or isinstance(step, int):
            continue
        field = current.model_fields.get(step)
        current = _model_in(field.annotation) if field else None
    return current


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := _model_in(each))), None)


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
