"""Collects errorhelp and all that it needs as wheels, for machines without internet.

In a checkout, into whose `.venv` all of it has to be installed first, for what it needs is read there:

    .venv/bin/pip install --constraint constraints.txt packaging --editable '.[postgres,reports,s3]'
    .venv/bin/python deploy/bundle.py linux bundle
    .venv/bin/python deploy/bundle.py windows bundle --python 3.12

and on the machine, with that version of Python:

    pip install --no-index --find-links bundle errorhelp[postgres,reports,s3]
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
WHAT = "errorhelp[postgres,reports,s3]"
# What markers of requirements may ask for (PEP 508), and the platforms of wheels (PEP 600), the newest first:
# systems with glibc 2.28 or newer, such as Debian 10 and RHEL 8.
SYSTEMS: Mapping[str, tuple[Mapping[str, str], tuple[str, ...]]] = {
    "linux": (
        {
            "sys_platform": "linux",
            "platform_system": "Linux",
            "os_name": "posix",
            "platform_machine": "x86_64",
        },
        (*(f"manylinux_2_{minor}_x86_64" for minor in range(28, 16, -1)), "manylinux2014_x86_64"),
    ),
    "windows": (
        {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
        ("win_amd64",),
    ),
}


def main() -> None:
    """Collect the wheels into a folder and print their size."""
    arguments = _arguments()
    folder: Path = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    if arguments.wheel:
        shutil.copy(arguments.wheel, folder)
    else:
        _pip("wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT))
    _, platforms = SYSTEMS[arguments.system]
    options = ["--no-deps", "--only-binary=:all:", "--python-version", arguments.python]
    options += [option for platform in platforms for option in ("--platform", platform)]
    wanted = sorted(requirements(arguments.system, arguments.python))
    _pip(
        "download",
        "--quiet",
        "--dest",
        str(folder),
        "--constraint",
        str(ROOT / "constraints.txt"),
        *options,
        *wanted,
    )
    wheels = list(folder.glob("*.whl"))
    mib = sum(wheel.stat().st_size for wheel in wheels) / 1024 / 1024
    print(
        f"{folder}: {len(wheels)} wheels, {mib:.0f} MiB, for Python {arguments.python} on {arguments.system}"
    )


def requirements(system: str, python: str) -> set[str]:
    """The names of all packages that errorhelp needs there, itself left out.

    pip would ask the markers of this machine, so they are followed here, as far as packages are installed.
    """
    environment = {**SYSTEMS[system][0], "python_version": python, "python_full_version": f"{python}.0"}
    found: set[str] = set()
    waiting = [Requirement(WHAT)]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        found.add(name)
        for needed in _needed_by(requirement, environment):
            if canonicalize_name(needed.name) not in found or needed.extras:
                waiting.append(needed)
    return found - {"errorhelp"}


def _needed_by(requirement: Requirement, environment: Mapping[str, str]) -> list[Requirement]:
    try:
        lines = distribution(requirement.name).requires or ()
    except PackageNotFoundError:
        # It is for the other system only, and needs nothing further: colorama.
        return []
    needed = map(Requirement, lines)
    extras = ["", *requirement.extras]
    return [
        each
        for each in needed
        if each.marker is None
        or any(each.marker.evaluate({**environment, "extra": extra}) for extra in extras)
    ]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Collect wheels for a machine without internet.")
    parser.add_argument("system", choices=SYSTEMS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python", default=".".join(map(str, sys.version_info[:2])), help="such as 3.12")
    parser.add_argument("--wheel", type=Path, help="errorhelp as a wheel; without it one is built")
    return parser.parse_args()


def _pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", *arguments], check=True)


if __name__ == "__main__":
    main()
