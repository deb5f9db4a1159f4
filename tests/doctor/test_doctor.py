"""`errorhelp doctor` against a real service behind the real nginx example, whole and broken in many ways."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import nginx_example
import pytest
from command import Running, run, serving
from multidict import CIMultiDict, CIMultiDictProxy
from ports import free_port
from publication import publication

from errorhelp.doctor import Level
from errorhelp.doctor.client_checks import headers_of
from errorhelp.doctor.client_requests import Reply

pytestmark = pytest.mark.more

CONFIGURATION = """
publish: ../tree
reports: {{enabled: true}}
public: {{url: 'https://127.0.0.1:{https}'}}
help: {{text: Call 112}}
infobases:
  - id: erp
    name: ERP
    connect: {{server: s, ref: erp}}
    publications: [{{url: 'https://127.0.0.1:{https}/erp', worker: true}}]
  - {{id: crm, name: CRM, connect: {{server: s, ref: crm}}}}
lists:
  - {{id: all, folders: /}}
  - {{id: boss, folders: /, access: token, token: {{env: A_LONG_TOKEN}}}}
"""


@dataclass
class Installation:
    """A service, the nginx in front, and the doctor's look at both."""

    service: Running
    front: nginx_example.Front
    folder: Path

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.front.https}"

    @property
    def tree(self) -> Path:
        return self.folder / "tree"

    def doctor(self, *arguments: str | Path) -> tuple[int, list[dict[str, str]]]:
        """The exit code and the findings."""
        config = ("--config", self.folder / "config")
        done = run(self.service.state, "doctor", self.url, "--json", *config, *arguments)
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, json.loads(done.stdout)

    def findings(self, *arguments: str | Path) -> str:
        """What the doctor finds broken or doubtful, but for the space on the machine's disks."""
        trusted = ("--ca", self.folder / "nginx" / "certificate.pem")
        _, findings = self.doctor(*trusted, *arguments)
        assert all(each["remedy"] for each in findings if each["level"] != "ok")
        return "\n".join(
            f"{each['level']} {each['subject']}: {each['text']}"
            for each in findings
            if each["level"] != "ok" and each["subject"] not in ("disk", "TLS")
        )


@contextmanager
def installed(
    folder: Path,
    replaced: Mapping[str, str] | None = None,
    *,
    tree: Path | None = None,
    publication: int | None = None,
) -> Iterator[Installation]:
    """An installation with other texts in place of some of nginx's configuration, or another tree.

    `publication` is the port of the 1C web server, which else is down.
    """
    config, port = folder / "config" / "errorhelp.yaml", free_port()
    config.parent.mkdir()
    config.write_text(CONFIGURATION.format(https=1), "utf-8")
    more = {"A_LONG_TOKEN": "x" * 20}
    with serving(folder / "state", config, public=f"127.0.0.1:{port}", more=more) as service:
        service.first_line("published to")
        admin = service.admin.removeprefix("http://")
        with nginx_example.running(
            folder / "nginx",
            tree or folder / "tree",
            errorhelp=port,
            publication=publication or free_port(),
            replaced={old: new.replace("ADMIN", admin) for old, new in (replaced or {}).items()},
        ) as front:
            config.write_text(CONFIGURATION.format(https=front.https), "utf-8")
            assert run(service.state, "reload").returncode == 0
            yield Installation(service, front, folder)


def test_nothing_is_wrong_with_the_example(tmp_path: Path) -> None:
    with installed(tmp_path) as installation:
        assert installation.findings() == ""
        code, findings = installation.doctor("--ca", tmp_path / "nginx" / "certificate.pem")
        reports = json.loads(run(installation.service.state, "problem", "list", "-o", "json").stdout)
    assert code == 0
    subjects = {each["subject"] for each in findings if each["level"] == "ok"}
    assert subjects >= {
        "configuration",
        "state directory",
        "service",
        "database",
        "tree",
        "settings in 1C",
        "help JSON of erp",
        "help JSON of crm",
        "unknown infobase",
        "admin listener",
        "list all",
        "list boss",
        "offline page of erp",
        "publication of erp",
    }
    (form,) = (each["text"] for each in findings if each["subject"] == "settings in 1C")
    assert '"Управление настройками обработки ошибок"' in form
    assert '"Управление настройками отображения ошибок"' in form
    # Its POST is nobody's failed login.
    assert reports == []


BROKEN = {
    "no CORS": (
        {"add_header Access-Control-Allow-Origin * always;": ""},
        "broken help JSON of erp: may not be read by pages of another host",
    ),
    "kept for long": (
        {"add_header Cache-Control no-cache always;": "add_header Cache-Control max-age=3600 always;"},
        "broken help JSON of erp: may be kept for 3600 seconds",
    ),
    "nothing about keeping": (
        {"add_header Cache-Control no-cache always;": ""},
        "broken help JSON of crm: does not say how long it may be kept",
    ),
    "no POST": (
        {"403 404 405 = @errorhelp": "403 404 = @errorhelp"},
        "broken help JSON of erp: a POST to it is answered with 405",
    ),
    "wrong type": (
        {'"application/json; charset=utf-8"     json;': "text/x-json json;"},
        "broken help JSON of erp: has the type text/x-json",
    ),
    "no ETag": ({"gzip_vary on;": "gzip_vary on; etag off;"}, "warning help JSON of erp: is sent anew"),
    "admin listener": (
        {"# Crash reports of the platform.": "location /api/ { proxy_pass http://ADMIN; }"},
        "broken admin listener: the admin listener can be reached from outside: /api/v1/openapi.json (200)",
    ),
    "worker without scope": (
        {"add_header Service-Worker-Allowed / always;": ""},
        "broken offline page of erp: sw.js has no Service-Worker-Allowed: /",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_wrong_with_nginx_is_found(tmp_path: Path, case: str) -> None:
    replaced, expected = BROKEN[case]
    with installed(tmp_path, replaced) as installation:
        assert expected in installation.findings()


def test_a_start_page_that_registers_the_worker_is_good(tmp_path: Path) -> None:
    with publication() as works, installed(tmp_path, publication=works.port) as installation:
        assert installation.findings() == ""
        # As a person's browser asks, and as the worker does for it.
        heard = [(path, headers["sec-fetch-mode"]) for _, path, headers in works.heard]
        assert heard == [("/erp/", "navigate"), ("/erp/", "same-origin")]


SCRIPT = "/offline/$errorhelp_infobase/register.js"
START_PAGES = {
    "of another infobase": (
        {SCRIPT: "/offline/crm/register.js"},
        "brings the registration script of 'crm', not of 'erp'",
    ),
    "of one that was renamed": ({SCRIPT: "/offline/gone/register.js"}, "script of 'gone', not of 'erp'"),
    "missing": (
        {f'<script src="{SCRIPT}" defer></script></head>': "</head>"},
        "has no registration script",
    ),
    "missing where a worker asks": (
        {'"~^GET (navigate|same-origin) empty text/html"  1;': ""},
        "has the registration script for a person, but not for a worker that asks",
    ),
}


@pytest.mark.parametrize("case", START_PAGES)
def test_a_start_page_without_its_own_registration_is_found(tmp_path: Path, case: str) -> None:
    replaced, expected = START_PAGES[case]
    with publication() as works, installed(tmp_path, replaced, publication=works.port) as installation:
        found = installation.findings()
    assert found.startswith("broken publication of erp: ") and expected in found
    assert "\n" not in found


ERRORS = {
    "no such page": (
        {"/errorhelp-offline/$errorhelp_infobase/": "/errorhelp-offline/gone/"},
        "answers a bare 404 of the web server, not the offline page",
    ),
    "page of another infobase": (
        {"/errorhelp-offline/$errorhelp_infobase/": "/errorhelp-offline/crm/"},
        "brings the offline page of 'crm', not of 'erp'",
    ),
    "none is configured": (
        {"error_page 502 503 504 =503 /errorhelp-offline/$errorhelp_infobase/index.html;": ""},
        "answers a bare 502 of the web server, not the offline page",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_an_error_of_1c_that_people_get_without_the_offline_page_is_found(tmp_path: Path, case: str) -> None:
    replaced, expected = ERRORS[case]
    with installed(tmp_path, replaced) as installation:
        found = installation.findings()
    assert found.startswith("broken publication of erp: ") and expected in found
    assert "\n" not in found


def test_a_publication_that_asks_who_is_there_is_reported_and_not_judged(tmp_path: Path) -> None:
    with publication() as works, installed(tmp_path, publication=works.port) as installation:
        works.fails_with = 401
        found = installation.findings()
    assert found.startswith("warning publication of erp: ") and "answers 401" in found


def test_a_tree_that_nobody_keeps_is_found(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    with installed(tmp_path, tree=old) as installation:
        shutil.copytree(
            installation.tree, old, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".errorhelp")
        )
        post = ("message", "post", "--to", "erp", "--for", "1h", "--text", "Стоим")
        assert run(installation.service.state, *post).returncode == 0
        found = installation.findings()
    assert "broken help JSON of erp: the web server serves another answer than the service gives" in found
    assert "help JSON of crm" not in found


def test_a_message_past_its_end_is_found_when_the_service_is_dead(tmp_path: Path) -> None:
    with installed(tmp_path) as installation:
        process = installation.service.process
        post = ("message", "post", "--to", "erp", "--for", "1h", "--text", "Стоим")
        assert run(installation.service.state, *post).returncode == 0
        file = installation.tree / "help" / "erp.json"
        while "Стоим" not in file.read_text("utf-8"):
            pass
        process.kill()
        process.wait()
        document = json.loads(file.read_bytes()) | {"userMessageUntil": "2026-01-01T00:00:00+03:00"}
        file.write_text(json.dumps(document), "utf-8")
        found = installation.findings()
    assert "broken help JSON of erp: shows a message that ended at 2026-01-01 00:00:00" in found
    assert "broken service: no errorhelp answers at " in found


def test_a_service_that_was_stopped_is_broken_whoever_answers_in_its_place(tmp_path: Path) -> None:
    with installed(tmp_path) as installation:
        installation.service.process.terminate()
        installation.service.process.wait()
        code, findings = installation.doctor()
    (service,) = (each for each in findings if each["subject"] == "service")
    assert code == 1 and service["level"] == "broken"
    assert "until then only a timer that runs errorhelp publish" in service["remedy"]


def test_a_service_whose_token_is_not_for_this_account_is_not_called_dead(tmp_path: Path) -> None:
    with installed(tmp_path) as installation:
        found = installation.findings("--token", "another")
    assert found.startswith("warning service: ") and "\n" not in found


def test_a_list_that_became_secret_and_is_still_a_file_is_found(tmp_path: Path) -> None:
    with installed(tmp_path) as installation:
        (installation.tree / "lists" / "boss.v8i").write_text("[ERP]\n", "utf-8")
        found = installation.findings()
    assert "broken list boss: is given to everybody, though its access is token" in found


def test_a_certificate_that_clients_do_not_trust_is_found_and_the_rest_is_looked_at(tmp_path: Path) -> None:
    with installed(tmp_path) as installation:
        code, findings = installation.doctor()
    assert code == 1
    (tls,) = (each for each in findings if each["subject"] == "TLS")
    assert tls["level"] == "broken" and "self-signed" in tls["text"]
    assert any(each["subject"] == "help JSON of erp" and each["level"] == "ok" for each in findings)


def test_a_certificate_that_ends_soon_is_found(tmp_path: Path) -> None:
    with installed(tmp_path) as installation:
        code, findings = installation.doctor("--ca", tmp_path / "nginx" / "certificate.pem")
    (tls,) = (each for each in findings if each["subject"] == "TLS")
    assert tls["level"] == "warning" and tls["remedy"] == "renew it"
    assert code == 0


def test_a_refused_configuration_and_an_open_state_directory_are_found(tmp_path: Path) -> None:
    with installed(tmp_path) as installation:
        (tmp_path / "state").chmod(0o755)
        (tmp_path / "config" / "errorhelp.yaml").write_text("infobases: 5", "utf-8")
        run(installation.service.state, "reload")
        found = installation.findings("--infobase", "erp")
    assert "broken state directory: other accounts can enter" in found
    assert "broken configuration: " in found and "infobases" in found
    assert "help JSON" not in found


def test_from_another_machine_it_looks_from_the_clients_side(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with installed(tmp_path) as installation:
        ca = ("--ca", tmp_path / "nginx" / "certificate.pem")
        done = run(elsewhere / "state", "doctor", installation.url, "--infobase", "erp", *ca, cwd=elsewhere)
        unnamed = run(elsewhere / "state", "doctor", installation.url, *ca, cwd=elsewhere)
    assert done.returncode == 0, done.stdout
    assert "ok      help JSON of erp: " in done.stdout and "state directory" not in done.stdout
    assert done.stdout.strip().endswith("0 broken")
    assert unnamed.returncode == 2 and "--infobase" in unnamed.stderr


def test_an_address_where_nobody_is_is_found(tmp_path: Path) -> None:
    url = f"https://127.0.0.1:{free_port()}"
    done = run(tmp_path / "state", "doctor", url, "--infobase", "erp", cwd=tmp_path)
    assert done.returncode == 1
    assert "BROKEN  TLS: no connection to 127.0.0.1:" in done.stdout
    assert "nothing listens there: the connection was refused\n        → start the service" in done.stdout
    assert done.stdout.count("BROKEN") == 1


def test_a_port_where_nothing_listens_is_reported_once_and_in_words(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    done = run(tmp_path / "state", "doctor", url, "--infobase", "erp", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.count("BROKEN") == 1
    assert f"BROKEN  public address: {url}: nothing listens there: the connection was refused" in done.stdout
    assert "→ start the service or the web server there; check the address, its port" in done.stdout
    unknown = run(
        tmp_path / "state", "doctor", "http://nowhere.invalid", "--infobase", "erp", cwd=tmp_path
    ).stdout
    assert "http://nowhere.invalid: the name nowhere.invalid is not known here (DNS)" in unknown
    assert "→ enter the name in DNS" in unknown and "start" not in unknown


def test_an_infobase_that_is_not_there_is_told_apart_from_a_web_server_that_is_wrong(tmp_path: Path) -> None:
    config = tmp_path / "config" / "errorhelp.yaml"
    config.parent.mkdir()
    config.write_text("infobases: [{id: erp, name: ERP, connect: {server: s, ref: r}}]", "utf-8")
    with serving(tmp_path / "state", config) as service:
        asked = ("doctor", service.public, "--infobase", "nothere")
        here = run(service.state, *asked, "--config", config).stdout
        elsewhere = run(tmp_path / "none", *asked, cwd=tmp_path / "state").stdout
    assert "BROKEN  help JSON of nothere: the configuration has no infobase 'nothere'\n" in here
    assert "→ name one of its own: erp\n" in here
    assert "but knows no infobase 'nothere'" in elsewhere
    assert "nginx" not in elsewhere.partition("help JSON of nothere")[2].partition("\nok")[0]


@pytest.mark.parametrize(("seconds", "level"), [(0, None), (-20, Level.WARNING), (3600, Level.BROKEN)])
def test_clocks_that_differ_are_found(seconds: int, level: Level | None) -> None:
    came_at = datetime(2026, 11, 21, 12, tzinfo=UTC)
    headers = CIMultiDict(
        {
            "Content-Type": "application/json",
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "Date, ETag",
            "Cache-Control": "no-cache",
            "Date": format_datetime(came_at + timedelta(seconds=seconds), usegmt=True),
        }
    )
    found = list(headers_of(Reply(200, CIMultiDictProxy(headers), b"{}", came_at)))
    assert [each.level for each in found] == ([level] if level else [])
