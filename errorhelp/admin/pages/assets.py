"""Styles and scripts of the pages: read once, and kept by browsers until their content changes."""

from hashlib import blake2b
from pathlib import Path

from aiohttp import hdrs, web

PATH = "/static/{digest}/{name}"
"""Where they are served; one digest names the contents of all, for modules import each other by name."""

_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOR_EVER = "public, max-age=31536000, immutable"


class Assets:
    """The styles, scripts and images of a folder."""

    def __init__(self, folder: Path) -> None:
        files = sorted(file for file in folder.iterdir() if file.suffix in _KINDS)
        self._contents = {file.name: file.read_bytes() for file in files}
        digest = blake2b(digest_size=8)
        for name, content in self._contents.items():
            digest.update(b"%s\0%d\0%s" % (name.encode(), len(content), content))
        self._digest = digest.hexdigest()

    def url(self, name: str) -> str:
        """Where a file is served; KeyError if there is none of that name."""
        _ = self._contents[name]
        return PATH.format(digest=self._digest, name=name)

    async def get(self, request: web.Request) -> web.Response:
        """Get a style, a script or an image."""
        name = request.match_info["name"]
        content = self._contents.get(name)
        if content is None:
            raise web.HTTPNotFound
        # A page of before an update gets the file as it is by now, which nobody is to keep.
        is_current = request.match_info["digest"] == self._digest
        return web.Response(
            body=content,
            content_type=_KINDS[Path(name).suffix],
            charset="utf-8",
            headers={hdrs.CACHE_CONTROL: _FOR_EVER if is_current else "no-store"},
        )
