"""What the store keeps of those who come in: API tokens and sign-ins.

No secret is kept, only its SHA-256 in hexadecimal: 256 random bits need no slower hash.
"""

from dataclasses import dataclass
from datetime import datetime

from errorhelp.people.people import Person


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token that lets a script in as `person`, whose name is the token's; `used_at` is to a few minutes."""

    id: str
    person: Person
    created_at: datetime
    created_by: str
    used_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignIn:
    """A browser that somebody signed in with, last used at `used_at`, to a few minutes.

    `proof` stands for what they showed: the SHA-256 of their password's hash, so that a new password ends it,
    or "" for the link of a first start.
    """

    name: str
    proof: str
    created_at: datetime
    used_at: datetime
