"""The same without scripts: forms, links, and what keeps the pages safe."""

import asyncio
import io
import re

import pytest
from aiohttp import ClientSession
from pages_site import HOUR, NOON, PagesSite, without_scripts

FORM = (("severity", "outage"), ("start", "now"), ("end", "1h"), ("text-ru", "Ждите"), ("text-en", ""))


async def test_a_message_is_written_previewed_confirmed_changed_and_ended(site: PagesSite) -> None:
    async with without_scripts(site) as script:
        _, page = await script.send("/write", *FORM, ("to", "erp"), ("action", "template:down"))
        assert "{infobase} не работает" in page
        assert re.search(r'name="to" value="erp" checked', page)
        _, page = await script.send(
            "/write", *FORM, ("to", "/Finance"), ("find", "mes"), ("action", "preview")
        )
        assert "2 infobases" in page
        assert "3 of 5" not in page
        # On a phone what was asked for is far below the button.
        assert 'formaction="/write#meant"' in page and 'id="meant"' in page
        status, page = await script.send("/write", *FORM, ("to", "*"), ("action", "post"))
        assert "This goes to 5 of 5 infobases" in page
        fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
        status, page = await script.send("/write", *fields, ("action", "post"))
        assert status == 200
        assert "Ждите" in page
        (message,) = await site.messages()
        assert message.targets == ("*",)
        change = f"/messages/{message.id}/change"
        _, page = await script.get(change)
        assert 'name="ends_at" value="2026-11-21T16:00"' in page
        changed = (*FORM, ("to", "mes"), ("revision", "1"), ("changes", message.id), ("action", "post"))
        await script.send(change, *changed)
        assert (await site.service.message(message.id)).targets == ("mes",)
        status, page = await script.send(change, *changed)
        assert status == 412
        assert "Someone else has changed this message" in page
        await script.send(f"/messages/{message.id}/extend", ("by", "30m"))
        assert (await site.service.message(message.id)).ends_at == NOON + HOUR * 1.5
        await script.send(f"/messages/{message.id}/end")
        assert (await site.service.message(message.id)).ended_at == NOON
        status, page = await script.send(f"/messages/{message.id}/extend", ("by", "30m"))
        assert status == 409
        assert "Too late" in page


async def test_enter_in_a_field_of_the_form_posts_nothing(site: PagesSite) -> None:
    async with without_scripts(site) as script:
        _, page = await script.get("/write")
        form = page[page.index('<form id="write"') :]
        assert re.search(r"<button[^>]*>", form)[0].count('value="preview"') == 1  # type: ignore[index]
        await script.send("/write", *FORM, ("to", "erp"))
        assert await site.messages() == []


async def test_maintenance_is_skipped_moved_and_restored(site: PagesSite) -> None:
    async with without_scripts(site) as script:
        nightly = next(each.id for each in site.service.snapshot.planned if each.window == "nightly")
        _, page = await script.send(f"/planned/{nightly}", ("action", "skip"), ("back", "/planned"))
        assert "skipped" in page
        await script.send(f"/planned/{nightly}", ("action", "restore"))
        move = (("action", "move"), ("starts_at", "2026-11-21T20:00"), ("back", "/planned"))
        _, page = await script.send(f"/planned/{nightly}", *move)
        assert "moved from" in page
        status, _ = await script.send(f"/planned/{nightly}", ("action", "end"))
        assert status == 409
        status, _ = await script.send("/planned/nightly@20260101T000000Z", ("action", "skip"))
        assert status == 404


async def test_requests_are_captured_and_the_language_switched(site: PagesSite) -> None:
    async with without_scripts(site) as script:
        await script.send("/requests", ("action", "capture"))
        assert site.asked.capture_until is not None
        _, page = await script.send("/language", ("language", "ru"), ("back", "/planned"))
        assert '<html lang="ru">' in page
        assert "<h1>План</h1>" in page


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/a\r\nb"]
)
async def test_no_form_leads_away_from_here(site: PagesSite, back: str) -> None:
    async with without_scripts(site) as script:
        answer = await script._http.post(
            site.url + "/language",
            data={"language": "ru", "back": back},
            headers={"Origin": site.url},
            allow_redirects=False,
        )
        assert answer.headers["Location"] == "/"


async def test_every_page_has_the_strict_policy_and_is_kept_by_nobody(site: PagesSite) -> None:
    message = await site.post()
    async with without_scripts(site) as script:
        for path in ("/", "/write", f"/messages/{message.id}", "/planned", "/settings", "/infobases/gone"):
            async with script._http.get(site.url + path) as answer:
                policy = answer.headers["Content-Security-Policy"]
                page = await answer.text()
            assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
            assert "frame-ancestors 'none'" in policy
            assert answer.headers["Cache-Control"] == "no-store"
            assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", page)


async def test_styles_and_scripts_are_kept_until_their_contents_change(site: PagesSite) -> None:
    async with without_scripts(site) as script, ClientSession() as nobody:
        _, page = await script.get("/")
        address = re.search(r'href="(/static/[^"]+\.css)"', page)
        assert address is not None
        async with nobody.get(site.url + address[1]) as answer:
            assert answer.status == 200
            assert "immutable" in answer.headers["Cache-Control"]
        digest, name = address[1].split("/")[2:]
        async with nobody.get(f"{site.url}/static/{'0' * len(digest)}/{name}") as answer:
            assert answer.headers["Cache-Control"] == "no-store"
        for gone in ("none.css", ".keep", "..%2Fpyproject.toml"):
            async with nobody.get(f"{site.url}/static/{digest}/{gone}") as answer:
                assert answer.status == 404


async def test_a_change_from_a_page_of_somebody_else_is_refused(site: PagesSite) -> None:
    message = await site.post()
    async with without_scripts(site) as script:
        answer = await script._http.post(
            f"{site.url}/messages/{message.id}/end",
            headers={"Origin": "https://evil.example"},
            data={"a": "b"},
        )
        assert answer.status == 403
    assert (await site.service.message(message.id)).ended_at is None


async def test_whoever_has_not_signed_in_is_led_to_the_sign_in(site: PagesSite) -> None:
    async with ClientSession() as nobody, nobody.get(site.url + "/planned", allow_redirects=False) as answer:
        assert answer.status == 303
        assert answer.headers["Location"] == "/sign-in?to=%2Fplanned"


@pytest.mark.parametrize(
    ("name", "path", "field", "status"),
    [
        ("vera", "/write", ("action", "post"), 403),
        ("vera", "/planned/nightly@20261121T230000Z", ("action", "skip"), 403),
        ("edik", "/settings", ("action", "reload"), 403),
        ("edik", "/requests", ("action", "capture"), 403),
        ("fedor", "/planned/release@20261220T200000Z", ("action", "skip"), 403),
    ],
)
async def test_nobody_does_by_form_what_their_role_is_not_for(
    site: PagesSite, name: str, path: str, field: tuple[str, str], status: int
) -> None:
    async with without_scripts(site, name) as script:
        answer_status, page = await script.send(path, field)
    assert answer_status == status
    assert "You do not have permission" in page


async def test_fields_that_no_browser_sends_are_answered_with_an_error_and_do_nothing(
    site: PagesSite,
) -> None:
    message = await site.post()
    async with without_scripts(site) as script:
        for path, status in [(f"/messages/{message.id}/extend", 400), ("/planned/nightly@x", 400)]:
            answer_status, _ = await script.send(path, ("by", "9999d"))
            assert answer_status == status
        origin = {"Origin": site.url}
        async with script._http.post(site.url + "/write", json={"a": 1}, headers=origin) as answer:
            assert answer.status == 415
        form = origin | {"Content-Type": "application/x-www-form-urlencoded"}
        big = io.BytesIO(b"text-ru=" + b"x" * 3_000_000)
        async with script._http.post(site.url + "/write", data=big, headers=form) as answer:
            assert answer.status == 413
            assert "Too much text" in await answer.text()


async def test_a_stream_signals_every_change_and_ends_at_shutdown_at_once(site: PagesSite) -> None:
    async with without_scripts(site) as script, script._http.get(site.url + "/events") as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        assert await stream.content.readline() == b"event: hello\n"
        await site.post()
        while (line := await stream.content.readline()) != b"event: change\n":
            assert line != b""
        # Five seconds is how long requests that go on are waited for.
        async with asyncio.timeout(4):
            await site.listener.stop()
            assert await stream.content.read() is not None
