"""What pydantic found wrong, in words that say what was expected, with an example."""

import difflib
from collections.abc import Iterator
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from errorhelp.config.tree import Location


def explain(error: ValidationError, model: type[BaseModel]) -> Iterator[tuple[Location, str, bool]]:
    """The location below the model, the message, and whether the key there is meant, of every mistake."""
    for details in error.errors(include_url=False):
        location = details["loc"]
        if details["type"] == "extra_forbidden":
            yield location, _unknown_key(location, model), True
        else:
            yield location, _message(details, _field_at(model, location)), False


def _message(details: ErrorDetails, field: FieldInfo | None) -> str:
    if details["type"] == "value_error":
        return str(details["ctx"]["error"])
    expected = _expected(field)
    if details["type"] == "missing":
        return f"is missing{expected}"
    if details["type"] == "tuple_type":
        return f"must be a list{expected}"
    if details["type"] == "model_type":
        # Without the value: it may be a secret.
        return f"must be settings, one 'name: value' a line{expected}"
    value = details["input"]
    if isinstance(value, (dict, list, tuple)):
        value = "a mapping" if isinstance(value, dict) else "a list"
    else:
        value = "nothing" if value is None else repr(value)
    return f"{value}: {_lower_first(details['msg'])}{expected}"


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
    if get_origin(annotation) in (tuple, list, Union, UnionType) or get_origin(annotation) is not None:
        return next((found for each in get_args(annotation) if (found := _model_in(each))), None)
    return None


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
