"""What somebody writes with the client that openapi-python-client made; mypy --strict reads it, too.

client_session.py ADDRESS TOKEN
"""

import sys
from datetime import UTC, datetime, timedelta

from errorhelp_client import AuthenticatedClient
from errorhelp_client.api.messages import (
    change_message,
    end_message,
    extend_message,
    get_message,
    list_messages,
    post_message,
    preview_message,
)
from errorhelp_client.api.service import get_status
from errorhelp_client.models import (
    Extension,
    Message,
    Messages,
    MessageValues,
    NewMessage,
    NewMessageTextType1,
    Preview,
    Problem,
    Severity,
    State,
    Status,
)
from errorhelp_client.types import UNSET, Unset

client = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2])

status = get_status.sync(client=client)
assert isinstance(status, Status)
print("errorhelp", status.version, "has", status.infobases, "infobases")

text = NewMessageTextType1.from_dict({"en": "Wait", "ru": "Ждите"})
new = NewMessage(targets=["erp"], text=text, severity=Severity.OUTAGE, duration="1h")
preview = preview_message.sync(client=client, body=new)
assert isinstance(preview, Preview)
print("it would be shown at", preview.infobases)

posted = [post_message.sync(client=client, body=new, idempotency_key="one") for _ in range(2)]
message, again = posted
assert isinstance(message, Message)
assert isinstance(again, Message)
assert message.id == again.id
print("posted once:", message.id, message.state.value, "until", f"{message.ends_at:%H:%M}")

longer = extend_message.sync(message.id, client=client, body=Extension(by="30m"))
assert isinstance(longer, Message)
assert longer.ends_at - message.ends_at == timedelta(minutes=30)

answer = get_message.sync_detailed(message.id, client=client)
etag = answer.headers["ETag"]
values = MessageValues(targets=["*"], text="Soon", ends_at=datetime.now(UTC) + timedelta(hours=2))
changed = change_message.sync(message.id, client=client, body=values, if_match=etag)
assert isinstance(changed, Message)
assert changed.severity is Severity.INFO
stale = change_message.sync(message.id, client=client, body=values, if_match=etag)
assert isinstance(stale, Problem)
assert isinstance(stale.message, Message)
print("a change of what was changed meanwhile:", stale.status, stale.title)

for number in range(4):
    post_message.sync(client=client, body=NewMessage(targets=["erp"], text=f"{number}", duration="1h"))
found: list[Message] = []
cursor: str | Unset = UNSET
while True:
    page = list_messages.sync(client=client, state=[State.ACTIVE], limit=2, cursor=cursor)
    assert isinstance(page, Messages)
    found += page.messages
    if page.next_ is None:
        break
    cursor = page.next_
print("on pages of two:", len(found), "messages")

ended = end_message.sync(message.id, client=client)
assert isinstance(ended, Message)
print("ended:", ended.state.value)
