"""A rac script for cmd.exe: a *.cmd file in UTF-8 without a BOM, its lines ended by CR and LF."""

from collections.abc import Iterator
from functools import partial

from errorhelp.formats.rac import Options
from errorhelp.formats.rac_scripts import TOOLS, RacScript, Sessions, plain_options
from errorhelp.formats.shells import Shell, word

_word = partial(word, Shell.CMD)

_START = """\
@echo off
setlocal EnableExtensions DisableDelayedExpansion
chcp 65001 > nul
rem Everything is looked up before anything is changed. Where a cluster or an infobase is not found exactly once,
rem nothing is changed. It needs a running administration server (ras).
set "RAC={rac}"
rem Where the cluster asks for a login: --cluster-user=admin --cluster-pwd=...
set CLUSTER_LOGIN=
rem Where infobases do (rac of 8.5 takes none for infobases): --infobase-user=admin --infobase-pwd=...
set INFOBASE_LOGIN=
set FAILED=
"""
_SUBROUTINES = """\
exit /b 0

rem Of what rac prints: the value of KEY wherever that of NAME is WANTED, which must be exactly once.
:find
set FOUND=
set COUNT=0
for /f "tokens=1,2 delims=: " %%a in ('""%RAC%" %RAS% %~1"') do (
  if "%%a"=="%KEY%" set "UUID=%%~b"
  if /i "%%a %%~b"=="%NAME% %WANTED%" call :match
)
if "%COUNT%"=="1" exit /b 0
set FOUND=
echo %WHAT% at %RAS% is there %COUNT% times, not once. Nothing was changed. 1>&2
exit /b 1
:match
set "FOUND=%UUID%"
set /a COUNT+=1
exit /b 0
:cluster
set "KEY=cluster"
set "NAME=port"
set "WANTED=%~1"
set "WHAT=A cluster with port %~1"
call :find "cluster list"
exit /b 0
:infobase
set "KEY=infobase"
set "NAME=name"
set "WHAT=Infobase %~1"
call :find "infobase summary list --cluster=%CLUSTER% %CLUSTER_LOGIN%"
exit /b 0
"""
_UPDATE = """\
:update
"%RAC%" %RAS% infobase update --cluster=%CLUSTER% --infobase=%INFOBASE% %CLUSTER_LOGIN% %INFOBASE_LOGIN% {options}
if %ERRORLEVEL% neq 0 (
  set FAILED=1
  echo %~1: rac refused it, so this stops here. What is named above is changed. 1>&2
  exit /b 1
)
echo %~1: {done}
"""
_UNDO = """\
echo   to undo that: "%RAC%" %RAS% infobase update --cluster=%CLUSTER% --infobase=%INFOBASE% {undo}
"""
_LIST = """\
:sessions
echo %~1: sessions that are there:
for /f "tokens=1,2,* delims=: " %%a in \
('""%RAC%" %RAS% session list --cluster=%CLUSTER% --infobase=%INFOBASE% %CLUSTER_LOGIN%"') do (
  if "%%a"=="session" set "SESSION=%%b"
  if "%%a"=="user-name" set "SESSION_USER=%%b %%c"
  if "%%a"=="host" set "SESSION_HOST=%%b"
  if "%%a"=="app-id" set "SESSION_APP=%%b"
  if "%%a"=="app-id" call :session
)
exit /b 0
:session
rem Names that users chose are filled in late, so that nothing in them is a command.
setlocal EnableDelayedExpansion
for %%t in ({tools}) do if /i "!SESSION_APP!"=="%%t" exit /b 0
echo   !SESSION! !SESSION_USER!, !SESSION_HOST!, !SESSION_APP!
{keep}exit /b 0
"""
_KEEP = """\
echo !RAS! !CLUSTER! !SESSION! >> "!SESSIONS!"
"""
_END = """\
:end_session
rem One that ended by itself is not there any more, which rac says.
"%RAC%" %~1 session terminate --cluster=%~2 --session=%~3 %CLUSTER_LOGIN% {text}
if %ERRORLEVEL% neq 0 (
  echo not ended: %~3 1>&2
  exit /b 0
)
echo ended: %~3
exit /b 0
"""


def write(script: RacScript) -> Iterator[str]:
    """The script's parts, each with the ends of its lines."""
    yield _START.format(rac=_inside_quotes(script.rac))
    yield from _look_up(script)
    yield from _each_infobase(script, "call :update {id}\nif defined FAILED exit /b 1")
    if script.sessions is not None:
        yield from _sessions(script, script.sessions)
    yield _SUBROUTINES
    yield _UPDATE.format(options=_arguments(script.update), done=script.done)
    yield (_UNDO.format(undo=plain_options(script.undo)) if script.undo else "") + "exit /b 0\n"
    if script.sessions is not None:
        ends = script.sessions.end_after is not None
        yield _LIST.format(tools=" ".join(TOOLS), keep=_KEEP if ends else "")
        if ends:
            yield _END.format(text=_arguments((("error-message", script.sessions.text),)))


def _arguments(options: Options) -> str:
    return " ".join(f"--{name}={_word(value)}" for name, value in options)


def _inside_quotes(value: str) -> str:
    return value.replace("%", "%%").replace('"', "")


def _look_up(script: RacScript) -> Iterator[str]:
    for number, cluster, infobases in script.numbered_clusters():
        yield f'\nset "RAS={_inside_quotes(cluster.ras)}"\n'
        if cluster.uuid:
            yield f'set "CLUSTER={_inside_quotes(cluster.uuid)}"\n'
        else:
            yield f"call :cluster {cluster.port}\nif not defined FOUND exit /b 1\n"
            yield 'set "CLUSTER=%FOUND%"\n'
        yield f'set "CLUSTER_{number}=%CLUSTER%"\n'
        for count, infobase in infobases:
            yield f'set "WANTED={_inside_quotes(infobase.ref)}"\n'
            yield f"call :infobase {infobase.id}\nif not defined FOUND exit /b 1\n"
            yield f'set "INFOBASE_{count}=%FOUND%"\n'


def _each_infobase(script: RacScript, command: str) -> Iterator[str]:
    """The command for each infobase, with its variables set."""
    for number, cluster, infobases in script.numbered_clusters():
        yield f'\nset "RAS={_inside_quotes(cluster.ras)}"\nset "CLUSTER=%CLUSTER_{number}%"\n'
        for count, infobase in infobases:
            yield f"rem {infobase.name}, on the server: {infobase.ref}\n".replace("%", "%%")
            yield f'set "INFOBASE=%INFOBASE_{count}%"\n' + command.format(id=infobase.id) + "\n"


def _sessions(script: RacScript, sessions: Sessions) -> Iterator[str]:
    if sessions.end_after is None:
        yield from _each_infobase(script, "call :sessions {id}")
        return
    yield "\nrem No new ones come from here on, but by the permission code; those are not ended.\n"
    yield 'set "SESSIONS=%TEMP%\\errorhelp-sessions-%RANDOM%.txt"\n'
    yield 'type nul > "%SESSIONS%"\n'
    left = f"{sessions.begins_at} - [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()"
    yield f'powershell -NoProfile -Command "Start-Sleep -Seconds ([Math]::Max(0, {left}))"\n'
    yield from _each_infobase(script, "call :sessions {id}")
    yield f"\necho They are ended in {sessions.end_after} seconds.\n"
    yield f'powershell -NoProfile -Command "Start-Sleep -Seconds {sessions.end_after}"\n'
    yield 'for /f "usebackq tokens=1-3" %%r in ("%SESSIONS%") do call :end_session %%r %%s %%t\n'
    yield 'del "%SESSIONS%"\n'
