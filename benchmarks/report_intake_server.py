"""The server of `report_intake`: prints its port and serves until its input ends."""

import asyncio
import sys
import time
from pathlib import Path

import uvloop

from benchmarks.load import HOST
from errorhelp.config import load
from errorhelp.people.proxies import TrustedProxies
from errorhelp.public.error_reports import ErrorReports
from errorhelp.public.public_listener import PublicListener
from errorhelp.service.report_intake import Intake
from errorhelp.service.service import Service
from errorhelp.store.sqlite import SqliteStore

PATH = "/help/erp.json"
DATABASE = "errorhelp.sqlite"

# All come from one address here.
_CONFIGURATION = """
help: {text: "Позвоните дежурному администратору: +7 (495) 123-45-67"}
infobases: [{id: erp, name: ERP, connect: {server: srv1c, ref: ERP}}]
reports: {enabled: true, rate_per_address: 2000}
"""


async def serve(folder: Path) -> None:
    """As `errorhelp serve` does, without the admin listener."""
    file = folder / "errorhelp.yaml"
    file.write_text(_CONFIGURATION, "utf-8")
    store = SqliteStore(folder / DATABASE)
    service = Service(load(file), store)
    await service.start()
    intake = Intake(service, store)
    intake.start()
    reports = ErrorReports(intake, TrustedProxies())
    listener = PublicListener(lambda: service.snapshot, time.time, max_age=5, reports=reports)
    await listener.start(HOST, 0)
    print(listener.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await listener.stop(grace=1)
    await intake.stop()
    await service.stop()


if __name__ == "__main__":
    uvloop.run(serve(Path(sys.argv[1])))
