"""The servers of `request_rate`, each a process: prints its port and serves until it is terminated.

`python -m benchmarks.request_rate_servers errorhelp` or `… bare FOLDER`, where FOLDER has `headers.json` and
`body`, the answer to give.
"""

import asyncio
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop
from aiohttp import web

from benchmarks.load import HOST
from errorhelp.answers.snapshot import Snapshot, compile
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.help import Help
from errorhelp.catalog.infobase import Infobase
from errorhelp.formats.connect_string import ServerConnection
from errorhelp.formats.help_json import HelpJsonFormat
from errorhelp.messages.message import Message, Severity
from errorhelp.public.public_listener import PublicListener

PATH = "/help/erp.json"
MAX_AGE = 5


async def serve_errorhelp() -> int:
    """Starts our listener and returns its port."""
    live = a_snapshot(datetime.now(UTC))
    listener = PublicListener(lambda: live, time.time, max_age=MAX_AGE)
    await listener.start(HOST, 0)
    return listener.addresses[0][1]


async def serve_bare(folder: Path) -> int:
    """Starts the bare application and returns its port."""
    headers = json.loads((folder / "headers.json").read_text())
    body = (folder / "body").read_bytes()

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, headers=headers)

    application = web.Application()
    application.router.add_get(PATH, answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0)
    await site.start()
    port: int = runner.addresses[0][1]
    return port


def a_snapshot(now: datetime) -> Snapshot:
    """One infobase with help, and a message that outlasts the measurement."""
    erp = Infobase(
        id="erp",
        name="ERP",
        connection=ServerConnection("app1", "erp"),
        help=Help(
            text="Позвоните дежурному администратору: +7 (495) 123-45-67",
            url="https://help.example.com/help/{infobase}",
        ),
    )
    catalog = Catalog(
        infobases={"erp": erp},
        folders={},
        lists={},
        windows=(),
        help=Help(),
        languages=("ru", "en"),
        zone=UTC,
        help_json=HelpJsonFormat(),
    )
    message = Message(
        id="1",
        targets=("erp",),
        text="Сервер ERP обновляется. Вход откроется через час, данные сохранены.",
        severity=Severity.MAINTENANCE,
        starts_at=now,
        ends_at=now + timedelta(hours=1),
        created_at=now,
    )
    return compile(catalog, [message], now)


async def _main(server: str, folder: str = "") -> None:
    port = await (serve_errorhelp() if server == "errorhelp" else serve_bare(Path(folder)))
    print(port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(_main(*sys.argv[1:]))
