"""What the documentation says of forwarding is so: its configurations can be used, its check of a signature works."""

import base64
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from configurations import read

from errorhelp.formats.standard_webhooks import read_key, signature
from errorhelp.notifications.notification import Occasion, example

# The first import of Apprise opens a socket.
pytestmark = pytest.mark.integration

DOCS = Path(__file__).parents[2] / "docs"
SECRET = "whsec_" + base64.b64encode(b"0123456789abcdefghijklmnopqrstuv").decode()
INFOBASES = "languages: [ru, en]\ninfobases: [{id: erp, name: ERP, connect: {file: x}, folder: /Finance}]\n"
ENVIRONMENT = {
    "DESK_MAIL": "mailtos://errorhelp:password@mail.example.com?to=desk@example.com",
    "BITRIX_WEBHOOK": "https://example.bitrix24.ru/rest/1/0123456789/tasks.task.add.json",
    "JIRA_AUTHORIZATION": "Bearer 0123456789",
    "GLPI_APP_TOKEN": "0123456789",
}


def blocks(language: str, begin: str) -> list[str]:
    """The indented blocks of the page that begin so, without their indent."""
    text = (DOCS / language / "reports.md").read_text("utf-8")
    found = re.findall(r"(?:^(?:    .*|)\n)+", text, re.MULTILINE)
    unindented = [re.sub(r"^    ", "", block.strip("\n"), flags=re.MULTILINE) for block in found]
    return [block for block in unindented if block.startswith(begin)]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_configuration_on_the_page_can_be_used(tmp_path: Path, language: str) -> None:
    (tmp_path / "desk.secret").write_text(SECRET)
    targets: dict[str, str] = {}
    for block in blocks(language, "reports:\n"):
        loaded = read(tmp_path, f"{INFOBASES}{block}\n", ENVIRONMENT)
        first = example(Occasion.FIRST, datetime.now(UTC))
        targets |= {name: each.written("1", first)[1] for name, each in loaded.targets.items()}
    assert targets.keys() == {"mail", "finance", "telegram", "mattermost", "jira", "bitrix", "glpi"}
    assert '"PRIORITY": 1' in targets["bitrix"]
    assert "<br>" in json.loads(targets["glpi"])["input"]["content"]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_check_of_a_signature_on_the_page_takes_ours_and_no_other(language: str) -> None:
    (code,) = blocks(language, "import base64")
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - it is our own
    sent_at = datetime.now(UTC)

    def is_genuine(body: bytes, *, seconds_ago: int = 0) -> bool:
        headers = {
            "webhook-id": "1",
            "webhook-timestamp": str(int(sent_at.timestamp()) - seconds_ago),
            "webhook-signature": signature(read_key(SECRET), "1", sent_at, b"{}"),
        }
        return bool(names["is_genuine"](headers, body, SECRET))

    assert is_genuine(b"{}")
    assert not is_genuine(b"{ }")
    assert not is_genuine(b"{}", seconds_ago=1)
