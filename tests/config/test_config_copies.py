"""Copies in the configuration: where they go, what is refused, and that their keys stay secret."""

from pathlib import Path

import pytest
from configurations import errors_in, read, written

from errorhelp.admin.pages.settings_page import shown_files
from errorhelp.config import load, load_copy
from errorhelp.config.copy_destinations import Bucket, CopyDestination

BUCKET = "endpoint: https://storage.example.com, bucket: help, access_key: {env: KEY}, secret_key: {file: copy.key}"
ENVIRONMENT = {"KEY": "AKIDEXAMPLE"}
INFOBASES = "infobases: [{id: erp, name: ERP, connect: {file: x}}]\n"


def copies(*given: str, publish: str = "") -> str:
    """A configuration with these copies, from line 2 on, or 3 with a tree."""
    named = (f"  - {{id: c{number}, {each}}}\n" for number, each in enumerate(given, 1))
    return f"{INFOBASES}{publish and f'publish: {publish}{chr(10)}'}publish_copies:\n{''.join(named)}"


@pytest.fixture(autouse=True)
def secret(tmp_path: Path) -> str:
    (tmp_path / "copy.key").write_text("s3cret-access-key\n")
    return "s3cret-access-key"


def test_a_copy_is_in_a_bucket_or_in_a_folder_beside_the_configuration(tmp_path: Path, secret: str) -> None:
    loaded = read(tmp_path, copies(f"s3: {{{BUCKET}, prefix: /a/b/}}", "folder: web2"), ENVIRONMENT)
    bucket, folder = loaded.copies
    assert bucket.where == Bucket(
        "https://storage.example.com", "us-east-1", "help", "a/b", "AKIDEXAMPLE", secret
    )
    assert str(bucket.where) == "s3://help/a/b at storage.example.com"
    assert folder == CopyDestination("c2", (tmp_path / "web2").resolve())


def test_keys_are_shown_nowhere_and_another_key_is_another_configuration(tmp_path: Path, secret: str) -> None:
    loaded = read(tmp_path, copies(f"s3: {{{BUCKET}}}"), ENVIRONMENT)
    assert secret not in repr(loaded.copies) and secret not in str(shown_files(loaded))
    (tmp_path / "copy.key").write_text("another")
    assert read(tmp_path, copies(f"s3: {{{BUCKET}}}"), ENVIRONMENT).digest != loaded.digest
    assert tmp_path / "copy.key" in loaded.seen


def test_who_publishes_without_the_service_looks_for_keys_then_and_says_which_are_missing(
    tmp_path: Path, secret: str
) -> None:
    file = written(tmp_path, copies(f"s3: {{{BUCKET}}}"))
    kept = load_copy(load(file, environment=None).contents)
    (found,) = kept.copies_by(ENVIRONMENT)
    assert isinstance(found.where, Bucket)
    assert (found.where.secret_key, found.lacks) == (secret, None)
    (lacking,) = kept.copies_by({})
    assert lacking.lacks == "the environment variable KEY is not set"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (["folder: tree"], "4:22: publish_copies[0].folder: tree is the published tree, or within it"),
        (["folder: tree/copy"], "tree/copy is the published tree, or within it, or has it within"),
        (["folder: ."], "{tmp} is the published tree, or within it, or has it within; name another folder"),
        (["folder: a", "folder: a/b"], "a/b is another copy, or within it"),
        (["folder: a, id: c9, s3: {{" + BUCKET + "}}"], "needs either folder or s3"),
        (["id: alone"], "needs either folder or s3 (e.g. folder: /mnt/web2/errorhelp)"),
        (
            ["s3: {{" + BUCKET + "}}", "s3: {{" + BUCKET + "}}"],
            "s3://help at storage.example.com is within another copy, or has it within; set another prefix",
        ),
        (["s3: {{" + BUCKET + ", prefix: a}}", "s3: {{" + BUCKET + ", prefix: a/b}}"], "set another prefix"),
        (["s3: {{" + BUCKET + ", prefix: ../a}}"], "'../a' must be names with slashes between them"),
        (["s3: {{" + BUCKET.replace("help,", "a/b,") + "}}"], "'a/b' must be the name of a bucket"),
        (
            ["s3: {{" + BUCKET.replace("example.com", "example.com/help") + "}}"],
            "'https://storage.example.com/help' names more than the storage; set bucket and prefix instead",
        ),
        (["s3: {{" + BUCKET.replace("copy.key", "none.key") + "}}"], "none.key cannot be read"),
    ],
)
def test_nonsense_is_refused_with_its_place_and_the_remedy(
    tmp_path: Path, given: list[str], error: str
) -> None:
    lines = [each.replace("{{", "{").replace("}}", "}") for each in given]
    found = "\n".join(errors_in(tmp_path, copies(*lines, publish="tree"), ENVIRONMENT))
    assert error.format(tmp=tmp_path.resolve()) in found


def test_prefixes_side_by_side_are_two_copies(tmp_path: Path) -> None:
    text = copies(f"s3: {{{BUCKET}, prefix: a}}", f"s3: {{{BUCKET}, prefix: ab}}")
    assert len(read(tmp_path, text, ENVIRONMENT).copies) == 2


@pytest.mark.parametrize(
    ("endpoint", "is_warned"),
    [("http://storage.lan", True), ("http://127.0.0.1:9000", False), ("https://storage.lan", False)],
)
def test_a_storage_without_encryption_is_warned_of_unless_it_is_on_this_machine(
    tmp_path: Path, endpoint: str, is_warned: bool
) -> None:
    text = copies(f"s3: {{{BUCKET.replace('https://storage.example.com', endpoint)}}}")
    warnings = [str(each) for each in read(tmp_path, text, ENVIRONMENT).warnings]
    assert any("is not encrypted" in each for each in warnings) is is_warned


def test_without_the_library_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("errorhelp.config.copy_destinations.find_spec", lambda name: None)
    found = errors_in(tmp_path, copies(f"s3: {{{BUCKET}}}"), ENVIRONMENT)
    assert "pip install 'errorhelp[s3]'" in "\n".join(found)
