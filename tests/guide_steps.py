"""What `docs/*/nginx.md` has typed, step by step."""

import re
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[1]
_STEP = re.compile(r"^## (\d+)\. (.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"(?:^    .*\n|^\n(?=    ))+", re.MULTILINE)


def steps(language: str) -> dict[int, list[str]]:
    """The blocks of commands of each step of the page."""
    page = (ROOT / "docs" / language / "nginx.md").read_text("utf-8")
    return {
        int(number): [dedent(each).lstrip("\n") for each in _BLOCK.findall(text)]
        for number, text in _STEP.findall(page)
    }
