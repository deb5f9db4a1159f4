"""The API keeps what its OpenAPI document promises, whatever is sent: schemathesis asks a running service."""

import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from command import Running, environment, run, serving

pytestmark = pytest.mark.more

CONFIGURATION = """
help: {text: Call 112}
folders: [{path: /Finance}]
infobases:
  - {id: erp, name: ERP, connect: {server: srv, ref: ERP}, folder: /Finance}
  - {id: crm, name: CRM, connect: {server: srv, ref: CRM}}
message_templates:
  - {id: outage, name: Outage, text: The server is down}
reports: {enabled: true}
"""

# A change without a revision is answered with 428 (RFC 6585), which schemathesis does not expect by itself.
# "Valid" to it is also a message that ends in the past or a folder that nobody has.
CHECKS = """
[checks]
positive_data_acceptance.enabled = false
missing_required_header.expected-statuses = ["400", "428"]
"""
WITH_AN_ID = """
[[operations]]
include-name = "{operation}"
parameters = {{ id = "{id}" }}
"""


def ids_by_operation(service: Running, token: str) -> dict[str, str]:
    """Something to be found by each of the operations on one thing."""

    def ask(path: str, body: object = None) -> dict[str, object]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{service.admin}/api/v1/{path}", data, headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            document: dict[str, object] = json.load(answer)
            return document

    message = ask("messages", {"targets": ["erp"], "text": "Wait", "duration": "1h"})["id"]
    template = ask("templates", {"name": "Server down", "text": "The server is down until {until}"})["id"]
    window = ask(
        "windows",
        {
            "targets": ["erp"],
            "text": "Wait",
            "starts_at": "2026-11-22 02:00",
            "duration": "1h",
            "rule": "FREQ=DAILY",
        },
    )["id"]
    return {
        "GET /api/v1/templates/{id}": str(template),
        "PUT /api/v1/templates/{id}": str(template),
        "GET /api/v1/windows/{id}": str(window),
        "PUT /api/v1/windows/{id}": str(window),
        "GET /api/v1/windows/{id}/events": str(window),
        "POST /api/v1/windows/{id}/end": str(window),
        "GET /api/v1/messages/{id}": str(message),
        "PUT /api/v1/messages/{id}": str(message),
        "GET /api/v1/messages/{id}/events": str(message),
        "POST /api/v1/messages/{id}/extend": str(message),
        "POST /api/v1/messages/{id}/end": str(message),
    }


def test_no_request_makes_an_answer_that_the_document_does_not_announce(tmp_path: Path) -> None:
    configuration = tmp_path / "errorhelp.yaml"
    configuration.write_text(CONFIGURATION, "utf-8")
    with serving(tmp_path / "state", configuration) as service:
        token = (tmp_path / "state" / "token").read_text("ascii").strip()
        known = ids_by_operation(service, token).items()
        settings = tmp_path / "schemathesis.toml"
        settings.write_text(
            CHECKS + "".join(WITH_AN_ID.format(operation=each, id=id) for each, id in known), "utf-8"
        )
        asked = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file", settings),
                *(
                    "run",
                    f"{service.admin}/api/v1/openapi.json",
                    "--header",
                    f"Authorization: Bearer {token}",
                ),
                *("--max-examples", "15", "--no-color", "--generation-database", "none"),
            ],
            cwd=tmp_path,
            env=environment(tmp_path / "state"),
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )
        assert asked.returncode == 0, asked.stdout
        assert run(tmp_path / "state", "status").returncode == 0
    operations, tested = re.findall(r"(?:Selected|Tested): (\d+)", asked.stdout)
    assert operations == tested
