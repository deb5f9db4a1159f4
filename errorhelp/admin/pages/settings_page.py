"""Settings: the configuration in force, and why the newest one is not."""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

import yaml
from aiohttp import web

from errorhelp import __version__
from errorhelp.admin.api.messages_api import Reload
from errorhelp.admin.pages.page_rendering import Renderer
from errorhelp.admin.pages.page_routes import PageRoute, read_form, see
from errorhelp.config.configuration_files import Files
from errorhelp.config.item_texts import UnusualItem
from errorhelp.config.yaml_tree import Value, value_of
from errorhelp.formats.secret_masking import mask_values
from errorhelp.people.people import Role
from errorhelp.service.service import Service
from errorhelp.system.garbage_collection import no_collection
from errorhelp.system.worker_thread import in_thread

# Nobody reads thousands of infobases here; they have a page of their own.
_MOST_ITEMS = 100


class SettingsPage:
    def __init__(self, service: Service, renderer: Renderer, reload: Reload) -> None:
        self._service = service
        self._renderer = renderer
        self._reload = reload
        # The digest of a configuration, and its files as they are shown.
        self._shown: tuple[str, tuple[tuple[Path, str], ...]] | None = None

    @property
    def routes(self) -> tuple[PageRoute, ...]:
        return (
            PageRoute("GET", "/settings", self.get, Role.ADMIN),
            PageRoute("POST", "/settings", self.change, Role.ADMIN),
        )

    async def get(self, request: web.Request) -> web.Response:
        """See the configuration in force."""
        loaded = self._service.loaded
        if self._shown is None or self._shown[0] != loaded.digest:
            self._shown = loaded.digest, await in_thread(_shown_files, loaded.contents)
        return await self._renderer.page(
            request,
            "settings.html",
            version=__version__,
            files=self._shown[1],
            warnings=[str(each) for each in loaded.warnings],
        )

    async def change(self, request: web.Request) -> web.Response:
        """Read the configuration again, or put one in force that waits for a confirmation."""
        form = await read_form(request)
        await self._reload()
        if digest := form.get("confirm"):
            await self._service.confirm(digest)
        raise see("/settings")


def shown_files(contents: Mapping[Path, bytes]) -> Iterator[tuple[Path, str]]:
    """Each file's settings as YAML, without comments and secrets."""
    for file, text in contents.items():
        values = mask_values(_shown_values(file, text))
        yield file, yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=100)


def _shown_files(contents: Mapping[Path, bytes]) -> tuple[tuple[Path, str], ...]:
    with no_collection():
        return tuple(shown_files(contents))


def _shown_values(file: Path, text: bytes, *, divided: bool = True) -> dict[str, Value]:
    """The values in a file, of long lists only the first."""
    files = Files(divided=divided)
    root = files.take(file, text)
    values: dict[str, Value] = {}
    try:
        for key, node in () if root is None else root.value:
            of_list = files.lists.get(key.value, ())
            first = islice(files.items(key.value), _MOST_ITEMS + 1)
            value = [each for each in first if not isinstance(each, bytes)] if of_list else value_of(node)
            values[key.value] = _shortened(value, sum(each.count for each in of_list))
    except UnusualItem:
        return _shown_values(file, text, divided=False)
    return values


def _shortened(value: Value, count: int) -> Value:
    if isinstance(value, list) and len(value) > _MOST_ITEMS:
        return [*value[:_MOST_ITEMS], f"… {max(count, len(value)) - _MOST_ITEMS} more"]
    return value
