"""Which modules a command loads: what takes long to load is paid for only where it is needed."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import Running, environment, serving

pytestmark = pytest.mark.integration

EXAMPLE = Path(__file__).parents[2] / "config" / "errorhelp.yaml"

TO_SERVE = {
    "aiohttp.web",
    "aiosqlite",
    "asyncpg",
    "defusedxml",
    "errorhelp.admin",
    "errorhelp.service",
    "errorhelp.store",
    "icalendar",
    "prometheus_client",
    "sqlalchemy",
    "uvloop",
    "watchfiles",
}
TO_READ_A_CONFIGURATION = {"argon2", "babel", "errorhelp.config", "jinja2", "markdown_it", "yaml"}
TO_ASK_LIKE_A_BROWSER = {"aiohttp"}
FOR_ARGUMENTS = {"pydantic", "typer"}
MUCH = TO_SERVE | TO_READ_A_CONFIGURATION | TO_ASK_LIKE_A_BROWSER


# Runs what `python -m` would, and prints at the end on the last line of standard error what is loaded.
PROGRAM = """
import atexit, runpy, sys
atexit.register(lambda: print(*sys.modules, file=sys.stderr))
sys.argv[0:1] = []
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


def loaded(state: Path, *arguments: str, module: str = "errorhelp", ends_with: int = 0) -> set[str]:
    """The names of the modules that a command has loaded at its end."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, module, *arguments],
        env=environment(state),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == ends_with, done.stderr
    return set(done.stderr.splitlines()[-1].split())


def of(roots: set[str], modules: set[str]) -> set[str]:
    """Those of the modules that are one of these, or in one of these packages."""
    return {each for each in modules if any(f"{each}.".startswith(f"{root}.") for root in roots)}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("starting") / "state", EXAMPLE) as running:
        yield running


@pytest.mark.parametrize("arguments", [(), ("message",), ("message", "post"), ("v8i", "import"), ("serve",)])
def test_help_loads_what_arguments_are_read_with_and_no_more(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    modules = loaded(tmp_path, *arguments, "--help")
    assert of(FOR_ARGUMENTS, modules)
    assert of(MUCH, modules) == set()


def test_the_version_is_printed_without_loading_a_command(tmp_path: Path) -> None:
    ours = of({"errorhelp"}, loaded(tmp_path, "--version"))
    assert ours == {
        "errorhelp",
        "errorhelp.cli",
        "errorhelp.cli.client",
        "errorhelp.cli.json_output",
        "errorhelp.cli.language",
    }


def test_russian_costs_its_own_texts_and_no_library(tmp_path: Path) -> None:
    english = loaded(tmp_path, "message", "post", "--help")
    russian = loaded(tmp_path, "--lang", "ru", "message", "post", "--help")
    assert of({"errorhelp"}, russian - english) == {
        "errorhelp.cli.localized_help",
        "errorhelp.text.text_catalogue",
    }
    assert of(MUCH, russian) == set()


def test_a_command_loads_no_other(tmp_path: Path) -> None:
    commands = of({"errorhelp.cli"}, loaded(tmp_path, "check", "--help"))
    assert commands == {
        "errorhelp.cli",
        "errorhelp.cli.check",
        "errorhelp.cli.client",
        "errorhelp.cli.plural_words",
        "errorhelp.cli.json_output",
        "errorhelp.cli.language",
        "errorhelp.cli.options",
    }


@pytest.mark.parametrize(
    "command",
    [
        "status",
        "reload",
        "message post --to erp --for 1h --text Down",
        "message list",
        "infobase list",
        "problem list",
        "report outbox",
        "token list",
        "publish --unless-running",
    ],
)
def test_a_client_loads_neither_a_server_nor_a_configuration(service: Running, command: str) -> None:
    modules = loaded(service.state, *command.split())
    assert of({"errorhelp.system.state_directory"}, modules)
    assert of(MUCH, modules) == set()


def test_check_loads_the_configuration_but_no_server(tmp_path: Path) -> None:
    config = tmp_path / "errorhelp.yaml"
    config.write_text(f"{EXAMPLE.read_text('utf-8')}\npublish: tree\n", "utf-8")
    modules = loaded(tmp_path, "check", "--config", str(config))
    assert of({"errorhelp.config"}, modules)
    assert of(TO_SERVE | TO_ASK_LIKE_A_BROWSER, modules) == set()


def test_doctor_loads_no_server(service: Running) -> None:
    # What it looks at here is without TLS and without a tree.
    looking = ("doctor", service.public, "--infobase", "erp", "--config", str(EXAMPLE))
    modules = loaded(service.state, *looking, ends_with=1)
    assert of(TO_ASK_LIKE_A_BROWSER, modules)
    assert of(TO_SERVE, modules) == set()


def test_the_health_check_loads_no_command_and_no_library_for_http(service: Running) -> None:
    modules = loaded(service.state, module="errorhelp.doctor.health_check")
    assert of({"http.client"}, modules)
    assert of(MUCH | FOR_ARGUMENTS | {"errorhelp.cli"}, modules) == set()
