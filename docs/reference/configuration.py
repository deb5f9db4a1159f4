"""The reference of the configuration, from its models."""

from collections.abc import Iterator
from datetime import timedelta
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from docs.reference.markdown import Translate, table
from errorhelp.config.settings.configuration import Configuration
from errorhelp.text.times import format_duration


def configuration_page(translate: Translate) -> str:
    """The settings as Markdown, a table for each section."""
    lines = [
        f"# {translate('Configuration reference')}",
        "",
        translate(
            "Every setting of `errorhelp.yaml`. This page is generated from the code; "
            "[configuration.md](configuration.md) is the one to read first."
        ),
        "",
        *_section("", Configuration, translate),
    ]
    return "\n".join(lines)


def _section(path: str, model: type[BaseModel], translate: Translate) -> Iterator[str]:
    yield f"## {path or 'errorhelp.yaml'}"
    yield ""
    yield translate((model.__doc__ or "").strip())
    yield ""
    head = [translate(each) for each in ("setting", "default", "meaning", "example")]
    yield from table(head, (_row(name, field, translate) for name, field in model.model_fields.items()))
    for name, field in model.model_fields.items():
        inner = _model_in(field.annotation)
        if inner is not None:
            is_list = any(
                get_origin(each) is tuple for each in (field.annotation, *get_args(field.annotation))
            )
            yield from _section(f"{path}.{name}".lstrip(".") + ("[]" if is_list else ""), inner, translate)


def _row(name: str, field: FieldInfo, translate: Translate) -> tuple[str, ...]:
    default = f"**{translate('required')}**" if field.is_required() else _default(field)
    example = f"`{field.examples[0]}`" if field.examples else ""
    return f"`{name}`", default, translate(field.description or ""), example


def _default(field: FieldInfo) -> str:
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
    if get_origin(annotation) in (tuple, Union, UnionType, Annotated):
        return next((found for each in get_args(annotation) if (found := _model_in(each))), None)
    return None
