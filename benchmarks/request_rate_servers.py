"""The servers of `request_rate`, each a process: prints its port and serves until it is terminated.

`python -m benchmarks.request_rate_servers errorhelp FOLDER`, whose store is made in the folder, or `… bare FOLDER`,
where FOLDER has `headers.json` and `body`, the answer to give.
"""

import asyncio
import gc
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop
from aiohttp import web

from benchmarks.load import HOST
from errorhelp.config import load
from errorhelp.messages.message import Severity
from errorhelp.people.people import Person, Role
from errorhelp.people.proxies import TrustedProxies
from errorhelp.public.error_reports import ErrorReports
from errorhelp.public.help_requests import Asked
from errorhelp.public.public_listener import PublicListener
from errorhelp.service.drafts import Draft
from errorhelp.service.report_intake import Intake
from errorhelp.service.service import Service
from errorhelp.store.sqlite import SqliteStore
from errorhelp.system.open_connections import public_caps

PATH = "/help/erp.json"
MAX_AGE = 5

_CONFIGURATION = """
help:
  text: "Позвоните дежурному администратору: +7 (495) 123-45-67"
  url: "https://help.example.com/help/{infobase}"
infobases: [{id: erp, name: ERP, connect: {server: srv1c, ref: ERP}}]
lists: [{id: office, folders: /}]
reports: {enabled: true}
"""
_DESCRIPTORS = 20_000


async def serve_errorhelp(folder: Path) -> int:
    """Starts our listener as `errorhelp serve` does, counts and reports included, and returns its port."""
    file = folder / "errorhelp.yaml"
    file.write_text(_CONFIGURATION, "utf-8")
    store = SqliteStore(folder / "errorhelp.sqlite")
    service = Service(load(file), store)
    await service.start()
    text = "Сервер ERP обновляется. Вход откроется через час, данные сохранены."
    ends_at = datetime.now(UTC) + timedelta(hours=1)
    draft = Draft(("erp",), text, ends_at, severity=Severity.MAINTENANCE)
    await service.post(draft, Person("benchmark", Role.ADMIN))
    intake = Intake(service, store)
    intake.start()
    proxies = TrustedProxies()
    listener = PublicListener(
        lambda: service.snapshot,
        time.time,
        max_age=MAX_AGE,
        proxies=proxies,
        on_help_request=Asked(time.time, lambda: service.catalog),
        reports=ErrorReports(intake, proxies),
        caps=public_caps(_DESCRIPTORS),
        on_snapshot=service.on_snapshot,
    )
    await listener.start(HOST, 0)
    gc.collect()
    gc.freeze()
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


async def _main(server: str, folder: str) -> None:
    port = await (serve_errorhelp if server == "errorhelp" else serve_bare)(Path(folder))
    print(port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(_main(*sys.argv[1:]))
