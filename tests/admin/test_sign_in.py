"""Signing in with a password: what opens, how long, how it ends, and what keeps others out."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from admin_api import CONFIGURATION, AdminApi, admin_api
from argon2 import PasswordHasher
from signing_in import EVERYBODY, HASH, OTHER_HASH, PASSWORD, Browser, Page, browser, user, users

pytestmark = pytest.mark.integration


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[AdminApi]:
    async with admin_api(tmp_path, admin=EVERYBODY) as api:
        yield api


@pytest.fixture
async def anna(api: AdminApi) -> AsyncIterator[Browser]:
    """Anna's browser, in which she signed in."""
    async with browser(api.url) as anna:
        assert (await anna.sign_in("anna")).status == 303
        yield anna


async def put_in_force(api: AdminApi, admin: str) -> None:
    """Other settings under `admin`."""
    api.configuration.write_text(f"{CONFIGURATION}admin: {{{admin}}}\n", "utf-8")
    answer = await api.post("/api/v1/reload")
    assert answer.document["configuration"]["refused"] is None


async def test_whoever_comes_is_led_to_the_form_and_afterwards_back_to_where_they_wanted(
    api: AdminApi,
) -> None:
    async with browser(api.url) as anna:
        led = await anna.get("/tokens?from=mail")
        assert (led.status, led.location) == (303, "/sign-in?to=%2Ftokens%3Ffrom%3Dmail")
        form = await anna.get(led.location)
        assert 'name="to" value="/tokens?from=mail"' in form.text
        signed_in = await anna.sign_in("anna", to="/tokens?from=mail")
        assert (signed_in.status, signed_in.location) == (303, "/tokens?from=mail")
        assert (await anna.get("/tokens")).status == 200
        assert (await anna.get("/sign-in?to=/account")).location == "/account"


@pytest.mark.parametrize(
    "to", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:x", ""]
)
async def test_nobody_is_led_to_another_site(api: AdminApi, to: str) -> None:
    async with browser(api.url) as anna:
        assert (await anna.sign_in("anna", to=to)).location == "/"


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("anna", "wrong"),
        ("anna", ""),
        ("anna", PASSWORD.upper()),
        ("nobody", PASSWORD),
        ("", ""),
        ("x" * 5000, "x"),
    ],
)
async def test_what_does_not_fit_signs_nobody_in_and_does_not_say_what_was_wrong(
    api: AdminApi, name: str, password: str
) -> None:
    async with browser(api.url) as somebody:
        refused = await somebody.sign_in(name, password)
        assert refused.status == 403
        assert "Wrong name or password." in refused.text
        assert "Set-Cookie" not in refused.headers
        assert not await somebody.is_signed_in()


async def test_the_log_names_who_failed_in_one_line_of_readable_letters(
    api: AdminApi, caplog: pytest.LogCaptureFixture
) -> None:
    async with browser(api.url) as somebody:
        await somebody.sign_in("Анна\n\u202eok", "wrong")
    assert r"sign-in of 'Анна\n\u202eok' from 127.0.0.1 failed" in caplog.text


async def test_a_name_may_be_typed_in_any_case(api: AdminApi) -> None:
    async with browser(api.url) as anna:
        await anna.sign_in(" Anna ")
        assert "<bdi>anna</bdi>" in (await anna.get("/account")).text


async def test_the_cookie_is_kept_from_scripts_and_other_sites(api: AdminApi) -> None:
    async with browser(api.url) as anna:
        cookie = (await anna.sign_in("anna")).headers["Set-Cookie"]
    assert re.fullmatch(r"errorhelp=[\w-]{43}; HttpOnly; Max-Age=604800; Path=/; SameSite=Strict", cookie), (
        cookie
    )


async def test_behind_https_the_cookie_never_travels_without_it(tmp_path: Path) -> None:
    admin = users(user("anna", "admin"), more="url: https://errorhelp.example.com")
    async with (
        admin_api(tmp_path, admin=admin) as api,
        browser(api.url, Host="errorhelp.example.com") as anna,
    ):
        cookie = (await anna.sign_in("anna")).headers["Set-Cookie"]
        assert re.fullmatch(
            r"__Host-errorhelp=([\w-]{43}); HttpOnly; Max-Age=604800; Path=/; SameSite=Strict; Secure", cookie
        ), cookie
        # The test's browser rightly keeps it back over HTTP.
        assert (await anna.get("/account", Cookie=cookie.partition(";")[0])).status == 200
        out = await anna.post("/sign-out", Cookie=cookie.partition(";")[0], Sec_Fetch_Site="same-origin")
        assert out.headers["Set-Cookie"].endswith("HttpOnly; Max-Age=0; Path=/; SameSite=Strict; Secure")


# How long it lasts


async def test_signing_out_ends_it_for_whoever_copied_the_cookie_too(api: AdminApi, anna: Browser) -> None:
    copied = anna.secret
    out = await anna.post("/sign-out")
    assert (out.status, out.location) == (303, "/sign-in")
    assert anna.secret == ""
    assert not await anna.is_signed_in()
    async with browser(api.url) as thief:
        assert (await thief.get("/account", Cookie=f"errorhelp={copied}")).status == 303


async def test_signing_out_everywhere_ends_all_of_ones_own_and_no_others(
    api: AdminApi, anna: Browser
) -> None:
    async with browser(api.url) as her_phone, browser(api.url) as vera:
        await her_phone.sign_in("anna")
        await vera.sign_in("vera")
        await anna.post("/sign-out", {"everywhere": "1"})
        assert not await anna.is_signed_in()
        assert not await her_phone.is_signed_in()
        assert await vera.is_signed_in()


async def test_it_ends_after_twelve_hours_without_use(api: AdminApi, anna: Browser) -> None:
    api.clock.go_on(hours=12, seconds=-1)
    assert await anna.is_signed_in()
    api.clock.go_on(hours=12, seconds=-1)
    assert await anna.is_signed_in()
    api.clock.go_on(hours=12)
    assert not await anna.is_signed_in()


async def test_it_ends_after_seven_days_however_much_it_is_used(api: AdminApi, anna: Browser) -> None:
    for _ in range(7 * 24 - 1):
        api.clock.go_on(hours=1)
        assert await anna.is_signed_in()
    api.clock.go_on(hours=1)
    assert not await anna.is_signed_in()


async def test_how_long_it_lasts_is_a_setting(tmp_path: Path) -> None:
    admin = users(user("anna", "admin"), more="sign_in_idle: 10m, sign_in_longest: 15m")
    async with admin_api(tmp_path, admin=admin) as api, browser(api.url) as anna:
        await anna.sign_in("anna")
        api.clock.go_on(minutes=9)
        assert await anna.is_signed_in()
        api.clock.go_on(minutes=6)
        assert not await anna.is_signed_in()


@pytest.mark.parametrize(
    "admin",
    [
        users(user("boris", "admin")),
        users(user("anna", "admin", password_hash=OTHER_HASH)),
        users("{name: anna, role: admin}", more="trusted_proxies: 10.0.0.1, user_header: Remote-User"),
    ],
    ids=["removed", "another password", "no password"],
)
async def test_whoever_the_configuration_no_longer_lets_in_is_out_at_once(
    api: AdminApi, anna: Browser, admin: str
) -> None:
    await put_in_force(api, admin)
    assert not await anna.is_signed_in()


async def test_another_role_holds_at_once(api: AdminApi, anna: Browser) -> None:
    assert (await anna.get("/tokens")).status == 200
    await put_in_force(api, users(user("anna", "viewer")))
    refused = await anna.get("/tokens")
    assert refused.status == 403
    assert "Your role is “Viewer”, but this requires “Admin”." in refused.text


async def test_it_outlives_a_restart(tmp_path: Path) -> None:
    async with admin_api(tmp_path, admin=EVERYBODY) as api, browser(api.url) as anna:
        await anna.sign_in("anna")
        secret = anna.secret
    async with admin_api(tmp_path, admin=EVERYBODY) as api, browser(api.url) as anna:
        assert (await anna.get("/account", Cookie=f"errorhelp={secret}")).status == 200


# Guessing


async def test_wrong_passwords_make_the_next_attempt_wait_even_with_the_right_one(api: AdminApi) -> None:
    async with browser(api.url) as somebody:
        waits = []
        for _ in range(4):
            assert (await somebody.sign_in("anna", "wrong")).status == 403
            too_soon = await somebody.sign_in("anna")
            assert too_soon.status == 429
            assert f"Try again in {too_soon.headers['Retry-After']} second" in too_soon.text
            waits.append(int(too_soon.headers["Retry-After"]))
            api.clock.go_on(seconds=waits[-1])
        assert waits == [1, 2, 4, 8]
        assert (await somebody.sign_in("anna")).status == 303


async def test_attempts_that_come_together_are_no_way_around_the_wait(api: AdminApi) -> None:
    async with browser(api.url) as somebody:
        pages = await asyncio.gather(*(somebody.sign_in("anna", f"wrong {number}") for number in range(20)))
    assert sorted(page.status for page in pages) == [403] + 19 * [429]


async def test_guesses_from_many_addresses_keep_nobody_out_who_signed_in_before(tmp_path: Path) -> None:
    slow = PasswordHasher(time_cost=40, memory_cost=8192, parallelism=1).hash(PASSWORD)
    admin = users(user("anna", "admin", password_hash=slow), more="trusted_proxies: 127.0.0.1")
    async with admin_api(tmp_path, admin=admin) as api, browser(api.url) as anna, browser(api.url) as guest:

        async def sign_in(who: Browser, address: str, password: str) -> Page:
            return await who.sign_in("anna", password, X_Forwarded_For=address, Sec_Fetch_Site="same-origin")

        assert (await sign_in(anna, "198.51.100.7", PASSWORD)).status == 303
        guesses = [asyncio.create_task(sign_in(guest, f"203.0.113.{n}", "wrong")) for n in range(60)]
        await asyncio.wait(guesses, return_when=asyncio.FIRST_COMPLETED)
        assert (await sign_in(anna, "198.51.100.7", PASSWORD)).status == 303
        pages = await asyncio.gather(*guesses)
        refused = [page for page in pages if page.status == 503]
        assert len(refused) >= 40
        assert all(page.status == 403 for page in pages if page not in refused)
        assert all(int(page.headers["Retry-After"]) > 0 for page in refused)
        assert "Too many people are signing in right now." in refused[0].text
        # Nobody looked at those passwords: they are no wrong ones that one must wait after.
        address = f"203.0.113.{pages.index(refused[0])}"
        assert (await sign_in(guest, address, PASSWORD)).status == 303


async def test_one_who_guesses_from_elsewhere_does_not_keep_the_right_person_out(tmp_path: Path) -> None:
    admin = users(user("anna", "admin"), more="trusted_proxies: 127.0.0.1")
    async with admin_api(tmp_path, admin=admin) as api, browser(api.url) as guest, browser(api.url) as anna:
        for _ in range(12):
            page = await guest.sign_in(
                "anna", "wrong", X_Forwarded_For="203.0.113.9", Sec_Fetch_Site="same-origin"
            )
            assert page.status == 403
            api.clock.go_on(minutes=1)
        page = await guest.sign_in("anna", X_Forwarded_For="203.0.113.9", Sec_Fetch_Site="same-origin")
        await guest.sign_in("anna", "wrong", X_Forwarded_For="203.0.113.9", Sec_Fetch_Site="same-origin")
        page = await anna.sign_in("anna", X_Forwarded_For="198.51.100.7", Sec_Fetch_Site="same-origin")
        assert page.status == 303


async def test_whoever_pretends_another_address_waits_all_the_same(api: AdminApi) -> None:
    async with browser(api.url) as guest:
        await guest.sign_in("anna", "wrong", X_Forwarded_For="203.0.113.9", Sec_Fetch_Site="same-origin")
        page = await guest.sign_in(
            "anna", "wrong", X_Forwarded_For="203.0.113.10", Sec_Fetch_Site="same-origin"
        )
        assert page.status == 429


@pytest.mark.parametrize("name", ["anna", "nobody"])
async def test_while_a_password_is_looked_at_everybody_else_is_answered(tmp_path: Path, name: str) -> None:
    slow = PasswordHasher(time_cost=60, memory_cost=8192, parallelism=1).hash(PASSWORD)
    admin = users(user("anna", "admin", password_hash=slow))
    async with admin_api(tmp_path, admin=admin) as api, browser(api.url) as somebody:
        signing_in = asyncio.create_task(somebody.sign_in(name, "wrong"))
        for _ in range(3):
            assert (await api.get("/healthz")).status == 200
        assert not signing_in.done()
        assert (await signing_in).status == 403


# What leaves the service


async def test_no_secret_is_in_the_database_and_no_hash_on_a_page_or_in_the_api(
    api: AdminApi, anna: Browser
) -> None:
    made = await api.post("/api/v1/tokens", {"name": "nightly", "role": "viewer"})
    kept = b"".join(file.read_bytes() for file in api.database.parent.glob("errorhelp.db*"))
    assert b"nightly" in kept
    for secret in (anna.secret, made.document["token"], made.document["token"].removeprefix("eh_"), HASH):
        assert secret.encode() not in kept
    paths = [
        path
        for method, path in api.listener.routes
        if method == "GET" and "{" not in path and path != "/events"
    ]
    assert "/settings" in paths
    for path in paths:
        page = await anna.get(path)
        assert HASH not in page.text
        assert HASH.rpartition("$")[2] not in page.text
        assert made.document["token"] not in page.text


async def test_while_the_database_is_gone_the_page_says_how_to_post_all_the_same(
    api: AdminApi, anna: Browser
) -> None:
    with closing(sqlite3.connect(api.database)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    api.database.write_bytes(b"broken" * 10_000)
    for ask in (lambda: anna.get("/"), lambda: anna.sign_in("anna")):
        # A connection that is open knows for a while what stood there.
        async with asyncio.timeout(20):
            while (page := await ask()).status != 503:
                await asyncio.sleep(0.02)
        assert "errorhelp message post --direct" in page.text
    assert (await api.get("/api/v1/status")).status == 200


async def test_the_pages_say_who_one_is_and_what_one_may_do(api: AdminApi) -> None:
    async with browser(api.url, Accept_Language="en") as fedor:
        await fedor.sign_in("fedor")
        text = (await fedor.get("/account")).text
    assert "Editor: posts, changes and ends messages" in text
    assert "<bdi>Finance</bdi>" in text
    assert "/tokens" not in text
