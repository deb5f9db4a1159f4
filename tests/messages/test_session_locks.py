"""Session locks: the scripts for sh run against a stand-in of rac; those for Windows are held by their text."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rac_stand_in import Cluster, Infobase, Session, infobase, rac, uuid

from errorhelp.formats.connect_string import ServerConnection
from errorhelp.formats.shells import Shell
from errorhelp.messages.message import Message, Severity
from errorhelp.messages.session_locks import (
    Administration,
    AmbiguousServer,
    Denial,
    ServerInfobase,
    denial_for,
    deny_script,
    lift_script,
    lock_for,
)

MOSCOW = ZoneInfo("Europe/Moscow")
STARTS_AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
TEXT = """Люкс "ERP" закрыт: 5% $HOME `id` & 'до' 14:00\\"""
PRODUCTION_UPP, TEST_UPP, PRODUCTION_ZUP, CRM = uuid(1), uuid(2), uuid(3), uuid(4)
UPP = ServerInfobase("upp", "УПП", ServerConnection("srv1c", "UPP"))
UPP_TEST = ServerInfobase("upp_test", "УПП тест", ServerConnection("tcp://SRV1C:1641", "upp"))
ZUP = ServerInfobase("zup", "ЗУП\nмаша", ServerConnection("srv1c:1541,backup:1541", "ЗУП_2"))
ELSEWHERE = ServerInfobase("crm", "CRM", ServerConnection("other", "CRM"))

needs_sh = pytest.mark.skipif(shutil.which("sh") is None, reason="there is no POSIX shell")


def clusters() -> dict[str, list[Cluster]]:
    """Two clusters on a server, each with an UPP, and one on another server."""
    users = [Session(uuid(11), "Иванов"), Session(uuid(12), "Петров", app="Designer")]
    production = Cluster(
        uuid(101), 1541, "Рабочий", [Infobase(PRODUCTION_UPP, "UPP"), Infobase(PRODUCTION_ZUP, "зуп_2")]
    )
    test = Cluster(uuid(102), 1641, "Тестовый", [Infobase(TEST_UPP, "UPP", {}, users)])
    other = Cluster(uuid(103), 1541, "Other", [Infobase(uuid(5), "CRM_old"), Infobase(CRM, "CRM")])
    return {"srv1c:1545": [production, test], "other:1545": [other]}


def message(text: str = "Ждите") -> Message:
    ends_at = STARTS_AT + timedelta(hours=1)
    return Message("m", ("*",), {"ru": text, "en": "x"}, Severity.OUTAGE, STARTS_AT, ends_at, STARTS_AT)


def denial(text: str = "Ждите", permission_code: str = "") -> Denial:
    shown = message(text)
    return denial_for(shown, lock_for(shown, text, MOSCOW, permission_code))


class Server:
    """A machine with rac on it, where scripts are run; `sleep` lasts nothing there and `date` says when it is."""

    def __init__(self, folder: Path, found: dict[str, list[Cluster]] | None = None) -> None:
        self.folder = folder
        rac(folder, found or clusters())
        self._program("date", f"echo {int(STARTS_AT.timestamp()) - 600}")
        self._program("sleep", "echo sleep $1 >> called_with")

    def _program(self, name: str, body: str) -> None:
        (self.folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (self.folder / name).chmod(0o755)

    def run(self, script: str, more: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": f"{self.folder}:/usr/bin:/bin", "LC_ALL": "C", **(more or {})}
        return subprocess.run(
            ["sh"],
            input=script,
            cwd=self.folder,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    @property
    def called_with(self) -> list[str]:
        """What changed something, in order."""
        called_with = self.folder / "called_with"
        return called_with.read_text("utf-8").splitlines() if called_with.exists() else []

    def lock(self, infobase_uuid: str) -> dict[str, str]:
        """What the lock of an infobase is now."""
        return dict(infobase(self.folder, infobase_uuid)["lock"])

    def users(self, infobase_uuid: str) -> list[str]:
        """Who is logged in."""
        return [each["user"] for each in infobase(self.folder, infobase_uuid)["sessions"]]


def deny(*infobases: ServerInfobase, what: Denial | None = None, where: Administration | None = None) -> str:
    return deny_script(Shell.SH, infobases, what or denial(), where or Administration())


@needs_sh
@pytest.mark.integration
def test_a_lock_is_set_in_the_cluster_with_the_port_and_only_there(tmp_path: Path):
    server = Server(tmp_path)
    done = server.run(deny(UPP_TEST, what=denial(TEXT)))
    assert (done.returncode, done.stderr) == (0, "")
    assert server.lock(TEST_UPP) == {
        "sessions-deny": "on",
        "denied-from": "2026-11-21T13:00:00",
        "denied-to": "2026-11-21T14:00:00",
        "denied-message": TEXT,
    }
    assert server.lock(PRODUCTION_UPP) == {}


@needs_sh
@pytest.mark.integration
def test_without_a_port_it_is_the_cluster_at_1541_and_names_are_found_in_any_case(tmp_path: Path):
    server = Server(tmp_path)
    done = server.run(deny(UPP, ZUP, ELSEWHERE))
    assert (done.returncode, done.stderr) == (0, "")
    for each in (PRODUCTION_UPP, PRODUCTION_ZUP, CRM):
        assert server.lock(each)["sessions-deny"] == "on"
    assert (server.lock(TEST_UPP), server.lock(uuid(5))) == ({}, {})


def no_cluster(found: dict[str, list[Cluster]]) -> None:
    found["srv1c:1545"].pop()


def two_clusters(found: dict[str, list[Cluster]]) -> None:
    found["srv1c:1545"].append(Cluster(uuid(104), 1641, "Ещё один", [Infobase(uuid(6), "UPP")]))


def no_infobase(found: dict[str, list[Cluster]]) -> None:
    found["srv1c:1545"][1].infobases[0].name = "UPP_2"


def two_infobases(found: dict[str, list[Cluster]]) -> None:
    found["srv1c:1545"][1].infobases.append(Infobase(uuid(6), "Upp"))


def no_administration_server(found: dict[str, list[Cluster]]) -> None:
    del found["srv1c:1545"]


def a_login(found: dict[str, list[Cluster]]) -> None:
    found["srv1c:1545"][1].administrator = "admin:secret"


@needs_sh
@pytest.mark.integration
@pytest.mark.parametrize(
    ("change", "error"),
    [
        (no_cluster, "A cluster with port 1641 at srv1c:1545 is not there (ports: 1541 )"),
        (two_clusters, "A cluster with port 1641 at srv1c:1545 is there more than once"),
        (no_infobase, "Infobase upp at srv1c:1545 is not there"),
        (two_infobases, "Infobase upp at srv1c:1545 is there more than once"),
        (no_administration_server, "srv1c:1545 did not list its clusters; does ras run there?"),
        (a_login, "srv1c:1545 did not list its infobases; a login?"),
    ],
)
def test_nothing_at_all_is_changed_when_one_of_them_is_not_found_exactly_once(
    tmp_path: Path, change: object, error: str
):
    found = clusters()
    assert callable(change)
    change(found)
    server = Server(tmp_path, found)
    done = server.run(deny(ELSEWHERE, UPP_TEST))
    assert done.returncode == 1
    assert error in done.stderr
    assert "Nothing was changed." in done.stderr
    assert server.called_with == []


@needs_sh
@pytest.mark.integration
def test_a_permission_code_that_is_set_stays_unless_one_is_given(tmp_path: Path):
    found = clusters()
    found["srv1c:1545"][1].infobases[0].lock = {"permission-code": "known", "scheduled-jobs-deny": "on"}
    server = Server(tmp_path, found)
    server.run(deny(UPP_TEST))
    assert (server.lock(TEST_UPP)["permission-code"], server.lock(TEST_UPP)["scheduled-jobs-deny"]) == (
        "known",
        "on",
    )
    server.run(lift_script(Shell.SH, [UPP_TEST], Administration()))
    assert server.lock(TEST_UPP) == {
        "permission-code": "known",
        "scheduled-jobs-deny": "on",
        "sessions-deny": "off",
        "denied-from": "",
        "denied-to": "",
        "denied-message": "",
    }
    server.run(deny(UPP_TEST, what=denial(permission_code="let me in")))
    assert server.lock(TEST_UPP)["permission-code"] == "let me in"


@needs_sh
@pytest.mark.integration
def test_scheduled_jobs_are_denied_and_allowed_again_when_that_is_asked_for(tmp_path: Path):
    server = Server(tmp_path)
    server.run(deny(UPP_TEST, what=replace(denial(permission_code="7"), scheduled_jobs=True)))
    assert server.lock(TEST_UPP)["scheduled-jobs-deny"] == "on"
    lift = lift_script(Shell.SH, [UPP_TEST], Administration(), permission_code=True, scheduled_jobs=True)
    assert server.run(lift).returncode == 0
    assert server.lock(TEST_UPP)["scheduled-jobs-deny"] == "off"
    assert server.lock(TEST_UPP)["permission-code"] == ""
    assert server.lock(PRODUCTION_UPP) == {}


@needs_sh
@pytest.mark.integration
@pytest.mark.parametrize("code", ["", "let me in"])
@pytest.mark.parametrize("jobs", [False, True])
def test_what_a_script_prints_undoes_what_it_did_and_no_more(tmp_path: Path, code: str, jobs: bool):
    found = clusters()
    before = {"permission-code": "" if code else "known", "scheduled-jobs-deny": "off"}
    found["srv1c:1545"][1].infobases[0].lock = dict(before)
    server = Server(tmp_path, found)
    printed = server.run(
        deny(UPP_TEST, what=replace(denial(permission_code=code), scheduled_jobs=jobs))
    ).stdout
    (undo,) = [
        line.partition(": ")[2] for line in printed.splitlines() if line.startswith("  to undo that: ")
    ]
    assert server.run(undo).returncode == 0
    after = server.lock(TEST_UPP)
    assert after.pop("sessions-deny") == "off"
    assert {name: value for name, value in after.items() if value} == {
        name: value for name, value in before.items() if value
    }


@pytest.mark.integration
@needs_sh
@pytest.mark.integration
def test_sessions_are_listed_and_go_on(tmp_path: Path):
    server = Server(tmp_path)
    done = server.run(deny(UPP_TEST, UPP, what=replace(denial(), lists_sessions=True)))
    assert f"{uuid(11)} Иванов, PC-1, 1CV8C, since 2026-11-21T09:00:00" in done.stdout
    assert "УПП (upp): sessions that are there:\nnone\n" in done.stdout
    assert "RAS" not in done.stdout
    assert server.users(TEST_UPP) == ["Иванов", "Петров"]
    assert not any(line.startswith("sleep") for line in server.called_with)


@needs_sh
@pytest.mark.integration
def test_sessions_that_were_there_when_the_lock_began_end_after_the_stated_time_with_the_text(tmp_path: Path):
    server = Server(tmp_path)
    what = replace(denial(TEXT), end_sessions_after=timedelta(minutes=5))
    done = server.run(deny(UPP_TEST, what=what))
    assert (done.returncode, done.stderr) == (0, "")
    # The lock begins in ten minutes.
    assert [line for line in server.called_with if line.startswith("sleep")] == ["sleep 600", "sleep 300"]
    ended = [json.loads(line)[1] for line in server.called_with[-2:]]
    assert [(each["session"], each["error-message"]) for each in ended] == [
        (uuid(11), TEXT),
        (uuid(12), TEXT),
    ]
    assert server.users(TEST_UPP) == []


@pytest.mark.integration
@needs_sh
@pytest.mark.integration
def test_whoever_came_in_by_the_permission_code_meanwhile_stays(tmp_path: Path):
    server = Server(tmp_path)
    comes = """python3 -c "
import json
known = json.load(open('clusters.json'))
sessions = known['srv1c:1545'][1]['infobases'][0]['sessions']
sessions[:] = [{**sessions[0], 'uuid': '00000099-0000-4000-8000-000000000000', 'user': 'Админ'}, *sessions[1:]]
json.dump(known, open('clusters.json', 'w'))
\""""
    server._program("sleep", f'[ "$1" = 600 ] || {comes}')
    done = server.run(deny(UPP_TEST, what=replace(denial(), end_sessions_after=timedelta(minutes=5))))
    assert server.users(TEST_UPP) == ["Админ"]
    assert f"not ended: {uuid(11)}" in done.stderr
    assert f"ended: {uuid(12)}" in done.stdout


@pytest.mark.integration
@needs_sh
@pytest.mark.integration
def test_logins_are_filled_in_once_and_the_newest_rac_gets_no_infobase_logins(tmp_path: Path):
    found = clusters()
    found["srv1c:1545"][1].administrator = "main admin:a 'b'"
    server = Server(tmp_path, found)
    login = """cluster_user='main admin' cluster_pwd="a 'b'\""""
    script = deny(UPP_TEST).replace("cluster_user='' cluster_pwd=''", login, 1)
    assert server.run(script, {"RAC_VERSION": "8.5"}).returncode == 0
    script = script.replace("infobase_user=''", "infobase_user=admin", 1)
    assert server.run(script).returncode == 0
    refused = server.run(script, {"RAC_VERSION": "8.5"})
    assert "УПП тест (upp_test): rac refused it" in refused.stderr


@needs_sh
@pytest.mark.integration
def test_rac_is_where_it_is_said_to_be(tmp_path: Path):
    server = Server(tmp_path)
    folder = tmp_path / "bin of 8.3"
    folder.mkdir()
    (tmp_path / "rac").rename(folder / "rac")
    refused = server.run(deny(UPP_TEST))
    assert "rac is not there: rac= wants its path. Nothing was changed." in refused.stderr
    assert server.run(deny(UPP_TEST, where=Administration(rac=str(folder / "rac")))).returncode == 0
    assert server.lock(TEST_UPP)["sessions-deny"] == "on"


@needs_sh
@pytest.mark.integration
def test_each_1c_server_can_have_an_administration_server_of_its_own(tmp_path: Path):
    found = clusters()
    production, test = found["srv1c:1545"]
    server = Server(
        tmp_path, {"adm:1545": [production], "adm:2545": [test], "other:1545": found["other:1545"]}
    )
    where = Administration(ras={"srv1c": "adm:1545", "srv1c:1641": "adm:2545"})
    assert server.run(deny(UPP, UPP_TEST, ELSEWHERE, where=where)).returncode == 0
    assert all(server.lock(each)["sessions-deny"] == "on" for each in (PRODUCTION_UPP, TEST_UPP, CRM))


@needs_sh
@pytest.mark.integration
def test_a_cluster_may_be_named_by_its_uuid(tmp_path: Path):
    server = Server(tmp_path)
    assert server.run(deny(UPP_TEST, where=Administration(cluster=uuid(101)))).returncode == 0
    assert (server.lock(TEST_UPP), server.lock(PRODUCTION_UPP)["sessions-deny"]) == ({}, "on")


@pytest.mark.parametrize(
    ("infobases", "where", "error"),
    [
        ((UPP, UPP_TEST), Administration(cluster=uuid(101)), "in several (srv1c:1541, srv1c:1641)"),
        ((UPP, ELSEWHERE), Administration(ras={"": "adm:1545"}), "say which is for which: other=adm:1545"),
    ],
)
def test_one_address_or_uuid_for_several_servers_is_refused(
    infobases: tuple[ServerInfobase, ...], where: Administration, error: str
):
    with pytest.raises(AmbiguousServer) as refused:
        deny(*infobases, where=where)
    assert error in str(refused.value)
    with pytest.raises(AmbiguousServer):
        lift_script(Shell.SH, infobases, where)


# Windows: what the scripts say, since nobody here can run them.


def test_cmd_gets_every_value_in_quotes_and_no_variable_is_filled_in():
    what = denial('5% "off" & %PATH%\nnow')
    script = deny_script(Shell.CMD, [UPP_TEST], what, Administration(rac=r"C:\Program Files\1cv8\rac.exe"))
    assert (
        '"%RAC%" %RAS% infobase update --cluster=%CLUSTER% --infobase=%INFOBASE% %CLUSTER_LOGIN% %INFOBASE_LOGIN% '
        '--sessions-deny="on" --denied-from="2026-11-21T13:00:00" --denied-to="2026-11-21T14:00:00" '
        '--denied-message="5%% ""off"" & %%PATH%%. now"\n'
    ) in script
    assert 'set "RAC=C:\\Program Files\\1cv8\\rac.exe"\n' in script
    assert 'set "RAS=srv1c:1545"\ncall :cluster 1641\nif not defined FOUND exit /b 1\n' in script
    assert 'set "WANTED=upp"\ncall :infobase upp_test\nif not defined FOUND exit /b 1\n' in script


def test_powershell_takes_the_text_literally_and_hands_it_on_as_one_argument():
    script = deny_script(Shell.POWERSHELL, [UPP_TEST], denial('it\'s ’on’ $x "now"'), Administration())
    assert (
        """$options = '--sessions-deny="on" --denied-from="2026-11-21T13:00:00" """
        """--denied-to="2026-11-21T14:00:00" --denied-message="it\'\'s ’’on’’ $x ""now""\"'\n"""
    ) in script
    assert "Get-Only $items 'cluster' 'port' '1641' \"A cluster with port 1641 at $ras\"" in script
    assert "Get-Only $items 'infobase' 'name' 'upp' 'Infobase upp'" in script


@pytest.mark.parametrize(
    ("shell", "change"), [(Shell.CMD, "call :update"), (Shell.POWERSHELL, "\nUpdate-Infobase")]
)
def test_on_windows_too_everything_is_looked_up_before_the_first_change(shell: Shell, change: str):
    script = deny_script(shell, [UPP, UPP_TEST, ELSEWHERE], denial(), Administration())
    assert max(map(script.rindex, _look_ups(shell))) < script.index(change)


def _look_ups(shell: Shell) -> tuple[str, str]:
    if shell is Shell.CMD:
        return "call :cluster 1541", "call :infobase crm"
    return "= Get-Only $items 'cluster'", "= Get-Only $items 'infobase'"


@pytest.mark.parametrize("shell", Shell)
def test_sessions_end_by_the_lists_of_the_beginning_and_with_the_text(shell: Shell):
    what = replace(denial("Ждите"), end_sessions_after=timedelta(minutes=5))
    script = deny_script(shell, [UPP], what, Administration())
    assert str(int(STARTS_AT.timestamp())) in script
    assert "300" in script
    assert "error-message=" in script
    assert "error-message" not in deny_script(shell, [UPP], denial("Ждите"), Administration())


@pytest.mark.parametrize("shell", Shell)
def test_without_options_neither_codes_nor_jobs_are_touched(shell: Shell):
    for script in (
        deny_script(shell, [UPP], denial(), Administration()),
        lift_script(shell, [UPP], Administration()),
    ):
        assert "permission-code" not in script
        assert "scheduled-jobs" not in script


@pytest.mark.parametrize("shell", Shell)
def test_no_text_adds_a_line(shell: Shell):
    plain = deny_script(shell, [ZUP], denial("x"), Administration())
    broken = deny_script(shell, [ZUP], denial("x\r\nrm -rf /\u2028y"), Administration())
    assert broken.count("\n") == plain.count("\n")
