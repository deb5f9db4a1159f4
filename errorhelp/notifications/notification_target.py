"""A target: where notifications go, which ones, and what they look like there."""

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from jinja2 import Template
from yarl import URL

from errorhelp.formats.secret_masking import MASK, mask_text
from errorhelp.notifications.notification import Occasion, example
from errorhelp.notifications.notification_texts import UnusableBody, fill_in, in_words, standard_body
from errorhelp.reports.report import Kind, Problem

_JSON = "application/json"
_SHORTEST_SECRET = 4


def read_webhook(url: str) -> URL:
    """The web address that a text is; ValueError if it is none.

    That does not repeat it: whoever knows one may often do everything.
    """
    try:
        address = URL(url)
        is_one = address.scheme in ("http", "https") and bool(address.host)
    except ValueError:
        is_one = False
    if not is_one:
        raise ValueError("must be a web address (e.g. https://desk.example.com/hooks/1c)")
    return address


def check_one_authorization(address: URL, headers: Iterable[str]) -> None:
    """ValueError if both the web address and a header say who sends it: HTTP has room for one of them."""
    has_own = address.raw_user is not None or address.raw_password is not None
    if has_own and any(name.lower() == "authorization" for name in headers):
        raise ValueError(
            "there are name and password in the webhook's address, too, and both are sent as Authorization; "
            "leave one of them out"
        )


def check_header(value: str) -> None:
    """ValueError unless that may be the value of a header."""
    if not value.isprintable():
        raise ValueError("must be one line")


def _basic(url: URL) -> str:
    """What the user and password of an address come to in a header (RFC 7617)."""
    return b64encode(f"{url.user or ''}:{url.password or ''}".encode()).decode() if url.user else ""


@dataclass(frozen=True, slots=True)
class NotificationTarget:
    """A target of the configuration, reached by Apprise at `apprise`, or else at the address `webhook`.

    It is notified of problems of these kinds, of the infobases that `infobases` names by id, on these occasions.
    `public_host` is where clients reach the service, as mail names it. `key` signs what goes to a webhook. `body`
    makes the body of a webhook or the text for Apprise.
    """

    id: str
    language: str
    zone: tzinfo
    infobases: frozenset[str]
    kinds: frozenset[Kind] = frozenset(Kind)
    occasions: frozenset[Occasion] = frozenset(Occasion)
    public_host: str = ""
    apprise: str = field(default="", repr=False)
    webhook: str = field(default="", repr=False)
    key: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Template | None = None

    @property
    def way(self) -> str:
        """How it is reached: `webhook` or `apprise`."""
        return "webhook" if self.webhook else "apprise"

    def wants(self, problem: Problem) -> bool:
        """Whether it is to hear of that problem."""
        return problem.infobase in self.infobases and problem.kind in self.kinds

    def written(self, entry_id: str, document: Mapping[str, Any]) -> tuple[str, str]:
        """The title and the body of a notification; UnusableBody if its template cannot make it."""
        title, text = in_words(document, self.language, self.zone)
        values = {
            "id": entry_id,
            "target": self.id,
            "title": title,
            "text": text,
            "notification": document,
        }
        if self.body is not None:
            return title, fill_in(self.body, values)
        return title, standard_body(values) if self.webhook else text

    def check_body(self, at: datetime) -> None:
        """UnusableBody unless an example on every occasion comes to a body, and to JSON if it says so."""
        for occasion in Occasion:
            _, body = self.written("0" * 32, example(occasion, at))
            if self.webhook and self.content_type.startswith(_JSON):
                try:
                    json.loads(body)
                except ValueError as error:
                    raise UnusableBody(
                        f"an example comes to no JSON ({error}); write {{{{ title | tojson }}}}, without "
                        "quotes around it, or set the header Content-Type"
                    ) from None

    @property
    def content_type(self) -> str:
        """The media type of a webhook's body."""
        given = {name.lower(): value for name, value in self.headers.items()}
        return given.get("content-type", _JSON)

    def without_secrets(self, text: str) -> str:
        """The text as it may be shown and logged."""
        # Whoever is asked may repeat a part of what came.
        url = URL(self.webhook)
        parts = (
            *(url.raw_path, *url.raw_parts, *url.parts, url.raw_query_string, *url.query.values()),
            *(url.user or "", url.password or "", _basic(url)),
            *(part for each in self.headers.values() for part in each.split()),
        )
        secrets = (self.apprise, self.webhook, *parts)
        for secret in sorted(secrets, key=len, reverse=True):
            if len(secret) >= _SHORTEST_SECRET:
                text = text.replace(secret, MASK)
        return mask_text(text)
