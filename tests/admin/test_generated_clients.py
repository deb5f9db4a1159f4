"""Clients that generators make of the OpenAPI document are typed, and work with a running service."""

import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import Running, serving
from filelock import FileLock

pytestmark = pytest.mark.more

SOURCES = Path(__file__).parents[1] / "generators"
# What the generators need may clash with what errorhelp does.
INSTALLED = Path(sys.prefix) / "generators"
CONFIGURATION = """
help: {text: Call 112}
languages: [en, ru]
infobases: [{id: erp, name: ERP, connect: {server: srv, ref: ERP}}]
maintenance_windows:
  - {id: nightly, targets: erp, text: Backups, starts_at: "2026-01-01 23:00", duration: 2h, rule: FREQ=DAILY}
"""
STRICT = ("--strict", "--target", "es2022", "--module", "commonjs", "--moduleResolution", "node")
LIBRARIES = ("--lib", "es2022,dom,dom.iterable")


def done(*command: str | Path, cwd: Path, **environment: str) -> str:
    """What a command wrote that succeeded."""
    ran = subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    return ran.stdout


@pytest.fixture(scope="module")
def generators() -> Path:
    """A folder with the generators in `python/bin` and `node_modules/.bin`, which stays for the next run."""
    wanted = [(SOURCES / name).read_bytes() for name in ("requirements.txt", "package-lock.json")]
    with FileLock(INSTALLED.with_suffix(".lock")):
        note = INSTALLED / "installed"
        if not note.exists() or note.read_bytes() != b"".join(wanted):
            shutil.rmtree(INSTALLED, ignore_errors=True)
            INSTALLED.mkdir()
            done(sys.executable, "-m", "venv", INSTALLED / "python", cwd=INSTALLED)
            pip = (INSTALLED / "python/bin/python", "-m", "pip", "install", "--quiet", "--no-input")
            done(*pip, "--requirement", SOURCES / "requirements.txt", cwd=INSTALLED)
            for name in ("package.json", "package-lock.json"):
                shutil.copy(SOURCES / name, INSTALLED)
            done("npm", "ci", "--no-audit", "--no-fund", "--silent", cwd=INSTALLED)
            note.write_bytes(b"".join(wanted))
    return INSTALLED


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("service")
    configuration = folder / "errorhelp.yaml"
    configuration.write_text(CONFIGURATION, "utf-8")
    with serving(folder / "state", configuration) as running:
        yield running


@pytest.fixture
def document(service: Running, tmp_path: Path) -> Path:
    """What the service says of its API."""
    with urllib.request.urlopen(f"{service.admin}/api/v1/openapi.json", timeout=10) as answer:
        (file := tmp_path / "openapi.json").write_bytes(answer.read())
    return file


def address_and_token(service: Running) -> tuple[str, str]:
    return service.admin, (service.state / "token").read_text("ascii").strip()


def test_openapi_python_client_makes_a_typed_client_that_works(
    service: Running, document: Path, generators: Path, tmp_path: Path
) -> None:
    programs = generators / "python/bin"
    config = tmp_path / "config.yaml"
    # By itself it knows no zip.
    config.write_text("content_type_overrides: {application/zip: application/octet-stream}", "utf-8")
    told = done(
        *(programs / "openapi-python-client", "generate", "--meta", "none", "--path", document),
        *("--output-path", tmp_path / "errorhelp_client", "--config", config),
        cwd=tmp_path,
        PATH=f"{programs}:{os.environ['PATH']}",
    )
    assert "WARNING" not in told, told
    session = Path(shutil.copy(SOURCES / "client_session.py", tmp_path))
    done(programs / "mypy", "--strict", "--follow-imports", "silent", session, cwd=tmp_path)
    said = done(programs / "python", session, *address_and_token(service), cwd=tmp_path)
    assert "posted once" in said
    assert "412 Somebody else changed it meanwhile" in said
    assert "on pages of two: 5 messages" in said


def test_hey_api_makes_a_typed_client_that_works(
    service: Running, document: Path, generators: Path, tmp_path: Path
) -> None:
    programs = generators / "node_modules/.bin"
    plugins = ("@hey-api/typescript", "@hey-api/sdk", "@hey-api/client-fetch")
    done(
        *(
            programs / "openapi-ts",
            "--input",
            document,
            "--output",
            tmp_path / "client",
            "--plugins",
            *plugins,
        ),
        cwd=generators,
    )
    session = Path(shutil.copy(SOURCES / "client-session.ts", tmp_path))
    done(programs / "tsc", *STRICT, *LIBRARIES, session, cwd=tmp_path)
    said = done("node", session.with_suffix(".js"), *address_and_token(service), cwd=tmp_path)
    assert "posted once" in said
    assert "412 Somebody else changed it meanwhile" in said


def test_openapi_typescript_makes_types_that_demand_only_what_is_needed(
    document: Path, generators: Path, tmp_path: Path
) -> None:
    programs = generators / "node_modules/.bin"
    done(programs / "openapi-typescript", document, "--output", tmp_path / "types.ts", cwd=generators)
    program = Path(shutil.copy(SOURCES / "schema-types.ts", tmp_path))
    done(programs / "tsc", *STRICT, *LIBRARIES, "--noEmit", program, cwd=tmp_path)


def test_a_linter_finds_nothing_wrong_with_the_document(document: Path, generators: Path) -> None:
    rules = ("--extends", "recommended", "--skip-rule", "operation-4xx-response")
    redocly = generators / "node_modules/.bin/redocly"
    done(redocly, "lint", document, *rules, cwd=generators, REDOCLY_TELEMETRY="off")
