"""The admin pages with many infobases: how soon they answer, and how much they send.

Run `.venv/bin/python -m benchmarks.pages`; it takes half a minute. A service has 10,000 infobases in 100 folders,
forty messages that are shown, one of them for all infobases, and twenty to come. Somebody who signed in asks for
each page eleven times, uncompressed; what counts is the median of the times and the size of the whole answer.

The exit status is 1 when one takes longer than 150 ms or sends more than 300 KB.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from signing_in import Browser, browser, user, users

from benchmarks.figures import Figure, judged
from benchmarks.scale import configuration
from errorhelp.admin.access.authorization import FileToken
from errorhelp.admin.admin_listener import AdminListener
from errorhelp.config import load
from errorhelp.people.people import Person, Role
from errorhelp.service.drafts import Draft
from errorhelp.service.reloader import Reloader
from errorhelp.service.service import Service
from errorhelp.store.sqlite import SqliteStore

INFOBASES, TIMES, MOST_SECONDS, MOST_BYTES = 10_000, 11, 0.15, 300_000
ADDRESSES = (
    "/",
    "/infobases",
    "/infobases?find=" + quote("Отдел 7"),
    "/infobases?from=9900",
    "/write",
    "/write?to=*",
    "/write?find=" + quote("база 99"),
    "/write/targets?find=" + quote("база 99"),
)
_ADMIN = Person("benchmark", Role.ADMIN)


def main() -> int:
    """Measures each page and prints a table."""
    return asyncio.run(_measure())


async def _measure() -> int:
    slowest, largest = 0.0, 0
    with tempfile.TemporaryDirectory(prefix="pages-") as name:
        async with _signed_in(Path(name)) as person:
            for address in ADDRESSES:
                seconds, size = await _asked(person, address)
                slowest, largest = max(slowest, seconds), max(largest, size)
                print(f"{address:46}{seconds * 1000:>8.0f} ms{size / 1000:>8.0f} KB", flush=True)
    name = "pages with 10,000 infobases"
    return judged(
        "pages",
        [
            Figure(f"{name}: the slowest, s", slowest, most=MOST_SECONDS),
            Figure(f"{name}: the largest, bytes", largest, most=MOST_BYTES),
        ],
    )


async def _asked(person: Browser, address: str) -> tuple[float, int]:
    times, size = [], 0
    for _ in range(TIMES):
        started = time.perf_counter()
        page = await person.get(address, Accept_Encoding="identity")
        times.append(time.perf_counter() - started)
        size = len(page.text.encode())
    return statistics.median(times), size


@asynccontextmanager
async def _signed_in(folder: Path) -> AsyncIterator[Browser]:
    """Somebody who signed in at a service with the messages."""
    file = folder / "errorhelp.yaml"
    file.write_text(f"{configuration(INFOBASES)}\nadmin: {{{users(user('anna', 'admin'))}}}\n", "utf-8")
    service = Service(load(file), SqliteStore(folder / "errorhelp.db"))
    await service.start()
    listener = AdminListener(service, FileToken("a token"), Reloader(service, file).reload)
    await listener.start("127.0.0.1", 0)
    now = datetime.now(UTC)
    for number in range(40):
        targets = (f"ib{number}", f"/Отдел {number}") if number else ("*",)
        await service.post(Draft(targets, "Сервер обновляется", now + timedelta(hours=1)), _ADMIN)
    for number in range(20):
        starts_at = now + timedelta(hours=number + 2)
        await service.post(
            Draft((f"/Отдел {number}",), "Обновление", starts_at + timedelta(hours=1), starts_at=starts_at),
            _ADMIN,
        )
    async with browser(listener.url) as person:
        await person.sign_in("anna")
        yield person
    await listener.stop()
    await service.stop()


if __name__ == "__main__":
    sys.exit(main())
