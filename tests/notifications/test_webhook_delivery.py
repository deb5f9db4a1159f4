"""What becomes of a webhook that cannot even be sent."""

from datetime import UTC, datetime

import pytest

from errorhelp.notifications import webhook
from errorhelp.notifications.delivery_errors import Undelivered
from errorhelp.notifications.notification_target import NotificationTarget


async def test_a_webhook_that_says_twice_who_sends_it_is_treated_as_any_that_is_not_delivered() -> None:
    target = NotificationTarget(
        id="desk",
        language="en",
        zone=UTC,
        infobases=frozenset({"erp"}),
        webhook="http://anna:s3cret@127.0.0.1:9/",
        headers={"Authorization": "Bearer t"},
    )
    with pytest.raises(Undelivered) as raised:
        await webhook.post(target, "0" * 32, "{}", datetime(2026, 11, 21, tzinfo=UTC))
    assert "s3cret" not in str(raised.value)
