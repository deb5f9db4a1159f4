"""The first start, when nobody is configured: a link that signs in once, on the machine itself."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from admin_api import CONFIGURATION, AdminApi, admin_api
from command import COMMAND, environment, run, serving
from ports import HOST, free_port
from signing_in import browser, user, users

pytestmark = pytest.mark.integration


def link(api: AdminApi) -> tuple[str, str]:
    """Path and key of the link."""
    assert api.listener.first_link is not None
    path, _, key = api.listener.first_link.removeprefix(api.url).partition("?key=")
    return path, key


async def test_the_link_signs_an_admin_in_once(tmp_path: Path) -> None:
    async with admin_api(tmp_path) as api, browser(api.url) as first, browser(api.url) as second:
        path, key = link(api)
        for _ in range(2):
            # Looking at it, as previews of links do, does not use it up.
            shown = await first.get(f"{path}?key={key}")
            assert f'name="key" value="{key}"' in shown.text
        used = await first.post(path, {"key": key})
        assert (used.status, used.location) == (303, "/")
        assert (await first.get("/tokens")).status == 200
        assert (await second.post(path, {"key": key})).status == 403
        assert not await second.is_signed_in()
        assert api.listener.first_link is None


@pytest.mark.parametrize("key", ["", "wrong", "x" * 5000, "\u00ff"])
async def test_a_wrong_key_signs_nobody_in(tmp_path: Path, key: str) -> None:
    async with admin_api(tmp_path) as api, browser(api.url) as somebody:
        path, good = link(api)
        assert (await somebody.post(path, {"key": key})).status == 403
        assert not await somebody.is_signed_in()
        assert (await somebody.post(path, {"key": good})).status == 303


async def test_a_link_that_is_not_good_says_why_and_what_to_do(tmp_path: Path) -> None:
    async with admin_api(tmp_path) as api, browser(api.url, Accept_Language="en") as somebody:
        path, key = link(api)
        mistaken = await somebody.get(f"{path}?key={key[:-1]}")
        assert mistaken.status == 403
        assert "copy the whole link that errorhelp user first-link prints" in mistaken.text
        assert '<form method="post" action="/sign-in/first">' not in mistaken.text
        await somebody.post(path, {"key": key})
        assert "This link has already been used" in (await somebody.get(f"{path}?key={key}")).text
        admin = users(user("anna", "admin"))
        api.configuration.write_text(f"{CONFIGURATION}admin: {{{admin}}}\n", "utf-8")
        await api.post("/api/v1/reload")
        assert "This link is no longer needed" in (await somebody.get(f"{path}?key={key}")).text


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "198.51.100.7"},
        {"Forwarded": "for=198.51.100.7"},
        {"Via": "1.1 proxy"},
        {"Host": "10.0.0.5:8081"},
        {"Host": "errorhelp.example.com"},
    ],
    ids=str,
)
async def test_whoever_does_not_sit_at_the_machine_cannot_use_it(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    async with admin_api(tmp_path, admin="url: https://errorhelp.example.com") as api:
        path, key = link(api)
        async with browser(api.url) as somebody:
            own = {"Sec-Fetch-Site": "same-origin"}
            assert (await somebody.ask("POST", path, {"key": key}, own | headers)).status == 403
            assert (await somebody.ask("GET", f"{path}?key={key}", headers=headers)).status == 403
            assert not await somebody.is_signed_in()
        assert link(api) == (path, key)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
async def test_the_machine_may_be_called_by_its_own_names(tmp_path: Path, name: str) -> None:
    async with admin_api(tmp_path) as api, browser(api.url) as somebody:
        path, key = link(api)
        headers = {"Host": f"{name}:8081", "Sec-Fetch-Site": "same-origin"}
        assert (await somebody.ask("POST", path, {"key": key}, headers)).status == 303


async def test_once_somebody_is_configured_the_link_and_who_used_it_are_out(tmp_path: Path) -> None:
    async with admin_api(tmp_path) as api, browser(api.url) as first, browser(api.url) as late:
        path, key = link(api)
        await first.post(path, {"key": key})
        assert await first.is_signed_in()
        admin = users(user("anna", "admin"))
        api.configuration.write_text(f"{CONFIGURATION}admin: {{{admin}}}\n", "utf-8")
        await api.post("/api/v1/reload")
        assert api.listener.first_link is None
        assert not await first.is_signed_in()
        assert (await late.post(path, {"key": key})).status == 403


async def test_when_somebody_is_configured_there_is_no_link(tmp_path: Path) -> None:
    async with admin_api(tmp_path, admin=users(user("anna", "viewer"))) as api:
        assert api.listener.first_link is None


async def test_the_form_says_where_the_link_is(tmp_path: Path) -> None:
    async with admin_api(tmp_path) as api, browser(api.url, Accept_Language="en") as somebody:
        assert (
            "errorhelp user first-link on this server: it prints a link"
            in (await somebody.get("/sign-in")).text
        )


def test_a_command_prints_the_link_and_the_log_names_it(tmp_path: Path) -> None:
    config, state = tmp_path / "errorhelp.yaml", tmp_path / "state"
    config.write_text("infobases: [{id: erp, name: ERP, connect: {server: s, ref: r}}]\n", "utf-8")
    with serving(state, config) as service:
        printed = run(state, "user", "first-link")
        assert printed.stdout.startswith(f"{service.admin}/sign-in/first?key=")
        assert "errorhelp user first-link" in "".join(service.log_so_far())
        key = printed.stdout.strip().partition("?key=")[2]
        assert key not in "".join(service.log_so_far())
        config.write_text(config.read_text("utf-8") + f"admin: {{{users(user('anna', 'admin'))}}}\n", "utf-8")
        assert run(state, "reload").returncode == 0
        refused = run(state, "user", "first-link")
        assert (refused.returncode, "there is no link: users are configured" in refused.stderr) == (1, True)


@pytest.mark.skipif(os.name != "posix", reason="a terminal of POSIX")
def test_whoever_starts_the_service_in_a_terminal_reads_the_link_there(tmp_path: Path) -> None:
    config = tmp_path / "errorhelp.yaml"
    config.write_text("infobases: [{id: erp, name: ERP, connect: {server: s, ref: r}}]\n", "utf-8")
    ours, theirs = os.openpty()
    listen = ("--public", f"{HOST}:{free_port()}", "--admin", f"{HOST}:{free_port()}")
    command = [*COMMAND, "serve", "--config", str(config), *listen]
    with subprocess.Popen(command, env=environment(tmp_path / "state"), stderr=theirs) as process:
        os.close(theirs)
        with os.fdopen(ours, encoding="utf-8") as terminal:
            line = next(line for line in terminal if "no users yet" in line)
            process.terminate()
            # Reading what is left fails on Linux once nobody writes any more.
            with suppress(OSError):
                terminal.read()
    assert "sign in on this machine, once: http://" in line
    assert "/sign-in/first?key=" in line
