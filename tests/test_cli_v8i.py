import subprocess
import sys
from pathlib import Path

import pytest

from errorhelp.config import load
from errorhelp.importing import infobases_from_v8i, to_yaml

DEMO = Path(__file__).parent.parent.parent / "shared/fixtures/ibases-demo.v8i"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    """`errorhelp v8i import` as a process of its own."""
    program = "from errorhelp.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, "v8i", "import", *map(str, arguments)],
        capture_output=True,
        check=False,
    )


def test_an_import_goes_to_standard_output_to_the_byte_and_its_report_to_standard_error():
    done = run(DEMO)
    assert done.returncode == 0
    assert done.stdout == to_yaml(infobases_from_v8i([(str(DEMO), DEMO.read_bytes())]))
    *notes, summary = done.stderr.decode().splitlines()
    assert summary == "errorhelp: 7 infobases, 5 folders imported"
    assert [note.split(":")[:3] for note in notes] == [
        ["errorhelp", f" {DEMO}", line] for line in ("1", "87", "109", "126")
    ]


def test_an_imported_file_is_a_configuration_and_is_not_replaced_by_accident(tmp_path: Path):
    output = tmp_path / "infobases.yaml"
    assert run(DEMO, "--output", output).stdout == b""
    assert "erp_demo" in load(output).catalog.infobases

    output.write_bytes(b"mine")
    refused = run(DEMO, "--output", output)
    assert refused.returncode == 2
    assert refused.stderr.decode().splitlines() == [
        f"errorhelp: {output} is already there; --force replaces it"
    ]
    assert output.read_bytes() == b"mine"

    assert run(DEMO, "--output", output, "--force").returncode == 0
    assert b"erp_demo" in output.read_bytes()


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
    done = run(DEMO, "--output", tmp_path / "missing" / "out.yaml")
    assert done.returncode == 2
    assert "cannot be written: No such file or directory" in done.stderr.decode()
