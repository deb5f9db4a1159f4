import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from errorhelp.catalog.help import Help
from errorhelp.catalog.infobase import Folder, Infobase
from errorhelp.config import load
from errorhelp.formats.connect_string import Connection, FileConnection, ServerConnection, WebConnection
from errorhelp.importing import Imported, ImportSummary, import_files, to_yaml

LOADERS = [yaml.BaseLoader, getattr(yaml, "CBaseLoader", yaml.BaseLoader), yaml.SafeLoader]

TEXTS = st.text(
    st.sampled_from("'\"\\:#-?[]{},&*!|>%@` \n\r\t\x00\x85\u2028\ufeff\u00a0😀жy0.1e")
    | st.characters(exclude_categories=["Cs"]),
    max_size=30,
) | st.sampled_from(
    ["yes", "0o17", "1e3", "12_3", "1:30", "null", "...", "---", "- a", "a: b", " a", "a\n\nb "]
)
PAIRS = st.dictionaries(TEXTS, TEXTS, max_size=4).map(lambda keys: tuple(keys.items()))
HELP = st.builds(Help, st.none() | TEXTS, st.none() | TEXTS)
CONNECTIONS = (
    st.builds(ServerConnection, TEXTS, TEXTS)
    | st.builds(FileConnection, TEXTS)
    | st.builds(WebConnection, TEXTS)
)
INFOBASES = st.builds(Infobase, TEXTS, TEXTS, CONNECTIONS, folder=TEXTS, help=HELP, v8i=PAIRS)
FOLDERS = st.builds(Folder, TEXTS, HELP, PAIRS)
IMPORTED = st.builds(
    Imported,
    files=st.lists(TEXTS, max_size=2).map(tuple),
    infobases=st.lists(INFOBASES, max_size=3).map(tuple),
    folders=st.lists(FOLDERS, max_size=2).map(tuple),
    left_over=st.lists(TEXTS, max_size=3).map(tuple),
    report=st.just(ImportSummary(0, 0, ())),
)


def connect_settings(connection: Connection) -> dict[str, str]:
    match connection:
        case ServerConnection(server, ref):
            return {"server": server, "ref": ref}
        case FileConnection(path):
            return {"file": path}
        case WebConnection(url):
            return {"url": url}


def settings(of: Infobase | Folder) -> dict[str, Any]:
    """What the configuration should say of it."""
    help_ = {name: text for name, text in (("text", of.help.text), ("url", of.help.url)) if text is not None}
    further = {name: value for name, value in (("help", help_), ("v8i", dict(of.v8i))) if value}
    if isinstance(of, Folder):
        return {"path": of.path, **further}
    folder = {} if of.folder == "/" else {"folder": of.folder}
    return {"id": of.id, "name": of.name, "connect": connect_settings(of.connection), **folder, **further}


@pytest.mark.parametrize("loader", LOADERS)
@given(imported=IMPORTED)
def test_every_text_is_read_back_as_it_was_by_every_reader(loader: Any, imported: Imported):
    document = yaml.load(to_yaml(imported), loader)  # noqa: S506 - all are safe
    assert document["infobases"] == [settings(infobase) for infobase in imported.infobases]
    assert document.get("folders", []) == [settings(folder) for folder in imported.folders]


CONNECTS = st.sampled_from(
    [
        'Srvr="s";Ref="ERP"',
        "File=a",
        'ws="https://h/b"',
        "https://h/b;x=1",
        "ws=ftp://h",
        "",
        "Ref=",
        "Srvr= ;Ref=x",
    ]
)
VALUES = TEXTS | st.sampled_from(
    ["https://h/{x}", "http://u:p@h/", "http://h:70000", "http://[", "<x>", "/A//B", "A/"]
)
KEYS = st.sampled_from(
    [
        "Folder",
        "ID",
        "StartupErrorHelpText",
        "StartupErrorHelpURL",
        "PPasswd",
        "AdditionalParameters",
        "connect",
    ]
)
ENTRIES = st.tuples(
    st.sampled_from(["ERP", "ru", "A/B", "[", "]", ""]) | TEXTS,
    st.none() | CONNECTS,
    st.lists(st.tuples(KEYS | TEXTS, VALUES), max_size=4),
).map(
    lambda entry: "\n".join(
        [
            f"[{entry[0]}]",
            *([] if entry[1] is None else [f"Connect={entry[1]}"]),
            *(f"{key}={value}" for key, value in entry[2]),
        ]
    )
)


@given(st.lists(ENTRIES, min_size=1, max_size=5).map("\n".join), st.binary(max_size=3))
def test_whatever_a_list_holds_the_configuration_takes_what_was_imported(text: str, junk: bytes):
    imported = import_files([("x.v8i", b"[first]\n" + text.encode() + junk)])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "errorhelp.yaml"
        file.write_bytes(to_yaml(imported))
        catalog = load(file).catalog
    assert tuple(catalog.infobases.values()) == imported.infobases
    assert tuple(catalog.folders.values()) == imported.folders
    assert all(len(note.splitlines()) == 1 for note in imported.report.notes)
