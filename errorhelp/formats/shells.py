"""How shells take a value as one word, whatever is in it."""

import re
import shlex
from codecs import BOM_UTF8
from enum import StrEnum

# PowerShell takes typographic quotes for plain ones.
_SINGLE_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")


class Shell(StrEnum):
    """A shell that commands are written for."""

    SH = "sh"
    CMD = "cmd"
    POWERSHELL = "powershell"


def script_file(shell: Shell, script: str) -> bytes:
    """The script as a file that the shell reads: Windows wants CR LF, and PowerShell 5.1 a BOM before UTF-8."""
    if shell is Shell.SH:
        return script.encode()
    data = script.replace("\n", "\r\n").encode()
    return BOM_UTF8 + data if shell is Shell.POWERSHELL else data


def word(shell: Shell, value: str) -> str:
    """The value as one word of the shell's language; it must not hold line breaks."""
    match shell:
        case Shell.SH:
            return shlex.quote(value)
        case Shell.CMD:
            return windows_argument(value).replace("%", "%%")
        case Shell.POWERSHELL:
            return "'" + _SINGLE_QUOTES.sub(lambda quote: quote[0] * 2, value) + "'"


def windows_argument(value: str) -> str:
    """The value as a program on Windows reads it from its command line: in quotes, quotes doubled.

    Backslashes double before a quote (Microsoft, "Parsing C command-line arguments"). Doubled quotes keep
    cmd's idea of what is quoted right, which a backslash before a quote would not.
    """
    doubled = re.sub(r'(\\*)"', r'\1\1""', value)
    return '"' + re.sub(r"(\\+)\Z", r"\1\1", doubled) + '"'
