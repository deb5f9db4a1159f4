"""Public pages as HTML: templates in the readers' language, with one style and one script, both inline."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from math import isfinite
from pathlib import Path

from jinja2 import Template
from markupsafe import Markup

from errorhelp.answers.answer import NEVER, Answer, answer
from errorhelp.answers.public_language import Language
from errorhelp.text.html_templates import environment
from errorhelp.text.links import linked
from errorhelp.text.markdown import to_html

CONTENT_TYPE = "text/html; charset=utf-8"

IN_NO_FRAME = "frame-ancestors 'none'"
"""Who may show a page in a frame of theirs: nobody. It counts in a header only (CSP Level 3, 6.4.2)."""

_TEMPLATES = Path(__file__).with_name("templates")

TIMES_SCRIPT = (_TEMPLATES / "times.js").read_text("utf-8")
"""How scripts write days and durations, in the words that their page carries."""


def csp_hash(text: str) -> str:
    """The source expression that allows one inline script or style (CSP Level 3, 2.3.1)."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def html_answer(
    name: str,
    language: Language,
    values: Mapping[str, object],
    *,
    status: int = 200,
    valid_until: float = NEVER,
    headers: bytes = b"",
) -> Answer:
    """The page that a template makes of the values; `headers` are further complete header lines.

    Where a web server serves it as a file, the policy in the page itself counts.
    """
    until = int(valid_until) if isfinite(valid_until) else None
    html = template(name, language.turn).render(values, language=language, until=until)
    return answer(
        html.encode(),
        CONTENT_TYPE,
        status=status,
        valid_until=valid_until,
        headers=policy_header(_inlined().policy) + headers,
    )


def policy_header(policy: str) -> bytes:
    """The header line for a page that holds this policy itself."""
    return f"Content-Security-Policy: {policy}; {IN_NO_FRAME}\r\n".encode()


@dataclass(frozen=True, slots=True)
class _Inlined:
    """The one style and the one script of the pages, and the policy that allows these alone."""

    style: str
    script: str
    policy: str


@cache
def _inlined() -> _Inlined:
    style = (_TEMPLATES / "page.css").read_text("utf-8")
    script = "\n".join(((_TEMPLATES / "page.js").read_text("utf-8"), TIMES_SCRIPT))
    return _Inlined(
        style,
        script,
        f"default-src 'none'; script-src {csp_hash(script)}; style-src {csp_hash(style)}; "
        "base-uri 'none'; form-action 'none'; connect-src 'self'",
    )


@cache
def template(name: str, languages: tuple[str, ...]) -> Template:
    """The template of that name, our own words in the first language that has each; what it is given is escaped."""
    made = environment(_TEMPLATES, "public", *languages)
    made.filters.update(linked=linked, markdown=to_html, unix=lambda instant: int(instant.timestamp()))
    # Both are ours and hold nothing that a page was asked for.
    ours = _inlined()
    made.globals.update(policy=ours.policy, style=Markup(ours.style), script=Markup(ours.script))  # noqa: S704
    return made.get_template(name)


def way_up(path: str) -> str:
    """From a page to the root: links that begin so work wherever a web server serves the published files."""
    return "../" * (path.count("/") - 1)
