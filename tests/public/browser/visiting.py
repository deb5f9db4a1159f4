"""What a visitor does and sees."""

from playwright.async_api import Page, Response

NO_CONNECTION = "Не удаётся установить соединение с «{}»"
ERP = NO_CONNECTION.format("ERP Управление предприятием")
PHONE = "+7 (495) 123-45-67"


async def visit(page: Page, address: str) -> None:
    """Open a publication that works, and stay until its worker is ready."""
    await page.goto(address)
    await page.evaluate("navigator.serviceWorker.ready")


async def load(page: Page, address: str) -> Response:
    """Load a page, whatever comes instead of it."""
    response = await page.goto(address)
    assert response is not None, "an address that differs in its fragment only is not loaded anew"
    return response


async def heading(page: Page) -> str:
    return await page.locator("h1").inner_text()


async def cache_names(page: Page) -> list[str]:
    names: list[str] = await page.evaluate("caches.keys()")
    return names


async def scopes(page: Page) -> list[str]:
    """Where the browser has workers."""
    found: list[str] = await page.evaluate(
        "navigator.serviceWorker.getRegistrations().then(all => all.map(each => each.scope))"
    )
    return found
