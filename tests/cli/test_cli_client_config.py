"""`errorhelp v8i client-config` as an admin uses it."""

import subprocess
from codecs import BOM_UTF16_LE
from pathlib import Path

import pytest
from command import run, run_bytes

CONFIGURATION = """
public: {url: https://help.example.com/}
infobases: [{id: erp, name: ERP, connect: {server: s, ref: ERP}}]
lists: [{id: office, folders: /}]
"""
LINE = "InternetService=https://help.example.com/lists/office"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "errorhelp.yaml"
    file.write_text(CONFIGURATION, "utf-8")
    return file


def client_config(config: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return run(config.parent / "state", "v8i", "client-config", "office", "--config", config, *arguments)


def test_a_new_file_has_the_address_to_which_launchers_append_the_rest(config: Path, tmp_path: Path):
    expected = BOM_UTF16_LE + f"{LINE}\r\n".encode("utf-16-le")
    output = tmp_path / "1CEStart.cfg"
    assert client_config(config, "--output", output).returncode == 0
    assert output.read_bytes() == expected
    printed = run_bytes(tmp_path, "v8i", "client-config", "office", "--config", config)
    assert (printed.returncode, printed.stdout) == (0, expected)


def test_a_file_that_is_there_keeps_all_its_lines(config: Path, tmp_path: Path):
    file = tmp_path / "1CEStart.cfg"
    before = BOM_UTF16_LE + "InstalledLocation=C:\\1cv8\r\nUseHWLicenses=1\r\n".encode("utf-16-le")
    file.write_bytes(before)
    done = client_config(config, "--merge", file)
    assert (done.returncode, done.stderr) == (0, f"{file}: {LINE}\n")
    after = before + f"{LINE}\r\n".encode("utf-16-le")
    assert file.read_bytes() == after

    again = client_config(config, "--merge", file)
    assert (again.returncode, again.stderr) == (0, f"{file}: {LINE} was there already\n")
    assert file.read_bytes() == after


def test_a_merge_can_go_to_another_file(config: Path, tmp_path: Path):
    file, output = tmp_path / "old.cfg", tmp_path / "new.cfg"
    file.write_bytes(b"A=1\n")
    assert (
        client_config(config, "--merge", file, "--output", output, "--key", "WebCommonInfoBases").returncode
        == 0
    )
    assert file.read_bytes() == b"A=1\n"
    assert output.read_bytes() == b"A=1\nWebCommonInfoBases=https://help.example.com/lists/office\n"


def test_a_line_of_the_other_key_becomes_the_new_one_so_that_no_list_appears_twice(
    config: Path, tmp_path: Path
):
    file = tmp_path / "1CEStart.cfg"
    file.write_bytes(b"WebCommonInfoBases=https://help.example.com/lists/office\nA=1\n")
    assert client_config(config, "--merge", file).returncode == 0
    assert file.read_bytes() == f"{LINE}\nA=1\n".encode()


def test_a_list_on_a_share_is_found_by_its_path(config: Path, tmp_path: Path):
    output = tmp_path / "1CEStart.cfg"
    share = ("--key", "CommonInfoBases", "--path", "\\\\files\\1c\\office.v8i")
    client_config(config, *share, "--output", output)
    assert output.read_text("utf-16") == "CommonInfoBases=\\\\files\\1c\\office.v8i\n"


@pytest.mark.parametrize(
    ("configuration", "arguments", "error"),
    [
        (CONFIGURATION.replace("{url: https://help.example.com/}", "{}"), (), "set public.url"),
        (
            CONFIGURATION.replace("id: office", "id: other"),
            (),
            "no list 'office' in the configuration (known: other)",
        ),
        (CONFIGURATION, ("--key", "CommonInfoBases"), "--path together"),
        (CONFIGURATION, ("--path", "x.v8i"), "--path together"),
        (CONFIGURATION, ("--merge", "missing.cfg"), "missing.cfg: No such file or directory"),
        (CONFIGURATION, ("--key", "Other"), "Other"),
        ("infobases: x", (), "the configuration cannot be used"),
    ],
)
def test_what_cannot_be_done_is_refused_and_says_why(
    config: Path, configuration: str, arguments: tuple[str, ...], error: str
):
    config.write_text(configuration, "utf-8")
    done = client_config(config, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert error in done.stderr


def test_a_list_with_a_token_is_said_to_be_out_of_reach_for_launchers(config: Path, tmp_path: Path):
    (tmp_path / "token").write_text("secret", "utf-8")
    config.write_text(
        CONFIGURATION.replace("folders: /", "folders: /, access: token, token: {file: token}"), "utf-8"
    )
    done = client_config(config, "--output", tmp_path / "x.cfg")
    assert done.returncode == 0
    assert "launchers cannot show a token" in done.stderr
