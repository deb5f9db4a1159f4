import json
import subprocess
from pathlib import Path

import pytest
from command import run
from fixture_files import OFFICE, SECRETS
from hypothesis import given
from hypothesis import strategies as st

from errorhelp.formats import v8i
from errorhelp.formats.v8i_lint import lint


def found(text: str) -> list[tuple[int, str]]:
    return [(problem.line, problem.text) for problem in lint(v8i.parse(text.encode()))]


def test_nothing_is_wrong_with_the_office_list():
    assert lint(v8i.parse(OFFICE.read_bytes())) == []


def test_an_id_that_two_entries_have_is_named_where_it_stands_again():
    assert found("[A]\nID=00AA\nFolder=/\n[B]\nID=00aa\n") == [(5, "ID '00aa' is already that of line 2")]


def test_infobases_of_one_name_are_named_wherever_they_are():
    text = '[F]\n[A]\nConnect=File="a"\n[a]\nFolder=/F\nConnect=File="b"\n'
    assert found(text) == [(4, "name 'a' is already that of line 2")]


def test_folders_may_share_a_name_but_not_a_path():
    text = "[F]\n[Old]\nFolder=/\n[Old]\nFolder=/F\n[old]\nFolder=/f/\n"
    assert found(text) == [(6, "folder '/f/old' is already that of line 4")]


def test_the_first_missing_folder_on_the_way_is_named():
    assert found('[F]\n[A]\nConnect=File="a"\nFolder=/F/G/H\n') == [
        (4, "folder '/F/G' has no entry of its own")
    ]


def test_a_missing_folder_is_named_once_however_many_are_in_it():
    text = '[A]\nConnect=File="a"\nFolder=/F\n[B]\nConnect=File="b"\nFolder=/f/G\n[C]\nFolder=/H\n'
    assert found(text) == [
        (3, "folder '/F' has no entry of its own"),
        (8, "folder '/H' has no entry of its own"),
    ]


@pytest.mark.parametrize(
    ("connect", "wrong"),
    [
        ("", "Connect is empty"),
        ('Srvr="a;Ref="b"', "Connect has a quote that is never closed"),
        ('Srvr="a"', "Connect has neither Srvr and Ref, nor File, nor ws, or its quoting is broken"),
        ('Srvr="a"x;Ref="b"', "Connect has neither Srvr and Ref, nor File, nor ws, or its quoting is broken"),
    ],
)
def test_a_connect_that_leads_nowhere_is_named(connect: str, wrong: str):
    assert found(f"[A]\nConnect={connect}\n") == [(2, wrong)]


def test_a_quote_that_is_never_closed_is_named():
    assert found('[A]\nAdditionalParameters=/N "Bob\n') == [
        (2, "AdditionalParameters has a quote that is never closed")
    ]


def test_a_secret_is_named_by_its_kind_and_never_shown():
    text = '[A]\nConnect=Srvr="s";Ref="r";Pwd=hush\nPPasswd=hush\nAdditionalParameters=/N Bob /P hush\n'
    problems = found(text)
    assert problems == [
        (2, "hands out a secret to all who can read the list: Connect Pwd"),
        (3, "hands out a secret to all who can read the list: PPasswd"),
        (4, "hands out a secret to all who can read the list: AdditionalParameters /P"),
    ]
    assert "hush" not in str(problems)


def test_lines_that_nobody_understands_and_broken_text_are_named():
    listed = v8i.parse(b"stray\n[A]\nwhat\n; \xff\n")
    assert [(problem.line, problem.text.split(",")[0].split(";")[0]) for problem in lint(listed)] == [
        (1, "stands before the first entry"),
        (3, "is neither [Name]"),
        (4, "is not UTF-8 text"),
    ]


@given(
    st.binary(max_size=200)
    | st.text(st.sampled_from('[]=;/"\n\rAIDConectFolder '), max_size=80).map(str.encode)
)
def test_whatever_a_file_holds_every_problem_stands_in_one_of_its_lines(data: bytes):
    listed = v8i.parse(data)
    lines = [problem.line for problem in lint(listed)]
    assert lines == sorted(lines)
    assert all(1 <= line <= len(listed.lines) for line in lines)


def lint_files(state: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return run(state, "v8i", "lint", *arguments)


def test_a_clean_list_is_exit_code_0_and_silence(tmp_path: Path):
    done = lint_files(tmp_path, OFFICE)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_is_found_is_printed_with_file_and_line_and_exit_code_1(tmp_path: Path):
    bad = tmp_path / "bad.v8i"
    bad.write_text("[A]\nConnect=\n", "utf-8")
    done = lint_files(tmp_path, OFFICE, bad)
    assert (done.returncode, done.stdout) == (1, f"{bad}:2: Connect is empty\n")
    as_json = lint_files(tmp_path, bad, "-o", "json")
    assert as_json.returncode == 1
    assert json.loads(as_json.stdout) == [
        {"file": str(bad), "line": 2, "level": "problem", "text": "Connect is empty"}
    ]


def test_a_folder_that_launchers_draw_without_an_entry_is_a_note_and_nothing_wrong(tmp_path: Path):
    file = tmp_path / "office.v8i"
    file.write_text('[ERP]\nConnect=File="a"\nFolder=/Finance\n', "utf-8")
    done = lint_files(tmp_path, file)
    note = "folder '/Finance' has no entry of its own"
    assert (done.returncode, done.stdout) == (0, f"{file}:3: note: {note}\n")
    as_json = lint_files(tmp_path, file, "-o", "json")
    assert as_json.returncode == 0
    assert json.loads(as_json.stdout) == [{"file": str(file), "line": 3, "level": "note", "text": note}]


def test_no_secret_of_a_list_is_overlooked(tmp_path: Path):
    done = lint_files(tmp_path, SECRETS)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"{SECRETS}:{line}: hands out a secret to all who can read the list: {secret}"
        for line, secret in (
            (3, "Connect Pwd"),
            (6, "AdditionalParameters /P"),
            (6, "AdditionalParameters /UC"),
            (12, "PPasswd"),
        )
    ]


def test_a_list_in_windows_1251_is_one_finding_and_read_as_that(tmp_path: Path):
    text = '[Старые]\n[Архив]\nConnect=File="a"\nFolder=/Старые\n[Склад]\nFolder=/Новые\n'
    (tmp_path / "old.v8i").write_text(text, "cp1251")
    done = lint_files(tmp_path, tmp_path / "old.v8i")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"{tmp_path / 'old.v8i'}:1: is not UTF-8 text and was read as Windows-1251; save the list as UTF-8, "
        "as launchers need it",
        f"{tmp_path / 'old.v8i'}:6: note: folder '/Новые' has no entry of its own",
    ]


def test_a_file_that_cannot_be_read_is_exit_code_2_and_the_others_are_read_all_the_same(tmp_path: Path):
    bad, utf16 = tmp_path / "bad.v8i", tmp_path / "utf16.v8i"
    bad.write_text("[A]\nConnect=\n", "utf-8")
    utf16.write_text("[A]\n", "utf-16")
    done = lint_files(tmp_path, tmp_path / "missing.v8i", utf16, bad)
    assert (done.returncode, done.stdout) == (2, f"{bad}:2: Connect is empty\n")
    assert done.stderr.splitlines() == [
        f"{tmp_path / 'missing.v8i'}: No such file or directory",
        f"{utf16}: this is UTF-16 text; save the connection list as UTF-8",
    ]
