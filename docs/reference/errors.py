"""The catalogue of problems, from their definitions."""

from errorhelp.formats import problem


def errors_page() -> str:
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
