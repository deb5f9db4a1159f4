"""API tokens: one for each script, made and revoked by admins, and shown once."""

import logging
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.names import check_folder
from errorhelp.people.people import People, Person, Role, check_person_name
from errorhelp.people.secrets import new_secret, secret_hash
from errorhelp.service.drafts import InvalidDraft
from errorhelp.store import StoreUnavailable
from errorhelp.store.access_records import ApiToken
from errorhelp.store.sql_access import AccessStore

log = logging.getLogger(__name__)

PREFIX = "eh_"
"""How a token begins, so that people and scanners know it when they see one."""

USE_NOTED_EVERY = timedelta(minutes=5)
"""How exactly the last use of something is known; to note every one would make each reading a writing."""

_ID_BYTES = 4


class ApiTokens:
    """The tokens of a store."""

    def __init__(self, store: AccessStore, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def all(self) -> list[ApiToken]:
        """Every token, those revoked too, the oldest first."""
        return await self._store.tokens()

    async def get(self, token_id: str) -> ApiToken:
        """One token; UnknownToken if there is none."""
        return await self._store.token(token_id)

    async def make(self, person: Person, by: Person) -> tuple[ApiToken, str]:
        """A new token for a script that goes by that name, and its secret, which is not kept."""
        now = self._clock().replace(microsecond=0)
        token, secret = ApiToken(secrets.token_hex(_ID_BYTES), person, now, by.name), PREFIX + new_secret()
        await self._store.add_token(token, secret_hash(secret))
        log.info("token %s of %s (%s) made by %s", token.id, person.name, person.role, by.name)
        return token, secret

    async def revoke(self, token_id: str, by: Person) -> ApiToken:
        """Revoke a token, at once and for ever; UnknownToken if there is none."""
        token = await self._store.revoke_token(token_id, self._clock())
        log.info("token %s of %s revoked by %s", token.id, token.person.name, by.name)
        return token

    async def person_of(self, secret: str, *, is_use: bool = True) -> Person | None:
        """Who comes with that secret, which is noted if it is used; None if it is no token, or revoked."""
        if not secret.startswith(PREFIX):
            return None
        token = await self._store.token_of(secret_hash(secret))
        if token is None or token.revoked_at is not None:
            return None
        now = self._clock()
        if is_use and (token.used_at is None or now - token.used_at >= USE_NOTED_EVERY):
            with suppress(StoreUnavailable):
                await self._store.token_used(token.id, now)
        return token.person


def check_token(
    name: str, role: Role, folders: tuple[str, ...], people: People, taken: list[ApiToken], catalog: Catalog
) -> Person:
    """Whom a new token makes of a script; InvalidDraft if its name is taken or its folders cannot be."""
    errors: list[tuple[str, str]] = []
    try:
        check_person_name(name)
    except ValueError as error:
        errors.append(("name", str(error)))
    live = {token.person.name.casefold() for token in taken if token.revoked_at is None}
    if people.user(name) or name.casefold() in live:
        errors.append(("name", f"{name!r} is taken, and the history must show who it was; choose another"))
    if folders and role is not Role.EDITOR:
        errors.append(
            ("folders", f"only an editor is limited to folders, but the role is {role}; leave them out")
        )
    checked = []
    for folder in folders:
        try:
            checked.append(catalog.check_target(check_folder(folder)))
        except ValueError as error:
            errors.append(("folders", str(error)))
    if errors:
        raise InvalidDraft(errors)
    return Person(name, role, tuple(dict.fromkeys(checked)))
