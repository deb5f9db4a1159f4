"""Templates of HTML pages in our languages: whatever they are given is escaped, and turns no direction."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from errorhelp.text.texts import readable
from errorhelp.text.translations import translations_in_turn


def environment(folder: Path, domain: str, *languages: str) -> Environment:
    """The templates in a folder, with the texts of `locale/{language}/{domain}.po`, of the first that has each."""
    made = Environment(
        loader=FileSystemLoader(folder),
        auto_reload=False,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        finalize=_readable,
    )
    # The extension adds the method at run time.
    made.install_gettext_translations(translations_in_turn(domain, languages), newstyle=True)  # type: ignore[attr-defined]
    return made


def _readable(value: object) -> object:
    """Any text as it may be shown, before it is escaped; what is markup already is ours."""
    return readable(value) if type(value) is str else value
