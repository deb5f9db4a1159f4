"""`nginx.conf.example` in a real nginx, with other addresses and folders; all else as it stands there."""

import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

from ports import HOST, free_port

EXAMPLE = Path(__file__).parent.parent / "nginx.conf.example"
_PATIENCE = 10.0
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True)
class Reply:
    """A response; header names in lower case, those that came more than once joined with a comma."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Front:
    """A running web server that serves `tree`, with TLS at the port `https` and without at `http`."""

    tree: Path
    https: int
    http: int
    pid: int
    trust: ssl.SSLContext = field(repr=False)

    def ask(
        self, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Reply:
        """The reply to one request; the target goes over the wire as it is."""
        connection = HTTPSConnection(HOST, self.https, timeout=_PATIENCE, context=self.trust)
        return _ask(connection, method, target, headers or {}, body)

    def get(self, target: str, **headers: str) -> Reply:
        """The reply to a GET; `if_none_match=` sets If-None-Match."""
        return self.ask("GET", target, {name.replace("_", "-"): value for name, value in headers.items()})

    def ask_without_tls(self, target: str) -> Reply:
        """The reply to a GET on the port without TLS."""
        return _ask(HTTPConnection(HOST, self.http, timeout=_PATIENCE), "GET", target, {}, None)


def _ask(
    connection: HTTPConnection, method: str, target: str, headers: Mapping[str, str], body: bytes | None
) -> Reply:
    try:
        connection.putrequest(method, target, skip_host="Host" in headers, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        joined: dict[str, str] = {}
        for name, value in response.getheaders():
            joined[name.lower()] = f"{joined[name.lower()]}, {value}" if name.lower() in joined else value
        return Reply(response.status, joined, response.read())
    finally:
        connection.close()


@contextmanager
def running(
    folder: Path,
    tree: Path,
    *,
    errorhelp: int,
    publication: int,
    replaced: Mapping[str, str] | None = None,
    in_http: str = "",
    tls: bool = True,
    example: str | None = None,
) -> Iterator[Front]:
    """An nginx of one worker with the example's configuration, in front of two ports of this machine.

    `replaced` are further texts of the example, each of which must be there; `in_http` stands beside it.
    Without `tls` the port `https` speaks plain HTTP. `example` is another text in place of the example's.
    """
    https, http = free_port(), free_port()
    folder.mkdir(parents=True, exist_ok=True)
    certificate = self_signed(folder)
    site = replace_all(
        example or EXAMPLE.read_text("utf-8"),
        {
            "server 127.0.0.1:8080;": f"server {HOST}:{errorhelp};",
            "server 192.0.2.10:80;": f"server {HOST}:{publication};",
            "listen 443 ssl http2;": f"listen {HOST}:{https} {'ssl http2' if tls else ''};",
            "listen [::]:443 ssl http2;": "",
            "listen 80;": f"listen {HOST}:{http};",
            "listen [::]:80;": "",
            "/etc/ssl/certs/1c.example.com.pem": str(certificate),
            "/etc/ssl/private/1c.example.com.key": str(certificate),
            "/srv/errorhelp": str(tree),
            **(replaced or {}),
        },
    )
    with serving_site(folder, site, https, in_http) as process_id:
        yield Front(tree, https, http, process_id, ssl.create_default_context(cafile=certificate))


@contextmanager
def serving_site(folder: Path, site: str, port: int, in_http: str = "") -> Iterator[int]:
    """The process id of an nginx of one worker with the configuration of a site, which listens at that port."""
    (folder / "site.conf").write_text(site, "utf-8")
    (folder / "nginx.conf").write_text(main_file(folder, in_http), "utf-8")
    command = [program("nginx"), "-e", str(folder / "error.log"), "-p", str(folder), "-c", "nginx.conf"]
    subprocess.run([*command, "-t", "-q"], check=True)
    with subprocess.Popen(command) as process:
        try:
            wait_until_listening(port)
            yield process.pid
        finally:
            process.terminate()


def main_file(folder: Path, in_http: str = "") -> str:
    """An nginx.conf of one worker for `site.conf` in the same folder; `in_http` stands beside it."""
    temporary = "\n".join(f"  {each}_temp_path {folder}/{each};" for each in _TEMPORARY)
    # Started by root, the workers would be another user, who may not read a test's folders.
    user = "user root;" if folder.owner() == "root" else ""
    return f"""
daemon off;
{user}
worker_processes 1;
worker_rlimit_nofile 20000;
pid {folder}/nginx.pid;
events {{ worker_connections 9000; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
{temporary}
  include {folder}/site.conf;
  {in_http}
}}
"""


def program(name: str) -> str:
    """The path of a server, which is not on everybody's."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise FileNotFoundError(f"there is no {name} here; tests/install-system-packages installs it")
    return found


def further_publication(path: str, infobase: str) -> Mapping[str, str]:
    """The example's publication, and behind it another: as `replaced`."""
    found = re.search(r"location \^~ /erp/ \{.*?\n    \}\n", EXAMPLE.read_text("utf-8"), re.DOTALL)
    if found is None:
        raise ValueError(f"{EXAMPLE.name} holds no publication /erp")
    another = found[0].replace("/erp/", f"{path}/").replace("infobase erp;", f"infobase {infobase};")
    return {found[0]: found[0] + "    " + another}


def replace_all(text: str, replaced: Mapping[str, str]) -> str:
    """The example with other texts in place of some, each of which must be there."""
    for old, new in replaced.items():
        if old not in text:
            raise ValueError(f"the example holds no {old!r}")
        text = re.sub(rf"(?<![\w.]){re.escape(old)}", lambda _, new=new: new, text)
    return text


def self_signed(folder: Path) -> Path:
    """A file with a key and a certificate that it signed itself."""
    file = folder / "certificate.pem"
    key = folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(file)]
    command += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run(command, check=True, capture_output=True)
    file.write_bytes(file.read_bytes() + key.read_bytes())
    return file


def wait_until_listening(port: int) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            socket.create_connection((HOST, port)).close()
            return
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
