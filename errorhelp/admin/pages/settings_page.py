"""Settings: the configuration in force, and why the newest one is not."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml
from aiohttp import web

from errorhelp import __version__
from errorhelp.admin.api.messages_api import Reload
from errorhelp.admin.pages.page_rendering import Renderer
from errorhelp.admin.pages.page_routes import PageRoute, read_form, see
from errorhelp.config.yaml_tree import parse, value_of
from errorhelp.formats.secret_masking import mask_values
from errorhelp.people.people import Role
from errorhelp.service.service import Service

# Nobody reads thousands of infobases here; they have a page of their own.
_MOST_ITEMS = 100


class SettingsPage:
    def __init__(self, service: Service, renderer: Renderer, reload: Reload) -> None:
        self._service = service
        self._renderer = renderer
        self._reload = reload

    @property
    def routes(self) -> tuple[PageRoute, ...]:
        return (
            PageRoute("GET", "/settings", self.get, Role.ADMIN),
            PageRoute("POST", "/settings", self.change, Role.ADMIN),
        )

    async def get(self, request: web.Request) -> web.Response:
        """See the configuration in force."""
        loaded = self._service.loaded
        return self._renderer.page(
            request,
            "settings.html",
            version=__version__,
            files=list(shown_files(loaded.contents)),
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
        root = parse(file, text).root
        values = {} if root is None else mask_values(value_of(root))
        assert isinstance(values, dict)  # noqa: S101 - what parse calls a root
        shortened = {name: _shortened(value) for name, value in values.items()}
        yield file, yaml.safe_dump(shortened, allow_unicode=True, sort_keys=False, width=100)


def _shortened(value: object) -> object:
    if isinstance(value, list) and len(value) > _MOST_ITEMS:
        return [*value[:_MOST_ITEMS], f"… {len(value) - _MOST_ITEMS} more"]
    return value
