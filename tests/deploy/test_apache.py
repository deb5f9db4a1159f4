"""`deploy/apache.conf` keeps what it promises, in a real Apache, by request."""

import gzip
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import apache_example
import command
import many_publications
import pytest
from nginx_example import Front
from ports import free_port
from publication import OTHER_PAGE, START_PAGE, Publication, publication

pytestmark = pytest.mark.more

if sys.platform == "win32":
    pytest.skip("Apache is tested on Linux", allow_module_level=True)

CONFIGURATION = """
publish: ../tree
languages: [ru, en]
help: {text: {ru: Звоните 112, en: Call 112}}
infobases:
  - {id: erp, name: ERP, connect: {server: srv, ref: ERP}, publications: https://1c.example.com/erp}
lists:
  - {id: office, folders: /}
  - {id: boss, folders: /, access: token, token: {file: token}}
"""
PAGE_LOAD = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Accept": "text/html,*/*"}
PAGE_LOADS = {
    "today's browser": PAGE_LOAD,
    "an older one": {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"},
    "Firefox's worker": PAGE_LOAD | {"Sec-Fetch-Mode": "same-origin", "Sec-Fetch-Dest": "empty"},
    "Chromium's worker": PAGE_LOAD | {"Sec-Fetch-Dest": "empty"},
}
XHR = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Accept": "text/html"}
SCRIPT = b'<script src="/offline/erp/register.js" defer></script></head>'


@dataclass(frozen=True)
class Site:
    """Apache with what is behind it, and one with nothing behind it but the tree."""

    apache: Front
    alone: Front
    publication: Publication


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """One that Apache's account may read."""
    with tempfile.TemporaryDirectory(prefix="apache-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def working(folder: Path) -> Iterator[Site]:
    (folder / "config").mkdir()
    (folder / "config" / "errorhelp.yaml").write_text(CONFIGURATION, "utf-8")
    (folder / "config" / "token").write_text("a token of the boss")
    tree = folder / "tree"
    with command.serving(folder / "state", folder / "config") as running, publication() as stand_in:
        running.first_line("published to")
        service = int(running.public.rpartition(":")[2])
        with (
            apache_example.running(
                folder / "apache", tree, errorhelp=service, publication=stand_in.port
            ) as apache,
            apache_example.running(
                folder / "alone", tree, errorhelp=free_port(), publication=free_port()
            ) as alone,
        ):
            yield Site(apache, alone, stand_in)


@pytest.fixture
def site(working: Site) -> Site:
    working.publication.fails_with = None
    working.publication.hangs = False
    return working


@pytest.mark.parametrize(
    ("target", "content_type"),
    [
        ("/help/erp.json", "application/json; charset=utf-8"),
        ("/help/en/erp.json", "application/json; charset=utf-8"),
        ("/lists/office.v8i", "text/plain; charset=utf-8"),
        ("/offline/erp/", "text/html; charset=utf-8"),
        ("/offline/erp/index.html", "text/html; charset=utf-8"),
        ("/offline/erp/sw.js", "text/javascript; charset=utf-8"),
    ],
)
def test_the_tree_is_served_without_the_service(site: Site, target: str, content_type: str):
    file = site.alone.tree / (target.removeprefix("/") + ("index.html" if target.endswith("/") else ""))
    reply = site.alone.get(target, Origin="https://1c.example.com")
    assert (reply.status, reply.body) == (200, file.read_bytes())
    assert reply.headers["content-type"] == content_type
    assert reply.headers["cache-control"] == "no-cache"
    assert reply.headers["content-security-policy"] == "frame-ancestors 'none'"
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.headers["access-control-expose-headers"] == "Date, ETag"
    again = site.alone.get(target, if_none_match=reply.headers["etag"].removeprefix("W/"))
    assert again.status == 304
    packed = site.alone.get(target, accept_encoding="gzip")
    unpacked = gzip.decompress(packed.body) if "content-encoding" in packed.headers else packed.body
    assert (unpacked, packed.headers["content-type"]) == (reply.body, content_type)


def test_the_worker_may_look_after_the_whole_host(site: Site):
    for coding in ("identity", "gzip"):
        reply = site.alone.get("/offline/erp/sw.js", accept_encoding=coding)
        assert reply.headers["service-worker-allowed"] == "/"


def test_what_errorhelp_keeps_for_itself_is_not_served(site: Site):
    assert site.apache.get("/.errorhelp/index").status in (403, 404)


def test_a_post_to_a_service_address_goes_to_the_service(site: Site):
    reply = site.apache.ask("POST", "/help/erp.json", {"Content-Type": "application/json"}, b"{}")
    assert reply.status == 200
    assert "max-age" in reply.headers["cache-control"]
    assert reply.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("body", [b"", b'{"user":"Anna"}'])
def test_a_post_gets_the_file_when_the_service_is_dead(site: Site, body: bytes):
    for _ in range(2):
        reply = site.alone.ask("POST", "/help/erp.json", {"Content-Type": "application/json"}, body)
        assert (reply.status, reply.body) == (200, site.alone.get("/help/erp.json").body)
        assert reply.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("target", "help_text"),
    [
        ("/help/gone.json", "Звоните 112"),
        ("/help/en/gone.json", "Call 112"),
        ("/help/xx/gone.json?from=1c", "Звоните 112"),
    ],
)
def test_an_unknown_infobase_is_a_404_that_helps(site: Site, target: str, help_text: str):
    for apache in (site.apache, site.alone):
        for method in ("GET", "POST"):
            reply = apache.ask(method, target)
            assert (reply.status, json.loads(reply.body)["helpText"]) == (404, help_text)
            assert reply.headers["content-type"].startswith("application/problem+json")
            assert reply.headers["access-control-allow-origin"] == "*"


def test_an_unknown_infobases_page_is_a_404_that_helps(site: Site):
    for apache in (site.apache, site.alone):
        reply = apache.get("/help/en/gone.html")
        assert (reply.status, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert "Call" in reply.body.decode()


def test_a_guarded_list_comes_through_the_service_and_only_with_its_token(site: Site):
    assert site.apache.get("/lists/boss.v8i").status == 401
    reply = site.apache.get("/lists/boss.v8i", authorization="Bearer a token of the boss")
    assert reply.status == 200 and b"[ERP]" in reply.body
    assert reply.headers["cache-control"] == "private, no-store"
    reply = site.alone.get("/lists/boss.v8i", authorization="Bearer a token of the boss")
    assert (reply.status, "112" in reply.body.decode()) == (404, True)
    assert reply.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    "target", ["/api/v1/status", "/help/../api/v1/openapi.json", "/erp/../api/v1/status"]
)
def test_there_is_no_way_to_the_admin_listener(site: Site, target: str):
    assert site.apache.get(target).status == 404


@pytest.mark.parametrize("headers", PAGE_LOADS.values(), ids=PAGE_LOADS)
@pytest.mark.parametrize("target", ["/erp/", "/erp/ru_RU/"])
def test_the_start_page_gets_the_registration_script(site: Site, target: str, headers: dict[str, str]):
    reply = site.apache.ask("GET", target, headers | {"Accept-Encoding": "gzip"})
    assert (reply.status, reply.body) == (200, START_PAGE.replace(b"</head>", SCRIPT))


def test_nothing_else_of_the_publication_is_changed(site: Site):
    assert site.apache.ask("GET", "/erp/ru_RU/report.html", PAGE_LOAD).body == OTHER_PAGE
    assert site.apache.ask("GET", "/erp/ru_RU/", XHR).body == START_PAGE
    own = XHR | {"Sec-Fetch-Mode": "same-origin", "Accept": "*/*"}
    assert site.apache.ask("GET", "/erp/ru_RU/", own).body == START_PAGE
    assert site.apache.ask("POST", "/erp/e1cib/call", XHR, b"{}").body == b'{"done":true}'
    packed = site.apache.ask("GET", "/erp/ru_RU/", XHR | {"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.body) == START_PAGE


@pytest.mark.parametrize("headers", PAGE_LOADS.values(), ids=PAGE_LOADS)
@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_page_load_gets_the_offline_page_when_the_publication_fails(
    site: Site, status: int, headers: dict[str, str]
):
    site.publication.fails_with = status
    reply = site.apache.ask("GET", "/erp/ru_RU/", headers)
    assert reply.status == status
    assert reply.body == (site.apache.tree / "offline/erp/index.html").read_bytes()
    assert (reply.headers["retry-after"], reply.headers["cache-control"]) == ("30", "no-store")


def test_a_page_load_gets_the_offline_page_when_the_publication_is_gone_or_hangs(site: Site):
    page = (site.apache.tree / "offline/erp/index.html").read_bytes()
    assert site.alone.ask("GET", "/erp/ru_RU/", PAGE_LOAD).body == page
    site.publication.hangs = True
    assert site.apache.ask("GET", "/erp/ru_RU/", PAGE_LOAD).body == page


def test_the_publications_redirects_stay_on_https(site: Site):
    reply = site.apache.ask("GET", "/erp/moved", PAGE_LOAD)
    assert reply.headers["location"] == f"https://127.0.0.1:{site.apache.https}/erp/ru_RU/"
    reply = site.apache.ask("GET", "/erp?N=anna", PAGE_LOAD)
    assert (reply.status, reply.headers["location"].endswith("/erp/?N=anna")) == (301, True)


def test_two_hundred_publications_have_each_its_own_script_and_offline_page(folder: Path):
    place = folder / "many"
    place.mkdir()
    tree = many_publications.published(place)
    example = many_publications.configuration(place, "apache")
    with (
        publication() as stand_in,
        apache_example.running(
            place / "front", tree, errorhelp=free_port(), publication=stand_in.port, example=example
        ) as front,
        apache_example.running(
            place / "alone", tree, errorhelp=free_port(), publication=free_port(), example=example
        ) as alone,
    ):
        many_publications.check_that_each_is_its_own(front, alone, stand_in)


@pytest.mark.parametrize("status", [404, 500, 502, 503, 504])
def test_a_call_keeps_the_publications_own_error(site: Site, status: int):
    site.publication.fails_with = status
    reply = site.apache.ask("GET", "/erp/e1cib/call", XHR)
    assert (reply.status, reply.body) == (status, b"an error of 1C")
    assert "retry-after" not in reply.headers


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_page_load_keeps_every_other_error(site: Site, status: int):
    site.publication.fails_with = status
    reply = site.apache.ask("GET", "/erp/ru_RU/", PAGE_LOAD)
    assert (reply.status, reply.body) == (status, b"an error of 1C")
