"""A service holds no configuration but the one in force."""

import asyncio
import gc
import os
import signal
import weakref
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from ports import HOST, free_port

from errorhelp.cli.serve import _serve
from errorhelp.config import load
from errorhelp.system.state_directory import StateDirectory

pytestmark = pytest.mark.integration

INFOBASE = "- {{id: ib{0}, name: {0}, connect: {{server: s, ref: r{0}}}}}\n"
TEXT = "help: {text: Call 112}\npublish: tree\ninfobases:\n" + "".join(map(INFOBASE.format, range(20)))


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Stopped by a signal, a service leaves its handlers behind."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_the_configuration_of_the_start_is_let_go_when_another_is_in_force(tmp_path: Path) -> None:
    file, port = tmp_path / "errorhelp.yaml", free_port()
    file.write_text(TEXT, "utf-8")
    loaded = load(file)
    catalog, infobase = weakref.ref(loaded.catalog), loaded.catalog.infobases["ib7"].id
    service = _serve(file, loaded, StateDirectory(tmp_path / "state"), (HOST, port), (HOST, free_port()))
    del loaded

    def read() -> bytes:
        try:
            with urlopen(f"http://{HOST}:{port}/help/{infobase}.json", timeout=30) as answer:
                return bytes(answer.read())
        except OSError:
            return b""

    async def change() -> None:
        running = asyncio.create_task(service)
        while b"Call 112" not in await asyncio.to_thread(read):
            assert not running.done(), running.result()
        file.write_text(TEXT.replace("112", "113"), "utf-8")
        os.kill(os.getpid(), signal.SIGHUP)
        while b"Call 113" not in await asyncio.to_thread(read):
            assert not running.done(), running.result()
        # The tree of the first is being written until the next begins.
        while catalog() is not None:
            assert not running.done(), running.result()
            await asyncio.to_thread(gc.collect)
        os.kill(os.getpid(), signal.SIGTERM)
        await running

    asyncio.run(asyncio.wait_for(change(), 60))
