"""Who asks, and API tokens, as documents of the admin API."""

from typing import Literal, Self

from pydantic import Field

from errorhelp.admin.api.documents.document_values import Given, Instant, Taken
from errorhelp.admin.api.documents.list_documents import ListPage
from errorhelp.people.people import Person, Role
from errorhelp.store.access_records import ApiToken


class Me(Given):
    """Who asks."""

    name: str = Field(description="As the history calls them.")
    role: Role
    folders: tuple[str, ...] = Field(description="Where an editor writes; empty: everywhere.")
    way: Literal["token", "sign-in", "proxy"] = Field(description="How they showed who they are.")

    @classmethod
    def of(cls, person: Person, way: str) -> Self:
        """The person, who came that way."""
        return cls.model_validate(
            {"name": person.name, "role": person.role, "folders": person.folders, "way": way}
        )


class NewToken(Taken):
    """A token to be made."""

    name: str = Field(
        description="The script it is for, as the history will call it.", examples=["nightly update"]
    )
    role: Role = Field(description="What the script may do.", examples=["editor"])
    folders: tuple[str, ...] = Field(
        (),
        description="For an editor: only messages for these folders and what is below.",
        examples=[["/Finance"]],
    )


class Token(Given):
    """A token, without its secret."""

    id: str
    name: str
    role: Role
    folders: tuple[str, ...]
    created_at: Instant
    created_by: str
    used_at: Instant | None = Field(description="When it was used last, to a few minutes.")
    revoked_at: Instant | None = Field(description="Since when it is no longer good.")

    @classmethod
    def of(cls, token: ApiToken) -> Self:
        """The token for clients."""
        return cls.model_validate(_values(token))


class MadeToken(Token):
    """A new token, with its secret."""

    token: str = Field(description="What to send as 'Authorization: Bearer …'. It is not shown again.")

    @classmethod
    def with_secret(cls, token: ApiToken, secret: str) -> Self:
        """The token and what opens with it."""
        return cls.model_validate(_values(token) | {"token": secret})


class TokensDocument(ListPage, component="Tokens"):
    """A page of tokens, the oldest first."""

    tokens: tuple[Token, ...]


def _values(token: ApiToken) -> dict[str, object]:
    return {
        "id": token.id,
        "name": token.person.name,
        "role": token.person.role,
        "folders": token.person.folders,
        "created_at": token.created_at,
        "created_by": token.created_by,
        "used_at": token.used_at,
        "revoked_at": token.revoked_at,
    }
