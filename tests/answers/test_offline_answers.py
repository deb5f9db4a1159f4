"""The offline page and its worker as files; tests/public/browser has them in a browser."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from configurations import errors_in, read
from samples import NOON, message

from errorhelp.answers.answer import Answer
from errorhelp.answers.snapshot import compile
from errorhelp.catalog.catalog import Catalog, Offline
from errorhelp.catalog.infobase import Publication

CONFIGURATION = """
public: {url: "https://help.example.com"}
time_zone: Europe/Moscow
help: {text: {ru: Звоните 112, en: Call 112}, url: "https://help.example.com/{language}/{infobase}"}
infobases:
  - id: erp
    aliases: erp_old
    name: ERP
    connect: {server: s, ref: erp}
    publications: [https://1c.example.com/old, {url: https://1c.example.com/erp, worker: true}]
"""
FILES = ["index.html", "sw.js", "register.js"]


def file(catalog: Catalog, name: str, infobase: str = "erp") -> Answer:
    found = compile(catalog, (), NOON).find(f"/offline/{infobase}/{name}", NOON.timestamp())
    assert found is not None
    return found


def settings_of(script: Answer) -> dict[str, Any]:
    """What the script was filled in with."""
    match = re.search(r"const settings = (\{.*\});", script.body.decode())
    assert match is not None
    settings: dict[str, Any] = json.loads(match[1])
    return settings


def data_of(page: Answer) -> dict[str, Any]:
    match = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.body.decode())
    assert match is not None
    data: dict[str, Any] = json.loads(match[1])
    return data


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return read(tmp_path, CONFIGURATION).catalog


def test_page_worker_and_registration_are_published_for_every_infobase_under_every_id(
    catalog: Catalog,
) -> None:
    published = set(compile(catalog, (), NOON).every_path())

    for infobase in ("erp", "erp_old"):
        for name in FILES:
            assert f"/offline/{infobase}/{name}" in published
            assert file(catalog, name, infobase) == file(catalog, name)
    assert file(catalog, "") == file(catalog, "index.html")


@pytest.mark.parametrize("path", ["/offline/hr/sw.js", "/offline/erp/other.js", "/offline/erp", "/offline/"])
def test_at_any_other_path_there_is_nothing(catalog: Catalog, path: str) -> None:
    assert compile(catalog, (), NOON).find(path, NOON.timestamp()) is None


def test_each_file_says_what_it_is(catalog: Catalog) -> None:
    kinds = [re.search(rb"Content-Type: (.*)\r\n", file(catalog, name).head) for name in FILES]

    script = b"text/javascript; charset=utf-8"
    assert [kind and kind[1] for kind in kinds] == [b"text/html; charset=utf-8", script, script]


def test_the_worker_may_guard_what_lies_above_its_own_address(catalog: Catalog) -> None:
    assert b"\r\nService-Worker-Allowed: /\r\n" in file(catalog, "sw.js").head


def test_the_page_may_run_its_own_script_and_ask_its_host_and_the_service_address_and_nothing_else(
    catalog: Catalog,
) -> None:
    page = file(catalog, "index.html")
    html = page.body.decode()
    policy = re.search(r"Content-Security-Policy: (.*)\r\n", page.head.decode())
    own = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert policy and own
    assert f"{unescape(own[1])}; frame-ancestors 'none'" == policy[1]

    rules = dict(rule.split(" ", 1) for rule in policy[1].split("; "))
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        (inline,) = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        assert rules[rule] == f"'sha256-{b64encode(sha256(inline.encode()).digest()).decode()}'"
    assert rules["default-src"] == "'none'"
    assert rules["connect-src"] == "'self' https://help.example.com"


def test_the_page_can_be_read_without_any_other_request(catalog: Catalog) -> None:
    html = file(catalog, "index.html").body.decode()

    assert not re.search(r"<(iframe|object)|<script[^>]* src|@import|url\(", html)
    # Icon and logo stand in the page itself.
    linked = re.findall(r'<(?:link|img)[^>]* (?:href|src)="([^"]*)"', html)
    assert linked and all(each.startswith("data:image/") for each in linked)
    assert "Звоните 112" in html
    assert 'href="https://help.example.com/ru/erp"' in html


def test_without_scripts_the_page_says_what_to_do(catalog: Catalog) -> None:
    (said,) = re.findall("<noscript><p>(.*?)</p></noscript>", file(catalog, "index.html").body.decode())

    assert "База сейчас недоступна." in said
    assert "обновляйте её (F5)" in said


def test_the_page_has_the_help_in_every_language_and_knows_where_to_ask_for_more(catalog: Catalog) -> None:
    data = data_of(file(catalog, "index.html"))

    assert data["help"]["en"] == {
        "text": "Call 112",
        "language": "en",
        "url": "https://help.example.com/en/erp",
    }
    assert data["service"]["en"] == "https://help.example.com/help/en/erp.json"
    assert sorted(data["texts"]) == ["en", "ru"]


def test_the_page_carries_the_words_of_the_configured_languages_and_no_others(tmp_path: Path) -> None:
    known = {"en": "Try now", "ru": "Попробовать сейчас", "kk": "Қазір байқап көру", "et": "Proovi kohe"}
    for languages in (["kk", "ru"], ["et"], ["ru", "en", "kk", "et"]):
        text = f"languages: {json.dumps(languages)}\n" + CONFIGURATION.replace(
            "{ru: Звоните 112, en: Call 112}", "'112'"
        )
        html = file(read(tmp_path, text).catalog, "index.html").body.decode()

        assert {code for code, words in known.items() if words in html} == set(languages)
        assert f'<html lang="{languages[0]}">' in html


def test_each_language_makes_the_page_longer_by_three_kilobytes_at_most(tmp_path: Path) -> None:
    def size(languages: str) -> int:
        text = f"languages: {languages}\n" + CONFIGURATION.replace("{ru: Звоните 112, en: Call 112}", "'112'")
        return len(file(read(tmp_path, text).catalog, "index.html").body)

    for more in ("kk", "et", "ro", "uk"):
        assert 0 < size(f"[ru, {more}]") - size("[ru]") < 3 * 1024


def test_a_language_without_words_of_ours_has_those_of_the_next(tmp_path: Path) -> None:
    text = "languages: [fi, ru]\n" + CONFIGURATION.replace("en: Call 112", "fi: Soita 112")
    page = file(read(tmp_path, text).catalog, "index.html")
    data = data_of(page)

    assert data["interfaces"] == {"fi": "ru", "ru": "ru"}
    assert data["texts"]["fi"] == data["texts"]["ru"]
    assert data["times"]["fi"]["days"][10] == "{day}. marraskuuta"
    assert '<p id="help-text" lang="fi">Soita 112</p>' in page.body.decode()


@pytest.mark.parametrize("hostile", ["</script><b>", "<!--<script>", "\u2028 ' \" \\ &amp;"])
def test_no_text_gets_out_of_its_place(tmp_path: Path, hostile: str) -> None:
    quoted = json.dumps(hostile)
    text = CONFIGURATION.replace("name: ERP", f"name: {quoted}").replace("ru: Звоните 112", f"ru: {quoted}")
    catalog = read(tmp_path, text).catalog

    page = file(catalog, "index.html")
    assert data_of(page)["help"]["ru"]["text"] == hostile
    assert hostile not in page.body.decode()
    assert page.body.count(b"<script") == 3
    worker = file(catalog, "sw.js")
    assert hostile in settings_of(worker)["text"]
    assert b"</script>" not in worker.body


def test_posting_a_message_changes_none_of_the_files(catalog: Catalog) -> None:
    before = compile(catalog, (), NOON)
    after = compile(catalog, (message("erp"),), NOON, before)

    changed = {path for path, _ in after.published(before)}
    assert "/help/erp.json" in changed
    assert not {path for path in changed if path.startswith("/offline/")}
    for name in FILES:
        path = f"/offline/erp/{name}"
        assert before.find(path, NOON.timestamp()) == after.find(path, NOON.timestamp())


def test_the_workers_version_follows_what_the_page_says(tmp_path: Path, catalog: Catalog) -> None:
    other = read(tmp_path, CONFIGURATION.replace("Call 112", "Call 113")).catalog
    versions = [settings_of(file(each, "sw.js"))["version"] for each in (catalog, other, catalog)]

    assert versions[0] == versions[2] != versions[1]


def test_the_worker_is_wanted_only_where_a_publication_asks_for_it(catalog: Catalog) -> None:
    for name in ("sw.js", "register.js"):
        assert settings_of(file(catalog, name))["publications"] == ["https://1c.example.com/erp"]


def test_the_off_switch_leaves_no_publication_to_any_worker(tmp_path: Path) -> None:
    catalog = read(tmp_path, CONFIGURATION + "offline: {workers: false}").catalog

    for name in ("sw.js", "register.js"):
        assert settings_of(file(catalog, name))["publications"] == []


def test_without_a_public_url_the_page_asks_its_own_host(tmp_path: Path) -> None:
    catalog = read(tmp_path, CONFIGURATION.replace("public:", "#")).catalog
    page = file(catalog, "index.html")

    assert data_of(page)["service"]["ru"] == "/help/ru/erp.json"
    assert b"connect-src 'self'; frame-ancestors" in page.head


def test_an_international_host_name_is_allowed_as_browsers_write_it(tmp_path: Path) -> None:
    catalog = read(
        tmp_path, CONFIGURATION.replace('"https://help.example.com"', '"https://помощь.рф"')
    ).catalog

    assert b"connect-src 'self' https://xn--" in file(catalog, "index.html").head


# Settings


def test_a_publication_is_an_address_or_an_address_with_a_worker(catalog: Catalog) -> None:
    assert catalog.infobases["erp"].publications == (
        Publication("https://1c.example.com/old"),
        Publication("https://1c.example.com/erp", worker=True),
    )
    assert catalog.offline == Offline()


def test_a_timeout_that_browsers_would_not_wait_for_counts_as_the_longest_they_do(tmp_path: Path) -> None:
    loaded = read(tmp_path, CONFIGURATION + "offline: {timeout: 4m}")

    assert settings_of(file(loaded.catalog, "sw.js"))["timeout"] == 60_000
    (warning,) = loaded.warnings
    assert (warning.path, warning.message) == (
        "offline.timeout",
        "counts as 60s, since browsers and web servers wait no longer for a page; set 60s or less",
    )
    assert read(tmp_path, CONFIGURATION + "offline: {timeout: 60s}").warnings == ()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("offline: {timeout: 5m}", "offline.timeout: must be from 1s to 4m"),
        ("offline: {longest_pause: 1s}", "offline.longest_pause: must be from 5s to 10m"),
        ("offline: {workers: maybe}", "offline.workers: 'maybe'"),
    ],
)
def test_a_setting_that_cannot_work_is_refused(tmp_path: Path, wrong: str, says: str) -> None:
    (error,) = errors_in(tmp_path, CONFIGURATION + wrong)

    assert says in error
