"""The pictures of the documentation can be taken anew."""

import io

import pytest
from PIL import Image
from playwright.async_api import Browser

from docs import pictures


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
