"""The servers of `launcher_rate`, each a process: prints its port and serves until it is terminated."""

import asyncio
import socket
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from benchmarks.load import HOST
from errorhelp.answers.snapshot import Snapshot, compile
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.help import Help
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.lists import ConnectionList
from errorhelp.formats.connect_string import ServerConnection
from errorhelp.formats.help_json import HelpJsonFormat
from errorhelp.public.public_listener import PublicListener

_GUID = "11111111-2222-4333-8444-555555555555"
PATH = f"/lists/office/WebCommonInfoBases/GetInfoBases?ClientID={_GUID}&InfoBasesCheckCode={_GUID}"


def snapshot() -> Snapshot:
    """A list of two infobases, 16 lines."""
    infobases = [
        Infobase(
            each, each.upper(), ServerConnection("app1", each), v8i=(("Version", "8.3.27"), ("App", "Auto"))
        )
        for each in ("erp", "payroll")
    ]
    catalog = Catalog(
        infobases={each.id: each for each in infobases},
        folders={},
        lists={"office": ConnectionList("office", folders=("/",))},
        windows=(),
        help=Help(text="Позвоните дежурному администратору: +7 (495) 123-45-67"),
        languages=("ru", "en"),
        zone=UTC,
        help_json=HelpJsonFormat(),
    )
    return compile(catalog, (), datetime.now(UTC))


async def serve_errorhelp() -> None:
    """Our listener."""
    live = snapshot()
    # It stays the same, so nobody need be told of another.
    listener = PublicListener(lambda: live, time.time, max_age=5, on_snapshot=lambda _: None)
    await listener.start(HOST, 0)
    print(listener.addresses[0][1], flush=True)
    await asyncio.Event().wait()


def serve_peer(file: Path) -> None:
    """A FastAPI application on uvicorn, with its faster parser and loop."""
    import uvicorn  # noqa: PLC0415 - only this process needs them
    from fastapi import FastAPI  # noqa: PLC0415

    application = FastAPI()

    @application.get("/lists/office/WebCommonInfoBases/GetInfoBases")
    async def get_infobases(ClientID: str, InfoBasesCheckCode: str) -> dict[str, dict[str, str]]:
        text = file.read_text("utf-8-sig")  # noqa: ASYNC240 - as the peer does
        root = {"ClientID": ClientID, "InfoBasesCheckCode": InfoBasesCheckCode, "InfoBases": text}
        return {"root": root}

    with socket.create_server((HOST, 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        settings = uvicorn.Config(application, loop="uvloop", http="httptools", log_level="critical")
        uvicorn.Server(settings).run(sockets=[listening])


if __name__ == "__main__":
    if sys.argv[1] == "errorhelp":
        uvloop.run(serve_errorhelp())
    else:
        with tempfile.TemporaryDirectory() as folder:
            list_file = Path(folder) / "office.v8i"
            list_file.write_bytes(snapshot().compiled("/lists/office.v8i").body)
            serve_peer(list_file)
