"""The configurations of web servers as files: the examples, their languages, and what stands in IIS's."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from command import run_bytes
from configurations import read

from errorhelp.config.web_server_builder import build_front
from errorhelp.text.text_catalogue import read_po
from errorhelp.web_server import WebServer
from errorhelp.web_server.configuration_file import configuration_file, localized, template
from errorhelp.web_server.sites import Sites, sites_of

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "errorhelp/text/locale/ru/web_server.po"
CONFIGURATION = """
publish: /srv/errorhelp
public: {url: https://help.example.com, listen: 0.0.0.0:8088}
web_server:
  certificate: '/etc/ssl/our "own".pem'
  key: /etc/ssl/our.key
  hosts:
    - {host: 1c.example.com, backend: "http://192.0.2.10:8000"}
    - {host: hr.example.com, backend: "https://hr1c.example.com"}
infobases:
  - {id: erp, name: ERP, connect: {server: s, ref: e}, publications: [{url: https://1c.example.com/ERP, worker: true}]}
  - {id: crm, name: CRM, connect: {server: s, ref: c}, publications: https://1c.example.com/crm}
  - id: pay
    name: Pay
    connect: {server: s, ref: p}
    publications: [{url: https://hr.example.com/x/pay, worker: true}]
"""


def sites(folder: Path) -> Sites:
    loaded = read(folder, CONFIGURATION)
    front = build_front(loaded.settings, loaded.tree)
    return sites_of(loaded.catalog.infobases.values(), loaded.catalog.public_url, front)


@pytest.mark.parametrize(
    ("name", "kind", "language"),
    [
        ("nginx.conf.example", "nginx", "en"),
        ("nginx.conf.example.ru", "nginx", "ru"),
        ("deploy/apache.conf", "apache", "en"),
        ("deploy/web.config", "iis", "en"),
    ],
)
def test_an_example_is_what_is_written_for_the_worked_example(
    tmp_path: Path, name: str, kind: str, language: str
):
    done = run_bytes(tmp_path, "--lang", language, "web-server", kind, "--config", ROOT / "config")
    assert done.returncode == 0
    assert done.stdout == (ROOT / name).read_bytes(), (
        f"errorhelp --lang {language} web-server {kind} --output {name}"
    )


@pytest.mark.parametrize("kind", WebServer)
def test_the_same_configuration_gives_the_same_bytes_and_each_fact_is_there(tmp_path: Path, kind: WebServer):
    written = configuration_file(kind, sites(tmp_path), "en")
    assert written == configuration_file(kind, sites(tmp_path), "en")
    text = written.decode()
    facts = ["192.0.2.10:8000", "hr1c.example.com", "127.0.0.1:8088", "/ERP", "/crm", "/x/pay", "erp", "pay"]
    facts += ["1c.example.com", "hr.example.com", "help.example.com"]
    if kind is not WebServer.IIS:
        # IIS has its folder and its certificates elsewhere.
        facts += ["/srv/errorhelp", '"/etc/ssl/our \\"own\\".pem"', "/etc/ssl/our.key"]
    # Names stand in patterns, too.
    said = re.sub(r"(?m)^ *#.*|<!--[\s\S]*?-->", "", text).replace("\\.", ".")
    assert [fact for fact in facts if fact not in said] == []


@pytest.mark.parametrize("kind", WebServer)
def test_the_comments_alone_are_in_the_readers_language(tmp_path: Path, kind: WebServer):
    english, russian = (configuration_file(kind, sites(tmp_path), each).decode() for each in ("en", "ru"))
    assert english != russian
    assert not re.search("[а-я]", english)

    def directives(text: str) -> list[str]:
        bare = re.sub(r"<!--[\s\S]*?-->", "", text)
        return [line for line in bare.splitlines() if line.strip() and not re.match(r" *#($| (?! ))", line)]

    assert directives(russian) == directives(english)
    comments = [line for line in russian.splitlines() if line.lstrip().startswith("#")]
    assert max(map(len, comments), default=0) <= 118


def test_every_comment_is_translated_and_none_is_left_over():
    found: set[str] = set()
    for kind in WebServer:
        localized(kind, template(kind), lambda text: found.add(text) or text)
    entries = {english: forms for english, forms in read_po(CATALOGUE.read_text("utf-8")).items() if english}
    assert entries.keys() == found
    own = re.compile(r"docs/\w\w/|/etc/[\w./]+|`[^`]*`|\$\w+|@\w+|Sec-Fetch-Mode|POST|\b\d{3}\b|/erp/\w*")
    for english, (russian,) in entries.items():
        assert re.search("[а-я]{3}", russian) or russian == english == "---- errorhelp ----"
        assert sorted(own.findall(english)) == sorted(own.findall(russian.replace("docs/ru/", "docs/en/")))


def test_iis_is_told_of_each_publication_once_and_finds_the_infobase_of_its_worker(tmp_path: Path):
    root = ElementTree.fromstring(configuration_file(WebServer.IIS, sites(tmp_path), "en"))  # noqa: S314 - ours
    maps = {
        each.get("name"): {key.get("key"): key.get("value") for key in each}
        for each in root.iter("rewriteMap")
    }
    assert maps == {
        "errorhelp-backends": {
            "1c.example.com": "http://192.0.2.10:8000",
            "hr.example.com": "https://hr1c.example.com",
        },
        "errorhelp-publications": {
            "1c.example.com/ERP": "erp",
            "1c.example.com/crm": "-",
            "hr.example.com/x/pay": "pay",
        },
    }
    rules = {each.get("name", ""): each for each in root.iter("rule")}
    deep, shallow = (name for name in rules if name.startswith("errorhelp: publications, depth"))
    for name, path, publication in (
        (shallow, "ERP/ru_RU/", "ERP"),
        (deep, "x/pay/e1cib/call", "x/pay"),
    ):
        pattern = rules[name].find("match").get("url")  # type: ignore[union-attr]
        assert (found := re.match(pattern or "", path)) and found[1] == publication
    pages = [each for name, each in rules.items() if "registration" in name]
    starts = [each.find("conditions")[0].get("pattern", "") for each in pages]  # type: ignore[index]
    for address, is_start in {
        "/ERP/": True,
        "/ERP/ru_RU/?N=a": True,
        "/x/pay/": True,
        "/ERP/e1cib/call/x": False,
        "/ERP/report.html": False,
    }.items():
        assert any(re.search(each, address) for each in starts) is is_start, address
    (asked,) = {each.find("action").get("url") for name, each in rules.items() if "tree" in name}  # type: ignore[union-attr]
    assert asked == "http://127.0.0.1:8088/{R:0}"


def test_iis_is_told_nothing_that_its_hosts_lock(tmp_path: Path):
    root = ElementTree.fromstring(configuration_file(WebServer.IIS, sites(tmp_path), "en"))  # noqa: S314 - ours
    # overrideModeDefault="Deny" in applicationHost.config; a variable needs allowedServerVariables there.
    locked = {
        "authentication",
        "anonymousAuthentication",
        "windowsAuthentication",
        "access",
        "serverVariables",
    }
    assert locked & {each.tag for each in root.iter()} == set()
