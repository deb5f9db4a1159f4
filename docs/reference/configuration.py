"""The reference of the configuration, from its models."""

from collections.abc import Iterator
from datetime import timedelta
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from docs.reference.markdown import cell
from errorhelp.config.models import Configuration
from errorhelp.times import format_duration


def configuration_page() -> str:
    """The settings as Markdown, a table for each section."""
    lines = [
        "# Configuration reference",
        "",
        "Every setting of `errorhelp.yaml`. This page is generated from the code; "
        "[configuration.md](configuration.md) is the one to read first.",
        "",
        *_section("", Configuration),
    ]
    return "\n".join(lines)


def _section(path: str, model: type[BaseModel]) -> Iterator[str]:
    yield f"## {path or 'errorhelp.yaml'}"
    yield ""
    yield (model.__doc__ or "").strip()
    yield ""
    yield "| setting | default | meaning | example |"
    yield "| --- | --- | --- | --- |"
    for name, field in model.model_fields.items():
        example = f"`{cell(str(field.examples[0]))}`" if field.examples else ""
        yield f"| `{name}` | {_default(field)} | {cell(field.description or '')} | {example} |"
    yield ""
    for name, field in model.model_fields.items():
        inner = _model_in(field.annotation)
        if inner is not None:
            is_list = get_origin(field.annotation) is tuple
            yield from _section(f"{path}.{name}".lstrip(".") + ("[]" if is_list else ""), inner)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.default
    if isinstance(value, BaseModel) or value in (None, "", (), {}):
        return ""
    if isinstance(value, timedelta):
        return f"`{format_duration(value)}`"
    if isinstance(value, tuple):
        return f"`[{', '.join(map(str, value))}]`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value.value if isinstance(value, Enum) else value}`"


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (tuple, Union, UnionType):
        return next((found for each in get_args(annotation) if (found := _model_in(each))), None)
    return None
