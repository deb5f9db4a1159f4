"""A small stand-in for a 1C publication, to be broken at will: start page, another page, calls."""

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

START_PAGE = b"<!doctype html><html><head><title>1C</title></head><body>1C works</body></html>"
OTHER_PAGE = b"<html><head><title>Report</title></head><body>42</body></html>"


@dataclass
class Publication:
    """What the stand-in does: `fails_with` a status, `hangs` or works. `heard` are the requests so far."""

    port: int = 0
    fails_with: int | None = None
    hangs: bool = False
    heard: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def publication() -> Iterator[Publication]:
    """A publication that works."""
    stand_in = Publication()

    class Handler(_Handler):
        publication = stand_in

    with _Server(("127.0.0.1", 0), Handler) as server:
        stand_in.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield stand_in
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Nothing: that a client went away is not for the standard error of a command that runs meanwhile."""


class _Handler(BaseHTTPRequestHandler):
    publication: Publication
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer()

    def _answer(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.publication.heard.append((self.command, self.path, headers))
        if self.publication.hangs:
            time.sleep(3)
        if self.publication.fails_with is not None:
            self._send(self.publication.fails_with, b"an error of 1C", "text/plain")
        elif self.path == "/erp/moved":
            self._send(302, b"", "text/plain", ("Location", f"http://{headers['host']}/erp/ru_RU/"))
        elif "/e1cib/" in self.path:
            self._send(200, b'{"done":true}', "application/json")
        else:
            start = self.path.partition("?")[0] in ("/erp/", "/erp/ru_RU/")
            # As web servers do for those who can.
            if "gzip" in headers.get("accept-encoding", ""):
                page = gzip.compress(START_PAGE if start else OTHER_PAGE)
                self._send(200, page, "text/html", ("Content-Encoding", "gzip"))
            else:
                self._send(200, START_PAGE if start else OTHER_PAGE, "text/html")

    def _send(self, status: int, body: bytes, content_type: str, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", content_type), ("Content-Length", str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the tests read `heard`."""
