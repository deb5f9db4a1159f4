"""How many files and connections the process may have open at once."""

import sys

_PLENTY = 1_000_000


def raise_limit() -> int:
    """Have as many descriptors as the system lets this process have; how many those are.

    Windows has no such limit.
    """
    return _PLENTY if sys.platform == "win32" else _raise_limit()


if sys.platform != "win32":
    import resource

    # What macOS takes where it says that there is no limit (OPEN_MAX).
    _TAKEN_EVERYWHERE = 10_240

    def _raise_limit() -> int:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        for wanted in (hard, _TAKEN_EVERYWHERE):
            if _count(soft) >= _count(wanted):
                break
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            except (OSError, ValueError):
                continue
            return _count(wanted)
        return _count(soft)

    def _count(limit: int) -> int:
        return _PLENTY if limit == resource.RLIM_INFINITY else min(limit, _PLENTY)
