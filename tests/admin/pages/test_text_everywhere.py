"""A text moves with its end, in every place that shows it."""

import asyncio
import html
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from aiohttp import ClientSession
from command import run
from pages_site import ANNA, HOUR, MINUTE, NOON, PagesSite, Script, running, without_scripts

from errorhelp.public.public_listener import PublicListener
from errorhelp.publishing.published_tree import publish
from errorhelp.service.drafts import Draft

pytestmark = pytest.mark.integration

TOKEN = "a token"
SOAP = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
    '<m:GetInfoBases xmlns:m="http://www.1c.ru/WebCommonInfoBases"/></s:Body></s:Envelope>'
)
REST = (
    f"/lists/office/WebCommonInfoBases/GetInfoBases?ClientID={UUID(int=0)}&InfoBasesCheckCode={UUID(int=0)}"
)
TEXT = {"ru": "{infobase}: вход к {until}, {phone}", "en": "{infobase}: back by {until}, {phone}"}


class Reader:
    """Whoever reads at the public address, at the admin's, and in a terminal."""

    def __init__(
        self, site: PagesSite, script: Script, public: PublicListener, http: ClientSession, state: Path
    ) -> None:
        self._site, self._script, self._http, self._state = site, script, http, state
        self._public = "http://{}:{}".format(*public.addresses[0])

    async def public(self, path: str, body: str | None = None) -> str:
        """What is answered there; a file of it is the same to the byte."""
        method = "GET" if body is None else "POST"
        async with self._http.request(method, self._public + path, data=body) as answer:
            assert answer.status == 200, path
            return await answer.text()

    async def command(self, *arguments: str) -> str:
        options = ("--server", self._site.url, "--token", TOKEN)
        done = await asyncio.to_thread(run, self._state, *arguments, *options)
        assert done.returncode == 0, done.stderr
        return done.stdout

    async def page(self, path: str) -> str:
        status, text = await self._script.get(path)
        assert status == 200, text
        return text

    async def everywhere(self, message_id: str) -> dict[str, str]:
        """All that shows the message, by the name of the place."""
        offline = await self.public("/offline/erp/")
        asked = re.search(r'"ru": ?"(https://[^"]+/help/ru/erp\.json)"', html.unescape(offline))
        assert asked is not None
        tree = self._state / "tree"
        await asyncio.to_thread(publish, self._site.service.snapshot, tree, self._site.clock.now.timestamp())
        return {
            "help JSON": json.loads(await self.public("/help/erp.json"))["userMessage"],
            "list": await self.public("/lists/office.v8i"),
            "list by REST": json.loads(await self.public(REST))["root"]["InfoBases"],
            "list by SOAP": await self.public(REST.partition("/GetInfoBases")[0], SOAP),
            "help page": await self.public("/help/erp.html"),
            "offline page": await self.public(urlsplit(asked[1]).path),
            "front page": await self.public("/"),
            "messages.json": await self.public("/messages.json"),
            "feed": await self.public("/messages.atom"),
            "calendar": (await self.public("/maintenance.ics")).replace("\r\n ", ""),
            "published tree": (tree / "help" / "erp.json").read_text("utf-8"),
            "session lock": await self.command("message", "rac", message_id),
            "preview": await self.page(f"/messages/{message_id}/change"),
            "Now": await self.page("/"),
            "page of the infobase": await self.page("/infobases/erp"),
            "page of the message": (await self.page(f"/messages/{message_id}")).partition('id="history"')[0],
            "message show": (await self.command("message", "show", message_id)).partition("history")[0],
            "message list": await self.command("message", "list"),
        }


async def test_a_message_extended_three_times_is_right_in_every_place_that_shows_it(tmp_path: Path) -> None:
    async with running(tmp_path, None) as site, without_scripts(site, language="ru") as script:
        public = PublicListener(lambda: site.service.snapshot, lambda: site.clock.now.timestamp(), max_age=60)
        await public.start("127.0.0.1", 0)
        async with ClientSession() as http:
            reader = Reader(site, script, public, http, tmp_path / "state")
            # The calendar has what was announced.
            draft = Draft(("erp",), TEXT, NOON + HOUR, starts_at=NOON + MINUTE)
            posted = await site.service.post(draft, ANNA)
            site.clock.now += 2 * MINUTE
            await site.service.catch_up()
            assert wrong(await reader.everywhere(posted.id), NOON + HOUR) == []

            await script.send(f"/messages/{posted.id}/extend", ("by", "30m"))
            assert wrong(await reader.everywhere(posted.id), NOON + HOUR + 30 * MINUTE) == []

            await reader.command("message", "extend", posted.id, "--by", "15m")
            assert wrong(await reader.everywhere(posted.id), NOON + HOUR + 45 * MINUTE) == []

            ends_at = {"ends_at": "2026-11-22T06:00:00+03:00"}
            headers = {"Authorization": f"Bearer {TOKEN}"}
            url = f"{site.url}/api/v1/messages/{posted.id}/extend"
            async with http.post(url, json=ends_at, headers=headers) as answer:
                extended = await answer.json()
            assert (extended["text"], extended["live"]) == (TEXT, True)
            assert extended["shown"] == {
                "ru": "ERP Управление: вход к 22 нояб. 06:00, 112",
                "en": "ERP Управление: back by 22 Nov 06:00, 112",
            }
            assert wrong(await reader.everywhere(posted.id), NOON + 15 * HOUR) == []
        await public.stop(grace=1)


def wrong(shown: dict[str, str], ends_at: datetime) -> list[str]:
    """The places that do not say this end, or say another one."""
    return [f"{place}: {text}" for place, text in shown.items() if not _says(text, ends_at)]


def _says(text: str, ends_at: datetime) -> bool:
    local = ends_at + timedelta(hours=3)
    ends = re.findall(
        r"ERP Управление: (?:вход к|back by) (?:(\d+) (?:нояб\.|Nov) )?(\d\d:\d\d)\\?, 112", text
    )
    return set(ends) == {("22" if local.day == 22 else "", f"{local:%H:%M}")}


def fields(page: str) -> Iterator[tuple[str, str]]:
    """The form that puts an end into a text."""
    form = re.search(r'<form method="post" action="(/messages/\w+/name-end)">(.*?)</form>', page, re.DOTALL)
    if form is not None:
        yield ("action", form[1])
        yield from re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form[2])


async def test_a_text_with_a_time_of_its_own_is_offered_the_new_one_once_it_is_extended(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, None) as site, without_scripts(site) as script:
        text = {"ru": "Сбой с 14:50, вход откроется к 16:00", "en": "Back by 16:00, please wait"}
        posted = await site.post(text, starts_at=NOON - 10 * MINUTE)
        assert [*fields((await script.get("/"))[1])] == []

        _, page = await script.send(f"/messages/{posted.id}/extend", ("by", "30m"))
        assert "Insert 16:30" in page
        form = dict(fields(page))
        _, page = await script.send(form.pop("action"), *form.items())
        assert "вход откроется к 16:30" in (await script.get("/messages/" + posted.id))[1]
        assert [*fields(page)] == []

        changed = await site.service.message(posted.id)
        assert changed.written == {
            "ru": "Сбой с 14:50, вход откроется к {until}",
            "en": "Back by {until}, please wait",
        }
        await script.send(f"/messages/{posted.id}/extend", ("by", "30m"))
        assert "вход откроется к 17:00" in (await script.get("/messages/" + posted.id))[1]


async def test_an_end_is_put_into_a_text_only_as_it_was_seen(tmp_path: Path) -> None:
    async with running(tmp_path, None) as site, without_scripts(site) as script:
        posted = await site.post("Back by 15:30")
        form = dict(fields((await script.get("/messages/" + posted.id))[1]))
        await site.service.extend(posted.id, HOUR, ANNA)
        _, page = await script.send(form.pop("action"), *form.items())
        assert "Change the message" in page
        assert (await site.service.message(posted.id)).written == "Back by 15:30"


async def test_changing_a_message_shows_its_braces_and_what_they_come_to(tmp_path: Path) -> None:
    async with running(tmp_path, None) as site, without_scripts(site) as script:
        posted = await site.post({"ru": "{infobase} до {until}"})
        _, page = await script.get(f"/messages/{posted.id}/change")
        assert "{infobase} до {until}</textarea>" in page
        assert re.search(r'class="filled"[^>]*>ERP Управление до 16:00<', page)
        literal = await site.post("Ждите")
        assert 'class="filled"' not in (await script.get(f"/messages/{literal.id}/change"))[1]
