"""Webhooks: a POST of JSON, signed as Standard Webhooks says."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from aiohttp import ClientError, ClientSession, ClientTimeout, hdrs
from multidict import CIMultiDict

from errorhelp.formats import user_agent
from errorhelp.formats.standard_webhooks import signature
from errorhelp.notifications.delivery_errors import Undelivered
from errorhelp.notifications.notification_target import NotificationTarget

_TIMEOUT = ClientTimeout(total=15, connect=5)
# Of 4xx those that another attempt may not get (RFC 9110, 15.5.9; RFC 8470, 5.2; RFC 6585, 4).
_TRY_LATER = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)
_LONGEST_WAIT = timedelta(hours=1)
_MOST_READ = 300


async def post(target: NotificationTarget, entry_id: str, body: str, now: datetime) -> None:
    """POST the body to the target's webhook; Undelivered unless it answers with 2xx. No redirect is followed."""
    data = body.encode()
    headers = CIMultiDict({hdrs.CONTENT_TYPE: target.content_type, hdrs.USER_AGENT: user_agent.OURS})
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
