"""The strangers of `hostile_load`: send so many requests a second for so long, then print what was answered.

Run as `python -m benchmarks.hostile_sender PORT SECONDS RATE hostile|harmless`. Hostile requests are the worst
that is known of each kind, one after another and each from another address; harmless ones go to the same
addresses, as many, with what ordinary clients send there. Four uploads that hardly move go on all the time.
"""

import asyncio
import io
import itertools
import json
import random
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress

from benchmarks.hostile_bodies import BODIES, CONTENT_TYPES
from benchmarks.load import HOST

_HELP, _GET_INFO, _PUSH = "/help/erp.json", "/reports/erp/getInfo", "/reports/erp/pushReport"
_LIST = "/lists/office/WebCommonInfoBases"
_CONNECTIONS = 16
_ADDRESSES = 200
_SLOW_UPLOADS = 4
_SOAP = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
    '<m:GetInfoBases xmlns:m="{}">{}</m:GetInfoBases></s:Body></s:Envelope>'
)
_ORDINARY = json.dumps({"errorText": "no licence", "userName": "anna", "appVersion": "8.3.27"}).encode()
_CRASH = {"clientInfo": {"appName": "1CV8C", "appVersion": "8.3.27.1508"}, "id": "1"}

Request = tuple[str, str, dict[str, str], bytes]
"""Method, path, headers and body."""


def hostile() -> list[Request]:
    """The worst that is known of each kind."""
    bodies = [(body, kind) for body in BODIES.values() for kind in CONTENT_TYPES]
    requests: list[Request] = [("POST", _HELP, {"Content-Type": kind}, body) for body, kind in bodies]
    requests += [("POST", _GET_INFO, {}, b'{"x": %s}' % body[:60_000]) for body in BODIES.values()]
    requests += [("POST", _PUSH, {}, _zipped(_CRASH | {"additionalInfo": each})) for each in _large()]
    requests += [("GET", _HELP, {"User-Agent": f"{number}" + "x" * 8000}, b"") for number in range(50)]
    long = {
        "Accept": "a/b;q=1,",
        "If-None-Match": '"",',
        "Accept-Language": "en;q=0.1,",
        "X-Other": "1.1.1.1 ",
    }
    headers = {name: (value * 8000)[:8000] for name, value in long.items()}
    requests += [("GET", path, headers, b"") for path in ("/", _HELP, "/help/erp.html")]
    requests += [("GET", f"/help/en/{number}{'x' * 500}.html", {}, b"") for number in range(20)]
    inside = ("<a/>" * 1_900, "<a>" * 1_100 + "</a>" * 1_100, "&#65;" * 1_500)
    requests += [("POST", _LIST, {}, _SOAP.format("urn:x", each).encode()) for each in inside]
    requests += [("POST", _LIST, {}, _SOAP.format("x" * (each + 1), "").encode()) for each in range(20)]
    return requests


def harmless(requests: Sequence[Request]) -> list[Request]:
    """As many to the same addresses, with what ordinary clients send there."""
    bodies = {
        _HELP: _ORDINARY,
        _GET_INFO: json.dumps(_CRASH).encode(),
        _PUSH: _zipped(_CRASH),
        _LIST: _SOAP.format("urn:x", "").encode(),
    }
    return [
        (method, path, {"User-Agent": "1CV8C/8.3.27"}, bodies[path] if body else b"")
        for method, path, _, body in requests
    ]


def _large() -> Iterator[object]:
    chance = random.Random(1)
    yield [f"{chance.random()}" for _ in range(40_000)]
    yield {f"name{chance.random()}": number for number in range(25_000)}
    yield ["pwd" * 50 + f"{chance.random()}" for _ in range(10_000)]
    yield [f"{chance.randrange(256)}.1.1.1 {chance.random()}" for _ in range(30_000)]


def _zipped(report: object) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("report.json", json.dumps(report))
    return buffer.getvalue()


def _head(request: Request, address: str) -> bytes:
    method, path, headers, body = request
    given = {"Host": HOST, "X-Forwarded-For": address, "Content-Length": str(len(body)), **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode()


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes) -> int:
    """The status of the answer, which is read to its end."""
    writer.write(data)
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            await reader.readexactly(int(line.partition(b":")[2]))
    if b"connection: close" in head.lower():
        writer.close()
    return int(head.split(b" ", 2)[1])


async def _sender(port: int, work: "asyncio.Queue[bytes]", statuses: Counter[int]) -> None:
    while True:
        with suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection(HOST, port)
            while not writer.is_closing():
                statuses[await _ask(reader, writer, await work.get())] += 1


async def _slow_upload(port: int) -> None:
    """Begins again whenever it is ended."""
    head = _head(("POST", _PUSH, {}, bytes(1000)), "203.0.113.1")
    while True:
        with suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection(HOST, port)
            writer.write(head + b"PK\x03\x04")
            await reader.read()
            writer.close()


async def send(port: int, seconds: float, rate: float, requests: Sequence[Request]) -> Counter[int]:
    """Send them in turn, so many a second as far as they are answered; how often each status came."""
    statuses: Counter[int] = Counter()
    # A server that answers slowly gets no more at once than there are connections.
    work: asyncio.Queue[bytes] = asyncio.Queue(maxsize=1)
    tasks = [asyncio.create_task(_sender(port, work, statuses)) for _ in range(_CONNECTIONS)]
    tasks += [asyncio.create_task(_slow_upload(port)) for _ in range(_SLOW_UPLOADS)]
    loop = asyncio.get_running_loop()
    began = loop.time()
    try:
        async with asyncio.timeout(seconds):
            for number, request in enumerate(itertools.cycle(requests)):
                await asyncio.sleep(began + number / rate - loop.time())
                address = f"198.51.{number % _ADDRESSES}.7"
                await work.put(_head(request, address) + request[3])
    except TimeoutError:
        pass
    for task in tasks:
        task.cancel()
    return statuses


def main() -> None:
    """Send, and print the statuses as JSON."""
    port, seconds, rate, kind = sys.argv[1:]
    requests = hostile()
    if kind == "harmless":
        requests = harmless(requests)
    statuses = asyncio.run(send(int(port), float(seconds), float(rate), requests))
    print(json.dumps(statuses))


if __name__ == "__main__":
    main()
