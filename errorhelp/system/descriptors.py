"""How many files and connections the process may have open at once."""

import sys

_PLENTY = 1_000_000

if sys.platform == "win32":

    def raise_limit() -> int:
        """How many there may be: Windows has no limit worth the name."""
        return _PLENTY

else:
    import resource

    # What macOS takes where it says that there is no limit (OPEN_MAX).
    _TAKEN_EVERYWHERE = 10_240

    def raise_limit() -> int:
        """Have as many as the system lets this process have; how many those are."""
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
