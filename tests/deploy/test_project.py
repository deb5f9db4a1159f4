"""What stands around the program: pages about the project, pictures, and what a release refuses and holds."""

import re
import runpy
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from errorhelp import __version__

ROOT = Path(__file__).parents[2]
ABOUT = [ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md")]
PAGES = sorted((ROOT / "docs").glob("*/*.md"))
PICTURES = sorted((ROOT / "docs/pictures").iterdir())
RELEASE = runpy.run_path(str(ROOT / "deploy/release.py"))
Refused = RELEASE["ReleaseRefused"]


def name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def linked(file: Path) -> set[Path]:
    """The files that a page shows or leads to."""
    text = re.sub(r"`[^`]*`|^ {4}.*$", "", file.read_text("utf-8"), flags=re.MULTILINE)
    return {(file.parent / each).resolve() for each in re.findall(r"\]\((?!https?:)([^)\s#]+)", text)}


# Pages


@pytest.mark.parametrize("file", ABOUT, ids=name)
def test_links_of_the_pages_about_the_project_lead_somewhere(file: Path) -> None:
    assert {each for each in linked(file) if not each.exists()} == set()


def test_the_floors_are_drawn_as_imports_are_held_to_them() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (layers,) = (each["layers"] for each in contracts if each["type"] == "layers")
    held = {room: floor for floor, rooms in enumerate(reversed(layers), 1) for room in rooms.split(" | ")}
    drawn = re.findall(r"^\| (\d+) \| `(\w+)` \|", ABOUT[-1].read_text("utf-8"), re.MULTILINE)
    assert {room: int(floor) for floor, room in drawn} == held


# Pictures


@pytest.mark.parametrize("picture", PICTURES, ids=name)
def test_a_picture_is_small_and_shown_to_readers_of_its_language(picture: Path) -> None:
    assert picture.stat().st_size < 100_000
    language = picture.stem.rpartition("-")[2]
    assert {page.parent.name for page in PAGES if picture in linked(page)} == {language}


def test_a_picture_is_there_in_both_languages() -> None:
    languages = ("en", "ru")
    stems = {
        language: {each.stem[:-3] for each in PICTURES if each.stem[-2:] == language}
        for language in languages
    }
    assert stems["en"] == stems["ru"] != set()


# Releases


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clean clone of a project whose changelog has a section for its version."""
    for file in ("deploy/release.py", "errorhelp/__init__.py", ".gitignore"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    changelog = f"# Changelog\n\n## [Unreleased]\n\n## [{__version__}] - 2026-11-21\n\n- Help.\n"
    (tmp_path / "CHANGELOG.md").write_text(changelog, "utf-8")
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True)


def commit(folder: Path) -> None:
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "Change")


def release(clone: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, clone / "deploy/release.py", "--no-bundles"]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


@pytest.mark.integration
def test_a_release_needs_a_section_of_its_version_in_the_changelog(clone: Path) -> None:
    module = clone / "errorhelp/__init__.py"
    module.write_text(module.read_text("utf-8").replace(__version__, "9.8.7"), "utf-8")
    commit(clone)
    done = release(clone)
    assert done.returncode == 1
    assert "no section of 9.8.7: put the heading “## [9.8.7] - 2" in done.stderr
    assert not (clone / "dist").exists()


@pytest.mark.integration
@pytest.mark.parametrize("changed", ["CHANGELOG.md", "errorhelp/new.py"])
def test_a_release_is_what_was_committed(clone: Path, changed: str) -> None:
    with (clone / changed).open("a", encoding="utf-8") as file:
        file.write("\n")
    done = release(clone)
    assert done.returncode == 1
    assert changed in done.stderr
    assert not (clone / "dist").exists()


@pytest.mark.integration
def test_everything_that_stands_against_a_release_is_printed_at_once(clone: Path) -> None:
    (clone / "CHANGELOG.md").write_text("# Changelog\n", "utf-8")
    done = release(clone)
    assert "no section" in done.stderr and "commit this" in done.stderr


@pytest.mark.integration
def test_a_folder_without_git_makes_no_release(clone: Path) -> None:
    shutil.rmtree(clone / ".git")
    done = release(clone)
    assert done.returncode == 1
    assert "a release is made in a clone" in done.stderr


@pytest.mark.integration
def test_a_release_that_cannot_be_built_leaves_the_last_one(clone: Path) -> None:
    (clone / "dist").mkdir()
    (clone / "dist/SHA256SUMS").write_text("of the last one", "ascii")
    # There is no pyproject.toml to build from.
    done = release(clone)
    assert done.returncode == 1
    assert "this failed" in done.stderr
    assert (clone / "dist/SHA256SUMS").read_text("ascii") == "of the last one"


def test_the_notes_of_a_release_are_those_of_its_version() -> None:
    changelog = (
        "## [Unreleased]\n\n- Later\n\n"
        "## [1.1.0] - 2026-11-22\n\n### Added\n\n- This\n\n"
        "## [1.0.0] - 2026-01-01\n\n- Old"
    )
    assert RELEASE["section"](changelog, "1.1.0") == "### Added\n\n- This"
    assert RELEASE["section"](changelog, "1.0.0") == "- Old"


@pytest.mark.parametrize(
    "changelog", ["", "## [1.1.0]\n\n- No day", "## [1.1.0] - 2026-11-22\n\n## [1.0.0] - 2026-01-01"]
)
def test_a_section_needs_a_day_and_something_to_say(changelog: str) -> None:
    with pytest.raises(Refused):
        RELEASE["section"](changelog, "1.1.0")


def test_the_changelog_has_a_section_of_this_version() -> None:
    assert RELEASE["section"](ABOUT[0].read_text("utf-8"), __version__)


# What a release holds


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the sdist, and the wheel that was made from it."""
    folder = tmp_path_factory.mktemp("built")
    build(ROOT, folder, "sdist")
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        archive.extractall(folder, filter="data")
    build(folder / f"errorhelp-{__version__}", folder, "wheel")
    return folder


def build(project: Path, folder: Path, what: str) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-d", folder, "-t", what]
    subprocess.run(command, cwd=project, check=True)


@pytest.mark.integration
def test_the_sdist_holds_what_a_stranger_needs(built: Path) -> None:
    sdist = built / f"errorhelp-{__version__}"
    for needed in (
        *(
            "LICENSE",
            "README.md",
            "CHANGELOG.md",
            "CONTRIBUTING.md",
            "SECURITY.md",
            "Makefile",
            "constraints.txt",
        ),
        *("errorhelp/py.typed", "config/errorhelp.yaml", "service-worker/sw.js"),
        *("nginx.conf.example", "nginx.conf.example.ru"),
        *(
            "deploy/release.py",
            "docs/architecture.md",
            "docs/pictures.py",
            "benchmarks/load.py",
            "static/admin.css",
        ),
        *("tests/conftest.py", "tests/install-system-packages"),
    ):
        assert (sdist / needed).is_file(), needed
    for folder, files in (("tests", "test_*.py"), ("docs", "*.md"), ("docs", "*.png"), ("docs", "*.po")):
        ours = {each.relative_to(ROOT) for each in (ROOT / folder).rglob(files)}
        assert {each.relative_to(sdist) for each in (sdist / folder).rglob(files)} == ours != set()


@pytest.mark.integration
def test_the_sdist_holds_nothing_that_lies_about(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        parts = {part for each in archive.getnames() for part in each.split("/")}
    assert parts & {".venv", ".git", "__pycache__", ".mypy_cache", ".hypothesis", "dist"} == set()


@pytest.mark.integration
def test_sdist_and_wheel_name_the_licence_and_have_its_text(built: Path) -> None:
    licence = (ROOT / "LICENSE").read_bytes()
    assert tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["license"] == "MIT"
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        information = f"errorhelp-{__version__}.dist-info"
        assert wheel.read(f"{information}/licenses/LICENSE") == licence
        in_wheel = wheel.read(f"{information}/METADATA").decode()
    in_sdist = (built / f"errorhelp-{__version__}/PKG-INFO").read_text("utf-8")
    for metadata in (in_wheel, in_sdist):
        assert "\nLicense-Expression: MIT\nLicense-File: LICENSE\n" in metadata
