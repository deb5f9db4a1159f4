"""Acting as the account that owns the state, so that no file of another account comes into it."""

import os
import sys
from pathlib import Path

from errorhelp.system.state_directory import StateError


def become_owner(state: Path) -> None:
    """From here on act as the account that owns the state directory, which root can; StateError for others.

    Nothing happens on Windows, where files get their rights from their folder, or without a state directory.
    """
    if sys.platform != "win32" and state.exists():
        _become_owner(state)


if sys.platform != "win32":
    import pwd

    def _become_owner(state: Path) -> None:
        owner = state.stat()
        if os.geteuid() == owner.st_uid:
            return
        try:
            account = pwd.getpwuid(owner.st_uid)
            name, group = account.pw_name, account.pw_gid
            groups = os.getgrouplist(name, group)
        except KeyError:
            name, group = f"'#{owner.st_uid}'", owner.st_gid
            groups = [group]
        if os.geteuid() != 0:
            raise StateError(
                f"{state} belongs to {name}; run this as that account (sudo -u {name} errorhelp …)"
            )
        os.setgroups(groups)
        os.setgid(group)
        os.setuid(owner.st_uid)
