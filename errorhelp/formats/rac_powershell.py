"""A rac script for Windows PowerShell 5.1 and later.

`Start-Process` hands its one argument on as it is; a call would lose quotes within a text before 7.3.
"""

from collections.abc import Iterator
from functools import partial

from errorhelp.formats.rac import Options
from errorhelp.formats.rac_scripts import TOOLS, RacScript, Sessions, plain_options
from errorhelp.formats.shells import Shell, windows_argument, word

_word = partial(word, Shell.POWERSHELL)

_START = """\
# Everything is looked up before anything is changed. Where a cluster or an infobase is not found exactly once,
# nothing is changed. It needs a running administration server (ras).
$ErrorActionPreference = 'Stop'
$rac = {rac}
# Where the cluster asks for a login: @('--cluster-user=admin', '--cluster-pwd=...')
$clusterLogin = @()
# Where infobases do (rac of 8.5 takes none for infobases): @('--infobase-user=admin', '--infobase-pwd=...')
$infobaseLogin = @()

function Read-Rac {{
  $said = & $rac $ras @args
  if ($LASTEXITCODE -ne 0) {{ throw "rac $ras $($args[0]) $($args[1]) failed, so this stops here." }}
  $said
}}
# Of what rac prints: each item as a table of names and values; an item begins with the name $first.
function Get-Items($lines, $first) {{
  $item = $null
  foreach ($line in $lines) {{
    if ($line -notmatch '^\\s*([a-z-]+)\\s*:\\s*"?(.*?)"?\\s*$') {{ continue }}
    if ($Matches[1] -eq $first) {{ if ($null -ne $item) {{ $item }}; $item = @{{}} }}
    if ($null -ne $item) {{ $item[$Matches[1]] = $Matches[2] }}
  }}
  if ($null -ne $item) {{ $item }}
}}
function Get-Only($items, $first, $name, $value, $what) {{
  $found = @($items | Where-Object {{ $_[$name] -eq $value }})
  if ($found.Count -ne 1) {{ throw "$what is there $($found.Count) times, not once. Nothing was changed." }}
  $found[0][$first]
}}
function Invoke-Rac($arguments) {{
  $logins = ($clusterLogin | ForEach-Object {{ '"' + $_ + '"' }}) -join ' '
  $process = Start-Process $rac -NoNewWindow -Wait -PassThru -ArgumentList "$ras $arguments $logins"
  $process.ExitCode
}}
"""
_UPDATE = """\
function Update-Infobase($title) {{
  $logins = ($infobaseLogin | ForEach-Object {{ '"' + $_ + '"' }}) -join ' '
  $options = {options}
  $code = Invoke-Rac "infobase update --cluster=$cluster --infobase=$infobase $logins $options"
  if ($code -ne 0) {{ throw "${{title}}: rac refused it, so this stops here. What is named above is changed." }}
  Write-Output "${{title}}: {done}"
"""
_UNDO = """\
  Write-Output "  to undo that: & '$rac' $ras infobase update --cluster=$cluster --infobase=$infobase {undo}"
"""
_LIST = """\
function Get-Sessions {{
  $items = @(Get-Items (Read-Rac session list "--cluster=$cluster" "--infobase=$infobase" @clusterLogin) 'session')
  @($items | Where-Object {{ $_['app-id'] -notin {tools} }})
}}
function Show-Sessions($title, $sessions) {{
  Write-Output "${{title}}: sessions that are there: $(@($sessions).Count)"
  foreach ($each in $sessions) {{
    Write-Output "  $($each['user-name']), $($each['host']), $($each['app-id']), since $($each['started-at'])"
  }}
}}
"""
_END = """\
function Wait-Until($second) {{
  $left = $second - [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
  if ($left -le 0) {{ return }}
  Write-Output "The lock begins in $left seconds."
  Start-Sleep -Seconds $left
}}
function Stop-Sessions($title, $sessions) {{
  foreach ($each in $sessions) {{
    $options = "--session=$($each['session']) " + {text}
    # One that ended by itself is not there any more, which rac says.
    $code = Invoke-Rac "session terminate --cluster=$cluster $options"
    $what = if ($code -eq 0) {{ 'ended' }} else {{ 'not ended' }}
    Write-Output "${{title}}: ${{what}}: $($each['user-name']), $($each['host'])"
  }}
}}
"""


def write(script: RacScript) -> Iterator[str]:
    """The script's parts, each with the ends of its lines."""
    yield _START.format(rac=_word(script.rac))
    yield _UPDATE.format(options=_word(_arguments(script.update)), done=script.done)
    yield (_UNDO.format(undo=plain_options(script.undo)) if script.undo else "") + "}\n"
    if script.sessions is not None:
        yield _LIST.format(tools=", ".join(map(_word, TOOLS)))
        if script.sessions.end_after is not None:
            text = _arguments((("error-message", script.sessions.text),))
            yield _END.format(text=_word(text))
    yield from _look_up(script)
    yield from _each_infobase(script, "Update-Infobase {title}")
    if script.sessions is not None:
        yield from _sessions(script, script.sessions)


def _arguments(options: Options) -> str:
    """Options as a program on Windows reads them."""
    return " ".join(f"--{name}={windows_argument(value)}" for name, value in options)


def _look_up(script: RacScript) -> Iterator[str]:
    for number, cluster, infobases in script.numbered_clusters():
        yield f"\n$ras = {_word(cluster.ras)}\n"
        if cluster.uuid:
            yield f"$cluster{number} = {_word(cluster.uuid)}\n"
        else:
            yield "$items = @(Get-Items (Read-Rac cluster list) 'cluster')\n"
            what = f"A cluster with port {cluster.port} at $ras"
            yield f"$cluster{number} = Get-Only $items 'cluster' 'port' '{cluster.port}' \"{what}\"\n"
        summary = f'Read-Rac infobase summary list "--cluster=$cluster{number}" @clusterLogin'
        yield f"$items = @(Get-Items ({summary}) 'infobase')\n"
        for count, infobase in infobases:
            ref, what = _word(infobase.ref), _word(f"Infobase {infobase.ref}")
            yield f"$infobase{count} = Get-Only $items 'infobase' 'name' {ref} {what}\n"


def _each_infobase(script: RacScript, command: str) -> Iterator[str]:
    """The command for each infobase, with its variables set."""
    for number, cluster, infobases in script.numbered_clusters():
        yield f"\n$ras = {_word(cluster.ras)}; $cluster = $cluster{number}\n"
        for count, infobase in infobases:
            title = _word(f"{infobase.name} ({infobase.id})")
            yield f"$infobase = $infobase{count}\n" + command.format(title=title, count=count) + "\n"


def _sessions(script: RacScript, sessions: Sessions) -> Iterator[str]:
    if sessions.end_after is None:
        yield from _each_infobase(script, "Show-Sessions {title} @(Get-Sessions)")
        return
    yield "\n# No new ones come from here on, but by the permission code; those are not ended.\n"
    yield f"Wait-Until {sessions.begins_at}\n"
    yield from _each_infobase(
        script, "$sessions{count} = @(Get-Sessions)\nShow-Sessions {title} $sessions{count}"
    )
    yield f"\nWrite-Output 'They are ended in {sessions.end_after} seconds.'\n"
    yield f"Start-Sleep -Seconds {sessions.end_after}\n"
    yield from _each_infobase(script, "Stop-Sessions {title} $sessions{count}")
