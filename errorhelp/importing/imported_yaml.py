"""Imported infobases and folders as a configuration file."""

import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from errorhelp.catalog.help import Help
from errorhelp.catalog.infobase import Folder, Infobase
from errorhelp.catalog.names import ROOT
from errorhelp.formats.connect_string import Connection, FileConnection, ServerConnection, WebConnection
from errorhelp.importing.import_result import Imported


class _OnOneLine(dict[str, str]):
    """A mapping that is written as `{server: srv, ref: ERP}`."""


class _Dumper(yaml.SafeDumper):
    """Writes every text so that readers of YAML 1.1 and 1.2 agree that it is that text, on one line."""


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


def _represent_on_one_line(dumper: _Dumper, mapping: _OnOneLine) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", mapping, flow_style=True)


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(_OnOneLine, _represent_on_one_line)
# What PyYAML would leave without quotes and other readers take for a truth value or a number.
_Dumper.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"[yn]\Z", re.IGNORECASE), list("yYnN"))
_Dumper.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(0o[0-7]+|0x[0-9a-f]+|(\.\d+|\d[\d_]*\.?\d*)(e[-+]?\d+)?)\Z", re.IGNORECASE),
    list("-+.0123456789"),
)


def to_yaml(imported: Imported) -> bytes:
    """The configuration file, UTF-8, which PyYAML's BaseLoader reads back as exactly the same texts."""
    text = "".join(
        (
            f"# Imported by `errorhelp v8i import` from {_in_a_comment(', '.join(imported.files))}.\n"
            "# It is configuration like any other: change it as you like.\n",
            _section("folders", map(folder_settings, imported.folders)) if imported.folders else "",
            _section("infobases", map(infobase_settings, imported.infobases)),
            _left_over(imported.left_over),
        )
    )
    return text.encode()


def _section(name: str, items: Iterable[Mapping[str, Any]]) -> str:
    written = [_indented(dump([item])) for item in items]
    return f"\n{name}:\n" + "\n".join(written) if written else f"\n{name}: []\n"


def dump(value: object) -> str:
    """A value as the lines of YAML that stand for it."""
    return yaml.dump(
        value,
        Dumper=_Dumper,
        allow_unicode=True,
        default_flow_style=False,
        sort_keys=False,
        width=sys.maxsize,
    )


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.split("\n") if line)


def folder_settings(folder: Folder) -> dict[str, Any]:
    """A folder as an item of the configuration."""
    return {"path": folder.path, **_help(folder.help), **_v8i(folder.v8i)}


def infobase_settings(infobase: Infobase) -> dict[str, Any]:
    """An infobase as an item of the configuration."""
    return {
        "id": infobase.id,
        "name": infobase.name,
        "connect": _connect(infobase.connection),
        **({"folder": infobase.folder} if infobase.folder != ROOT else {}),
        **_help(infobase.help),
        **_v8i(infobase.v8i),
    }


def _connect(connection: Connection) -> _OnOneLine:
    match connection:
        case ServerConnection(server, ref):
            return _OnOneLine(server=server, ref=ref)
        case FileConnection(path):
            return _OnOneLine(file=path)
        case WebConnection(url):
            return _OnOneLine(url=url)


def _help(help_: Help) -> Mapping[str, Any]:
    given = {name: value for name, value in (("text", help_.text), ("url", help_.url)) if value is not None}
    return {"help": given} if given else {}


def _v8i(pairs: Iterable[tuple[str, str]]) -> Mapping[str, Any]:
    keys = dict(pairs)
    return {"v8i": keys} if keys else {}


def _left_over(lines: Iterable[str]) -> str:
    written = "".join(f"# {_in_a_comment(line)}\n" for line in lines)
    return f"\n# Left over, with the place where it stood:\n{written}" if written else ""


def _in_a_comment(text: str) -> str:
    """The text with escapes for all that could end the line or be refused by a YAML reader."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )
