"""Texts by language, and what people did, as commands print them."""

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any

from errorhelp.cli.language import spoken, translated
from errorhelp.text.times import for_people, parse_instant


def print_texts(name: str, texts: str | dict[str, str]) -> None:
    """Print a text, or one for each language, under its name."""
    for code, text in texts.items() if isinstance(texts, dict) else [("", texts)]:
        print(f"{name} {code}:".replace(" :", ":") + f"\n  {text.replace(chr(10), chr(10) + '  ')}")


def print_history(events: Iterable[Mapping[str, Any]], zone: tzinfo) -> None:
    """Print when who did what, as the API lists it."""
    print(translated("history:"))
    for event in events:
        at, what, who = parse_instant(event["at"]), event["what"], event["who"]
        print(f"  {for_people(at, zone, spoken())}  {translated(f'{what} by')} {who}")
