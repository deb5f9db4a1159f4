"""The documentation keeps up with the product: its references, its links, its languages and its commands."""

import json
import os
import random
import re
import shutil
import sqlite3
import string
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from command import Running, environment, run, serving
from fixture_files import CLUSTER, OFFICE

from docs.generate import pages
from docs.reference.markdown import anchors

ROOT = Path(__file__).parents[2]
DOCS = sorted((ROOT / "docs").glob("*/*.md"))
PAGES = pages()
GENERATED = {file for file in PAGES if file.suffix == ".md"}
WRITTEN = [file for file in (ROOT / "README.md", *DOCS) if file not in GENERATED]

CONFIGURATION = """
languages: [ru, en]
public: {url: https://help.example.com}
web_server:
  certificate: /etc/ssl/certs/help.example.com.pem
  key: /etc/ssl/private/help.example.com.key
help: {text: Call 112}
folders: [{path: /Finance}]
infobases:
  - {id: erp, name: ERP, connect: {server: srv1c, ref: ERP}}
  - {id: payroll, name: Payroll, connect: {server: srv1c, ref: ZUP}, folder: /Finance}
lists:
  - {id: office, folders: [/], carries_messages: true}
reports:
  enabled: true
  quiet_while_explained: false
  # Nobody listens there, so notifications wait in the outbox.
  forward: [{id: jira, webhook: "http://127.0.0.1:9/", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}]
maintenance_windows:
  - {id: hourly, targets: erp, text: Updates, starts_at: "2026-01-01 00:00", duration: 1h, rule: FREQ=HOURLY}
  - {id: nightly, targets: erp, text: Backups, starts_at: "2026-01-01 23:00", duration: 2h, rule: FREQ=DAILY}
publish: tree
"""

# What a reader has other values for.
THEIRS = {
    r"\\files\1c\lists": "lists",
    r"\\files\1c\office.v8i": "office.v8i",
    r'"C:\Program Files\1cv8\srvinfo\reg_1541\1CV8Clst.lst"': "1CV8Clst.lst",
    r'"C:\ProgramData\1C\1CEStart\1CEStart.cfg"': "theirs.cfg",
    "/etc/nginx/conf.d/": "conf.d/",
    "/etc/apache2/sites-available/": "conf.d/",
    r"C:\errorhelp\tree\web.config": "conf.d/web.config",
    # It may be later in the day.
    "--until 14:00": "--until 'tomorrow 14:00'",
    # It would go on for ever; what it does at first is all that is tried here.
    " --watch": "",
    # A test has no terminal to be asked at.
    "errorhelp user hash": "errorhelp user hash --stdin",
}
MESSAGE, TOKEN, PROBLEM, ENTRY = "k7m2xq9dpw", "d0665c81", "0f3a9c1e5b7d2468", "3f2c9a…"
TEMPLATE = "t.5f2a90c1"
REPORT, DEAD_ENTRY = "7c41e0d2a9b35f68", "9b1e44…"
WINDOW = "w.k7m2xq9dpw"
RUNNING, TO_COME = "hourly@20261121T130000Z", "nightly@20261121T200000Z"
# They are typed one after the other, which tests/docs/test_nginx_docs.py does.
TYPED_IN_A_ROW = {ROOT / "docs" / language / "nginx.md" for language in ("en", "ru")}
# Behind a proxy of their own, which tests/docs/test_sign_in_docs.py sets up.
ELSEWHERE = re.compile(r"Remote-User")
# Reports are written once a second, and a look takes a few milliseconds.
_MOST_LOOKS = 2000
# The service that the others ask is one.
SERVE = re.compile(r" && errorhelp serve .*|^errorhelp serve\b.*")


def name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("file", PAGES, ids=name)
def test_generated_pages_are_as_the_code_would_write_them(file: Path) -> None:
    assert file.read_bytes() == PAGES[file], "run make docs"


@pytest.mark.parametrize("file", (ROOT / "README.md", *DOCS), ids=name)
def test_links_lead_somewhere(file: Path) -> None:
    text = re.sub(r"`[^`]*`|^ {4}.*$", "", file.read_text("utf-8"), flags=re.MULTILINE)
    for link in re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", text):
        path, _, anchor = link.partition("#")
        target = (file.parent / path).resolve() if path else file
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text("utf-8")), link


@pytest.mark.parametrize("file", sorted((ROOT / "docs/ru").glob("*.md")), ids=name)
def test_a_russian_page_leads_to_english_ones_only_where_there_is_no_russian(file: Path) -> None:
    for english in re.findall(r"\]\(\.\./en/([\w-]+\.md)", file.read_text("utf-8")):
        assert not (file.parent / english).exists(), english


def test_every_page_is_there_in_both_languages() -> None:
    by_language = {
        language: {file.name for file in DOCS if file.parent.name == language} for language in ("en", "ru")
    }
    # The reference of the API is what a service says of itself, in English.
    assert by_language["en"] - {"api-reference.md"} == by_language["ru"]


def commands() -> list[str]:
    """Every `errorhelp …` and `curl …` in a block of code, each once, as it would be typed."""
    found: dict[str, None] = {}
    for file in WRITTEN:
        if file in TYPED_IN_A_ROW:
            continue
        text = file.read_text("utf-8").replace("\\\n", " ")
        for line in re.findall(r"^ {4,}(?:\$ )?(?:\.venv/bin/)?((?:errorhelp|curl) .*)$", text, re.MULTILINE):
            command = SERVE.sub("", re.sub(r"\s{2,}# .*$", "", line))
            if command and not ELSEWHERE.search(command):
                found[" ".join(command.split())] = None
    return list(found)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("reader")
    configuration = folder / "errorhelp.yaml"
    configuration.write_text(CONFIGURATION, "utf-8")
    with serving(folder / "state", configuration) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files that the documentation speaks of."""
    for list_name in ("ibases.v8i", "office.v8i", "branch.v8i", "lists/office.v8i"):
        (tmp_path / list_name).parent.mkdir(exist_ok=True)
        shutil.copy(OFFICE, tmp_path / list_name)
    shutil.copy(CLUSTER, tmp_path / "1CV8Clst.lst")
    (tmp_path / "theirs.cfg").write_bytes("UseHwLicenses=1\r\n".encode("utf-16"))
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "errorhelp.yaml").write_text(CONFIGURATION, "utf-8")
    return tmp_path


@pytest.mark.integration
@pytest.mark.parametrize("command", commands())
def test_a_command_of_the_documentation_works(command: str, folder: Path, service: Running) -> None:
    state = service.state
    if "--direct" in command:
        state = folder / "dead"
    if " conf" in command and " init " not in command:
        assert run(state, "init", folder / "conf").returncode == 0
    typed = command
    addresses = {
        "http://127.0.0.1:8080": service.public,
        "http://127.0.0.1:8081": service.admin,
        "https://help.example.com/": f"{service.public}/",
        "curl ": "curl --fail --silent --show-error ",
    }
    for theirs, ours in (THEIRS | (addresses if typed.startswith("curl") else {})).items():
        typed = typed.replace(theirs, ours)
    for placeholder, found in (
        (WINDOW, a_window),
        (MESSAGE, a_message),
        (TOKEN, a_token),
        (TEMPLATE, a_template),
        (PROBLEM, a_problem),
        (REPORT, a_report),
        (ENTRY, an_entry),
        (DEAD_ENTRY, a_dead_entry),
        (RUNNING, a_running_occurrence),
        (TO_COME, an_occurrence_to_come),
    ):
        if placeholder in typed:
            typed = typed.replace(placeholder, found(state, service))
    if "--update" in typed:
        output = re.search(r"--update (\S+)", typed)
        assert output and run(state, "v8i", "import", folder / "ibases.v8i", "--output", folder / output[1])
    done = subprocess.run(
        ["/bin/sh", "-c", typed],
        cwd=folder,
        env=environment(state)
        | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "ERRORHELP_TOKEN": (service.state / "token").read_text("ascii").strip(),
        },
        input="correct horse battery staple\n",
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def a_message(state: Path, service: Running) -> str:
    direct = () if state == service.state else ("--direct", "--config", state.parent / "config")
    posted = run(state, "message", "post", "--to", "erp", "--for", "1h", "--text", "Wait", *direct)
    return posted.stdout.split()[0]


def a_template(state: Path, _service: Running) -> str:
    return run(state, "template", "make", "Disk", "--text", "Wait").stdout.strip()


def a_window(state: Path, service: Running) -> str:
    values = ("--to", "erp", "--text", "Wait", "--from", "2026-11-23 02:00", "--for", "45m")
    return run(state, "window", "make", *values, "--rule", "FREQ=DAILY").stdout.strip()


def a_token(state: Path, service: Running) -> str:
    made = run(state, "token", "make", f"script {os.urandom(4).hex()}", "--role", "viewer", "-o", "json")
    return str(json.loads(made.stdout)["id"])


def a_problem(state: Path, service: Running) -> str:
    # Numbers alone would make no other problem.
    words = "".join(random.choices(string.ascii_lowercase, k=12))  # noqa: S311 - not a secret
    request = urllib.request.Request(f"{service.public}/help/erp.json", f"No connection: {words}".encode())
    with urllib.request.urlopen(request, timeout=10):
        pass
    for _ in range(_MOST_LOOKS):
        problems = json.loads(run(state, "problem", "list", "-o", "json").stdout)
        if problems:
            return str(problems[0]["id"])
    raise AssertionError("a report made no problem")


def a_report(state: Path, service: Running) -> str:
    shown = run(state, "problem", "show", a_problem(state, service), "-o", "json")
    return str(json.loads(shown.stdout)["reports"][0]["id"])


def an_entry(state: Path, service: Running) -> str:
    a_problem(state, service)
    for _ in range(_MOST_LOOKS):
        entries = json.loads(run(state, "report", "outbox", "-o", "json").stdout)
        if entries:
            return str(entries[0]["id"])
    raise AssertionError("nothing came into the outbox")


def a_dead_entry(state: Path, service: Running) -> str:
    # One that waits would be so by itself after a day; there may be no other for those who need one that waits.
    columns = "target, document, created_at, tried_since, next_try, attempts, error"
    copied = f"INSERT INTO outbox (id, state, {columns}) SELECT ?, 'dead', {columns} FROM outbox WHERE id = ?"  # noqa: S608
    entry = os.urandom(16).hex()
    with closing(sqlite3.connect(state / "errorhelp.db")) as database, database:
        database.execute(copied, [entry, an_entry(state, service)])
    return entry


def a_running_occurrence(state: Path, service: Running) -> str:
    return occurrences(state, "hourly")[0]


def an_occurrence_to_come(state: Path, service: Running) -> str:
    return occurrences(state, "nightly")[-1]


def occurrences(state: Path, window: str) -> list[str]:
    listed = run(state, "maintenance", "list", "--window", window, "-o", "json")
    return [each["id"] for each in json.loads(listed.stdout)]


@pytest.mark.parametrize("file", sorted((ROOT / "docs").glob("*/security.md")), ids=name)
def test_every_test_that_stands_beside_a_threat_is_there(file: Path) -> None:
    tests = {each.name: each for each in (ROOT / "tests").rglob("test_*.py")}
    named = re.findall(r"`(test_\w+\.py)(?:::(test_\w+))?`", file.read_text("utf-8"))
    assert len(named) >= 20
    for module, test in named:
        assert not test or re.search(rf"def {test}\b", tests[module].read_text("utf-8")), f"{module}::{test}"
