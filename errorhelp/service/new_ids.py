"""Ids of what people make: messages and maintenance windows."""

import secrets

# Read aloud on the phone without errors: no vowels, no look-alikes.
_LETTERS = "23456789bcdfghjkmnpqrstvwxz"


def new_id() -> str:
    """An id that nothing has yet."""
    return "".join(secrets.choice(_LETTERS) for _ in range(10))
