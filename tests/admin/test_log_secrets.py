"""No secret is in the log, at any level: whoever reads it, in one place for all machines, can do nothing with it."""

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from admin_api import AUTHORIZED, TOKEN, admin_api
from receivers import Webhook, webhook
from signing_in import PASSWORD, browser, user, users

from errorhelp.service.forwarder import Forwarder
from errorhelp.service.report_intake import Intake

pytestmark = pytest.mark.integration

SIGNING = "whsec_c2VjcmV0IG9mIGEgd2ViaG9vayB0aGF0IGlzIGxvbmc="


@pytest.fixture
def everything(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Every line of every library, debug included, with its traceback."""
    with caplog.at_level(logging.DEBUG):
        yield caplog


@pytest.fixture
async def desk() -> AsyncIterator[Webhook]:
    async with webhook() as served:
        yield served


def found(caplog: pytest.LogCaptureFixture, *secrets: str) -> list[str]:
    """The lines that hold any of the secrets."""
    assert all(len(secret) > 5 for secret in secrets)
    formatter = logging.Formatter()
    lines = [formatter.format(record) for record in caplog.records]
    assert lines, "debug is on"
    return [line for line in lines if any(secret in line for secret in secrets)]


async def test_no_link_key_or_sign_in_is_in_it(tmp_path: Path, everything: pytest.LogCaptureFixture) -> None:
    async with admin_api(tmp_path) as api, browser(api.url) as somebody:
        link = (await api.get("/api/v1/first-link")).document["link"]
        path, _, key = link.removeprefix(api.url).partition("?key=")
        await somebody.get(f"{path}?key={key}")
        await somebody.post(path, {"key": f"{key}-wrong"})
        await somebody.post(path, {"key": key})
        assert (await somebody.get("/tokens")).status == 200
        cookie = somebody.secret
    assert found(everything, key, TOKEN, cookie) == []


async def test_no_password_is_in_it_right_or_wrong(
    tmp_path: Path, everything: pytest.LogCaptureFixture
) -> None:
    async with admin_api(tmp_path, admin=users(user("anna", "admin"))) as api, browser(api.url) as anna:
        for password in ("wrong password", PASSWORD):
            await anna.post("/sign-in", {"name": "anna", "password": password})
            api.clock.go_on(minutes=2)
        assert await anna.is_signed_in()
    assert "sign-in of 'anna' from 127.0.0.1 failed" in everything.text
    assert found(everything, "wrong password", PASSWORD, "$argon2id$") == []


async def test_no_token_is_in_it_good_or_bad(tmp_path: Path, everything: pytest.LogCaptureFixture) -> None:
    async with admin_api(tmp_path) as api:
        made = (await api.post("/api/v1/tokens", {"name": "script", "role": "viewer"})).document
        script = {"Authorization": f"Bearer {made['token']}"}
        assert (await api.get("/api/v1/me", headers=script)).document["name"] == "script"
        await api.post(f"/api/v1/tokens/{made['id']}/revoke")
        assert (await api.get("/api/v1/me", headers=script)).status == 401
        assert (await api.get("/api/v1/me", headers={"Authorization": "Bearer guessed-token"})).status == 401
    assert "token" in everything.text
    assert found(everything, made["token"], "guessed-token", TOKEN) == []


async def test_nothing_secret_of_a_webhook_is_in_it(
    tmp_path: Path, desk: Webhook, everything: pytest.LogCaptureFixture
) -> None:
    headers = "headers: {Authorization: Bearer s3cret-of-the-desk}"
    target = f"{{id: desk, webhook: '{desk.url}?key=s3cretquery', secret: {SIGNING}, {headers}}}"
    reports = f"enabled: true, forward: [{target}]"
    async with admin_api(tmp_path, reports=reports) as api:
        for desk.status, desk.hangs in ((200, False), (500, False), (410, False)):
            await api.post("/api/v1/targets/desk/test")
        intake, forwarder = Intake(api.service, api.store), Forwarder(api.service, api.store)
        await forwarder.work()
        api.clock.go_on(minutes=1)
        intake.take("erp", b"No licence", "text/plain", "10.0.0.7")
        await intake.write()
        for _ in range(3):
            await forwarder.work()
            await forwarder.settle()
            api.clock.go_on(hours=1)
        desk_is_gone = everything.text
    assert "desk" in desk_is_gone
    assert (
        found(everything, "s3cretpath", "s3cretquery", "s3cret-of-the-desk", SIGNING.removeprefix("whsec_"))
        == []
    )
    assert AUTHORIZED["Authorization"] not in everything.text
