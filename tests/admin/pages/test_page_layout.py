"""Every page fits its window, from a small phone to a wide screen: for whoever may see it, in either colour scheme."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from page_layout import layout_faults
from page_list import ADMIN_PAGES, NO_PAGES, PAGES_BEFORE_SIGNING_IN, PUBLIC_PAGES, addresses, page_routes
from pages_site import PagesSite, violations
from playwright.async_api import Browser, Page

from errorhelp.people.people import Role
from errorhelp.public.public_listener import PublicListener
from errorhelp.publishing.published_tree import publish

SMALL, WIDE = {"width": 320, "height": 640}, {"width": 1440, "height": 900}
LOOKS = pytest.mark.parametrize(
    ("window", "scheme"), [(SMALL, "dark"), (WIDE, "light")], ids=["phone", "wide"]
)


@pytest_asyncio.fixture(loop_scope="session")
async def public(site: PagesSite) -> AsyncIterator[str]:
    """The address of the public pages of the same site."""
    listener = PublicListener(lambda: site.service.snapshot, lambda: site.clock.now.timestamp(), max_age=60)
    await listener.start("127.0.0.1", 0)
    host, port = listener.addresses[0]
    yield f"http://{host}:{port}"
    await listener.stop(0)


def titles(found: str, expected: str) -> bool:
    return re.match(rf"(?:Продлить\? · )?(?:{expected}).* · errorhelp$", found) is not None


def file_of(address: str) -> str:
    """The published file that a web server answers a public address from."""
    return address + "index.html" if address.endswith("/") else address


async def test_the_list_has_every_page(site: PagesSite, tmp_path: Path) -> None:
    listed = {each.route for each in ADMIN_PAGES} | {
        each.partition("?")[0] for each in PAGES_BEFORE_SIGNING_IN
    }
    assert set(page_routes(iter(site.listener.routes))) == listed | NO_PAGES
    tree, catalog = tmp_path / "tree", site.service.catalog
    publish(site.service.snapshot, tree, site.clock.now.timestamp())
    infobases = "|".join(name for each in catalog.infobases.values() for name in (each.id, *each.aliases))
    found = set()
    for file in tree.rglob("*.html"):
        path = re.sub(f"/({'|'.join(catalog.languages)})/", "/{language}/", f"/{file.relative_to(tree)}")
        found.add(re.sub(rf"/({infobases}|_unknown)(?=/|\.html)", "/{infobase}", path))
    assert found == {file_of(each) for each in PUBLIC_PAGES}


@LOOKS
@pytest.mark.parametrize(("name", "role"), [("anna", Role.ADMIN), ("vera", Role.VIEWER)])
async def test_every_admin_page_fits(
    site: PagesSite, ids: dict[str, str], window: dict[str, int], scheme: str, name: str, role: Role
) -> None:
    faults = []
    async with site.visitor(name, viewport=window, color_scheme=scheme) as visitor:
        for path, title in addresses(ids, role):
            page = await visitor.open(path)
            if not titles(await page.title(), title):
                faults.append(f"{path}: the title is {await page.title()}")
            faults += [f"{path}: {each}" for each in (*await layout_faults(page), *await violations(page))]
        assert visitor.complaints == []
    assert not faults, "\n".join(faults)


async def test_every_page_of_an_editor_fits_in_english_too(site: PagesSite, ids: dict[str, str]) -> None:
    faults = []
    async with site.visitor("edik", viewport=SMALL, locale="en-US") as visitor:
        for path, _ in addresses(ids, Role.EDITOR):
            page = await visitor.open(path)
            faults += [f"{path}: {each}" for each in (*await layout_faults(page), *await violations(page))]
            # The fields of this browser have AM and PM.
            faults += [
                f"{path}: a time of twelve hours"
                for _ in await page.query_selector_all("input[type=time], input[type=datetime-local]")
            ]
    assert not faults, "\n".join(faults)


@LOOKS
async def test_every_page_before_signing_in_fits(
    site: PagesSite, browser: Browser, window: dict[str, int], scheme: str
) -> None:
    context = await browser.new_context(viewport=window, color_scheme=scheme, locale="ru-RU")  # type: ignore[arg-type]
    page = await context.new_page()
    faults = await _faults(page, site.url, PAGES_BEFORE_SIGNING_IN)
    assert not faults, "\n".join(faults)
    await context.close()


@LOOKS
@pytest.mark.usefixtures("ids")
async def test_every_public_page_fits(
    site: PagesSite, browser: Browser, public: str, window: dict[str, int], scheme: str
) -> None:
    context = await browser.new_context(viewport=window, color_scheme=scheme, locale="ru-RU")  # type: ignore[arg-type]
    page = await context.new_page()
    paths = [each.format(language="ru", infobase="erp") for each in PUBLIC_PAGES]
    faults = await _faults(page, public, [*paths, "/help/gone.html", "/nothing"])
    assert not faults, "\n".join(faults)
    for path, title in PUBLIC_PAGES.items():
        await page.goto(public + path.format(language="ru", infobase="erp"))
        assert await page.title() == title, path
    await context.close()


async def _faults(page: Page, origin: str, paths: tuple[str, ...] | list[str]) -> list[str]:
    faults = []
    for path in paths:
        await page.goto(origin + path)
        faults += [f"{path}: {each}" for each in (*await layout_faults(page), *await violations(page))]
    return faults
