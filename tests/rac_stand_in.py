"""A stand-in for `rac`, 1C's cluster administration tool: clusters in a JSON file, changed and asked as the real ones.

Its modes, options and outputs are those of `rac` 8.3 and 8.5 (help texts and recordings of users of rac): it
refuses what it does not know with exit code 255, wants a login where an administrator is registered, finds nothing
that is not there, and lists a session of its own. `rac(folder, clusters)` puts it there; every accepted change is a
line in `called_with`.
"""

import json
import os
import re
import sys
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

REFUSED = 255
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UPDATE = {
    "denied-from": None,
    "denied-to": None,
    "denied-message": None,
    "denied-parameter": None,
    "permission-code": None,
    "sessions-deny": ("on", "off"),
    "scheduled-jobs-deny": ("on", "off"),
}
_LOGIN = ("cluster-user", "cluster-pwd")
_INFOBASE_LOGIN = ("infobase-user", "infobase-pwd")


@dataclass
class Session:
    """Who is logged in where, by which program."""

    uuid: str
    user: str
    host: str = "PC-1"
    app: str = "1CV8C"
    started_at: str = "2026-11-21T09:00:00"


@dataclass
class Infobase:
    """An infobase of a cluster: what `infobase info` says of its lock, and its sessions."""

    uuid: str
    name: str
    lock: dict[str, str] = field(default_factory=dict)
    sessions: list[Session] = field(default_factory=list)


@dataclass
class Cluster:
    """A cluster of the server, with the administrator it may have (`name:password`)."""

    uuid: str
    port: int
    name: str
    infobases: list[Infobase]
    administrator: str = ""


class Refused(Exception):
    """What rac says and does not do."""


def uuid(number: int) -> str:
    """A UUID that is easy to know from others."""
    return f"{number:08x}-0000-4000-8000-000000000000"


def rac(folder: Path, clusters: dict[str, list[Cluster]], name: str = "rac") -> Path:
    """The program in the folder, which finds these clusters at the addresses of their administration servers."""
    state = folder / "clusters.json"
    known = {address: [asdict(each) for each in found] for address, found in clusters.items()}
    state.write_text(json.dumps(known, ensure_ascii=False), "utf-8")
    program = folder / name
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__)}" "{state}" "$@"\n', "utf-8")
    program.chmod(0o755)
    return program


def infobase(folder: Path, infobase_uuid: str) -> dict[str, Any]:
    """The infobase as it is now."""
    known = json.loads((folder / "clusters.json").read_text("utf-8"))
    return next(
        infobase
        for clusters in known.values()
        for cluster in clusters
        for infobase in cluster["infobases"]
        if infobase["uuid"] == infobase_uuid
    )


def _main(state: Path, words: list[str]) -> int:
    known = json.loads(state.read_text("utf-8"))
    try:
        clusters, mode, options = _read(known, words)
        _answer(clusters, mode, options)
    except Refused as refused:
        sys.stderr.write(f"{refused}\n")
        return REFUSED
    if mode in ("infobase update", "session terminate"):
        state.write_text(json.dumps(known, ensure_ascii=False), "utf-8")
        with (state.parent / "called_with").open("a", encoding="utf-8") as called_with:
            called_with.write(json.dumps([mode, options], ensure_ascii=False) + "\n")
    return 0


def _read(known: dict[str, Any], words: list[str]) -> tuple[Any, str, dict[str, str]]:
    """The clusters at the address, which is somewhere among the words; the mode with its command; the options."""
    options, plain = {}, []
    for word in words:
        if word.startswith("--"):
            name, _, value = word[2:].partition("=")
            options[name] = value
        else:
            plain.append(word)
    addresses = [word for word in plain if word in known or ":" in word] or ["localhost:1545"]
    mode = " ".join(word for word in plain if word not in addresses)
    if addresses[0] not in known:
        raise Refused(f"Ошибка соединения с сервером\n{addresses[0]}\nConnection refused")
    return known[addresses[0]], mode, options


def _answer(clusters: Any, mode: str, options: dict[str, str]) -> None:
    match mode:
        case "cluster list":
            _take(options)
            for each in clusters:
                _show(cluster=each["uuid"], host="srv1c", port=each["port"], name=f'"{each["name"]}"')
        case "infobase summary list":
            _take(options, "cluster", *_LOGIN)
            for each in _cluster(clusters, options)["infobases"]:
                _show(infobase=each["uuid"], name=each["name"], descr="")
        case "infobase update":
            _take(options, "cluster", "infobase", *_LOGIN, *_infobase_login(), *_UPDATE)
            lock = _infobase(_cluster(clusters, options), options)["lock"]
            for name, value in options.items():
                if name in _UPDATE:
                    lock[name] = _value(name, value)
        case "session list":
            _take(options, "cluster", "infobase", *_LOGIN)
            for each in _sessions(_cluster(clusters, options), options):
                _show(
                    session=each["uuid"],
                    **{"session-id": 1, "infobase": options.get("infobase", ""), "user-name": each["user"]},
                    **{"host": each["host"], "app-id": each["app"], "locale": "ru_RU"},
                    **{"started-at": each["started_at"], "hibernate": "no"},
                )
        case "session terminate":
            _take(options, "cluster", "session", "error-message", *_LOGIN)
            for each in _cluster(clusters, options)["infobases"]:
                left = [session for session in each["sessions"] if session["uuid"] != options.get("session")]
                if len(left) < len(each["sessions"]):
                    each["sessions"] = left
                    return
            raise Refused("Сеанс с указанным идентификатором не найден")
        case _:
            raise Refused(f"Ошибка разбора параметра: {mode}")


def _infobase_login() -> tuple[str, ...]:
    """rac of 8.5 knows no login for infobases."""
    return () if os.environ.get("RAC_VERSION", "").startswith("8.5") else _INFOBASE_LOGIN


def _take(options: dict[str, str], *known: str) -> None:
    for name in options:
        if name not in known:
            raise Refused(f"Ошибка разбора параметра: --{name}={options[name]}")


def _cluster(clusters: Any, options: dict[str, str]) -> Any:
    if not _UUID.fullmatch(options.get("cluster", "")):
        raise Refused("Ошибка разбора параметра: cluster")
    for each in clusters:
        if each["uuid"] == options["cluster"]:
            shown = f"{options.get('cluster-user', '')}:{options.get('cluster-pwd', '')}"
            if each["administrator"] and shown != each["administrator"]:
                raise Refused("Администратор кластера не аутентифицирован")
            return each
    raise Refused("Кластер с указанным идентификатором не найден")


def _infobase(cluster: Any, options: dict[str, str]) -> Any:
    if not _UUID.fullmatch(options.get("infobase", "")):
        raise Refused("Ошибка разбора параметра: infobase")
    for each in cluster["infobases"]:
        if each["uuid"] == options["infobase"]:
            return each
    raise Refused("Информационная база с указанным идентификатором не найдена")


def _sessions(cluster: Any, options: dict[str, str]) -> Any:
    own = asdict(Session(uuid(0xFFFF), "", "", "RAS"))
    found = [_infobase(cluster, options)] if "infobase" in options else cluster["infobases"]
    return [*(session for each in found for session in each["sessions"]), own]


def _value(name: str, value: str) -> str:
    allowed = _UPDATE[name]
    if allowed is not None and value not in allowed:
        raise Refused(f"Ошибка разбора параметра: --{name}={value}")
    if name in ("denied-from", "denied-to") and value:
        try:
            datetime.strptime(value, "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 - local to the server
        except ValueError:
            raise Refused(f"Ошибка разбора параметра: --{name}={value}") from None
    return value


def _show(**values: object) -> None:
    width = max(map(len, values)) + 1
    for name, value in values.items():
        sys.stdout.write(f"{name:{width}}: {value}".rstrip() + "\n")
    sys.stdout.write("\n")


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1]), sys.argv[2:]))
