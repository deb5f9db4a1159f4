"""TLS as a client meets it."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta

from yarl import URL

from errorhelp.doctor import Finding, broken, ok, warning

_SOON = timedelta(days=21)
_SECONDS = 10.0
_REMEDY = "install a certificate for this name, with its chain, that clients trust (own authority: --ca FILE)"


async def look_at_certificate(url: URL, trust: ssl.SSLContext, now: datetime) -> Finding:
    """What a client would think of the certificate."""
    if url.scheme != "https":
        return warning(
            "TLS", f"{url} is without TLS", "put nginx in front: the offline page and many clients need https"
        )
    try:
        async with asyncio.timeout(_SECONDS):
            _, writer = await asyncio.open_connection(url.host, url.port, ssl=trust)
    except ssl.SSLCertVerificationError as error:
        return broken("TLS", f"the certificate is refused: {error.verify_message}", _REMEDY)
    except (OSError, TimeoutError) as error:
        remedy = "check the name in DNS, the firewall, and that the web server runs"
        return broken(
            "TLS", f"no connection to {url.host}:{url.port}: {error or 'no answer in time'}", remedy
        )
    certificate = writer.get_extra_info("peercert")
    writer.transport.abort()
    expires = datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
    text = f"the certificate of {url.host} is good until {expires:%Y-%m-%d}"
    if expires - now < _SOON:
        return warning("TLS", text, "renew it")
    return ok("TLS", text)
