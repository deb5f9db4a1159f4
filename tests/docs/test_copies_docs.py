"""What the documentation says of copies is so: its example, the names under which answers are, the alerts."""

import re
from pathlib import Path

import pytest
from configurations import read
from samples import NOON

from errorhelp.answers.snapshot import compile
from errorhelp.config.copy_destinations import Bucket
from errorhelp.publishing.published_tree import file_name

ROOT = Path(__file__).parents[2]
INFOBASES = """
infobases: [{id: erp, name: ERP, connect: {server: s, ref: erp}}]
lists: [{id: office, folders: /}]
"""
PAGES = [ROOT / "docs" / language / "copies.md" for language in ("en", "ru")]


def language(file: Path) -> str:
    return file.parent.name


@pytest.mark.parametrize("file", PAGES, ids=language)
def test_its_configuration_can_be_used(file: Path, tmp_path: Path) -> None:
    (example,) = re.findall(r"(?:^    .*\n)+", file.read_text("utf-8"), re.MULTILINE)[:1]
    (tmp_path / "copy.key").write_text("secret")
    lines = INFOBASES + re.sub(r"^    ", "", example, flags=re.MULTILINE)
    loaded = read(tmp_path, lines, {"ERRORHELP_COPY_ACCESS_KEY": "AKIDEXAMPLE"})
    cloud, second = (each.where for each in loaded.copies)
    assert isinstance(cloud, Bucket) and cloud.prefix == "errorhelp"
    assert second == Path("/mnt/web2/errorhelp")


@pytest.mark.parametrize("file", PAGES, ids=language)
def test_it_names_every_folder_that_errorhelp_takes_for_its_own(file: Path, tmp_path: Path) -> None:
    text = file.read_text("utf-8")
    loaded = read(tmp_path, INFOBASES)
    names = [file_name(path) for path in compile(loaded.catalog, (), NOON).every_path()]
    folders = {name.split("/")[0] for name in names if "/" in name} - {*loaded.catalog.languages}
    assert folders and all(f"`{each}/`" in text for each in folders)


@pytest.mark.parametrize("file", PAGES, ids=language)
def test_it_names_alerts_and_metrics_that_there_are(file: Path) -> None:
    text, alerts = file.read_text("utf-8"), (ROOT / "deploy/alerts.yaml").read_text("utf-8")
    assert {*re.findall(r"`(ErrorhelpCopy\w+)`", text)} == {*re.findall(r"alert: (ErrorhelpCopy\w+)", alerts)}
    assert {*re.findall(r"`(errorhelp_copy_\w+)`", text)} == {*re.findall(r"errorhelp_copy_\w+", alerts)}
