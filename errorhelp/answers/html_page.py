"""Public pages as HTML: templates in the readers' language, with one style and one script, both inline."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from jinja2 import Template
from markupsafe import Markup

from errorhelp.answers.answer import NEVER, Answer, answer
from errorhelp.answers.public_language import Language
from errorhelp.catalog.organisation import Organisation
from errorhelp.messages.message import Severity
from errorhelp.system.shipped_files import shipped
from errorhelp.text.html_templates import environment
from errorhelp.text.links import linked
from errorhelp.text.markdown import to_html

CONTENT_TYPE = "text/html; charset=utf-8"

IN_NO_FRAME = "frame-ancestors 'none'"
"""Who may show a page in a frame of theirs: nobody. It counts in a header only (CSP Level 3, 6.4.2)."""

_TEMPLATES = Path(__file__).with_name("templates")

_ICON = (shipped("static") / "icon.svg").read_text("utf-8")
_ICON_COLOUR = "#0a5cad"
_COLOURS = {Severity.OUTAGE: "#b3261e", Severity.MAINTENANCE: "#8a5a00"}

TIMES_SCRIPT = (_TEMPLATES / "times.js").read_text("utf-8")
"""How scripts write days and durations, in the words that their page carries."""


def csp_hash(text: str) -> str:
    """The source expression that allows one inline script or style (CSP Level 3, 2.3.1)."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def html_answer(
    name: str,
    language: Language,
    organisation: Organisation,
    values: Mapping[str, object],
    *,
    has_logo: bool = False,
    status: int = 200,
    valid_until: float = NEVER,
    headers: bytes = b"",
) -> Answer:
    """The page that a template makes of the values; `headers` are further complete header lines.

    It has the logo of the organisation if that is small, or else if it `has_logo`. Where a web server serves it as a
    file, the policy in the page itself counts.
    """
    html = template(name, language.turn).render(
        values,
        language=language,
        organisation=language.text(organisation.name),
        logo=logo_url(organisation, has_logo=has_logo),
        until=int(valid_until) if 0 < valid_until < NEVER else None,
    )
    return answer(
        html.encode(),
        CONTENT_TYPE,
        status=status,
        valid_until=valid_until,
        headers=policy_header(_inlined().policy) + headers,
    )


def logo_url(organisation: Organisation, *, has_logo: bool = False) -> Markup:
    """The `data:` URL of its logo for a page that has it, or if it is small; else nothing."""
    logo = organisation.logo
    # It is base64: there is nothing to escape, and it may be long.
    return Markup(logo.url if logo is not None and (has_logo or logo.is_small) else "")  # noqa: S704


@cache
def icon_url(severity: Severity | None = None) -> str:
    """The icon of a page as a `data:` URL, so that no browser asks for one; in the colour of what is going on."""
    colour = _ICON_COLOUR if severity is None else _COLOURS.get(severity, _ICON_COLOUR)
    return f"data:image/svg+xml,{quote(_ICON.replace(_ICON_COLOUR, colour), safe=' =:/')}"


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
        "img-src data:; base-uri 'none'; form-action 'none'; connect-src 'self'",
    )


@cache
def template(name: str, languages: tuple[str, ...]) -> Template:
    """The template of that name, our own words in the first language that has each; what it is given is escaped."""
    made = environment(_TEMPLATES, "public", *languages)
    made.filters.update(linked=linked, markdown=to_html, unix=lambda instant: int(instant.timestamp()))
    # Both are ours and hold nothing that a page was asked for.
    ours = _inlined()
    style, script = Markup(ours.style), Markup(ours.script)  # noqa: S704
    made.globals.update(policy=ours.policy, style=style, script=script, icon=icon_url)
    return made.get_template(name)


def way_up(path: str) -> str:
    """From a page to the root: links that begin so work wherever a web server serves the published files."""
    return "../" * (path.count("/") - 1)
