"""Notifications in words and as bodies: a title, a text, and what a target's own template makes of them. Pure."""

import json
from collections.abc import Mapping
from datetime import tzinfo
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from errorhelp.text.texts import one_line
from errorhelp.text.times import for_people, parse_instant
from errorhelp.text.translations import translations

_TEMPLATES = Path(__file__).with_name("templates")
_LONGEST_TITLE = 200
_OWN = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


class UnusableBody(ValueError):
    """A body that cannot be made: what is wrong with its template, and in which of its lines."""


def in_words(document: Mapping[str, Any], language: str, zone: tzinfo) -> tuple[str, str]:
    """The title, on one line, and the text of a notification's document."""

    def moment(instant: str) -> str:
        return for_people(parse_instant(instant), zone, language)

    values = {
        "notification": document,
        "count_of_problems": len(document["problems"]) + document["more_problems"],
        "moment": moment,
    }
    environment = _environment(language.partition("-")[0])
    title, text = (environment.get_template(name).render(values) for name in ("title.txt", "text.txt"))
    return one_line(title)[:_LONGEST_TITLE], text.strip()


def read_template(source: str) -> Template:
    """The template of a body; UnusableBody if it is none."""
    try:
        return _OWN.from_string(source)
    except TemplateError as error:
        raise UnusableBody(_error_text(error)) from None


def fill_in(template: Template, values: Mapping[str, Any]) -> str:
    """What the template makes of the values; UnusableBody where it cannot."""
    try:
        return template.render(values)
    # A template may do anything that an expression can do wrong.
    except Exception as error:
        raise UnusableBody(_error_text(error)) from None


def standard_body(values: Mapping[str, Any]) -> str:
    """The body of a webhook that has no template: type, time and data, as Standard Webhooks advises."""
    document = values["notification"]
    return json.dumps(
        {
            "type": f"problem.{document['occasion']}",
            "timestamp": document["at"],
            "data": {"title": values["title"], "text": values["text"], **document},
        },
        ensure_ascii=False,
    )


@lru_cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - plain text
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(  # type: ignore[attr-defined]
        translations("notifications", language), newstyle=True
    )
    return environment


def _error_text(error: Exception) -> str:
    line = getattr(error, "lineno", None) or _line_of(error)
    return f"in its line {line}: {error}" if line else str(error)


def _line_of(error: Exception) -> int | None:
    """The line of the template where the error was raised: Jinja puts it into the traceback."""
    lines = []
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == "<template>":
            lines.append(step.tb_lineno)
        step = step.tb_next
    return lines[-1] if lines else None
