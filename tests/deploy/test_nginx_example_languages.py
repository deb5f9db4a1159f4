"""`nginx.conf.example.ru` is `nginx.conf.example` with its comments in Russian."""

import re
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENGLISH = (ROOT / "nginx.conf.example").read_text("utf-8").splitlines()
RUSSIAN = (ROOT / "nginx.conf.example.ru").read_text("utf-8").splitlines()


def indentation_of_comment(line: str) -> str | None:
    """The spaces before a line's comment; None for a line that is no comment."""
    found = re.match(r" *(?=#)", line)
    return found[0] if found else None


def without_wording(lines: list[str]) -> list[str]:
    """The lines of the configuration, with one `#` for each block of comments."""
    seen: list[str] = []
    for indentation, block in groupby(lines, indentation_of_comment):
        seen += block if indentation is None else [f"{indentation}#"]
    return seen


def comments(lines: list[str]) -> list[str]:
    """The text of each block of comments."""
    blocks = groupby(lines, lambda line: indentation_of_comment(line) is not None)
    return [
        "\n".join(line.strip().removeprefix("#").strip() for line in block)
        for comment, block in blocks
        if comment
    ]


def switched_off(lines: list[str]) -> list[str]:
    """The directives that stand in comments, to be switched on or copied elsewhere."""
    return [line for line in lines if re.match(r" *# +[a-z_]+ .*[;}]$", line)]


def test_both_files_are_the_same_but_for_the_wording_of_their_comments() -> None:
    assert without_wording(RUSSIAN) == without_wording(ENGLISH)
    assert comments(RUSSIAN) != comments(ENGLISH)


def test_directives_in_comments_are_the_same_too() -> None:
    assert switched_off(RUSSIAN) == switched_off(ENGLISH)
    assert len(switched_off(ENGLISH)) == 2


def test_every_comment_of_the_russian_file_is_russian() -> None:
    assert [each for each in comments(RUSSIAN) if not re.search("[а-я]{3}", each)] == ["---- errorhelp ----"]


def test_each_comment_names_the_same_places_in_both_files() -> None:
    """Variables, paths and headers that a comment names stand in the other language's, too."""
    named = re.compile(
        r"\$\w+|@\w+|/etc/[\w./]+|/erp/[\w/]*|Sec-Fetch-Mode|no-cache|ETag|error_page|keepalive|POST|404"
    )
    for english, russian in zip(comments(ENGLISH), comments(RUSSIAN), strict=True):
        assert set(named.findall(russian)) == set(named.findall(english)), russian


def test_each_file_leads_to_pages_in_its_language() -> None:
    for language, lines in (("ru", RUSSIAN), ("en", ENGLISH)):
        assert set(re.findall(r"docs/(\w+)/", "\n".join(lines))) == {language}
