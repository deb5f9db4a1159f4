"""How errorhelp names itself where it asks others (`User-Agent`; RFC 9110, 10.1.5)."""

from errorhelp import __version__

OURS = f"errorhelp/{__version__}"
"""Of commands and of notifications."""

_DOCTOR = "errorhelp-doctor/"

DOCTOR = f"{_DOCTOR}{__version__}"
"""Of `errorhelp doctor`, which asks as clients do."""


def is_doctor(user_agent: str) -> bool:
    """Whether `errorhelp doctor` asks, of whatever version: what it posts is nobody's failed login."""
    return user_agent.startswith(_DOCTOR)
