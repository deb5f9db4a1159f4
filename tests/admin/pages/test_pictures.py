"""The pictures of the documentation, and those of every page, can be taken anew."""

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Browser

from docs import every_page, pictures


@pytest.mark.parametrize("language", pictures.LANGUAGES)
async def test_every_picture_can_be_taken_anew(browser: Browser, language: str) -> None:
    async with pictures.serving(browser, language, infobases=30) as example:
        taken = {name: pictures.small(await picture(example)) for name, picture in pictures.PICTURES.items()}
    assert {f"{name}-{language}.png" for name in taken} == {
        each.name for each in pictures.FOLDER.glob(f"*-{language}.png")
    }
    for png in taken.values():
        with Image.open(io.BytesIO(png)) as picture:
            # What is only of one colour shows nothing.
            assert len(picture.getcolors()) > 10


@pytest.mark.more
async def test_every_page_of_a_large_company_can_be_looked_at(tmp_path: Path) -> None:
    await every_page.take(tmp_path, every_page.PAGES, {"ru", "phone", "dark"}, whole=False)
    taken = {each.name: each.stat().st_size for each in tmp_path.iterdir()}
    assert {*taken} == {f"{name}-ru-phone-dark.png" for name in every_page.PAGES}
