"""The names that stay compatible until 2.0 (docs/en/compatibility.md), read from the reference pages.

    python -m docs.reference.promised >> docs/promised.txt

adds those that a release brings to the list of what is promised, from which nothing is ever taken.
"""

import re
from collections.abc import Iterator
from pathlib import Path

DOCS = Path(__file__).parents[1]
RECORD = DOCS / "promised.txt"


def documented() -> list[str]:
    """What the pages have now: kind and name of each command, option, variable, setting, route, field and so on."""
    return list(dict.fromkeys((*_commands(), *_settings(), *_api(), *_errors(), *_metrics())))


def promised() -> list[str]:
    """What the releases so far have promised."""
    return RECORD.read_text("utf-8").splitlines()


def _commands() -> Iterator[str]:
    for command, text in _sections("cli-reference.md", "##"):
        yield f"command {command}"
        for cell in _first_cells(text):
            yield from (f"option {command} {option}" for option in re.findall(r"--[a-z][\w-]*", cell))
        yield from (f"variable {name}" for name in re.findall(r"env var: (\w+)", text))


def _settings() -> Iterator[str]:
    for section, text in _sections("configuration-reference.md", "##"):
        prefix = "" if section == "errorhelp.yaml" else f"{section}."
        yield from (f"setting {prefix}{name}" for name in _first_cells(text))


def _api() -> Iterator[str]:
    for heading, text in _sections("api-reference.md", "###"):
        if " " in heading:
            yield f"route {heading}"
            yield from (f"operation {name}" for name in re.findall(r"In OpenAPI: `(\w+)`", text))
            yield from (f"parameter {heading} {name}" for name in _first_cells(text))
        else:
            yield f"document {heading}"
            yield from (f"field {heading}.{name}" for name in _first_cells(text))


def _errors() -> Iterator[str]:
    codes = re.findall(r"^\| \d+ \| `([\w-]+)`", (DOCS / "en/errors.md").read_text("utf-8"), re.MULTILINE)
    yield from (f"error {code}" for code in codes)


def _metrics() -> Iterator[str]:
    text = (DOCS / "en/operating.md").read_text("utf-8")
    yield from (f"metric {name}" for name in re.findall(r"`((?:errorhelp|process)_\w+)`", text))


def _sections(page: str, level: str) -> Iterator[tuple[str, str]]:
    """Heading and text of each section of a level."""
    text = (DOCS / "en" / page).read_text("utf-8")
    for section in re.split(rf"^{level} ", text, flags=re.MULTILINE)[1:]:
        heading, _, below = section.partition("\n")
        yield heading, below


def _first_cells(text: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)


def main() -> None:
    """Print what is documented and not promised yet."""
    already = set(promised())
    for name in documented():
        if name not in already:
            print(name)


if __name__ == "__main__":
    main()
