"""Maintenance windows as YAML that the configuration reads back."""

from collections.abc import Iterable
from typing import Any

import yaml

from errorhelp.messages.made_window import MADE, MadeWindow
from errorhelp.text.texts import as_json
from errorhelp.text.times import format_duration

_ID = "w-"


def windows_yaml(windows: Iterable[MadeWindow]) -> str:
    """The `maintenance_windows` of a configuration, with ids that it may have: `w-…` for `w.…`."""
    document = {"maintenance_windows": [_settings(each) for each in windows]}
    text: str = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)
    return text


def _settings(window: MadeWindow) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "id": window.id.replace(MADE, _ID, 1),
        "targets": list(window.targets),
        "text": as_json(window.text),
        "severity": window.severity.value,
        "starts_at": window.starts_at.isoformat(sep=" "),
        "duration": format_duration(window.duration),
        "rule": window.rule,
    }
    return settings | ({"note": window.note} if window.note else {})
