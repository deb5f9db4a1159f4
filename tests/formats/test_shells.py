"""Whatever a value holds, shells and the programs that they call read it as one word."""

import shutil
import subprocess
from codecs import BOM_UTF8

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errorhelp.formats.shells import Shell, script_file, windows_argument, word


@pytest.mark.integration
@pytest.mark.skipif(shutil.which("sh") is None, reason="there is no POSIX shell")
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


def test_files_for_windows_have_its_line_ends_and_powershells_bom():
    assert script_file(Shell.SH, "a\nb\n") == b"a\nb\n"
    assert script_file(Shell.CMD, "a\nb\n") == b"a\r\nb\r\n"
    assert script_file(Shell.POWERSHELL, "a\n") == BOM_UTF8 + b"a\r\n"
