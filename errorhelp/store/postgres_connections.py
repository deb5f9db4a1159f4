"""Connections to PostgreSQL, by an address that may name several hosts."""

import asyncio
import os
from typing import Any, TypeAlias
from urllib.parse import urlencode

import asyncpg

from errorhelp.formats.postgres_address import SESSION_OPTIONS, PostgresAddress
from errorhelp.store.postgres_errors import NotAnswered, PooledByTransaction, is_pooled

PostgresConnection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

CONNECT_SECONDS = 3.0
"""So long one host has to answer."""

_NAME = "errorhelp"
_FILES = frozenset({"sslrootcert", "sslcert", "sslkey", "sslcrl"})
_PROCESS = "SELECT pg_backend_pid()"
# After these another host may do: starting up, too many connections, and not what `target_session_attrs` wants.
_NEXT_HOST = (
    OSError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.TargetServerAttributeNotMatched,
)


class PostgresConnector:
    """Connects to the first host of an address that answers and is what the address wants.

    A statement has `statement_seconds`. What the address leaves open the environment says (`PGPASSWORD`,
    `PGSSLMODE`, …) and `~/.pgpass`, as with other programs of PostgreSQL.
    """

    def __init__(self, address: PostgresAddress, statement_seconds: float) -> None:
        self._address = address
        self._statement_seconds = statement_seconds

    async def connect(self) -> PostgresConnection:
        """A new connection; what the last host said if there is none."""
        hosts = self._address.hosts
        if not hosts:
            return await self._connect(None, None)
        errors: list[BaseException] = []
        for host, port in hosts:
            try:
                return await self._connect(host, port)
            except _NEXT_HOST as error:
                errors.append(error)
        if len(hosts) == 1:
            raise errors[0]
        each = (f"{host}: {error}" for (host, _), error in zip(hosts, errors, strict=True))
        raise OSError("; ".join(each).replace("\n", " ")) from errors[-1]

    async def _connect(self, host: str | None, port: int | None) -> PostgresConnection:
        address = self._address
        options = dict(address.options)
        session = {name: options.pop(name) for name in SESSION_OPTIONS & options.keys()}
        for name in _FILES & options.keys():
            if not os.access(options[name], os.R_OK):
                raise FileNotFoundError(
                    f"{name}: {options[name]} is not there, or this account may not read it"
                )
        # What is left out is looked for in the environment.
        place: dict[str, Any] = {
            "host": host,
            "port": port,
            "user": address.user,
            "password": address.password,
        }
        try:
            return await asyncpg.connect(
                f"postgresql:///?{urlencode(options)}" if options else "postgresql:///",
                database=address.database,
                timeout=CONNECT_SECONDS,
                command_timeout=self._statement_seconds,
                server_settings={"application_name": _NAME} | session,
                **place,
            )
        except TimeoutError as error:
            raise NotAnswered(CONNECT_SECONDS) from error

    async def check_pooling(self) -> None:
        """PooledByTransaction if a connection is not the same one from one transaction to the next."""
        one = await self.connect()
        try:
            other = await self.connect()
            try:
                await _check_apart(one, other)
            except asyncpg.PostgresError as error:
                raise (PooledByTransaction() if is_pooled(error) else error) from None
            finally:
                other.terminate()
        finally:
            one.terminate()


async def _check_apart(one: PostgresConnection, other: PostgresConnection) -> None:
    async with asyncio.timeout(CONNECT_SECONDS):
        process = await one.fetchval(_PROCESS)
        # A pooler gives the connection that was used last to whoever comes next.
        async with other.transaction():
            if process == await other.fetchval(_PROCESS) or process != await one.fetchval(_PROCESS):
                raise PooledByTransaction
