"""Object storage for tests: rclone, which serves a folder as S3 and knows keys; and a proxy in front with faults."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import obstore
from obstore.store import S3Store
from ports import HOST, free_port

ACCESS_KEY, SECRET_KEY, BUCKET = "TESTKEY", "the-secret-of-the-test", "help-example-com"
_RCLONE = Path(sys.executable).with_name("rclone")
_PATIENCE = 60.0


@dataclass(frozen=True)
class ObjectStorageServer:
    """A server at `port`, and the folder with what its bucket holds."""

    port: int
    bucket: Path

    def put(self, name: str, body: bytes) -> None:
        """Write an object, as somebody else with the keys does."""
        obstore.put(self._store, name, body)

    def delete(self, name: str) -> None:
        """Remove an object, likewise."""
        obstore.delete(self._store, name)

    @property
    def _store(self) -> S3Store:
        return S3Store(
            BUCKET,
            endpoint=f"http://{HOST}:{self.port}",
            region="us-east-1",
            access_key_id=ACCESS_KEY,
            secret_access_key=SECRET_KEY,
            client_options={"allow_http": True},
        )

    def text(self, name: str) -> str:
        """What an object holds."""
        return (self.bucket / name).read_text("utf-8")

    @property
    def names(self) -> set[str]:
        """The objects, but for the mark of the copy."""
        files = (each for each in self.bucket.rglob("*") if each.is_file())
        names = {each.relative_to(self.bucket).as_posix() for each in files}
        return {each for each in names if not each.endswith(".errorhelp-copy")}


@contextmanager
def object_storage_server(folder: Path) -> Iterator[ObjectStorageServer]:
    """A server that keeps what it has in the folder, until the end."""
    bucket, port = folder / BUCKET, free_port()
    bucket.mkdir(parents=True)
    options = (
        "--addr",
        f"{HOST}:{port}",
        "--auth-key",
        f"{ACCESS_KEY},{SECRET_KEY}",
        "--config",
        "/dev/null",
    )
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([_RCLONE, "serve", "s3", *options, folder], stderr=log)
        try:
            until = time.monotonic() + _PATIENCE
            while not _answers(port):
                assert process.poll() is None and time.monotonic() < until, (folder / "log").read_text()
                time.sleep(0.02)
            yield ObjectStorageServer(port, bucket)
        finally:
            process.terminate()
            process.wait(timeout=_PATIENCE)


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection((HOST, port)):
        return True
    return False


@dataclass(frozen=True)
class Request:
    """A request that came: its method, the name of the object in the bucket, and its headers in lower case."""

    method: str
    name: str
    headers: dict[str, str]


@dataclass
class FaultyProxy:
    """A proxy in front of a server, which hands on what it gets, but for what the fault of the moment does.

    `requests` are those that came. `fault` gets each one, and how to hand it on: it may wait, hand on less, or raise
    ConnectionError, which breaks the connection off.
    """

    port: int = 0
    requests: list[Request] = field(default_factory=list)
    fault: "Fault | None" = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def written(self) -> list[str]:
        """The names of those that came to be written, in their order."""
        return [each.name for each in self.requests if each.method == "PUT" and not _is_mark(each)]

    @property
    def removed(self) -> list[str]:
        """The names of those that came to be removed, in their order."""
        return [each.name for each in self.requests if each.method == "DELETE"]


HandOn = Callable[[bytes], Awaitable[bytes]]
"""Hands so much of a request's bytes on, and gives the answer."""
Fault = Callable[[Request, bytes, HandOn], Awaitable[bytes]]


@asynccontextmanager
async def faulty_proxy(server: ObjectStorageServer) -> AsyncIterator[FaultyProxy]:
    """A proxy in front of the server."""
    proxy = FaultyProxy()
    connections: set[asyncio.Task[None]] = set()

    async def hand_on(request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(HOST, server.port)
        try:
            writer.write(request)
            writer.write_eof()
            return await reader.read()
        finally:
            writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            request = _read(head)
            body = await reader.readexactly(int(request.headers.get("content-length", "0")))
            proxy.requests.append(request)
            whole = head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) + body
            fault = proxy.fault or (lambda _, whole, hand_on: hand_on(whole))
            writer.write(await fault(request, whole, hand_on))
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(serve(reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)

    listener = await asyncio.start_server(accept, HOST, 0)
    proxy.port = listener.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        listener.close()
        for each in [*connections]:
            each.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


def _read(head: bytes) -> Request:
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    name = target.partition("?")[0].removeprefix(f"/{BUCKET}").removeprefix("/")
    return Request(method, name, headers)


def _is_mark(request: Request) -> bool:
    return request.name.endswith(".errorhelp-copy")
