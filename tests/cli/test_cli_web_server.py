"""`errorhelp web-server` writes a file, and says when an installed one is out of date."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from command import run

CONFIGURATION = """
publish: tree
public: {{url: https://help.example.com}}
web_server:
  certificate: /etc/ssl/all.pem
  key: /etc/ssl/all.key
  hosts: [{{host: 1c.example.com, backend: "http://192.0.2.10"}}]
infobases:
  - {{id: erp, name: ERP, connect: {{server: s, ref: E}}, publications: https://1c.example.com/{path}}}
"""


def web_server(
    folder: Path, *arguments: str | Path, path: str = "erp", language: str = "en"
) -> subprocess.CompletedProcess[str]:
    """The command, with the infobase published at that path."""
    (folder / "errorhelp.yaml").write_text(CONFIGURATION.format(path=path))
    return run(folder / "state", "--lang", language, "web-server", *arguments, "--config", folder)


@pytest.mark.parametrize("kind", ["nginx", "apache", "iis"])
def test_a_file_is_written_and_is_out_of_date_when_a_publication_changes(tmp_path: Path, kind: str):
    installed = tmp_path / "installed"
    printed = web_server(tmp_path, kind)
    assert (printed.returncode, printed.stderr) == (0, "")
    written = web_server(tmp_path, kind, "--output", installed)
    assert (written.returncode, written.stdout, installed.read_text()) == (0, "", printed.stdout)
    current = web_server(tmp_path, kind, "--check", installed)
    assert (current.returncode, current.stdout, current.stderr) == (0, "", "")
    outdated = web_server(tmp_path, kind, "--check", installed, path="other")
    assert outdated.returncode == 1
    changed = [line for line in outdated.stdout.splitlines() if line.startswith(("-", "+"))][2:]
    assert changed and all("erp" in line or "other" in line for line in changed)
    assert outdated.stderr == f"errorhelp: {installed} is out of date; --output writes it anew\n"
    assert installed.read_text() == printed.stdout


def test_a_file_in_another_language_is_not_out_of_date(tmp_path: Path):
    installed = tmp_path / "installed"
    assert web_server(tmp_path, "nginx", "--output", installed, language="ru").returncode == 0
    assert "Публичные ответы лежат в дереве" in installed.read_text("utf-8")
    assert web_server(tmp_path, "nginx", "--check", installed).returncode == 0
    outdated = web_server(tmp_path, "nginx", "--check", installed, path="other")
    # It is compared with the one of its own language.
    assert "Публичные" not in outdated.stdout


def test_what_cannot_be_checked_or_written_ends_with_its_own_code(tmp_path: Path):
    assert web_server(tmp_path, "nginx", "--check", tmp_path / "none").returncode == 1
    assert web_server(tmp_path, "nginx", "--check", tmp_path).returncode == 2
    assert web_server(tmp_path, "nginx", "--check", tmp_path, "--output", tmp_path).returncode == 2
    assert web_server(tmp_path, "lighttpd").returncode == 2
    assert web_server(tmp_path, "nginx", "--output", tmp_path / "none" / "x").returncode == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("publish: tree", "", "set publish, the folder of the published tree"),
        ("public: {{url: https://help.example.com}}", "", "set public.url"),
        ("  certificate: /etc/ssl/all.pem\n  key: /etc/ssl/all.key\n", "", "set web_server.certificate"),
        ("  key: /etc/ssl/all.key\n", "", "needs certificate and key, or neither"),
        ("host: 1c.example.com", "host: https://1c.example.com/x", "must be the name of a host alone"),
        ("hosts: [", "hosts: [{{host: 1C.example.com}}, ", "'1c.example.com' is already configured"),
    ],
)
def test_what_is_missing_is_said_with_the_setting(tmp_path: Path, old: str, new: str, said: str):
    (tmp_path / "errorhelp.yaml").write_text(CONFIGURATION.replace(old, new).format(path="erp"))
    refused = run(tmp_path / "state", "web-server", "nginx", "--config", tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert said in refused.stderr


def test_hosts_whose_publications_are_left_out_are_named(tmp_path: Path):
    text = CONFIGURATION.format(path="erp").replace("host: 1c.", "host: other.")
    (tmp_path / "errorhelp.yaml").write_text(text)
    done = run(tmp_path / "state", "web-server", "nginx", "--config", tmp_path)
    assert done.returncode == 0
    assert done.stderr == (
        "errorhelp: 1c.example.com: 1 publication left out; set the backend of this host in web_server.hosts\n"
    )
    assert "location ^~ /erp/" not in done.stdout


def test_publications_that_cannot_be_served_are_named_and_the_others_written(tmp_path: Path):
    unusable = "".join(
        f"\n  - {{id: b{number}, name: B, connect: {{server: s, ref: '{number}'}}, "
        f"publications: https://1c.example.com/help/{number}}}"
        for number in range(12)
    )
    text = CONFIGURATION.format(path="erp").rstrip() + unusable
    (tmp_path / "errorhelp.yaml").write_text(text)
    done = run(tmp_path / "state", "web-server", "nginx", "--config", tmp_path)
    assert done.returncode == 0 and "location ^~ /erp/" in done.stdout
    said = done.stderr.splitlines()
    assert len(said) == 11
    assert "'https://1c.example.com/help/0' of b0 is left out: it lies where errorhelp's own" in said[0]
    assert said[-1] == "errorhelp: 2 publications more left out like these"


def test_addresses_that_only_case_tells_apart_are_refused_for_iis(tmp_path: Path):
    second = (
        "\n  - {{id: b, name: B, connect: {{server: s, ref: F}}, publications: https://1c.example.com/ERP}}"
    )
    (tmp_path / "errorhelp.yaml").write_text((CONFIGURATION.rstrip() + second).format(path="erp"))
    arguments = ("web-server", "iis", "--config", tmp_path)
    refused = run(tmp_path / "state", "--lang", "en", *arguments)
    said = "IIS does not tell https://1c.example.com/erp and https://1c.example.com/ERP apart"
    assert refused.returncode == 2 and said in refused.stderr
    assert "IIS не различает" in run(tmp_path / "state", "--lang", "ru", *arguments).stderr
    assert run(tmp_path / "state", "web-server", "nginx", "--config", tmp_path).returncode == 0


def test_a_link_stays_one_and_what_it_leads_to_is_written(tmp_path: Path):
    available, enabled = tmp_path / "available.conf", tmp_path / "enabled.conf"
    enabled.symlink_to(available)
    for path in ("erp", "other"):
        assert web_server(tmp_path, "nginx", "--output", enabled, path=path).returncode == 0
        assert enabled.is_symlink() and f"location ^~ /{path}/" in available.read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_what_is_no_file_is_written_to_and_stays_what_it_is(tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert web_server(tmp_path, "nginx", "--output", pipe).returncode == 0
        assert pipe.is_fifo() and b"location ^~ /erp/" in os.read(reader, 1 << 16)
    finally:
        os.close(reader)
