"""The published tree: what is in it, when a file changes, and what is left alone."""

import gzip
import json
import os
import stat
import sys
from pathlib import Path

import pytest
from filelock import FileLock
from samples import MINUTE, NOON, catalog, infobase, message

from errorhelp.answers.snapshot import Snapshot, compile
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.lists import Access, ConnectionList
from errorhelp.messages.message import Message
from errorhelp.publishing.published_tree import TreeError, file_name, publish

POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="about POSIX file systems")
NOW = NOON.timestamp()
LONG = "Сервер обновляется. " * 200


def two_infobases() -> Catalog:
    lists = [ConnectionList("office", folders=("/",)), ConnectionList("boss", access=Access.TOKEN, token="x")]
    return catalog(infobase("erp", aliases=("erp_old",)), infobase("hr"), lists=lists)


def snapshot(*messages: Message, of: Catalog | None = None) -> Snapshot:
    return compile(of or two_infobases(), messages, NOON)


def files(tree: Path) -> set[str]:
    """The files that a web server may serve."""
    return {
        path.relative_to(tree).as_posix()
        for path in tree.rglob("*")
        if path.is_file() and ".errorhelp" not in path.parts
    }


def user_message(tree: Path, name: str = "help/erp.json") -> str:
    text: str = json.loads((tree / name).read_bytes())["userMessage"]
    return text


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return tmp_path / "www" / "tree"


def test_every_public_answer_is_a_file_with_exactly_its_bytes(tree: Path):
    live = snapshot(message(text=LONG))
    publish(live, tree, NOW)
    assert {"help/erp.json", "help/en/erp.json", "help/erp_old.json", "lists/office.v8i"} <= files(tree)
    for path in live.every_path():
        answer = live.find(path, NOW)
        assert answer is not None
        assert (tree / file_name(path)).read_bytes() == answer.body


def test_a_guarded_list_is_not_in_the_tree(tree: Path):
    publish(snapshot(), tree, NOW)
    assert "lists/boss.v8i" not in files(tree)


def test_what_gains_from_it_has_a_packed_form_beside_it(tree: Path):
    publish(snapshot(message("m", "erp", text=LONG)), tree, NOW)
    packed = tree / "help/erp.json.gz"
    assert gzip.decompress(packed.read_bytes()) == (tree / "help/erp.json").read_bytes()
    assert packed.stat().st_mtime == (tree / "help/erp.json").stat().st_mtime
    assert "help/hr.json.gz" not in files(tree)


def test_the_packed_form_goes_when_the_text_becomes_short(tree: Path):
    publish(snapshot(message(text=LONG)), tree, NOW)
    publish(snapshot(), tree, NOW)
    assert "help/erp.json.gz" not in files(tree)


def test_the_tree_has_help_for_an_unknown_infobase_in_each_language(tree: Path):
    publish(snapshot(message(text="Всё стоит")), tree, NOW)
    for name in ("help/_unknown.json", "help/ru/_unknown.json", "help/en/_unknown.json"):
        document = json.loads((tree / name).read_bytes())
        assert (document["status"], document["userMessage"]) == (404, "Всё стоит")
    assert json.loads((tree / "help/en/_unknown.json").read_bytes())["helpText"] == "Call 112"


def test_publishing_again_changes_no_file(tree: Path):
    publish(snapshot(message(text=LONG)), tree, NOW)
    before = {name: (tree / name).stat().st_ino for name in files(tree)}
    assert publish(snapshot(message(text=LONG)), tree, NOW + 60).written == 0
    assert {name: (tree / name).stat().st_ino for name in files(tree)} == before


def test_only_files_that_a_message_changes_are_written(tree: Path):
    live = snapshot()
    publish(live, tree, NOW)
    posted = compile(live.catalog, [message("m", "erp", text="Стоим")], NOON, live)
    # One address without a language and two with: of JSON and page, for the id and for the alias, and of the
    # overview's four forms.
    assert publish(posted, tree, NOW, live).written == 24
    assert user_message(tree, "help/erp_old.json") == "Стоим"
    assert user_message(tree, "help/hr.json") == ""


def test_a_message_that_ended_is_gone_from_the_tree(tree: Path):
    posted = snapshot(message("m", "erp", ends_at=NOON + MINUTE))
    publish(posted, tree, NOW)
    later = compile(posted.catalog, posted.live, NOON + MINUTE, posted)
    publish(later, tree, NOW + 60, posted)
    assert user_message(tree) == ""


def test_each_rewrite_moves_the_files_time_forward_by_a_second(tree: Path):
    times = []
    for clock in ("14:00", "15:00", "16:00"):
        publish(snapshot(message(text=f"До {clock}. {LONG}")), tree, NOW)
        times += [(tree / "help/erp.json").stat().st_mtime, (tree / "help/erp.json.gz").stat().st_mtime]
    assert times == [NOW, NOW, NOW + 1, NOW + 1, NOW + 2, NOW + 2]


def test_a_files_time_moves_forward_when_the_clock_was_set_back(tree: Path):
    publish(snapshot(message(text="До 14:00")), tree, NOW)
    publish(snapshot(message(text="До 15:00")), tree, NOW - 3600)
    assert (tree / "help/erp.json").stat().st_mtime == NOW + 1


def test_a_file_that_comes_back_has_a_later_time_than_when_it_went(tree: Path):
    publish(snapshot(), tree, NOW)
    publish(snapshot(of=catalog(infobase("hr"))), tree, NOW)
    publish(snapshot(message(text="Стоим")), tree, NOW)
    assert (tree / "help/erp.json").stat().st_mtime == NOW + 1


def test_what_left_the_configuration_is_removed_with_its_packed_form_and_folder(tree: Path):
    publish(snapshot(message(text=LONG)), tree, NOW)
    published = publish(snapshot(of=catalog(infobase("hr"))), tree, NOW)
    assert published.removed > 0
    assert not {name for name in files(tree) if "erp" in name or name.startswith("lists/")}
    assert not (tree / "offline" / "erp").exists()
    assert "help/hr.json" in files(tree)


def test_files_of_others_in_the_tree_stay(tree: Path):
    publish(snapshot(), tree, NOW)
    for name in ("robots.txt", "offline/erp/logo.svg", "help/erp.json.orig"):
        (tree / name).write_text("mine")
    publish(snapshot(of=catalog(infobase("hr"))), tree, NOW)
    assert {"robots.txt", "offline/erp/logo.svg", "help/erp.json.orig"} <= files(tree)


@pytest.mark.parametrize("damage", ["", "help/erp.json", '{"userMess'])
def test_a_damaged_file_is_mended_and_gets_a_later_time(tree: Path, damage: str):
    publish(snapshot(), tree, NOW)
    (tree / "help/erp.json").write_text(damage)
    os.utime(tree / "help/erp.json", (NOW, NOW))
    publish(snapshot(), tree, NOW)
    assert user_message(tree) == ""
    assert (tree / "help/erp.json").stat().st_mtime == NOW + 1


@pytest.mark.parametrize(
    "damage", [b"", b"\x1f\x8b\x08", gzip.compress(b"{}")], ids=["empty", "cut off", "another file"]
)
def test_a_damaged_packed_form_is_mended_together_with_its_file(tree: Path, damage: bytes):
    publish(snapshot(message(text=LONG)), tree, NOW)
    (tree / "help/erp.json.gz").write_bytes(damage)
    os.utime(tree / "help/erp.json.gz", (NOW, NOW))
    publish(snapshot(message(text=LONG)), tree, NOW)
    assert gzip.decompress((tree / "help/erp.json.gz").read_bytes()) == (tree / "help/erp.json").read_bytes()
    assert {(tree / f"help/erp.json{end}").stat().st_mtime for end in ("", ".gz")} == {NOW + 1}


def test_a_missing_file_comes_back(tree: Path):
    publish(snapshot(), tree, NOW)
    (tree / "help/erp.json").unlink()
    publish(snapshot(), tree, NOW)
    assert user_message(tree) == ""


def test_a_tree_that_was_emptied_is_made_anew(tree: Path):
    live = snapshot()
    publish(live, tree, NOW)
    before = files(tree)
    for name in before:
        (tree / name).unlink()
    (tree / ".errorhelp" / "index").unlink()
    publish(live, tree, NOW, live)
    assert files(tree) == before
    tree.rename(tree.with_name("away"))
    publish(live, tree, NOW, live)
    assert files(tree) == before


def test_a_folder_with_documents_is_refused_and_left_as_it_was(tmp_path: Path):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(TreeError, match="empty or not there yet"):
        publish(snapshot(), tmp_path, NOW)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_file_in_the_place_of_the_tree_is_refused(tmp_path: Path):
    (tmp_path / "tree").write_text("dear")
    with pytest.raises(TreeError, match="not a folder"):
        publish(snapshot(), tmp_path / "tree", NOW)
    assert (tmp_path / "tree").read_text() == "dear"


def test_an_empty_folder_becomes_a_tree(tmp_path: Path):
    publish(snapshot(), tmp_path, NOW)
    assert "help/erp.json" in files(tmp_path)


@pytest.mark.parametrize(
    "index", ["", "errorhelp tree 1\n../../etc/passwd\nletter.txt/..\n", "\0", "errorhelp", None]
)
def test_a_tree_whose_index_is_damaged_or_lost_does_not_freeze_and_nothing_of_others_is_removed(
    tree: Path, index: str | None, caplog: pytest.LogCaptureFixture
):
    live = snapshot(message(text="Wait"))
    publish(live, tree, NOW)
    (tree / "letter.txt").write_text("dear")
    if index is None:
        (tree / ".errorhelp" / "index").unlink()
    else:
        (tree / ".errorhelp" / "index").write_text(index)
    publish(snapshot(), tree, NOW)
    assert user_message(tree) == ""
    assert (tree / "letter.txt").read_text() == "dear"
    assert "is made anew" in caplog.text
    publish(snapshot(of=catalog(infobase("crm"))), tree, NOW)
    assert "help/erp.json" not in files(tree)


@pytest.mark.parametrize("index", ["errorhelp tree 2\n"])
def test_a_tree_of_another_version_is_refused_and_nothing_is_removed(tree: Path, index: str):
    publish(snapshot(), tree, NOW)
    before = files(tree)
    (tree / ".errorhelp" / "index").write_text(index)
    with pytest.raises(TreeError, match="empty"):
        publish(snapshot(of=catalog(infobase("hr"))), tree, NOW)
    assert files(tree) == before


@pytest.mark.parametrize(
    "path",
    [
        "/../etc/passwd",
        "/help/../../x",
        "//x",
        "/help//x.json",
        "/.x",
        "/a/.",
        "/a\\b",
        "/c:x",
        "/x.",
        "/a\0",
        "",
    ],
)
def test_no_path_leads_out_of_the_tree(path: str):
    with pytest.raises(ValueError, match="no name for a file"):
        file_name(path)


def test_a_path_that_ends_in_a_slash_is_a_folders_index():
    assert file_name("/") == "index.html"
    assert file_name("/offline/erp/") == "offline/erp/index.html"


def test_two_do_not_write_to_one_tree_at_once(tree: Path):
    publish(snapshot(), tree, NOW)
    with FileLock(tree / ".errorhelp" / "lock"), pytest.raises(TreeError, match="another errorhelp"):
        publish(snapshot(), tree, NOW, patience=0)
    publish(snapshot(), tree, NOW, patience=0)


def test_what_a_run_wrote_that_failed_half_way_is_known_to_the_next_one(tree: Path):
    small, large = catalog(infobase("erp")), catalog(infobase("erp"), infobase("aaa"), infobase("zzz"))
    publish(snapshot(of=small), tree, NOW)
    in_the_way = tree / "help" / "zzz.json"
    in_the_way.mkdir()
    with pytest.raises(TreeError, match=r"zzz\.json cannot be written"):
        publish(snapshot(of=large), tree, NOW)
    assert "help/aaa.json" in files(tree)
    in_the_way.rmdir()
    publish(snapshot(of=small), tree, NOW)
    assert "help/aaa.json" not in files(tree)


def test_what_a_killed_run_left_is_cleared_away(tree: Path):
    publish(snapshot(), tree, NOW)
    (tree / ".errorhelp" / "waiting").mkdir()
    (tree / ".errorhelp" / "waiting" / "1.tmp").write_text("half")
    publish(snapshot(), tree, NOW)
    assert not (tree / ".errorhelp" / "waiting").exists()


@POSIX_ONLY
def test_a_web_server_may_read_the_tree_whatever_the_services_umask(tree: Path):
    before = os.umask(0o077)
    try:
        publish(snapshot(message(text=LONG)), tree, NOW)
    finally:
        os.umask(before)
    for path in (tree, tree / "help", tree / "offline" / "erp"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o755
    for name in ("help/erp.json", "help/erp.json.gz", "lists/office.v8i"):
        assert stat.S_IMODE((tree / name).stat().st_mode) == 0o644


@POSIX_ONLY
@pytest.mark.parametrize("linked", ["help", "help/ru", "offline", ".errorhelp"])
def test_a_folder_that_somebody_replaced_by_a_link_is_refused_and_nothing_behind_it_changes(
    tree: Path, tmp_path: Path, linked: str
):
    publish(snapshot(of=two_infobases()), tree, NOW)
    (tree / linked).rename(tmp_path / "elsewhere")
    (tree / linked).symlink_to(tmp_path / "elsewhere")
    before = {each: each.lstat() for each in sorted((tmp_path / "elsewhere").rglob("*"))}
    # A message that changes files, and an infobase that is gone.
    for changed in (snapshot(message(text="Please wait")), snapshot(message(), of=two_infobases())):
        with pytest.raises(TreeError, match="is a link") as raised:
            publish(changed, tree, NOW)
        assert str(tree / linked) in str(raised.value)
    assert {each: each.lstat() for each in sorted((tmp_path / "elsewhere").rglob("*"))} == before
    (tree / linked).unlink()
    if linked != ".errorhelp":
        publish(snapshot(message(text="Please wait")), tree, NOW)
        assert user_message(tree) == "Please wait"


@POSIX_ONLY
def test_links_in_the_place_of_files_are_replaced_and_what_they_lead_to_stays(tree: Path, tmp_path: Path):
    publish(snapshot(), tree, NOW)
    secret = tmp_path / "secret"
    secret.write_text("not for everybody", "utf-8")
    secret.chmod(0o600)
    before = secret.stat()
    for name in ("help/erp.json", "help/erp.json.gz"):
        (tree / name).unlink(missing_ok=True)
        (tree / name).symlink_to(secret)
    publish(snapshot(message(text="Please wait")), tree, NOW)
    assert user_message(tree) == "Please wait"
    assert not (tree / "help/erp.json").is_symlink()
    assert not (tree / "help/erp.json.gz").is_symlink()
    # What errorhelp keeps there for itself.
    for name in ("latest-gone", "index"):
        (tree / ".errorhelp" / name).unlink(missing_ok=True)
        (tree / ".errorhelp" / name).symlink_to(secret)
        with pytest.raises(TreeError, match="is a link"):
            publish(snapshot(of=catalog(infobase("erp"))), tree, NOW)
    after = secret.stat()
    assert (after.st_mode, after.st_mtime) == (before.st_mode, before.st_mtime)
    assert secret.read_text("utf-8") == "not for everybody"
