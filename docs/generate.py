"""Writes the reference pages that come from the code: run `make docs` after changing a setting.

A test holds the written pages against what this would write.
"""

from collections.abc import Iterator
from datetime import timedelta
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from errorhelp.config.models import Configuration
from errorhelp.config.schema import schema_json
from errorhelp.formats import problem
from errorhelp.times import format_duration

ROOT = Path(__file__).parent.parent


def pages() -> dict[Path, bytes]:
    """Every generated file with its contents."""
    return {
        ROOT / "docs/en/configuration-reference.md": configuration_reference().encode(),
        ROOT / "docs/en/errors.md": errors().encode(),
        ROOT / "config/errorhelp.schema.json": schema_json(),
    }


def configuration_reference() -> str:
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


def errors() -> str:
    """The catalogue of problems as Markdown."""
    problems = sorted(
        (each for each in vars(problem).values() if isinstance(each, problem.Problem)),
        key=lambda each: (each.status, each.code),
    )
    return "\n".join(
        [
            "# Errors over HTTP",
            "",
            "Every error is a problem document (RFC 9457), `application/problem+json`. Its `type` ends in one of "
            "these codes, `detail` says what to do about this one, and `errors`, where it stands, lists wrong "
            "fields. A 500 carries an `id` that stands in the log beside the details. Generated from the code.",
            "",
            "| status | code | meaning |",
            "| --- | --- | --- |",
            *(f"| {each.status} | `{each.code}` | {each.title} |" for each in problems),
            "",
        ]
    )


def _section(path: str, model: type[BaseModel]) -> Iterator[str]:
    yield f"## {path or 'errorhelp.yaml'}"
    yield ""
    yield (model.__doc__ or "").strip()
    yield ""
    yield "| setting | default | meaning | example |"
    yield "| --- | --- | --- | --- |"
    for name, field in model.model_fields.items():
        example = f"`{_cell(str(field.examples[0]))}`" if field.examples else ""
        yield f"| `{name}` | {_default(field)} | {_cell(field.description or '')} | {example} |"
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


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (tuple, Union, UnionType):
        return next((found for each in get_args(annotation) if (found := _model_in(each))), None)
    return None


def main() -> None:
    """Write the pages that changed."""
    for file, contents in pages().items():
        if not file.exists() or file.read_bytes() != contents:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(contents)
            print(f"wrote {file.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
