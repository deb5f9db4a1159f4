"""Two hundred publications, on two hosts and at two depths, and what a web server in front makes of them."""

from collections.abc import Iterator
from pathlib import Path

import command
from nginx_example import Front
from publication import OTHER_PAGE, Publication

MANY = 200
_HEAD = """
publish: tree
public: {url: https://help.example.com}
help: {text: Call 112}
web_server:
  certificate: /etc/ssl/certs/1c.example.com.pem
  key: /etc/ssl/private/1c.example.com.key
  hosts:
    - {host: 1c.example.com, backend: "http://192.0.2.10:80"}
    - {host: other.example.com, backend: "http://192.0.2.10:80"}
publications: [{pattern: "https://1c.example.com/{ref_lower}", worker: true}]
infobases:
  - {id: above, name: Above, connect: {server: s, ref: A}}
  - id: deep
    name: Deep
    connect: {server: s, ref: D}
    publications: [{url: https://1c.example.com/a/b, worker: true}]
  - {id: elsewhere, name: Elsewhere, connect: {server: s, ref: E}, publications: https://other.example.com/base_1}
"""
_PERSON = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Accept": "text/html,*/*"}
# What Firefox says when a worker asks for the page.
_WORKER = _PERSON | {"Sec-Fetch-Mode": "same-origin", "Sec-Fetch-Dest": "empty"}
_CALL = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Accept": "*/*"}


def published(folder: Path) -> Path:
    """The tree of all these, beside their configuration."""
    lines = (
        f"  - {{id: id_{number}, name: N{number}, connect: {{server: s, ref: BASE_{number}}}}}\n"
        for number in range(MANY - 3)
    )
    (folder / "errorhelp.yaml").write_text(_HEAD + "".join(lines))
    done = command.run(folder / "state", "publish", folder / "tree", "--config", folder)
    assert done.returncode == 0, done.stderr
    return folder / "tree"


def configuration(folder: Path, kind: str) -> str:
    """The configuration of the web server that errorhelp writes, with the tree where the examples have theirs."""
    done = command.run(folder / "state", "web-server", kind, "--config", folder)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout.replace(str(folder / "tree"), "/srv/errorhelp")


def check_that_each_is_its_own(front: Front, alone: Front, behind: Publication) -> None:
    """Each start page registers its own infobase; with nothing behind the web server each has its own offline page."""
    behind.fails_with = None
    for number, (host, path, infobase, has_worker) in enumerate(_all()):
        start = front.ask("GET", f"{path}/", _WORKER | {"Host": host})
        script = f'<script src="/offline/{infobase}/register.js" defer></script></head>'.encode()
        assert start.body == (OTHER_PAGE.replace(b"</head>", script) if has_worker else OTHER_PAGE), path
        asked = behind.heard[-1]
        assert (asked[1], asked[2]["host"]) == (f"{path}/", host)
        # Whatever has the right script has the right page, as some show.
        if number % 8 < 2:
            offline = alone.ask("GET", f"{path}/ru_RU/", _PERSON | {"Host": host})
            assert offline.body == (alone.tree / f"offline/{infobase}/index.html").read_bytes(), path
    for host, path, _, _ in list(_all())[:4]:
        call = front.ask("GET", f"{path}/e1cib/call", _CALL | {"Host": host})
        assert (call.status, call.body) == (200, b'{"done":true}')
        moved = front.ask("GET", path, _PERSON | {"Host": host})
        assert (moved.status, moved.headers["location"].endswith(f"{path}/")) == (301, True)
        deeper = front.ask("GET", f"{path}/e1cib/", _PERSON | {"Host": host})
        assert b"script" not in deeper.body
    # Each host has its own only.
    behind.heard.clear()
    for host, path in (("other.example.com", "/base_2/"), ("1c.example.com", "/base_1000/")):
        assert front.ask("GET", path, _PERSON | {"Host": host}).status in (404, 502)
    assert behind.heard == []


def _all() -> Iterator[tuple[str, str, str, bool]]:
    yield "1c.example.com", "/a", "above", True
    yield "1c.example.com", "/a/b", "deep", True
    yield "other.example.com", "/base_1", "elsewhere", False
    for number in range(MANY - 3):
        yield "1c.example.com", f"/base_{number}", f"id_{number}", True
