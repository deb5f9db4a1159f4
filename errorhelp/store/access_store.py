"""What the store keeps of those who come in: API tokens and sign-ins.

No secret is kept, only its SHA-256 in hexadecimal: 256 random bits need no slower hash.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

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


class AccessStore(Protocol):
    """API tokens and sign-ins in a database, under the same terms as the rest of a `Store`."""

    async def add_token(self, token: ApiToken, secret_hash: str) -> None:
        """Keep a token under an id of its own."""

    async def tokens(self) -> list[ApiToken]:
        """Every token, those revoked too, the oldest first."""

    async def token(self, token_id: str) -> ApiToken:
        """One token, or UnknownToken."""

    async def token_of(self, secret_hash: str) -> ApiToken | None:
        """The token with that secret, if there is one."""

    async def token_used(self, token_id: str, at: datetime) -> None:
        """Note when it was used."""

    async def revoke_token(self, token_id: str, at: datetime) -> ApiToken:
        """Revoke a token; one that is revoked already stays as it is. UnknownToken if there is none."""

    async def add_sign_in(self, sign_in: SignIn, secret_hash: str) -> None:
        """Keep a sign-in."""

    async def sign_in_of(self, secret_hash: str) -> SignIn | None:
        """The sign-in with that secret, if there is one."""

    async def sign_in_used(self, secret_hash: str, at: datetime) -> None:
        """Note when it was used."""

    async def end_sign_in(self, secret_hash: str) -> None:
        """Forget a sign-in; nothing happens if there is none."""

    async def end_sign_ins_of(self, name: str) -> None:
        """Forget every sign-in of somebody."""

    async def collect_sign_ins(self, *, created_before: datetime, used_before: datetime) -> None:
        """Forget those that are older or were not used for longer."""
