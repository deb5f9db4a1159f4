"""The boxes of a card in which updates of messages and closing words are written."""

from errorhelp.admin.pages.error_pages import UnusableText
from errorhelp.admin.pages.page_routes import Form
from errorhelp.service.drafts import has_control_character
from errorhelp.service.service import Service


def read_words(form: Form, name: str, service: Service) -> dict[str, str]:
    """What was written, by language; UnusableText if that is no text for a message."""
    longest, found = service.limits.longest_text, {}
    for language in service.catalog.languages:
        # Browsers send line breaks as CR LF.
        text = form.get(f"{name}-{language}", "").replace("\r\n", "\n").strip()
        if len(text) > longest:
            raise UnusableText("too long", longest)
        if has_control_character(text):
            raise UnusableText("control character")
        if text:
            found[language] = text
    return found
