import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errorhelp.formats.connect_string import ServerConnection
from errorhelp.formats.shells import Shell, windows_argument, word
from errorhelp.messages.message import Message, Severity
from errorhelp.messages.session_locks import (
    Cluster,
    ServerInfobase,
    commented,
    deny_script,
    lift_script,
    lock_for,
)

MOSCOW = ZoneInfo("Europe/Moscow")
TEXT = """Люкс "ERP" закрыт: 5% $HOME `id` & 'до' 14:00\\"""
ERP = ServerInfobase("erp", "ERP\nмаша", ServerConnection("srv1c:1541", "ERP"))
ZUP = ServerInfobase("zup", "ZUP", ServerConnection("srv1c", "Zup2"))
CRM = ServerInfobase("crm", "CRM", ServerConnection("tcp://other,backup", "CRM"))

# A stand-in for rac: prints what rac prints, and writes down what it was told.
RAC = f"""#!{sys.executable}
import json, sys
said = sys.argv[1:]
if said[1:3] == ["cluster", "list"]:
    uuid = said[0].replace(":", "-")
    print("cluster : " + uuid + "\\nhost    : x\\nport    : 1541\\n\\ncluster : another\\nhost    : x")
elif said[1:4] == ["infobase", "summary", "list"]:
    for name in ("erp_copy", "erp", "ZUP2", "CRM"):
        print("infobase : uuid-of-" + name + "\\nname     : " + name + "\\ndescr    :\\n")
else:
    with open("told", "a", encoding="utf-8") as told:
        print(json.dumps(said), file=told)
"""


def message(text: str) -> Message:
    starts_at, ends_at = datetime(2026, 11, 21, 10, tzinfo=UTC), datetime(2026, 11, 21, 11, tzinfo=UTC)
    return Message("m", ("*",), {"ru": text, "en": "x"}, Severity.OUTAGE, starts_at, ends_at, starts_at)


def told(folder: Path, script: str) -> list[list[str]]:
    """With which words the commands of a shell script call rac."""
    rac = folder / "rac"
    rac.write_text(RAC, "utf-8")
    rac.chmod(0o755)
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    subprocess.run(["sh", "-eu"], input=script.encode(), cwd=folder, env=environment, check=True)
    return [json.loads(line) for line in (folder / "told").read_text("utf-8").splitlines()]


needs_sh = pytest.mark.skipif(shutil.which("sh") is None, reason="there is no POSIX shell")


@needs_sh
def test_every_infobase_is_locked_with_the_text_and_local_times_of_the_message(tmp_path: Path):
    lock = lock_for(message(TEXT), ("ru", "en"), MOSCOW, "let me in")
    commands = told(tmp_path, deny_script(Shell.SH, [ZUP, CRM, ERP], lock, Cluster()))
    assert [(command[0], command[3], command[-1]) for command in commands] == [
        ("other:1545", "--infobase=uuid-of-CRM", "--cluster=other-1545"),
        ("srv1c:1545", "--infobase=uuid-of-ZUP2", "--cluster=srv1c-1545"),
        ("srv1c:1545", "--infobase=uuid-of-erp", "--cluster=srv1c-1545"),
    ]
    for command in commands:
        assert command[1:3] == ["infobase", "update"]
        assert command[4:-1] == [
            "--sessions-deny=on",
            "--denied-from=2026-11-21T13:00:00",
            "--denied-to=2026-11-21T14:00:00",
            f"--denied-message={TEXT}",
            "--permission-code=let me in",
        ]


@needs_sh
def test_lifting_leaves_nothing_of_the_lock(tmp_path: Path):
    script = lift_script(Shell.SH, [ERP], Cluster(ras="ras:2545", uuid="given"))
    assert told(tmp_path, script) == [
        [
            "ras:2545",
            "infobase",
            "update",
            "--infobase=uuid-of-erp",
            "--sessions-deny=off",
            "--denied-from=",
            "--denied-to=",
            "--denied-message=",
            "--permission-code=",
            "--cluster=given",
        ]
    ]


@needs_sh
def test_what_is_commented_does_nothing(tmp_path: Path):
    script = lift_script(Shell.SH, [ERP], Cluster())
    (tmp_path / "told").touch()
    assert told(tmp_path, commented(Shell.SH, script)) == []


@needs_sh
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_a_word_of_the_posix_shell_is_the_value(value: str):
    script = f"printf %s {word(Shell.SH, value)}"
    assert subprocess.run(["sh", "-c", script], capture_output=True, check=True).stdout == value.encode()


def read_by_a_windows_program(line: str) -> list[str]:
    """Microsoft's rules, "Parsing C command-line arguments", for a line that begins with an argument."""
    words, word_, quoted, position, begun = [], "", False, 0, False
    while position < len(line):
        backslashes = len(line[position:]) - len(line[position:].lstrip("\\"))
        position += backslashes
        at_quote = line[position : position + 1] == '"'
        word_ += "\\" * (backslashes // 2 if at_quote else backslashes)
        begun |= backslashes > 0
        if at_quote:
            if backslashes % 2 or (quoted and line[position + 1 : position + 2] == '"'):
                word_ += '"'
                position += 1 if backslashes % 2 else 2
            else:
                quoted = not quoted
                position += 1
            begun = True
        elif position < len(line):
            if line[position] in " \t" and not quoted:
                words += [word_] if begun else []
                word_, begun = "", False
            else:
                word_ += line[position]
                begun = True
            position += 1
    return [*words, word_] if begun else words


@given(st.text(st.sampled_from('ab \\"')), st.text(st.sampled_from('x \\"')))
def test_a_windows_program_reads_the_values_as_they_are(one: str, other: str):
    line = f"--a={windows_argument(one)} --b={windows_argument(other)}"
    assert read_by_a_windows_program(line) == [f"--a={one}", f"--b={other}"]


def test_cmd_gets_every_value_in_quotes_and_no_variable_is_filled_in():
    lock = lock_for(message('5% "off" & %PATH%\nnow'), ("ru",), MOSCOW)
    script = deny_script(Shell.CMD, [ERP], lock, Cluster())
    assert script.splitlines()[-1] == (
        "rac %RAS% infobase update --cluster=%CLUSTER% --infobase=%INFOBASE% "
        "%CLUSTER_LOGIN% %INFOBASE_LOGIN% "
        '--sessions-deny="on" --denied-from="2026-11-21T13:00:00" --denied-to="2026-11-21T14:00:00" '
        '--denied-message="5%% ""off"" & %%PATH%%. now" --permission-code=""'
    )
    assert "set RAS=srv1c:1545" in script.splitlines()


def test_powershell_takes_the_text_literally_and_hands_it_on_as_one_argument():
    lock = lock_for(message('it\'s ’on’ $x "now"'), ("ru",), MOSCOW)
    script = deny_script(Shell.POWERSHELL, [ERP], lock, Cluster(uuid="given"))
    assert script.splitlines()[-3:] == [
        "Start-Process rac -NoNewWindow -Wait -ArgumentList (",
        '  "$ras infobase update --cluster=$cluster --infobase=$infobase " +',
        """  "$clusterLogin $infobaseLogin " + '--sessions-deny="on" """
        """--denied-from="2026-11-21T13:00:00" --denied-to="2026-11-21T14:00:00" """
        '--denied-message="it\'\'s ’’on’’ $x ""now""" --permission-code=""\')',
    ]


def test_powershell_finds_the_infobase_of_exactly_that_name():
    infobase = ServerInfobase("b", "B", ServerConnection("s", "BP.3-0"))
    script = lift_script(Shell.POWERSHELL, [infobase], Cluster())
    (pattern,) = re.findall(r"Match\(\$infobases, '(.*)'\)", script)
    listed = "".join(
        f"infobase : uuid-of-{name}\r\nname     : {name}\r\ndescr    :\r\n\r\n"
        for name in ("BP.3-0.old", "BP33-0", "bp.3-0", "xBP.3-0")
    )
    assert re.findall(pattern, listed) == ["uuid-of-bp.3-0"]


@pytest.mark.parametrize("shell", Shell)
def test_no_text_adds_a_line(shell: Shell):
    plain = deny_script(shell, [ERP], lock_for(message("x"), ("ru",), MOSCOW), Cluster())
    broken = deny_script(shell, [ERP], lock_for(message("x\r\nrm -rf /\u2028y"), ("ru",), MOSCOW), Cluster())
    assert broken.count("\n") == plain.count("\n")
