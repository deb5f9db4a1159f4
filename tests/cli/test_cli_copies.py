"""Copies as operators see them: what the timer does without the service, and what status, metrics and doctor say."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import Running, run, run_as_process, serving
from object_storage_server import (
    ACCESS_KEY,
    BUCKET,
    SECRET_KEY,
    ObjectStorageServer,
    object_storage_server,
)
from ports import HOST

pytestmark = pytest.mark.integration


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ObjectStorageServer]:
    with object_storage_server(tmp_path / "storage") as server:
        yield server


class Place:
    """A configuration with two copies, and a state."""

    def __init__(self, folder: Path, server: ObjectStorageServer) -> None:
        self.state, self.tree, self.second = folder / "state", folder / "tree", folder / "second"
        self.config = folder / "config" / "errorhelp.yaml"
        self.config.parent.mkdir()
        self.key = self.config.parent / "copy.key"
        self.key.write_text(SECRET_KEY)
        self.config.write_text(
            "publish: ../tree\n"
            "infobases: [{id: erp, name: ERP, connect: {server: s, ref: erp}}]\n"
            "publish_copies:\n"
            f"  - {{id: cloud, s3: {{endpoint: 'http://{HOST}:{server.port}', bucket: {BUCKET}, "
            f"access_key: {ACCESS_KEY}, secret_key: {{file: copy.key}}}}}}\n"
            "  - {id: second, folder: ../second}\n",
            "utf-8",
        )

    def publish(self, *more: str) -> tuple[int, str, str]:
        done = run_as_process(self.state, "publish", "--config", self.config, *more)
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout, done.stderr


@pytest.fixture
def place(tmp_path: Path, server: ObjectStorageServer) -> Place:
    return Place(tmp_path, server)


def status_of(service: Running) -> list[dict[str, object]]:
    done = run(service.state, "status", "-o", "json")
    copies: list[dict[str, object]] = json.loads(done.stdout)["copies"]
    return copies


def wait_until_current(service: Running) -> None:
    while not all(each["current"] for each in status_of(service)):
        service.help_json("erp")


def shown_in(help_json: str) -> object:
    return json.loads(help_json)["userMessage"]


def test_without_a_service_the_timer_copies_and_writes_what_is_over_anew(
    place: Place, server: ObjectStorageServer
) -> None:
    code, printed, errors = place.publish("--unless-running")
    assert (code, errors) == (0, "")
    bucket = f"s3://{BUCKET} at {HOST}:{server.port}"
    assert printed.splitlines()[1:] == [f"copied to {bucket} (cloud)", f"copied to {place.second} (second)"]
    post = ("message", "post", "--direct", "--to", "erp", "--text", "Стоим", "--for", "1h")
    assert run_as_process(place.state, *post, "--config", place.config).returncode == 0
    assert place.publish("--unless-running")[0] == 0
    assert shown_in(server.text("help/erp.json")) == "Стоим"
    assert shown_in((place.second / "help/erp.json").read_text("utf-8")) == "Стоим"
    found = json.loads(run(place.state, "publish", "--config", place.config, "-o", "json").stdout)["copies"]
    assert [(each["id"], each["written_here"], each["error"]) for each in found] == [
        ("cloud", True, None),
        ("second", True, None),
    ]


def test_a_copy_that_fails_fails_the_command_after_the_tree_and_the_others_were_written(
    place: Place,
) -> None:
    place.key.write_text("wrong")
    code, _, errors = place.publish()
    assert code == 1
    assert "copies are not as they must be: cloud: s3://" in errors and "it refuses the keys" in errors
    assert (place.tree / "help/erp.json").exists() and (place.second / "help/erp.json").exists()
    place.key.unlink()
    assert "copy.key cannot be read" in place.publish()[2]


def test_status_metrics_and_doctor_know_how_old_each_copy_is(
    place: Place, server: ObjectStorageServer
) -> None:
    with serving(place.state, place.config) as service:
        wait_until_current(service)
        token = (service.state / "token").read_text().strip()
        request = urllib.request.Request(
            f"{service.admin}/metrics", headers={"Authorization": f"Bearer {token}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            metrics = answer.read().decode()
        said = run(service.state, "status").stdout
        found = run(service.state, "doctor", service.public, "--config", place.config, "-o", "json").stdout
        # A timer beside the service leaves the copies to it.
        assert place.publish("--unless-running") == (0, "", "")
    for each in ("cloud", "second"):
        assert f'errorhelp_copy_ok{{copy="{each}"}} 1.0' in metrics
        assert f'errorhelp_copy_copied_timestamp_seconds{{copy="{each}"}} 1' in metrics
    assert f"copy cloud: s3://{BUCKET} at {HOST}:{server.port}, ok, copied " in said
    texts = [each["text"] for each in json.loads(found) if each["subject"] == "copy"]
    assert texts[1] == f"second ({place.second}) is as it must be"


def test_a_stopping_service_leaves_the_last_message_in_its_copies(
    place: Place, server: ObjectStorageServer
) -> None:
    with serving(place.state, place.config) as service:
        wait_until_current(service)
        assert (
            run(service.state, "message", "post", "--to", "erp", "--text", "Стоим", "--for", "1h").returncode
            == 0
        )
    assert shown_in(server.text("help/erp.json")) == "Стоим"
    assert shown_in((place.second / "help/erp.json").read_text("utf-8")) == "Стоим"
