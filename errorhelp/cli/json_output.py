"""What programs read with `-o json`: one JSON document on standard output, of a failure too; in English always."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

from errorhelp.cli.client import CommandFailed

_JSON = "json"
_WHOLE = {f"-o{_JSON}", f"--output={_JSON}", "--json"}
_SPLIT = {"-o", "--output"}

PrintOne = Callable[[Any, str], None]
"""Prints what came of one of several things: as a document, and in words."""


def is_wanted(arguments: Sequence[str]) -> bool:
    """Whether a command with these arguments is to answer in JSON, if only because they are wrong."""
    if not _WHOLE.isdisjoint(arguments):
        return True
    return any(option in _SPLIT and value == _JSON for option, value in pairwise(arguments))


def print_json(document: object) -> None:
    """Print the document."""
    print(json.dumps(document, ensure_ascii=False, indent=2))


def print_failure(text: str, exit_code: int, **details: Any) -> None:
    """Print the document of a command that failed."""
    print_json({"error": {"text": text, "exit_code": exit_code, **details}})


@contextmanager
def one_by_one(output: str) -> Iterator[PrintOne]:
    """What prints what came of several things, done one after the other: in words at once, or at the end as one list.

    When one fails, the document of the failure has under `done` what was done before it.
    """
    done: list[Any] = []

    def print_one(document: Any, words: str) -> None:
        done.append(document)
        if output != _JSON:
            print(words)

    try:
        yield print_one
    except CommandFailed as error:
        error.details["done"] = done
        raise
    if output == _JSON:
        print_json(done)
