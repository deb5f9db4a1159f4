"""`nginx.conf.example` keeps what it promises, in a real nginx, by request."""

import gzip
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.request import Request, urlopen

import command
import many_publications
import nginx_example
import pytest
from nginx_example import Front, Reply
from ports import free_port
from publication import OTHER_PAGE, START_PAGE, Publication, publication
from samples import NOON, catalog, message

from errorhelp.answers.snapshot import compile
from errorhelp.catalog.lists import ConnectionList
from errorhelp.publishing.published_tree import publish

pytestmark = pytest.mark.integration

if sys.platform == "win32":
    pytest.skip("nginx is tested on Linux", allow_module_level=True)

CONFIGURATION = """
publish: ../tree
languages: [ru, en]
public: {url: https://help.example.com}
help: {text: {ru: Звоните 112, en: Call 112}}
infobases:
  - {id: erp, name: ERP, connect: {server: srv, ref: ERP}, publications: https://1c.example.com/erp}
lists:
  - {id: office, folders: /}
  - {id: boss, folders: /, access: token, token: {file: token}}
  - {id: domain, folders: /, access: proxy}
"""
PAGE_LOAD = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Accept": "text/html,*/*"}
PAGE_LOADS = {
    "today's browser": PAGE_LOAD,
    "an older one": {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"},
    "Firefox's worker": PAGE_LOAD | {"Sec-Fetch-Mode": "same-origin", "Sec-Fetch-Dest": "empty"},
    "Chromium's worker": PAGE_LOAD | {"Sec-Fetch-Dest": "empty"},
}
CALLS = {
    "a script": {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script", "Accept": "*/*"},
    "an XHR": {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Accept": "application/json, */*"},
    "an XHR that takes HTML": {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Accept": "text/html"},
    "a call to its own origin": {"Sec-Fetch-Mode": "same-origin", "Sec-Fetch-Dest": "empty", "Accept": "*/*"},
    "a hidden frame": {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe", "Accept": "text/html"},
    "the thin client": {"User-Agent": "1CV8C", "Accept": "*/*"},
}
SCRIPT = b'<script src="/offline/erp/register.js" defer></script></head>'


@dataclass(frozen=True)
class Site:
    """nginx with what is behind it."""

    nginx: Front
    publication: Publication
    admin: str

    def load(self, target: str, **headers: str) -> Reply:
        """What a browser gets when a person opens a page."""
        return self.nginx.ask("GET", target, PAGE_LOAD | headers)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[command.Running, Path]]:
    """A service that has published, and its tree."""
    folder = tmp_path_factory.mktemp("service")
    (folder / "config").mkdir()
    (folder / "config" / "errorhelp.yaml").write_text(CONFIGURATION, "utf-8")
    (folder / "config" / "token").write_text("a token of the boss")
    with command.serving(folder / "state", folder / "config") as running:
        running.first_line("published to")
        yield running, folder / "tree"


@pytest.fixture(scope="module")
def working(
    service: tuple[command.Running, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """With the service and the publication working, at the start of each test."""
    running, tree = service
    with (
        publication() as stand_in,
        nginx_example.running(
            tmp_path_factory.mktemp("nginx"),
            tree,
            errorhelp=int(running.public.rpartition(":")[2]),
            publication=stand_in.port,
            replaced={"proxy_read_timeout 60s;": "proxy_read_timeout 1s;"},
        ) as nginx,
    ):
        yield Site(nginx, stand_in, running.admin)


@pytest.fixture
def site(working: Site) -> Site:
    working.publication.fails_with = None
    working.publication.hangs = False
    working.publication.heard.clear()
    return working


@pytest.fixture(scope="module")
def without_service(
    service: tuple[command.Running, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    """With nothing at all behind nginx but the tree."""
    _, tree = service
    nobody = free_port()
    folder = tmp_path_factory.mktemp("nginx")
    with nginx_example.running(folder, tree, errorhelp=nobody, publication=nobody) as nginx:
        yield nginx


def addresses(tree: Path) -> dict[str, Path]:
    """Where a web server must serve the tree's files."""
    files = (path for path in sorted(tree.rglob("*")) if path.is_file() and path.suffix != ".gz")
    names = {path.relative_to(tree).as_posix(): path for path in files}
    return {
        f"/{name.removesuffix('index.html')}": path
        for name, path in names.items()
        if not name.startswith(".") and "/_" not in name
    }


# The tree


def test_every_file_of_the_tree_is_served_without_the_service(without_service: Front):
    found = addresses(without_service.tree)
    assert {"/", "/help/erp.json", "/lists/office.v8i", "/messages.atom", "/offline/erp/"} <= found.keys()
    for address, file in found.items():
        reply = without_service.get(address)
        assert (reply.status, reply.body) == (200, file.read_bytes()), address


def test_a_file_of_the_tree_has_the_type_and_the_rights_that_the_services_answer_has(site: Site):
    for address, file in addresses(site.nginx.tree).items():
        published = site.nginx.get(address)
        # What is not in the tree comes from the service.
        away = file.rename(site.nginx.tree.parent / "away")
        try:
            served = site.nginx.get(address)
        finally:
            away.rename(file)
        assert published.headers["cache-control"] != served.headers["cache-control"], address
        for name in (
            "access-control-allow-origin",
            "access-control-expose-headers",
            "x-content-type-options",
        ):
            assert published.headers[name] == served.headers[name], address
        assert "frame-ancestors 'none'" in published.headers["content-security-policy"], address
        published_type, served_type = (each.headers["content-type"] for each in (published, served))
        assert published_type.removesuffix("; charset=utf-8") == served_type.removesuffix("; charset=utf-8")


def test_any_origin_may_read_the_tree_and_the_date_in_it(without_service: Front):
    reply = without_service.get("/help/erp.json", Origin="https://1c.example.com")
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.headers["access-control-expose-headers"] == "Date, ETag"
    assert parsedate_to_datetime(reply.headers["date"]).tzinfo is not None


def test_a_browser_asks_again_each_time_and_learns_that_nothing_changed(without_service: Front):
    reply = without_service.get("/help/erp.json")
    assert reply.headers["cache-control"] == "no-cache"
    again = without_service.get("/help/erp.json", if_none_match=reply.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert again.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize("target", ["/help/erp.json", "/lists/all.v8i"])
def test_another_text_of_the_same_size_within_the_same_second_has_another_etag(
    tmp_path: Path, target: str, coding: str
):
    lists = [ConnectionList("all", folders=("/",), carries_messages=True)]
    nobody = free_port()
    tree, replies = tmp_path / "tree", []
    with nginx_example.running(tmp_path / "nginx", tree, errorhelp=nobody, publication=nobody) as nginx:
        for hour in (14, 15):
            text = f"До {hour}:00. " + "Сервер обновляется. " * 100
            publish(compile(catalog(lists=lists), [message(text=text)], NOON), tree, NOON.timestamp())
            replies.append(nginx.get(target, accept_encoding=coding))
        before, after = replies
        assert before.headers["content-length"] == after.headers["content-length"]
        assert before.headers["etag"] != after.headers["etag"]
        etag = before.headers["etag"]
        assert nginx.get(target, accept_encoding=coding, if_none_match=etag).status == 200


def test_who_takes_gzip_gets_the_packed_form(without_service: Front):
    for page in ("/offline/erp/index.html", "/help/ru/erp.html", "/help/erp.html", "/"):
        plain = without_service.get(page)
        packed = without_service.get(page, accept_encoding="gzip")
        assert packed.headers["content-encoding"] == "gzip", page
        assert gzip.decompress(packed.body) == plain.body
        assert "accept-encoding" in plain.headers["vary"].lower()


def test_a_head_is_answered_like_a_get_without_its_body(without_service: Front):
    got, headed = (without_service.ask(method, "/help/erp.json") for method in ("GET", "HEAD"))
    assert (headed.status, headed.body) == (200, b"")
    assert headed.headers["content-length"] == str(len(got.body))


def test_the_worker_may_look_after_the_whole_host(without_service: Front):
    assert without_service.get("/offline/erp/sw.js").headers["service-worker-allowed"] == "/"


def test_a_list_is_downloaded_rather_than_shown(without_service: Front):
    assert without_service.get("/lists/office.v8i").headers["content-disposition"] == "attachment"


def test_the_offline_page_is_also_at_its_folder(without_service: Front):
    assert without_service.get("/offline/erp/").body == without_service.get("/offline/erp/index.html").body


def test_what_is_hidden_in_the_tree_is_not_served(site: Site):
    assert (site.nginx.tree / ".errorhelp" / "index").is_file()
    for target in ("/.errorhelp/index", "/help/../.errorhelp/index", "/help/%2e%2e/%2eerrorhelp/index"):
        assert site.nginx.get(target).status == 404


# Service addresses


@pytest.mark.parametrize("body", [b"", b'{"user":"Anna"}'])
def test_a_post_to_a_service_address_goes_to_the_service(site: Site, body: bytes):
    reply = site.nginx.ask("POST", "/help/erp.json", {"Content-Type": "application/json"}, body)
    assert reply.status == 200
    assert json.loads(reply.body)["helpText"] == "Звоните 112"
    # The tree's answers have no max-age.
    assert "max-age" in reply.headers["cache-control"]


@pytest.mark.parametrize("target", ["/help/erp.json", "/help/en/erp.json"])
def test_a_post_gets_the_file_when_the_service_is_dead(without_service: Front, target: str):
    reply = without_service.ask("POST", target, {"Content-Type": "application/json"}, b'{"user":"Anna"}')
    assert (reply.status, reply.body) == (200, without_service.get(target).body)
    assert reply.headers["content-type"] == "application/json; charset=utf-8"
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.headers["cache-control"] == "no-cache"


def test_a_browser_may_post_from_any_origin_with_and_without_the_service(site: Site, without_service: Front):
    for nginx in (site.nginx, without_service):
        asked = {"Origin": "https://1c", "Access-Control-Request-Method": "POST"}
        reply = nginx.ask("OPTIONS", "/help/erp.json", asked)
        assert reply.status in (200, 204)
        assert reply.headers["access-control-allow-origin"] == "*"
        assert "POST" in reply.headers["access-control-allow-methods"]
        assert "Content-Type" in reply.headers["access-control-allow-headers"]


@pytest.mark.parametrize(
    ("target", "help_text"),
    [
        ("/help/gone.json", "Звоните 112"),
        ("/help/en/gone.json", "Call 112"),
        ("/help/xx/gone.json?from=1c", "Звоните 112"),
    ],
)
def test_an_unknown_infobase_is_a_404_that_helps_with_and_without_the_service(
    site: Site, without_service: Front, target: str, help_text: str
):
    for nginx in (site.nginx, without_service):
        for method in ("GET", "POST"):
            reply = nginx.ask(method, target)
            document = json.loads(reply.body)
            assert (reply.status, document["status"], document["helpText"]) == (404, 404, help_text)
            assert reply.headers["content-type"].startswith("application/problem+json")
            assert reply.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("target", "help_text"), [("/help/gone.html", "Звоните"), ("/help/en/gone.html?x=1", "Call")]
)
def test_an_unknown_infobases_page_is_a_404_that_helps_with_and_without_the_service(
    site: Site, without_service: Front, target: str, help_text: str
):
    for nginx in (site.nginx, without_service):
        reply = nginx.get(target)
        assert (reply.status, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert help_text in reply.body.decode()


def test_what_only_the_service_has_is_a_page_with_the_help_text_when_that_is_dead(
    site: Site, without_service: Front
):
    found = site.nginx.get("/some/where", accept="text/html")
    assert (found.status, "Такой страницы нет" in found.body.decode()) == (404, True)
    for target in ("/some/where", "/lists/boss.v8i"):
        reply = without_service.get(target)
        assert (reply.status, reply.headers["content-type"]) == (502, "text/html; charset=utf-8")
        assert reply.headers["cache-control"] == "no-store"
        assert "Сервер помощи не может ответить на этот запрос" in reply.body.decode()
        assert "112" in reply.body.decode()


def test_a_message_is_in_the_tree_until_it_is_ended(site: Site, service: tuple[command.Running, Path]):
    running, _ = service
    posted = command.run(running.state, "message", "post", "--to", "erp", "--for", "1h", "--text", "Стоим")
    running.next_line("published to")
    assert json.loads(site.nginx.get("/help/erp.json").body)["userMessage"] == "Стоим"
    command.run(running.state, "message", "end", posted.stdout.strip())
    running.next_line("published to")
    assert json.loads(site.nginx.get("/help/erp.json").body)["userMessage"] == ""


# What is for some only


def test_a_guarded_list_comes_through_the_service_and_only_with_its_token(site: Site):
    assert site.nginx.get("/lists/boss.v8i").status == 401
    reply = site.nginx.get("/lists/boss.v8i", authorization="Bearer a token of the boss")
    assert reply.status == 200 and b"[ERP]" in reply.body
    assert reply.headers["cache-control"] == "private, no-store"


def test_a_guarded_list_is_not_served_without_the_service(without_service: Front):
    reply = without_service.get("/lists/boss.v8i", authorization="Bearer a token of the boss")
    assert reply.status == 502 and b"[ERP]" not in reply.body


def test_a_client_cannot_name_itself_the_proxys_user(site: Site):
    assert site.nginx.get("/lists/domain.v8i", remote_user="boss").status == 403


@pytest.mark.parametrize("target", ["/api/v1/status", "/api/v1/openapi.json", "/api/v1/messages"])
def test_there_is_no_way_to_the_admin_listener(site: Site, target: str):
    token = (site.nginx.tree.parent / "state" / "token").read_text().strip()
    headers = {"Authorization": f"Bearer {token}"}
    with urlopen(Request(site.admin + target, headers=headers)) as there:
        assert there.status == 200
    for way in ("", "/help/..", "/erp/..", "/help/%2e%2e", "/offline/erp/../.."):
        for host in ("1c.example.com", site.admin.removeprefix("http://")):
            assert site.nginx.ask("GET", way + target, headers | {"Host": host}).status == 404


@pytest.mark.parametrize(
    "target",
    ["/help/erp.json/", "/help%2Fgone.json", "/help/..%2f..%2fetc/passwd", "/help/%00.json", "/%2e%2e/x"],
)
def test_odd_paths_find_nothing(site: Site, without_service: Front, target: str):
    for nginx in (site.nginx, without_service):
        assert nginx.get(target).status in (400, 404, 502)


def test_nobody_stays_without_tls(site: Site):
    reply = site.nginx.ask_without_tls("/erp/ru_RU/?N=anna")
    assert (reply.status, reply.headers["location"]) == (301, "https://127.0.0.1/erp/ru_RU/?N=anna")


# The publication


@pytest.mark.parametrize("target", ["/erp/", "/erp/ru_RU/", "/erp/ru_RU/?N=anna"])
def test_the_start_page_gets_the_registration_script_also_where_gzip_is_taken(site: Site, target: str):
    for headers in PAGE_LOADS.values():
        reply = site.nginx.ask("GET", target, headers | {"Accept-Encoding": "gzip, br"})
        assert reply.status == 200
        assert reply.body == START_PAGE.replace(b"</head>", SCRIPT)


def test_no_other_page_is_changed(site: Site):
    reply = site.load("/erp/ru_RU/report.html")
    assert reply.body == OTHER_PAGE
    packed = site.load("/erp/ru_RU/report.html", **{"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip" and gzip.decompress(packed.body) == OTHER_PAGE


@pytest.mark.parametrize("headers", CALLS.values(), ids=CALLS)
def test_a_call_is_not_changed(site: Site, headers: dict[str, str]):
    reply = site.nginx.ask("GET", "/erp/ru_RU/", headers | {"Accept-Encoding": "gzip"})
    assert gzip.decompress(reply.body) == START_PAGE
    reply = site.nginx.ask("POST", "/erp/e1cib/call", headers, b"{}")
    assert (reply.status, reply.body) == (200, b'{"done":true}')
    assert reply.headers["content-type"] == "application/json"


def test_the_publication_without_its_slash_leads_to_the_one_with_it(site: Site):
    reply = site.load("/erp?N=anna")
    assert (reply.status, reply.headers["location"]) == (301, "/erp/?N=anna")


def test_the_publications_redirects_stay_on_https(site: Site):
    for headers in (PAGE_LOAD, CALLS["the thin client"]):
        reply = site.nginx.ask("GET", "/erp/moved", headers)
        assert reply.headers["location"] == f"https://127.0.0.1:{site.nginx.https}/erp/ru_RU/"


def test_the_publication_is_asked_with_the_clients_host_address_and_path(site: Site):
    site.nginx.get("/erp/e1cib/a%2Fb?c=%20", Host="1c.example.com", remote_user="boss")
    (method, path, headers), *_ = site.publication.heard
    assert (method, path) == ("GET", "/erp/e1cib/a%2Fb?c=%20")
    assert headers["host"] == "1c.example.com"
    assert (headers["x-forwarded-for"], headers["x-forwarded-proto"]) == ("127.0.0.1", "https")
    assert "remote-user" not in headers


@pytest.mark.parametrize("page_load", PAGE_LOADS.values(), ids=PAGE_LOADS)
@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_page_load_gets_the_offline_page_when_the_publication_fails(
    site: Site, status: int, page_load: dict[str, str]
):
    site.publication.fails_with = status
    assert_offline_page(site, site.nginx.ask("GET", "/erp/ru_RU/", page_load))


def test_a_page_load_gets_the_offline_page_when_the_publication_does_not_answer_in_time(site: Site):
    site.publication.hangs = True
    assert_offline_page(site, site.load("/erp/ru_RU/"))


def test_a_page_load_gets_the_offline_page_when_everything_behind_nginx_is_gone(
    site: Site, without_service: Front
):
    reply = without_service.ask("GET", "/erp/ru_RU/", PAGE_LOAD)
    assert_offline_page(site, reply)
    reply = without_service.ask("GET", "/erp/ru_RU/", PAGE_LOAD | {"Accept-Encoding": "gzip"})
    assert (reply.status, reply.headers["content-encoding"]) == (503, "gzip")


def assert_offline_page(site: Site, reply: Reply) -> None:
    assert reply.status == 503
    assert reply.body == (site.nginx.tree / "offline/erp/index.html").read_bytes()
    assert reply.headers["retry-after"] == "30"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("headers", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_call_keeps_the_publications_own_error(site: Site, status: int, headers: dict[str, str]):
    site.publication.fails_with = status
    reply = site.nginx.ask("GET", "/erp/e1cib/call", headers)
    assert (reply.status, reply.body) == (status, b"an error of 1C")
    assert reply.headers["content-type"] == "text/plain"
    assert "retry-after" not in reply.headers


@pytest.mark.parametrize("headers", CALLS.values(), ids=CALLS)
def test_a_call_gets_a_plain_502_when_the_publication_is_gone(
    without_service: Front, headers: dict[str, str]
):
    reply = without_service.ask("GET", "/erp/e1cib/call", headers)
    assert reply.status == 502
    assert b"</script>" not in reply.body


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_a_page_load_keeps_every_other_error(site: Site, status: int):
    site.publication.fails_with = status
    reply = site.load("/erp/ru_RU/")
    assert (reply.status, reply.body) == (status, b"an error of 1C")


# Many publications


def test_two_hundred_publications_have_each_its_own_script_and_offline_page(tmp_path: Path):
    tree = many_publications.published(tmp_path)
    example, nobody = many_publications.configuration(tmp_path, "nginx"), free_port()
    with (
        publication() as stand_in,
        nginx_example.running(
            tmp_path / "front", tree, errorhelp=nobody, publication=stand_in.port, example=example
        ) as front,
        nginx_example.running(
            tmp_path / "alone", tree, errorhelp=nobody, publication=nobody, example=example
        ) as alone,
    ):
        many_publications.check_that_each_is_its_own(front, alone, stand_in)
        assert not re.search(r"\[(?:warn|crit|emerg)\]", (tmp_path / "front" / "error.log").read_text())


# Sign-in


def test_where_the_publication_needs_sign_in_errorhelps_own_addresses_need_none(
    service: tuple[command.Running, Path], site: Site, tmp_path: Path
):
    (tmp_path / "htpasswd").write_text("anna:{PLAIN}secret\n")
    own = tmp_path / "nginx" / "errorhelp.d" / "sign-in.conf"
    own.parent.mkdir(parents=True)
    own.write_text(f'auth_basic "1C";\nauth_basic_user_file {tmp_path}/htpasswd;\n')
    with nginx_example.running(
        tmp_path / "nginx",
        site.nginx.tree,
        errorhelp=int(service[0].public.rpartition(":")[2]),
        publication=site.publication.port,
    ) as nginx:
        for headers in (PAGE_LOAD, CALLS["an XHR"]):
            assert nginx.ask("GET", "/erp/ru_RU/", headers).status == 401
        for target in ("offline/erp/", "offline/erp/sw.js", "offline/erp/register.js", "help/erp.json"):
            assert nginx.get(f"/{target}").status == 200
        assert nginx.ask("POST", "/help/erp.json").status == 200
        signed_in = PAGE_LOAD | {"Authorization": "Basic YW5uYTpzZWNyZXQ="}
        assert SCRIPT in nginx.ask("GET", "/erp/ru_RU/", signed_in).body
        site.publication.fails_with = 503
        assert_offline_page(site, nginx.ask("GET", "/erp/ru_RU/", signed_in))


# The service dies


def test_nginx_serves_on_when_the_service_is_killed(tmp_path: Path):
    (tmp_path / "errorhelp.yaml").write_text(CONFIGURATION.replace("../tree", "tree"), "utf-8")
    (tmp_path / "token").write_text("x" * 20)
    with command.serving(tmp_path / "state", tmp_path) as running:
        running.first_line("published to")
        with nginx_example.running(
            tmp_path / "nginx",
            tmp_path / "tree",
            errorhelp=int(running.public.rpartition(":")[2]),
            publication=free_port(),
        ) as nginx:
            before = nginx.ask("POST", "/help/erp.json")
            running.process.kill()
            running.process.wait()
            for method in ("GET", "HEAD", "POST"):
                assert nginx.ask(method, "/help/erp.json").status == 200
            assert nginx.ask("POST", "/help/erp.json").body == before.body
            assert nginx.get("/offline/erp/").status == 200
