"""The admin pages of a site whose readers have another language than the admin, without a browser."""

from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import pytest
import pytest_asyncio
from pages_site import CONFIGURATION, HOUR, NOON, PagesSite, running, without_scripts

pytestmark = pytest.mark.integration

KAZAKH = (
    CONFIGURATION.replace("[ru, en]", "[kk, ru-kz, ru]")
    .replace("en: ", "kk: ")
    .replace("language: en", "language: kk")
)
PAGES = ("/", "/write", "/infobases", "/infobases/erp", "/planned", "/history", "/problems", "/settings")
FORM = (("severity", "outage"), ("start", "now"), ("end", "until"), ("until", "02:00"), ("to", "*"))
TEXTS = (("text-kk", "{infobase}: {until} дейін"), ("text-ru-kz", "{infobase} до {until}"), ("text-ru", ""))


@pytest_asyncio.fixture
async def kazakh(tmp_path: Path) -> AsyncIterator[PagesSite]:
    """A site for readers of Kazakh and Russian."""
    async with running(tmp_path, None, KAZAKH) as site:
        yield site


@pytest.mark.parametrize(
    ("accepted", "spoken"), [("kk-KZ,kk;q=0.9,ru;q=0.8,en;q=0.7", "ru"), ("kk-KZ,kk", "en"), ("en", "en")]
)
async def test_every_page_is_there_in_russian_or_english(
    kazakh: PagesSite, accepted: str, spoken: str
) -> None:
    async with without_scripts(kazakh, language=accepted) as script:
        for path in PAGES:
            status, page = await script.get(path)
            assert (status, f'<html lang="{spoken}">' in page) == (200, True), path


async def test_a_message_is_previewed_and_posted_in_each_language(kazakh: PagesSite) -> None:
    async with without_scripts(kazakh, language="ru") as script:
        status, page = await script.send("/write", *FORM, *TEXTS, ("seen_in", "kk"), ("action", "preview"))
        assert status == 200
        page = unescape(page)
        assert "Барлық базалар: 22 қар. 02:00 дейін" in page
        # The dialog is 1C's own, whose words we have in Russian.
        assert "Проверьте сетевое соединение" in page

        await script.send("/write", *FORM, *TEXTS, ("action", "post"), ("confirmed", "5"))
        (message,) = await kazakh.messages()
        assert message.text == {
            "kk": "Барлық базалар: 22 қар. 02:00 дейін",
            "ru-kz": "Все базы до 22 нояб. 02:00",
        }
        assert message.ends_at == NOON + 11 * HOUR
