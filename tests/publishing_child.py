"""Publishes one version after another until it is killed: what `test_publish_faults` does its harm to.

As a program it imports and compiles everything once. For every line that it reads, a seed and a tree, it forks
a child that publishes there, prints the child's process id, and `gone` when that has been killed.

A version is a number. It is the same catalog, messages and snapshot in every process, so a reader can see
from a file's bytes whether they are some version's.
"""

import os
import random
import sys
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path

from samples import HOUR, NOON, catalog, infobase, message

from errorhelp.answers.snapshot import Snapshot, compile
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.lists import ConnectionList
from errorhelp.publishing.published_tree import publish

VERSIONS = 24
STAYING = ("erp", "hr")
PASSING = ("trade", "archive")


@cache
def _catalog(with_passing: bool) -> Catalog:
    ids = STAYING + (PASSING if with_passing else ())
    return catalog(*map(infobase, ids), lists=[ConnectionList("all", folders=("/",), carries_messages=True)])


@cache
def version(number: int) -> Snapshot:
    """Short and long texts, some with a packed form and some without; in every third fewer infobases."""
    text = f"{number:02} " * (number % 4 * 200 + 1)
    messages = [message("m", text=text, starts_at=NOON, ends_at=NOON + HOUR)]
    return compile(_catalog(number % 3 != 0), messages, NOON + timedelta(seconds=number))


def run(tree: Path, seed: int) -> None:
    """Publish for ever, in an order that depends on the seed."""
    previous = None
    for number in _numbers(seed):
        publish(version(number), tree, NOON.timestamp(), previous)
        previous = version(number)


def _numbers(seed: int) -> Iterator[int]:
    choice = random.Random(seed)  # noqa: S311 - not a secret
    while True:
        yield choice.randrange(VERSIONS)


def main() -> None:
    for number in range(VERSIONS):
        all(version(number).published())
    for line in sys.stdin:
        seed, _, tree = line.rstrip("\n").partition(" ")
        child = os.fork()
        if child == 0:
            run(Path(tree), int(seed))
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        os.waitpid(child, 0)
        sys.stdout.write("gone\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
