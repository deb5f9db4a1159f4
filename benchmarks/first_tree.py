"""The first publication of a whole tree, against writing the same files and doing nothing else.

Run `.venv/bin/python -m benchmarks.first_tree`; it takes a minute or two. In each of five rounds a tree of 1,000
infobases in two languages is published into a new folder, and then its files, packed ones too, are written into
another one by a loop that makes a file, syncs it and goes on; both are made in the current folder, which is
on a disk more often than the one for temporary files. What rendering and packing cost is printed apart.
Times grow with the number of infobases. The exit status is 1 when publishing takes more than one and a half
times as long as the loop: then it is not the file system that takes most of it.
"""

import gzip
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.scale import configuration
from errorhelp.answers.snapshot import compile
from errorhelp.catalog.catalog import Catalog
from errorhelp.config import load
from errorhelp.publishing.published_tree import publish

INFOBASES, ROUNDS, MOST = 1_000, 5, 1.5


def main() -> int:
    """Measures in rounds and prints a table."""
    with tempfile.TemporaryDirectory(prefix="first-tree-", dir=".") as name:
        file = Path(name) / "errorhelp.yaml"
        file.write_text(configuration(INFOBASES), "utf-8")
        catalog = load(file).catalog
    rounds = [_round(catalog) for _ in range(ROUNDS)]
    for what in rounds[0]:
        seconds = statistics.median(each[what] for each in rounds)
        print(f"{what:24}{seconds:>8.2f} s, {seconds / INFOBASES * 1000:.2f} ms an infobase")
    ratio = statistics.median(each["publish"] / each["the same files plainly"] for each in rounds)
    enough = ratio <= MOST
    print(f"publish / plainly: {ratio:.2f}, {'' if enough else 'NOT '}at most {MOST}")
    return 0 if enough else 1


def _round(catalog: Catalog) -> dict[str, float]:
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="first-tree-", dir=".") as name:
        tree, plain = Path(name) / "tree", Path(name) / "plain"
        published = _seconds(lambda: publish(compile(catalog, (), now), tree, now.timestamp()))
        files = {each.relative_to(tree): each.read_bytes() for each in tree.rglob("*") if each.is_file()}
        bodies = [gzip.decompress(body) for path, body in files.items() if path.suffix == ".gz"]
        return {
            "publish": published,
            "of which rendering": _seconds(lambda: list(compile(catalog, (), now).published())),
            "of which packing": _seconds(lambda: [gzip.compress(each, 6) for each in bodies]),
            "the same files plainly": _seconds(lambda: _write_plainly(plain, files)),
        }


def _write_plainly(folder: Path, files: dict[Path, bytes]) -> None:
    for path, body in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as written:
            written.write(body)
            written.flush()
            os.fsync(written.fileno())


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
