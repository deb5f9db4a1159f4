import subprocess
import sys
from pathlib import Path

import pytest
from command import COMMAND, run_bytes
from fixture_files import CLUSTER, OFFICE

from errorhelp.config import load
from errorhelp.importing import import_files, to_yaml


def run(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    """`errorhelp v8i import`, which takes no state."""
    return run_bytes(Path("no state"), "v8i", "import", *arguments)


def test_an_import_goes_to_standard_output_to_the_byte_and_its_report_to_standard_error():
    done = run(OFFICE)
    assert done.returncode == 0
    assert done.stdout == to_yaml(import_files([(str(OFFICE), OFFICE.read_bytes())]))
    *notes, suggestion, summary = done.stderr.decode().splitlines()
    assert summary == "errorhelp: 7 infobases, 6 folders imported"
    assert "publications: [{pattern: 'https://1c.kedr.example/{ref}'}]; errorhelp check lists" in suggestion
    assert [note.split(":")[:3] for note in notes] == [
        ["errorhelp", f" {OFFICE}", line] for line in ("1", "49", "57", "64", "71")
    ]


def test_an_imported_file_is_a_configuration_and_is_not_replaced_by_accident(tmp_path: Path):
    output = tmp_path / "infobases.yaml"
    assert run(OFFICE, "--output", output).stdout == b""
    assert "trade" in load(output).catalog.infobases

    output.write_bytes(b"mine")
    refused = run(OFFICE, "--output", output)
    assert refused.returncode == 2
    assert refused.stderr.decode().splitlines() == [
        f"errorhelp: {output} is already there; --update {output} brings it up to date, --force replaces it"
    ]
    assert output.read_bytes() == b"mine"

    assert run(OFFICE, "--output", output, "--force").returncode == 0
    assert b"payroll_2" in output.read_bytes()


@pytest.mark.parametrize(
    ("name", "content"), [("missing.v8i", None), ("empty.v8i", b""), ("utf16.v8i", b"\xff\xfe[\0")]
)
def test_a_file_that_cannot_be_read_is_one_clear_line_and_writes_nothing(
    tmp_path: Path, name: str, content: bytes | None
):
    file, output = tmp_path / name, tmp_path / "out.yaml"
    if content is not None:
        file.write_bytes(content)
    done = run(file, "--output", output)
    assert done.returncode == 2
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith(f"errorhelp: {file}")
    assert not output.exists()


def test_an_output_that_cannot_be_written_is_one_clear_line(tmp_path: Path):
    done = run(OFFICE, "--output", tmp_path / "missing" / "out.yaml")
    assert done.returncode == 2
    assert "cannot be written: No such file or directory" in done.stderr.decode()


def test_several_files_and_folders_are_imported_together(tmp_path: Path):
    folder = tmp_path / "lists"
    folder.mkdir()
    (folder / "B.V8I").write_text("[B]\nConnect=File=b\n", "utf-8")
    (folder / "a.v8i").write_text("[A]\nConnect=File=a\n", "utf-8")
    (folder / "readme.txt").write_text("no list", "utf-8")
    output = tmp_path / "infobases.yaml"
    done = run(CLUSTER, folder, OFFICE, "--output", output)
    assert done.stderr.decode().splitlines()[-1] == "errorhelp: 12 infobases, 6 folders imported"
    assert {"b", "a", "trade", "wholesale"} <= set(load(output).catalog.infobases)


def test_a_folder_without_lists_is_refused(tmp_path: Path):
    done = run(tmp_path)
    assert done.returncode == 2
    assert done.stderr.decode() == f"errorhelp: {tmp_path} holds no *.v8i and no *.lst\n"


def test_an_update_takes_what_is_new_and_prints_it(tmp_path: Path):
    source, file = tmp_path / "a.v8i", tmp_path / "infobases.yaml"
    source.write_text('[A]\nConnect=Srvr="s";Ref="a";\n[B]\nConnect=File=b\n', "utf-8")
    assert run(source, "--update", file).stderr.decode().endswith("2 infobases, 0 folders imported\n")
    file.write_text(file.read_text("utf-8").replace("name: B", "name: Mine  # by hand"), "utf-8")
    source.write_text(
        '[A]\nConnect=Srvr="t";Ref="a";\nID=1\n[B]\nConnect=File=b\n[C]\nConnect=File=c\n', "utf-8"
    )
    # The infobase moved to another server and its ID is new, so that it is another one.
    done = run(source, "--update", file)
    assert done.returncode == 0
    assert done.stderr.decode().splitlines() == [
        "errorhelp: new: a_2",
        "errorhelp: new: c",
        "errorhelp: gone, now a comment: a",
        f"errorhelp: {file}: 2 new, 0 changed, 1 gone",
    ]
    assert "name: Mine  # by hand\n" in file.read_text("utf-8")
    assert list(load(file).catalog.infobases) == ["b", "a_2", "c"]


def test_an_update_that_would_lose_most_infobases_needs_force(tmp_path: Path):
    source, file = tmp_path / "a.v8i", tmp_path / "infobases.yaml"
    source.write_bytes(OFFICE.read_bytes())
    run(source, "--update", file)
    before = file.read_bytes()
    source.write_bytes(b"[A]\nConnect=File=a\n")
    refused = run(source, "--update", file)
    assert refused.returncode == 2
    assert "7 of 7 infobases are gone from the source" in refused.stderr.decode()
    assert file.read_bytes() == before
    assert run(source, "--update", file, "--force").returncode == 0
    assert list(load(file).catalog.infobases) == ["a"]


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's")
def test_what_an_update_remembers_is_as_secret_as_the_file(tmp_path: Path):
    file = tmp_path / "infobases.yaml"
    run(OFFICE, "--update", file)
    file.chmod(0o600)
    run(OFFICE, "--update", file)
    assert (tmp_path / "infobases.yaml.imported").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--watch",), "name it with --update"),
        (("--watch", "--output", "x.yaml"), "name it with --update"),
        (("--output", "x.yaml", "--update", "y.yaml"), "either --output, for a new file, or --update"),
    ],
)
def test_options_that_do_not_go_together_are_refused(arguments: tuple[str, ...], error: str):
    done = run(OFFICE, *arguments)
    assert done.returncode == 2
    assert error in done.stderr.decode()


@pytest.mark.integration
def test_watching_follows_the_source_and_outlives_a_broken_one(tmp_path: Path):
    source, file = tmp_path / "a.v8i", tmp_path / "infobases.yaml"
    source.write_text("[A]\nConnect=File=a\n", "utf-8")
    command = [*COMMAND, "v8i", "import", source, "--update", file, "--watch"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == f"errorhelp: {file}: 1 infobase, 0 folders imported\n"
        source.write_bytes(b"")
        assert "holds no entry" in process.stderr.readline()
        source.write_text("[A]\nConnect=File=a\n[B]\nConnect=File=b\n", "utf-8")
        assert process.stderr.readline() == "errorhelp: new: b\n"
        assert list(load(file).catalog.infobases) == ["a", "b"]
        process.terminate()
