"""TLS as a client meets it."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta

from yarl import URL

from errorhelp.doctor import Finding, broken, ok, warning
from errorhelp.doctor.client_requests import TRUST, Asking, Unreachable, remedy_for_silence
from errorhelp.doctor.connection_errors import silence_of, why_unanswered

_SOON = timedelta(days=21)
_SECONDS = 10.0


async def look_at_certificate(asking: Asking, url: URL, now: datetime) -> Finding:
    """What a client would think of the certificate; `asking` keeps in mind who has a bad one, and who is silent."""
    if url.scheme != "https":
        return warning(
            "TLS", f"{url} is without TLS", "put nginx in front: the offline page and many clients need https"
        )
    host = str(url.origin())
    try:
        async with asyncio.timeout(_SECONDS):
            _, writer = await asyncio.open_connection(url.host, url.port, ssl=asking.trust)
    except ssl.SSLCertVerificationError as error:
        asking.untrusted.add(host)
        return broken("TLS", f"the certificate of {url.host} is refused: {error.verify_message}", TRUST)
    except (OSError, TimeoutError) as error:
        reason = why_unanswered(error, url.host or "")
        asking.silent[host] = Unreachable(host, silence_of(error), reason)
        text = f"no connection to {url.host}:{url.port}: {reason}"
        return broken("TLS", text, remedy_for_silence(asking.silent[host]))
    certificate = writer.get_extra_info("peercert")
    writer.transport.abort()
    expires = datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
    text = f"the certificate of {url.host} is good until {expires:%Y-%m-%d}"
    if expires - now < _SOON:
        return warning("TLS", text, "renew it")
    return ok("TLS", text)
