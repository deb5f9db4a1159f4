"""What a browser would take from the start page of a publication: the registration script, and who is kept out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser

from yarl import URL

from errorhelp.formats.content_security_policy import (
    Directives,
    read_policies,
    refused_script,
    refused_worker,
)

_ADDRESS = re.compile(r"(.*/offline/([^/]+)/)register\.js(?:\?.*)?")


@dataclass(frozen=True, slots=True)
class Registration:
    """The registration script on a page: its address, the id of the infobase in it, and its nonce."""

    script: URL
    infobase: str
    nonce: str

    @property
    def worker(self) -> URL:
        """The worker that it registers."""
        return self.script.join(URL("sw.js"))


@dataclass(frozen=True, slots=True)
class StartPage:
    """A page at `url`; its `policies` are those of its headers and its own."""

    url: URL
    registration: Registration | None
    policies: tuple[Directives, ...]

    @property
    def infobase(self) -> str | None:
        """The id of the infobase whose worker it registers; None if it registers none."""
        return self.registration.infobase if self.registration else None

    @property
    def kept_out(self) -> tuple[str, str] | None:
        """The name of the file that the browser keeps out, and the directive that says so; None if it does not."""
        if self.registration is None:
            return None
        script = refused_script(self.policies, self.url, self.registration.script, self.registration.nonce)
        if script is not None:
            return "register.js", script
        worker = refused_worker(self.policies, self.url, self.registration.worker)
        return None if worker is None else ("sw.js", worker)


def read_start_page(url: URL, headers: Iterable[str], body: bytes) -> StartPage:
    """The page at the URL; `headers` are the values of its Content-Security-Policy."""
    reader = _Reader(url)
    # To a browser both begin a comment that ends with ">"; Python's reader does not know the first as one.
    reader.feed(body.decode("utf-8", "replace").replace("<![", "<?["))
    of_headers = (policy for value in headers for policy in read_policies(value))
    return StartPage(url, reader.registration, (*of_headers, *reader.policies))


@dataclass(eq=False)
class _Reader(HTMLParser):
    url: URL
    registration: Registration | None = None
    policies: list[Directives] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the registration script, and the policies that stand before it."""
        values = {name: value or "" for name, value in attrs}
        if self.registration is not None:
            return
        if tag == "script" and (found := _ADDRESS.fullmatch(values.get("src", ""))):
            try:
                script = self.url.join(URL(found[0]))
            except ValueError:
                return
            self.registration = Registration(script, found[2], values.get("nonce", ""))
        elif tag == "meta" and values.get("http-equiv", "").lower() == "content-security-policy":
            self.policies += read_policies(values.get("content", ""), in_page=True)
