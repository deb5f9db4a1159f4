"""The catalogue of problems, from their definitions."""

from docs.reference.markdown import Translate, table
from errorhelp.formats import problem_detail


def errors_page(translate: Translate) -> str:
    """The catalogue of problems as Markdown."""
    problems = sorted(
        (each for each in vars(problem_detail).values() if isinstance(each, problem_detail.ProblemDetail)),
        key=lambda each: (each.status, each.code),
    )
    head = [translate(each) for each in ("status", "code", "meaning")]
    rows = [(str(each.status), f"`{each.code}`", translate(each.title)) for each in problems]
    lines = [
        f"# {translate('Errors over HTTP')}",
        "",
        translate(
            "Every error is a problem document (RFC 9457), `application/problem+json`. Its `type` ends in one of "
            "these codes, `detail` says what to do about this one, and `errors`, where it stands, lists wrong "
            "fields. A 500 carries an `id` that stands in the log beside the details. Generated from the code."
        ),
        "",
        *table(head, rows),
    ]
    return "\n".join(lines)
