"""Delivery: one notification to one target, once; and how long to wait when that failed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from errorhelp.notifications import apprise_service, webhook
from errorhelp.notifications.delivery_errors import Undelivered
from errorhelp.notifications.mail_headers import mail_headers
from errorhelp.notifications.notification_target import NotificationTarget
from errorhelp.notifications.notification_texts import UnusableBody
from errorhelp.text.texts import one_line

_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(minutes=10)
_LONGEST_REASON = 500


async def deliver(
    target: NotificationTarget, entry_id: str, document: Mapping[str, Any], now: datetime
) -> None:
    """Hand a notification's document to the target; Undelivered, without secrets, if it did not take it."""
    try:
        title, body = target.written(entry_id, document)
        if target.webhook:
            await webhook.post(target, entry_id, body, now)
        else:
            headers = partial(mail_headers, target.id, document)
            await apprise_service.send(target.apprise, title, body, target.public_host, headers)
    except UnusableBody as error:
        raise Undelivered(f"the body cannot be made: {error}", is_final=True) from None
    except Undelivered as error:
        reason = target.without_secrets(one_line(error.reason))[:_LONGEST_REASON]
        raise Undelivered(reason, is_final=error.is_final, retry_after=error.retry_after) from None


def pause(attempts: int, chance: float, retry_after: timedelta | None = None) -> timedelta:
    """How long to wait after so many failed attempts: anything up to a bound that doubles, but not less than asked.

    `chance` is from 0 to 1, so that not all who wait come back at once ("full jitter").
    """
    longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * (1 << min(attempts - 1, 20)))
    return max(longest * chance, retry_after or timedelta())
