"""The server of `report_intake` and `hostile_load`: prints its port and serves until its input ends.

With `strangers` as its second argument it has the settings that are there by default, takes requests for those
of whoever their `X-Forwarded-For` names, and captures what is asked; at its end it prints what came of reports.
"""

import asyncio
import gc
import ipaddress
import json
import sys
import time
from collections import Counter
from dataclasses import fields
from pathlib import Path

import uvloop

from benchmarks.load import HOST
from errorhelp.config import load
from errorhelp.people.proxies import TrustedProxies
from errorhelp.public.error_reports import ErrorReports
from errorhelp.public.help_requests import Asked
from errorhelp.public.public_listener import PublicListener
from errorhelp.service.report_intake import Intake, IntakeCounters
from errorhelp.service.service import Service
from errorhelp.store.sqlite import SqliteStore

PATH = "/help/erp.json"
DATABASE = "errorhelp.sqlite"

_CONFIGURATION = """
help: {text: "Позвоните дежурному администратору: +7 (495) 123-45-67"}
infobases: [{id: erp, name: ERP, connect: {server: srv1c, ref: ERP}}]
lists: [{id: office, folders: /}]
"""
# All come from one address here.
_OF_ONE_ADDRESS = "reports: {enabled: true, rate_per_address: 2000}\n"
_BY_DEFAULT = "reports: {enabled: true}\n"
_ON_THIS_MACHINE = TrustedProxies((ipaddress.ip_network("127.0.0.0/8"),))


async def serve(folder: Path, *, strangers: bool) -> None:
    """As `errorhelp serve` does, without the admin listener."""
    file = folder / "errorhelp.yaml"
    file.write_text(_CONFIGURATION + (_BY_DEFAULT if strangers else _OF_ONE_ADDRESS), "utf-8")
    store = SqliteStore(folder / DATABASE)
    service = Service(load(file), store)
    await service.start()
    intake = Intake(service, store)
    intake.start()
    proxies = _ON_THIS_MACHINE if strangers else TrustedProxies()
    asked = Asked(time.time, lambda: service.catalog) if strangers else None
    if asked is not None:
        asked.capture()
    listener = PublicListener(
        lambda: service.snapshot,
        time.time,
        max_age=5,
        proxies=proxies,
        on_help_request=asked,
        reports=ErrorReports(intake, proxies),
    )
    await listener.start(HOST, 0)
    gc.collect()
    gc.freeze()
    print(listener.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await listener.stop(grace=1)
    await intake.stop()
    await service.stop()
    if strangers:
        print(json.dumps(_totals(intake.counters)))


def _totals(counters: IntakeCounters) -> dict[str, int]:
    counts = ((each.name, getattr(counters, each.name)) for each in fields(counters))
    return {name: count.total() if isinstance(count, Counter) else count for name, count in counts}


if __name__ == "__main__":
    uvloop.run(serve(Path(sys.argv[1]), strangers=sys.argv[2:] == ["strangers"]))
