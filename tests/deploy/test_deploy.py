"""The other files in `deploy/`, as far as they can be looked at without the systems they are for."""

import json
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from configparser import ConfigParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from command import environment, run, serving
from packaging.utils import canonicalize_name
from samples import NOON, catalog
from typer.testing import CliRunner

from errorhelp.answers.snapshot import compile
from errorhelp.catalog.lists import ConnectionList
from errorhelp.cli import app
from errorhelp.publishing.published_tree import publish

DEPLOY = Path(__file__).parents[2] / "deploy"


def unit(name: str) -> ConfigParser:
    parser = ConfigParser(interpolation=None, delimiters=("=",), strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names have capitals
    parser.read(DEPLOY / name, "utf-8")
    return parser


@pytest.mark.parametrize(
    ("name", "when", "command"),
    [
        ("errorhelp.service", "ExecStart", ["serve"]),
        ("errorhelp.service", "ExecReload", ["reload"]),
        ("errorhelp-publish.service", "ExecStart", ["publish", "--unless-running"]),
    ],
)
def test_the_units_run_commands_that_there_are(name: str, when: str, command: list[str]):
    program, *arguments = unit(name)["Service"][when].split()
    assert Path(program).name == "errorhelp"
    assert CliRunner().invoke(app, [*arguments, "--help"]).exit_code == 0
    assert arguments == command


def test_both_units_are_of_one_account_and_its_folders():
    service, timer = (unit(name)["Service"] for name in ("errorhelp.service", "errorhelp-publish.service"))
    assert service["User"] == timer["User"]
    assert service["Environment"] == timer["Environment"]
    assert f"ERRORHELP_STATE=/var/lib/{service['StateDirectory']}" in service["Environment"]
    assert timer["StateDirectory"] == service["StateDirectory"]
    # A dash in front: there may be none.
    assert timer["ReadWritePaths"] == service["ReadWritePaths"] == "-/srv/errorhelp"


def test_what_publishes_for_a_dead_service_may_do_no_more_than_that():
    service, timer = (
        (DEPLOY / name).read_text("utf-8") for name in ("errorhelp.service", "errorhelp-publish.service")
    )
    forbidden = service[service.index("StateDirectory=") : service.index("\n[Install]")]
    assert {line for line in forbidden.splitlines() if "=" in line} <= set(timer.splitlines())


@pytest.mark.more
@pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")
@pytest.mark.parametrize("name", ["errorhelp.service", "errorhelp-publish.service"])
def test_the_service_may_do_little_else(name: str):
    command = [
        "systemd-analyze",
        "security",
        "--offline=yes",
        "--threshold=20",
        DEPLOY / name,
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    # Of 100, at which nothing is forbidden.
    assert done.returncode == 0, done.stdout


@pytest.mark.more
@pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")
def test_systemd_takes_the_units(tmp_path: Path):
    for name in ("errorhelp.service", "errorhelp-publish.service", "errorhelp-publish.timer"):
        # The program need not be installed here.
        text = (DEPLOY / name).read_text("utf-8").replace("/opt/errorhelp/bin/errorhelp", "/bin/true")
        (tmp_path / name).write_text(text, "utf-8")
    files = sorted(tmp_path.iterdir())
    done = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_iis_knows_the_type_of_every_file_of_a_tree(tmp_path: Path):
    lists = [ConnectionList("office", folders=("/",))]
    publish(compile(catalog(lists=lists), [], NOON), tmp_path, NOON.timestamp())
    suffixes = {path.suffix for path in tmp_path.rglob("[!.]*.*") if path.is_file()} - {".gz"}
    assert {".json", ".html", ".js", ".v8i", ".atom", ".ics"} <= suffixes
    configuration = ElementTree.parse(DEPLOY / "web.config")  # noqa: S314 - ours
    known = {each.get("fileExtension") for each in configuration.iter("mimeMap")}
    assert suffixes <= known
    # IIS refuses to add what it knows already.
    assert known == {
        each.get("fileExtension") for each in configuration.find(".//staticContent").iter("remove")
    }


def instructions(name: str) -> list[tuple[str, str]]:
    """Those of a Dockerfile, each with what follows it."""
    text = (DEPLOY / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line.partition(" ") for line in text.splitlines() if line and not line.startswith("#")]
    return [(instruction, " ".join(rest.split())) for instruction, _, rest in lines if instruction == name]


def test_the_container_runs_commands_that_there_are_and_not_as_root():
    ((_, entry),) = instructions("ENTRYPOINT")
    ((_, command),) = instructions("CMD")
    assert json.loads(entry) == ["errorhelp"]
    assert CliRunner().invoke(app, [*json.loads(command), "--help"]).exit_code == 0
    ((_, user),) = instructions("USER")
    # Kubernetes' runAsNonRoot looks for a number.
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)


def test_the_containers_environment_is_what_commands_read():
    ((_, environment),) = instructions("ENV")
    names = {each.partition("=")[0] for each in environment.split() if each.startswith("ERRORHELP_")}
    assert names == {"ERRORHELP_CONFIG", "ERRORHELP_STATE", "ERRORHELP_PUBLIC", "ERRORHELP_ADMIN"}
    assert all(name in CliRunner().invoke(app, ["serve", "--help"]).output for name in names)


def test_unit_and_container_keep_the_memory_that_threads_left_behind_small():
    ((_, environment),) = instructions("ENV")
    assert "MALLOC_ARENA_MAX=1" in environment.split()
    assert "MALLOC_ARENA_MAX=1" in unit("errorhelp.service")["Service"]["Environment"].split()


def run_command(name: str) -> list[str]:
    """The words behind `docker run` in a file of ours."""
    text = re.sub(r"\\\n[# ]*", "", (DEPLOY / name).read_text("utf-8"))
    for own, documented in {
        "$name": "errorhelp",
        "$image": "errorhelp",
        "$conf": "./conf",
        "::8080": ":8080:8080",
        "::8081": ":8081:8081",
    }.items():
        text = text.replace(own, documented)
    (words,) = re.findall(r" run (--detach .*)", text)
    return shlex.split(words)


def test_the_container_is_tried_as_it_is_documented():
    assert run_command("try-image") == run_command("Dockerfile")


def is_healthy(state: Path) -> bool:
    """Whether the container's health check, run here, finds a service that answers."""
    ((_, check),) = instructions("HEALTHCHECK")
    program, *arguments = json.loads(check.partition("CMD ")[2])
    assert program == "python3"
    done = subprocess.run(
        [sys.executable, *arguments], env=environment(state), capture_output=True, text=True
    )
    assert done.returncode in (0, 1)
    # Who looks at an unhealthy container sees why.
    assert bool(done.stderr) == bool(done.returncode)
    return done.returncode == 0


@pytest.mark.integration
def test_the_health_check_fails_with_the_service(tmp_path: Path):
    config = tmp_path / "errorhelp.yaml"
    config.write_text("infobases: []", "utf-8")
    assert not is_healthy(tmp_path / "state")
    with serving(tmp_path / "state", config) as service:
        assert is_healthy(service.state)
        service.process.kill()
        service.process.wait()
        assert not is_healthy(service.state)


@pytest.mark.integration
def test_a_service_without_its_database_is_healthy(tmp_path: Path):
    config = tmp_path / "errorhelp.yaml"
    config.write_text("infobases: []", "utf-8")
    with serving(tmp_path / "state", config) as service:
        # It leaves a copy of what it shows, without which none starts.
        assert is_healthy(service.state)
    # Nothing listens at port 1.
    config.write_text("store: postgresql://errorhelp@127.0.0.1:1/errorhelp\ninfobases: []", "utf-8")
    with serving(tmp_path / "state", config) as service:
        told = run(service.state, "status", "--output", "json")
        assert told.returncode == 1
        assert json.loads(told.stdout)["store"]["ok"] is False
        assert is_healthy(service.state)


def test_the_image_is_built_from_all_that_the_wheel_needs():
    kept = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    project = tomllib.loads((DEPLOY.parent / "pyproject.toml").read_text("utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    project = project["project"]
    needed = [*wheel["packages"], *wheel["force-include"], "constraints.txt"]
    needed += [project["readme"], *project["license-files"]]
    assert {f"!{each}" for each in needed} <= set(kept)


def test_a_bundle_holds_what_its_system_needs():
    bundle = runpy.run_path(str(DEPLOY / "bundle.py"))
    linux, windows = (bundle["requirements"](system, "3.12") for system in ("linux", "windows"))
    assert linux - windows == {"uvloop"}
    assert windows - linux == {"colorama"}
    pinned = {
        canonicalize_name(line.partition("==")[0])
        for line in (DEPLOY.parent / "constraints.txt").read_text("ascii").splitlines()
    }
    assert linux | windows <= pinned
    assert {"aiohttp", "asyncpg", "argon2-cffi-bindings"} <= linux
