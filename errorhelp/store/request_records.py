"""What the store keeps of requests that a client may send again, so that they are done once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from errorhelp.messages.message import Message

KNOWN_FOR = timedelta(days=1)
"""How long a request that was done is known again."""


@dataclass(frozen=True, slots=True)
class RequestKey:
    """By what a request is known again: `hash` stands for who sends it, where to, and the key that they chose.

    `fingerprint` stands for what is asked. Both are SHA-256 in hexadecimal.
    """

    hash: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class DoneRequest:
    """A request that was done at `at`: the fingerprint of what was asked, and the message as it left it."""

    fingerprint: str
    at: datetime
    message: Message
