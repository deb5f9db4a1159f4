"""What a change was answered is true for readers: of the service, of the tree, and after a stop."""

import asyncio
import json
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from admin_api import AdminApi, admin_api
from command import Running, run, serving
from filelock import FileLock
from signing_in import EVERYBODY, browser

pytestmark = pytest.mark.more

COUNT = 600
WINDOW = """
maintenance_windows:
  - {id: lunch, targets: [erp], text: Lunch, starts_at: 2026-11-21 16:00, duration: 1h, rule: FREQ=DAILY}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return tmp_path / "tree"


def user_message(tree: Path, infobase: str = "erp") -> str:
    return str(json.loads((tree / "help" / f"{infobase}.json").read_bytes())["userMessage"])


# The admin API


async def test_when_a_message_is_answered_the_tree_has_it(tmp_path: Path, tree: Path):
    async with admin_api(tmp_path, tree=tree) as api:
        posted = await api.posted(text="Ждите")
        assert (posted["tree"], posted["tree_error"]) == ("current", None)
        assert user_message(tree) == "Ждите"
        address = f"/api/v1/messages/{posted['id']}"
        values = {"targets": ["erp"], "text": "Почти всё", "ends_at": posted["ends_at"]}
        changed = await api.put(address, values, '"1"')
        assert changed.document["tree"] == "current"
        assert user_message(tree) == "Почти всё"
        assert (await api.post(f"{address}/extend", {"by": "1h"})).document["tree"] == "current"
        assert (
            json.loads((tree / "help/erp.json").read_bytes())["userMessageUntil"][:16] == "2026-11-21T17:00"
        )
        assert (await api.post(f"{address}/end")).document["tree"] == "current"
        assert user_message(tree) == ""
        assert (await api.get(address)).document["tree"] == "current"
        listed = (await api.get("/api/v1/messages")).document["messages"]
        assert [each["tree"] for each in listed] == ["current"]


async def test_without_a_tree_there_is_none_to_speak_of(tmp_path: Path):
    async with admin_api(tmp_path) as api:
        posted = await api.posted()
        assert (posted["tree"], posted["tree_error"]) == (None, None)


def lose_tree(tree: Path, away: Path) -> None:
    """Have it look like a folder of somebody else's, also while a run over it goes on."""
    for name in ("index", "lock"):
        (tree / ".errorhelp" / name).rename(away / name)


def find_tree(tree: Path, away: Path) -> None:
    for name in ("index", "lock"):
        (away / name).rename(tree / ".errorhelp" / name)


async def test_an_answer_says_what_keeps_the_tree_from_having_it(tmp_path: Path, tree: Path):
    async with admin_api(tmp_path, tree=tree) as api:
        await api.posted()
        lose_tree(tree, tmp_path)
        posted = await api.posted(text="Почти всё")
        assert posted["tree"] == "behind"
        assert "holds files and is no published tree" in posted["tree_error"]
        assert await shown(api) == {"Ждите", "Почти всё"}
        got = (await api.get(f"/api/v1/messages/{posted['id']}")).document
        assert got["tree"] == "behind"

        find_tree(tree, tmp_path)
        assert (await api.posted(text="Всё"))["tree"] == "current"
        assert set(user_message(tree).split("\n\n")) == {"Ждите", "Почти всё", "Всё"}


async def test_a_tree_that_hangs_is_not_waited_for_long(tmp_path: Path, tree: Path):
    async with admin_api(tmp_path, tree=tree, patience=0.1) as api:
        await api.posted()
        with FileLock(tree / ".errorhelp" / "lock"):
            posted = await api.posted(text="Почти всё")
            assert (posted["tree"], posted["tree_error"]) == ("behind", None)
            assert await shown(api) == {"Ждите", "Почти всё"}
            refused = await api.put(
                f"/api/v1/messages/{posted['id']}",
                {"targets": ["erp"], "text": "?", "duration": "1h"},
                '"7"',
            )
            assert refused.document["message"]["tree"] == "behind"


async def shown(api: AdminApi) -> set[str]:
    answer = api.service.snapshot.compiled("/help/erp.json")
    return set(json.loads(answer.body)["userMessage"].split("\n\n"))


# The pages

FORM = {
    "to": "erp", "severity": "outage", "start": "now", "end": "1h", "text-ru": "Ждите", "text-en": "",
    "action": "post",
}  # fmt: skip
LATE = "The published tree does not have the latest changes yet"


async def test_when_a_page_leads_on_the_tree_has_what_was_written(tmp_path: Path, tree: Path):
    async with (
        admin_api(tmp_path, tree=tree, admin=EVERYBODY, more=WINDOW) as api,
        browser(api.url) as anna,
    ):
        await anna.sign_in("anna")
        assert (await anna.post("/write", FORM)).status == 303
        assert user_message(tree) == "Ждите"
        (message_id,) = await api.ids()
        assert (await anna.post(f"/messages/{message_id}/end")).status == 303
        assert user_message(tree) == ""
        api.clock.go_on(hours=1)
        await api.service.catch_up()
        occurrence = api.service.snapshot.planned[0]
        assert (await anna.post(f"/planned/{occurrence.id}", {"action": "end"})).status == 303
        assert user_message(tree) == ""
        assert (tree / "help/erp.json").read_bytes() == api.service.snapshot.compiled("/help/erp.json").body
        assert LATE not in (await anna.get("/")).text


async def test_pages_say_so_while_the_tree_is_behind(tmp_path: Path, tree: Path):
    async with admin_api(tmp_path, tree=tree, admin=EVERYBODY) as api, browser(api.url) as anna:
        await anna.sign_in("anna")
        lose_tree(tree, tmp_path)
        assert (await anna.post("/write", FORM)).status == 303
        page = (await anna.get("/")).text
        assert LATE in page
        assert "holds files and is no published tree" in page
        in_russian = (await anna.get("/", Accept_Language="ru")).text
        assert "В дереве публикации ещё нет последних изменений" in in_russian

        find_tree(tree, tmp_path)
        await anna.post("/write", FORM)
        # Until every file was looked at again.
        async with asyncio.timeout(30):
            while LATE in (await anna.get("/")).text:
                await asyncio.sleep(0)


# The command line


@contextmanager
def publishing(folder: Path, count: int = 2) -> Iterator[Running]:
    """A service of so many infobases that publishes to `tree`."""
    infobases = "".join(
        f"  - {{id: ib{number}, name: IB, connect: {{server: s, ref: r{number}}}}}\n"
        for number in range(count)
    )
    config = folder / "errorhelp.yaml"
    config.write_text(f"help: {{text: Call 112}}\npublish: tree\ninfobases:\n{infobases}", "utf-8")
    with serving(folder / "state", config) as service:
        yield service


def test_commands_warn_while_the_tree_does_not_have_what_they_did(tmp_path: Path, tree: Path):
    with publishing(tmp_path) as service:
        service.first_line("published to")
        post = ("message", "post", "--to", "ib0", "--for", "1h", "--text", "Wait")
        posted = run(service.state, *post)
        assert "tree" not in posted.stderr
        lose_tree(tree, tmp_path)
        message_id = posted.stdout.strip()
        for command in (
            post,
            ("message", "extend", message_id, "--by", "1h"),
            ("message", "end", message_id),
        ):
            done = run(service.state, *command)
            assert done.returncode == 0, done.stderr
            assert "the published tree does not have it yet: " in done.stderr
            assert "holds files and is no published tree" in done.stderr
            assert "published tree" not in done.stdout


# A stop


def send(service: Running, path: str, body: object = None) -> dict[str, str] | None:
    """What the API answered, None if it did not or refused."""
    token = (service.state / "token").read_text("ascii").strip()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = b"" if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{service.admin}/api/v1/{path}", data, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            document: dict[str, str] = json.load(answer)
            return document
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return None


def post(service: Running, infobase: str, text: str) -> dict[str, str] | None:
    return send(service, "messages", {"targets": [infobase], "text": text, "duration": "1h"})


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM")
def test_soon_after_a_start_what_was_acknowledged_before_a_stop_is_in_the_tree(tmp_path: Path, tree: Path):
    with publishing(tmp_path, COUNT) as service:
        kept, ended = (post(service, f"ib{number}", "Wait") for number in (1, 2))
        assert kept is not None
        assert ended is not None
        # The full publication of the start goes on.
        assert "published to" not in "".join(service.log_so_far())
        assert send(service, f"messages/{ended['id']}/end") is not None
        assert post(service, f"ib{COUNT - 1}", "Last") is not None
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(timeout=30) == 0
    assert user_message(tree, "ib1") == "Wait"
    assert user_message(tree, "ib2") == ""
    assert user_message(tree, f"ib{COUNT - 1}") == "Last"


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM")
def test_whatever_is_acknowledged_during_a_stop_is_in_the_tree(tmp_path: Path, tree: Path):
    acknowledged: list[str] = []
    with publishing(tmp_path, COUNT) as service:

        def post_until_refused(first: int) -> None:
            for number in range(first, COUNT, 8):
                if post(service, f"ib{number}", f"Wait {number}") is None:
                    return
                acknowledged.append(f"ib{number}")

        posting = [threading.Thread(target=post_until_refused, args=(first,)) for first in range(8)]
        for thread in posting:
            thread.start()
        while len(acknowledged) < 8 and any(thread.is_alive() for thread in posting):
            posting[0].join(0.01)
        service.process.send_signal(signal.SIGTERM)
        for thread in posting:
            thread.join()
        try:
            service.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            pytest.fail("it does not stop")
    missing = [each for each in acknowledged if user_message(tree, each) == ""]
    assert (len(acknowledged) >= 8, missing) == (True, [])
