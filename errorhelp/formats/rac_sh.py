"""A rac script for the POSIX shell, with awk, date and sleep."""

import re
from collections.abc import Iterator
from functools import partial

from errorhelp.formats.rac_scripts import TOOLS, RacScript, Sessions, plain_options
from errorhelp.formats.shells import Shell, word

_word = partial(word, Shell.SH)

_START = """\
#!/bin/sh
# Everything is looked up before anything is changed. Where a cluster or an infobase is not found exactly once,
# nothing is changed. It needs a running administration server (ras).
rac={rac}
# Where the cluster asks for a login, and where infobases do (rac of 8.5 takes none for infobases):
cluster_user='' cluster_pwd=''
infobase_user='' infobase_pwd=''

stop() {{
  printf '%s\\n' "$*" >&2
  exit 1
}}
call_rac() {{
  "$rac" "$ras" "$@" < /dev/null
}}
in_cluster() {{
  call_rac "$@" --cluster="$cluster" ${{cluster_user:+--cluster-user="$cluster_user" --cluster-pwd="$cluster_pwd"}}
}}
# Of what rac prints: the value of $1 wherever that of $2 is like the pattern $3.
values() {{
  key=$1 name=$2 pattern=$3 awk '
    {{ name = $0; sub(/[ \\t]*:.*/, "", name); sub(/^[ \\t]+/, "", name) }}
    {{ value = $0; sub(/^[^:]*:[ \\t]*/, "", value); sub(/[ \\t\\r]+$/, "", value); gsub(/^"|"$/, "", value) }}
    name == ENVIRON["key"] {{ of = value }}
    name == ENVIRON["name"] && value ~ ENVIRON["pattern"] {{ print of }}'
}}
only() {{
  case $1 in
    '') stop "$2 is not there ($3). Nothing was changed." ;;
    *[!0-9a-fA-F-]*) stop "$2 is there more than once. Nothing was changed." ;;
  esac
  printf '%s\\n' "$1"
}}
the_cluster() {{
  listed=$(call_rac cluster list) || stop "$ras did not list its clusters; does ras run there? Nothing was changed."
  ports=$(printf '%s\\n' "$listed" | values port port . | tr '\\n' ' ')
  only "$(printf '%s\\n' "$listed" | values cluster port "^$1\\$")" "A cluster with port $1 at $ras" "ports: $ports"
}}
the_infobases() {{
  in_cluster infobase summary list || stop "$ras did not list its infobases; a login? Nothing was changed."
}}
the_infobase() {{
  only "$(printf '%s\\n' "$infobases" | values infobase name "$2")" "Infobase $1 at $ras" "cluster $cluster"
}}
"""
_UPDATE = """\
update() {{
  in_cluster infobase update --infobase="$infobase" \\
    ${{infobase_user:+--infobase-user="$infobase_user" --infobase-pwd="$infobase_pwd"}} \\
    {options} ||
    stop "$1: rac refused it, so this stops here. What is named above is changed."
  printf '%s\\n' "$1: {done}"
"""
_UNDO = """\
  printf '%s\\n' "  to undo that: \\"$rac\\" $ras infobase update --cluster=$cluster --infobase=$infobase\
${{cluster_user:+ --cluster-user=$cluster_user --cluster-pwd=...}}\
${{infobase_user:+ --infobase-user=$infobase_user --infobase-pwd=...}} {undo}"
"""
_LIST = """\
sessions_of() {{
  listed=$(in_cluster session list --infobase="$infobase") || stop "$1: rac does not list its sessions."
  printf '%s\\n' "$listed" | awk '
    function row() {{
      if (session != "" && app !~ /^({tools})$/) print session, user ", " host ", " app ", since " since
    }}
    {{ name = $0; sub(/[ \\t]*:.*/, "", name); sub(/^[ \\t]+/, "", name) }}
    {{ value = $0; sub(/^[^:]*:[ \\t]*/, "", value); sub(/[ \\t\\r]+$/, "", value); gsub(/^"|"$/, "", value) }}
    name == "session" {{ row(); session = value; user = host = app = since = "" }}
    name == "user-name" {{ user = value }}
    name == "host" {{ host = value }}
    name == "app-id" {{ app = value }}
    name == "started-at" {{ since = value }}
    END {{ row() }}'
}}
list_sessions() {{
  printf '%s\\n' "$1: sessions that are there:" "${{2:-none}}"
}}
"""
_END = """\
wait_until() {{
  left=$(($1 - $(date +%s)))
  [ "$left" -gt 0 ] || return 0
  printf '%s\\n' "The lock begins in $left seconds."
  sleep "$left"
}}
end_sessions() {{
  printf '%s\\n' "$2" | while read -r session who; do
    [ -n "$session" ] || continue
    # One that ended by itself is not there any more, which rac says.
    if in_cluster session terminate --session="$session" --error-message={text}; then
      printf '%s\\n' "$1: ended: $session $who"
    else
      printf '%s\\n' "$1: not ended: $session $who" >&2
    fi
  done
}}
"""


def write(script: RacScript) -> Iterator[str]:
    """The script's parts, each with the ends of its lines."""
    yield _START.format(rac=_word(script.rac))
    yield _UPDATE.format(options=_options(script), done=script.done)
    yield (_UNDO.format(undo=plain_options(script.undo)) if script.undo else "") + "}\n"
    if script.sessions is not None:
        yield _LIST.format(tools="|".join(TOOLS))
        if script.sessions.end_after is not None:
            yield _END.format(text=_word(script.sessions.text))
    yield '\ncommand -v "$rac" > /dev/null || stop "$rac is not there: rac= wants its path. Nothing was changed."\n'
    yield from _look_up(script)
    yield from _each_infobase(script, "update {title}")
    if script.sessions is not None:
        yield from _sessions(script, script.sessions)


def _options(script: RacScript) -> str:
    return " ".join(_word(f"--{name}={value}") for name, value in script.update)


def _look_up(script: RacScript) -> Iterator[str]:
    for number, cluster, infobases in script.numbered_clusters():
        yield f"\nras={_word(cluster.ras)}\n"
        if cluster.uuid:
            yield f"cluster_{number}={_word(cluster.uuid)}\n"
        else:
            yield f"cluster_{number}=$(the_cluster {cluster.port}) || exit 1\n"
        yield f"cluster=$cluster_{number}\n"
        yield "infobases=$(the_infobases) || exit 1\n"
        for count, infobase in infobases:
            words = f"{_word(infobase.ref)} {_word(_in_any_case(infobase.ref))}"
            yield f"infobase_{count}=$(the_infobase {words}) || exit 1\n"


def _each_infobase(script: RacScript, command: str) -> Iterator[str]:
    """The command for each infobase, with its variables set."""
    for number, cluster, infobases in script.numbered_clusters():
        yield f"\nras={_word(cluster.ras)} cluster=$cluster_{number}\n"
        for count, infobase in infobases:
            title = _word(f"{infobase.name} ({infobase.id})")
            yield f"infobase=$infobase_{count}\n" + command.format(title=title, count=count) + "\n"


def _sessions(script: RacScript, sessions: Sessions) -> Iterator[str]:
    if sessions.end_after is None:
        yield from _each_infobase(script, 'list_sessions {title} "$(sessions_of {title})"')
        return
    yield "\n# No new ones come from here on, but by the permission code; those are not ended.\n"
    yield f"wait_until {sessions.begins_at}\n"
    yield from _each_infobase(
        script, 'sessions_{count}=$(sessions_of {title})\nlist_sessions {title} "$sessions_{count}"'
    )
    yield f"\nprintf '%s\\n' 'They are ended in {sessions.end_after} seconds.'\nsleep {sessions.end_after}\n"
    yield from _each_infobase(script, 'end_sessions {title} "$sessions_{count}"')


def _in_any_case(name: str) -> str:
    """An extended regular expression for the name in any case, whatever locale awk is in."""
    return "^" + "".join(map(_letter, name)) + "$"


def _letter(letter: str) -> str:
    if letter.lower() != letter.upper():
        return f"({letter.lower()}|{letter.upper()})"
    return re.sub(r"[.*+?()\[\]{}|^$\\]", r"\\\g<0>", letter)
