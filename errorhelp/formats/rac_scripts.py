"""Scripts that call rac for many infobases, in the languages of shells.

They look up the UUIDs that rac needs, in what `cluster list` and `infobase summary list` print.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from errorhelp.formats.rac import Options
from errorhelp.formats.shells import Shell, windows_argument, word


class Writer(Protocol):
    """Writes the parts of a script in the language of a shell."""

    @property
    def start(self) -> Sequence[str]: ...

    def server(self, ras: str, cluster: str | None) -> Iterable[str]: ...

    def infobase(self, title: str, ref: str, options: Options) -> Iterable[str]: ...


class _Sh:
    """POSIX shell: finds the UUIDs itself."""

    start = (
        "# Where the cluster asks for a login, add it here: --cluster-user=admin --cluster-pwd=...",
        """in_cluster() { rac "$ras" "$@" --cluster="$cluster"; }""",
        "# Where infobases ask for a login, add it here: --infobase-user=admin --infobase-pwd=...",
        """update_infobase() { in_cluster infobase update --infobase="$infobase" "$@"; }""",
        "find_infobase() {",
        """  printf '%s\\n' "$infobases" | name="$1" awk -F ' *: *' '""",
        """    $1 == "infobase" { uuid = $2 }""",
        """    $1 == "name" && tolower($2) == tolower(ENVIRON["name"]) { print uuid }'""",
        "}",
    )

    @staticmethod
    def server(ras: str, cluster: str | None) -> Iterator[str]:
        yield f"ras={word(Shell.SH, ras)}"
        if cluster:
            yield f"cluster={word(Shell.SH, cluster)}"
        else:
            find = """awk -F ' *: *' '$1 == "cluster" { print $2; exit }'"""
            yield f'cluster=$(rac "$ras" cluster list | {find})'
        yield "infobases=$(in_cluster infobase summary list)"

    @staticmethod
    def infobase(title: str, ref: str, options: Options) -> Iterator[str]:
        said = " ".join(word(Shell.SH, f"--{name}={value}") for name, value in options)
        yield f"# {title}"
        yield f"infobase=$(find_infobase {word(Shell.SH, ref)})"
        yield f"update_infobase {said}"


class _PowerShell:
    """Windows PowerShell 5.1 and later: finds the UUIDs itself.

    `Start-Process` hands its one argument on as it is; a call would lose quotes within a text before 7.3.
    """

    start = (
        "# Where the cluster asks for a login: @('--cluster-user=admin', '--cluster-pwd=...')",
        "$clusterLogin = @()",
        "# Where infobases ask for a login: @('--infobase-user=admin', '--infobase-pwd=...')",
        "$infobaseLogin = @()",
    )

    @staticmethod
    def server(ras: str, cluster: str | None) -> Iterator[str]:
        yield f"$ras = {word(Shell.POWERSHELL, ras)}"
        if cluster:
            yield f"$cluster = {word(Shell.POWERSHELL, cluster)}"
        else:
            yield "$clusters = rac $ras cluster list | Out-String"
            yield r"$cluster = [regex]::Match($clusters, '(?m)^cluster\s*:\s*(\S+)').Groups[1].Value"
        yield ('$infobases = rac $ras infobase summary list "--cluster=$cluster" @clusterLogin | Out-String')

    @staticmethod
    def infobase(title: str, ref: str, options: Options) -> Iterator[str]:
        said = " ".join(f"--{name}={windows_argument(value)}" for name, value in options)
        pattern = rf'(?im)^infobase\s*:\s*(\S+)\s+^name\s*:\s*"?{re.escape(ref)}"?\s*$'
        yield f"# {title}"
        yield f"$infobase = [regex]::Match($infobases, {word(Shell.POWERSHELL, pattern)}).Groups[1].Value"
        yield "Start-Process rac -NoNewWindow -Wait -ArgumentList ("
        yield '  "$ras infobase update --cluster=$cluster --infobase=$infobase " +'
        yield f'  "$clusterLogin $infobaseLogin " + {word(Shell.POWERSHELL, said)})'


class _Cmd:
    """cmd.exe, to be saved as a *.cmd file in UTF-8; the UUIDs are for the admin to fill in."""

    start = (
        "@echo off",
        "chcp 65001 > nul",
        "rem Where the cluster asks for a login, add it here: --cluster-user=admin --cluster-pwd=...",
        "set CLUSTER_LOGIN=",
        "rem Where infobases ask for a login, add it here: --infobase-user=admin --infobase-pwd=...",
        "set INFOBASE_LOGIN=",
    )

    @staticmethod
    def server(ras: str, cluster: str | None) -> Iterator[str]:
        yield f"set RAS={ras}"
        if not cluster:
            yield "rem Its UUID is what this prints: rac %RAS% cluster list"
        yield f"set CLUSTER={cluster or ''}"
        yield "rem The infobases' UUIDs are what this prints:"
        yield "rem rac %RAS% infobase summary list --cluster=%CLUSTER% %CLUSTER_LOGIN%"

    @staticmethod
    def infobase(title: str, ref: str, options: Options) -> Iterator[str]:
        said = " ".join(f"--{name}={word(Shell.CMD, value)}" for name, value in options)
        yield f"rem {title}, on the server: {ref}".replace("%", "%%")
        yield "set INFOBASE="
        yield (
            "rac %RAS% infobase update --cluster=%CLUSTER% --infobase=%INFOBASE% "
            f"%CLUSTER_LOGIN% %INFOBASE_LOGIN% {said}"
        )


WRITERS: Mapping[Shell, Writer] = {
    Shell.SH: _Sh(),
    Shell.POWERSHELL: _PowerShell(),
    Shell.CMD: _Cmd(),
}
