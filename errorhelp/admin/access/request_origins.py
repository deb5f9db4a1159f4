"""From which page a request comes, and by which name: what keeps other pages in a browser out. Pure."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from aiohttp import hdrs

from errorhelp.people.proxies import read_address

_SITE = "Sec-Fetch-Site"
_HERE = "localhost"


def is_known_host(host: str, own_url: str | None) -> bool:
    """Whether a `Host` (RFC 9110, 7.2) is an address, this machine, or that of the listener's own URL.

    A page of somebody else's whose name suddenly leads here (DNS rebinding) asks under that name.
    """
    own_names = {_HERE, _name(urlsplit(own_url).netloc)} if own_url else {_HERE}
    return read_address(host) is not None or _name(host) in own_names


def is_own_page(headers: Mapping[str, str], own_url: str | None) -> bool:
    """Whether a page of the listener sent it, by Fetch Metadata (w3.org/TR/fetch-metadata) or else RFC 6454.

    A browser says one of them of every form that it sends; what says neither is not believed.
    """
    site = headers.get(_SITE)
    if site is not None:
        return site == "same-origin"
    origin = headers.get(hdrs.ORIGIN, "").lower()
    host = urlsplit(origin).netloc
    # A proxy may end TLS or change the host: schemes are not compared, and the configured URL is as good.
    return bool(host) and (origin == own_url or host == headers.get(hdrs.HOST, "").lower())


def comes_from_elsewhere(headers: Mapping[str, str]) -> bool:
    """Whether a link on another site led here: then browsers hold the cookie of a sign-in back."""
    return headers.get(_SITE) in ("cross-site", "same-site")


def _name(host: str) -> str:
    return host.rpartition("@")[2].partition(":")[0].lower()
