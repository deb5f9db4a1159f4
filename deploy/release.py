"""Makes a release in dist/: sdist, wheel, bundles for machines without internet, notes and checksums.

`make release` runs it. It publishes nothing. The version is that of `errorhelp/__init__.py`; what has no section in
CHANGELOG.md, or is not what was committed, is refused. Until all is made, dist/ stays as it was.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
DIST = ROOT / "dist"
SUMS = "SHA256SUMS"
SYSTEMS = {"linux": "tar", "windows": "zip"}
"""The systems that there are bundles for, and what each of them unpacks."""
PYTHONS = ("3.11", "3.12", "3.13")


class ReleaseRefused(Exception):
    """Why there is no release, and what to do, one a line."""


def main() -> None:
    """Make the release; what forbids it is said in words, with exit code 1."""
    arguments = _arguments()
    making = DIST / ".making"
    try:
        version = _version()
        notes = checked(version)
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        _make(making, version, notes, [] if arguments.no_bundles else arguments.python or PYTHONS)
    except ReleaseRefused as error:
        sys.exit(f"No release: {error}")
    except FileNotFoundError as error:
        sys.exit(f"No release: {error.filename} is missing here")
    except subprocess.CalledProcessError as error:
        sys.exit(f"No release: this failed, its own words stand above: {' '.join(map(str, error.cmd))}")
    _replace(making)
    for file in sorted(DIST.iterdir()):
        print(f"{file.relative_to(ROOT)}  {file.stat().st_size / 1_000_000:.1f} MB")
    print(f"errorhelp {version} is in dist/, and nowhere else: publishing is up to you, see CONTRIBUTING.md")


def checked(version: str) -> str:
    """The notes of the release of that version; ReleaseRefused with everything that stands against it."""
    against = []
    try:
        notes = section((ROOT / "CHANGELOG.md").read_text("utf-8"), version)
    except ReleaseRefused as error:
        against.append(str(error))
    if changed := _changed():
        against.append(f"commit this, or put it aside, for a release is what is committed:\n{changed}")
    if against:
        raise ReleaseRefused("\n".join(against))
    return notes


def section(changelog: str, version: str) -> str:
    """What a changelog (keepachangelog.com) says of a version; ReleaseRefused if that is nothing."""
    heading = f"## [{version}] - {datetime.now(UTC):%Y-%m-%d}"
    found = re.search(
        rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d\n(.*?)(?=^## |\Z)",
        changelog,
        re.MULTILINE | re.DOTALL,
    )
    if found is None:
        raise ReleaseRefused(
            f"CHANGELOG.md has no section of {version}: put the heading “{heading}” under “## [Unreleased]”, "
            "or set another version in errorhelp/__init__.py"
        )
    notes = found[1].strip()
    if not notes:
        raise ReleaseRefused(f"CHANGELOG.md says nothing under {version}: write what users will notice")
    return notes


def _make(folder: Path, version: str, notes: str, pythons: list[str] | tuple[str, ...]) -> None:
    """Write everything into the folder."""
    committed = subprocess.check_output(["git", "log", "-1", "--format=%ct"], cwd=ROOT, text=True).strip()
    # The times in the archives, so that the same commit gives the same bytes.
    environment = os.environ | {"SOURCE_DATE_EPOCH": committed}
    build = [sys.executable, "-m", "hatchling", "build", "-d", folder, "-t", "sdist", "-t", "wheel"]
    subprocess.run(build, cwd=ROOT, env=environment, check=True)
    (wheel,) = folder.glob(f"errorhelp-{version}-*.whl")
    for python in pythons:
        for system, archive in SYSTEMS.items():
            bundle = folder / f"errorhelp-{version}-{system}-python{python}"
            collect = [ROOT / "deploy/bundle.py", system, bundle, "--python", python, "--wheel", wheel]
            subprocess.run([sys.executable, *collect], check=True)
            shutil.make_archive(str(bundle), archive, root_dir=folder, base_dir=bundle.name)
            shutil.rmtree(bundle)
    (folder / "NOTES.md").write_text(f"# errorhelp {version}\n\n{notes}\n", "utf-8")
    sums = "".join(f"{_digest(file)}  {file.name}\n" for file in sorted(folder.iterdir()))
    (folder / SUMS).write_text(sums, "ascii", newline="\n")


def _replace(making: Path) -> None:
    """Put what was made in place of what is in dist/."""
    for old in DIST.iterdir():
        if old.is_dir() and old != making:
            shutil.rmtree(old)
        elif old.is_file():
            old.unlink()
    for file in making.iterdir():
        file.rename(DIST / file.name)
    making.rmdir()


def _version() -> str:
    file = ROOT / "errorhelp/__init__.py"
    found = re.search(r'^__version__ = "([^"]+)"$', file.read_text("utf-8"), re.MULTILINE)
    if found is None:
        raise ReleaseRefused(f"{file} names no __version__")
    return found[1]


def _changed() -> str:
    """The files that are not as they were committed, as git lists them."""
    status = ["git", "status", "--porcelain"]
    done = subprocess.run(status, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ReleaseRefused(
            f"a release is made in a clone, and git does not know this as one: {done.stderr}"
        )
    return done.stdout.rstrip()


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Make a release in dist/; nothing is published.")
    parser.add_argument(
        "--python",
        action="append",
        metavar="VERSION",
        help=f"a version of Python to make bundles for; by default {', '.join(PYTHONS)}",
    )
    parser.add_argument("--no-bundles", action="store_true", help="sdist and wheel alone, without internet")
    return parser.parse_args()


if __name__ == "__main__":
    main()
