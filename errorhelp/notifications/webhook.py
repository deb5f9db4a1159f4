"""Webhooks: a POST of JSON, signed as Standard Webhooks says (standardwebhooks.com, version 1.0)."""

import base64
import hmac
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from aiohttp import ClientError, ClientSession, ClientTimeout, hdrs
from multidict import CIMultiDict
from yarl import URL

from errorhelp import __version__
from errorhelp.notifications.delivery_errors import Undelivered
from errorhelp.notifications.notification_target import NotificationTarget

_TIMEOUT = ClientTimeout(total=15, connect=5)
# Of 4xx those that another attempt may not get (RFC 9110, 15.5.9; RFC 8470, 5.2; RFC 6585, 4).
_TRY_LATER = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)
_LONGEST_WAIT = timedelta(hours=1)
_MOST_READ = 300
_PREFIX = "whsec_"
_FEWEST_BYTES, _MOST_BYTES = 24, 64


def read_address(url: str) -> URL:
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


def read_key(secret: str) -> bytes:
    """The key in a secret, `whsec_` and base64 of 24 to 64 bytes; ValueError, without it, if it is none."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith(_PREFIX) or not _FEWEST_BYTES <= len(key) <= _MOST_BYTES:
        raise ValueError("must be whsec_ and 24 to 64 random bytes in base64 (docs/en/reports.md says how)")
    return key


def signature(key: bytes, entry_id: str, sent_at: datetime, body: bytes) -> str:
    """The `webhook-signature` of a body."""
    signed = b".".join((entry_id.encode(), str(int(sent_at.timestamp())).encode(), body))
    return f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}"


async def post(target: NotificationTarget, entry_id: str, body: str, now: datetime) -> None:
    """POST the body to the target's webhook; Undelivered unless it answers with 2xx. No redirect is followed."""
    data = body.encode()
    headers = CIMultiDict(
        {hdrs.CONTENT_TYPE: target.content_type, hdrs.USER_AGENT: f"errorhelp/{__version__}"}
    )
    headers.update(target.headers)
    headers["Idempotency-Key"] = headers["webhook-id"] = entry_id
    headers["webhook-timestamp"] = str(int(now.timestamp()))
    if target.key is not None:
        headers["webhook-signature"] = signature(target.key, entry_id, now, data)
    try:
        async with (
            ClientSession(timeout=_TIMEOUT) as http,
            http.post(target.webhook, data=data, headers=headers, allow_redirects=False) as response,
        ):
            if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
                return
            said = (await response.content.read(_MOST_READ)).decode("utf-8", "replace")
            retry_after = read_retry_after(response.headers.get(hdrs.RETRY_AFTER, ""), now)
    except TimeoutError:
        raise Undelivered(f"no answer within {_TIMEOUT.total:.0f} seconds") from None
    except (ClientError, OSError, ValueError) as error:
        raise Undelivered(str(error) or type(error).__name__) from None
    raise Undelivered(
        f"the answer is {response.status} {response.reason}: {said}".rstrip(": "),
        is_final=response.status < HTTPStatus.INTERNAL_SERVER_ERROR and response.status not in _TRY_LATER,
        retry_after=retry_after,
    )


def read_retry_after(value: str, now: datetime) -> timedelta | None:
    """How long a `Retry-After` asks to wait (RFC 9110, 10.2.3: seconds or a date), an hour at most."""
    if value.isascii() and value.isdigit():
        wait = timedelta(seconds=min(int(value[:9]), _LONGEST_WAIT.total_seconds()))
    else:
        try:
            at = parsedate_to_datetime(value)
        except (ValueError, OverflowError):
            return None
        wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta()), _LONGEST_WAIT)
