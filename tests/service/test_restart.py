"""A restart behind nginx: what clients get while the service is away."""

import threading
from pathlib import Path

import nginx_example
import pytest
from command import serving
from ports import free_port

pytestmark = pytest.mark.more

CONFIGURATION = """
publish: ../tree
infobases:
  - {id: erp, name: ERP, connect: {server: s, ref: erp}}
lists:
  - {id: all, folders: /}
"""


class Client(threading.Thread):
    """Asks all the time, in the ways that clients do; `failed` is what was not answered with 200."""

    def __init__(self, front: nginx_example.Front) -> None:
        super().__init__(daemon=True)
        self._front = front
        self._is_enough = threading.Event()
        self.asked = 0
        self.failed: list[tuple[str, str, int]] = []

    def run(self) -> None:
        while not self._is_enough.is_set():
            for method, target in (
                ("GET", "/help/erp.json"),
                ("POST", "/help/erp.json"),
                ("GET", "/lists/all.v8i"),
            ):
                reply = self._front.ask(method, target, {}, b"{}" if method == "POST" else None)
                self.asked += 1
                if reply.status != 200:
                    self.failed.append((method, target, reply.status))

    def stop(self) -> None:
        self._is_enough.set()
        self.join()


def test_no_client_notices_a_restart(tmp_path: Path) -> None:
    config, state, port = (
        tmp_path / "config" / "errorhelp.yaml",
        tmp_path / "state",
        free_port(),
    )
    config.parent.mkdir()
    config.write_text(CONFIGURATION, "utf-8")
    public = f"127.0.0.1:{port}"
    with nginx_example.running(
        tmp_path / "nginx", tmp_path / "tree", errorhelp=port, publication=free_port()
    ) as front:
        with serving(state, config, public=public) as service:
            service.first_line("published to")
            client = Client(front)
            client.start()
        while_away = client.asked
        with serving(state, config, public=public) as service:
            assert client.asked > while_away
            assert service.help_json("erp")["userMessage"] == ""
        client.stop()
    assert client.failed == []
