"""The other files in `deploy/`, as far as they can be looked at without the systems they are for."""

import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from samples import NOON, catalog
from typer.testing import CliRunner

from errorhelp.catalog import ConnectionList
from errorhelp.cli import app
from errorhelp.publish import publish
from errorhelp.snapshot import compile

DEPLOY = Path(__file__).parent.parent / "deploy"


def unit(name: str) -> ConfigParser:
    parser = ConfigParser(interpolation=None, delimiters=("=",), strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names have capitals
    parser.read(DEPLOY / name, "utf-8")
    return parser


@pytest.mark.parametrize(
    ("name", "command"),
    [("errorhelp.service", ["serve"]), ("errorhelp-publish.service", ["publish", "--unless-running"])],
)
def test_the_units_run_commands_that_there_are(name: str, command: list[str]):
    program, *arguments = unit(name)["Service"]["ExecStart"].split()
    assert Path(program).name == "errorhelp"
    assert CliRunner().invoke(app, [*arguments, "--help"]).exit_code == 0
    assert arguments == command


def test_both_units_are_of_one_account_and_its_folders():
    service, timer = (unit(name)["Service"] for name in ("errorhelp.service", "errorhelp-publish.service"))
    assert service["User"] == timer["User"]
    assert service["Environment"] == timer["Environment"]
    state = f"/var/lib/{service['StateDirectory']}"
    assert f"ERRORHELP_STATE={state}" in service["Environment"]
    tree = service["ReadWritePaths"].removeprefix("-")
    assert timer["ReadWritePaths"].split() == [state, tree]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_the_service_may_do_little_else():
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", DEPLOY / "errorhelp.service"]
    done = subprocess.run(command, capture_output=True, text=True)
    # Of 100, at which nothing is forbidden.
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
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
