"""The first publication of a whole tree, against writing the same files and doing nothing else.

Run `.venv/bin/python -m benchmarks.first_tree`; it takes half a minute. In each of five rounds a tree of 200
infobases in two languages is published into a new folder, and then its files, packed ones too, are written into
another one by a program that does nothing but that, and as safely: each file is made under another name, synced and
renamed, by as many threads at once as publishing has. Both are made in the current folder, which is on a disk more
often than the one for temporary files. The same one file after the other, as a plain loop does it, is measured once;
what rendering and packing cost is printed apart.

Times grow with the number of infobases. The exit status is 1 when publishing takes more than 1.1 times as long as
the program: then it is not the file system that takes nearly all of it.
"""

import gzip
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.figures import Figure, judged
from benchmarks.scale import configuration
from errorhelp.answers.snapshot import compile
from errorhelp.catalog.catalog import Catalog
from errorhelp.config import load
from errorhelp.publishing.published_tree import publish

INFOBASES, ROUNDS, THREADS, MOST = 200, 5, 8, 1.1


def main() -> int:
    """Measures in rounds and prints a table."""
    with tempfile.TemporaryDirectory(prefix="first-tree-", dir=".") as name:
        folder = Path(name)
        file = folder / "errorhelp.yaml"
        file.write_text(configuration(INFOBASES), "utf-8")
        catalog, now = load(file).catalog, datetime.now(UTC)
        # What is loaded or compiled at first use is no part of it.
        publish(compile(catalog, (), now), folder / "tree", now.timestamp())
        files = _files_in(folder / "tree")
        bodies = [gzip.decompress(body) for path, body in files.items() if path.suffix == ".gz"]
        apart = {
            "rendering apart": _seconds(lambda: list(compile(catalog, (), now).published())),
            "packing apart": _seconds(lambda: [gzip.compress(each, 4) for each in bodies]),
            "one after the other": _seconds(lambda: _write_plainly(folder / "plain", files, 1)),
        }
        rounds = [_round(catalog, folder / str(number), files) for number in range(ROUNDS)]
    medians = {what: statistics.median(each[what] for each in rounds) for what in rounds[0]}
    for what, seconds in (medians | apart).items():
        print(f"{what:24}{seconds:>8.2f} s, {seconds / INFOBASES * 1000:.2f} ms an infobase")
    ratio = statistics.median(each["publish"] / each["the same files plainly"] for each in rounds)
    return judged(
        "first_tree",
        [Figure("first publication of a tree: time, of writing its files plainly", ratio, most=MOST)],
    )


def _round(catalog: Catalog, folder: Path, files: dict[Path, bytes]) -> dict[str, float]:
    now = datetime.now(UTC)
    return {
        "publish": _seconds(lambda: publish(compile(catalog, (), now), folder / "tree", now.timestamp())),
        "the same files plainly": _seconds(lambda: _write_plainly(folder / "plain", files, THREADS)),
    }


def _files_in(tree: Path) -> dict[Path, bytes]:
    return {each.relative_to(tree): each.read_bytes() for each in tree.rglob("*") if each.is_file()}


def _write_plainly(folder: Path, files: dict[Path, bytes], threads: int) -> None:
    made: set[Path] = set()
    for path in files:
        if path.parent not in made:
            made.add(path.parent)
            (folder / path.parent).mkdir(parents=True, exist_ok=True)

    def write(path: Path) -> None:
        temporary = folder / f"{path}.tmp"
        with temporary.open("wb") as written:
            written.write(files[path])
            written.flush()
            os.fsync(written.fileno())
        temporary.replace(folder / path)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(write, files))


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
