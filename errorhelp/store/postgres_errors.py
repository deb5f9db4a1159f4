"""What PostgreSQL, its driver and what lies between say, as the reason why a store is unavailable."""

import ssl

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from errorhelp.store import StoreUnavailable

ERRORS = (DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, PoolTimeout)
"""What asking a database may raise."""

_POOLED = (
    "a pooler such as PgBouncer gives each transaction another connection",
    "let it pool sessions (pool_mode = session) for this database, or name the database itself in `store`",
)
_REACH = "check that it runs and can be reached, and that the address, user and password in `store` are right"
_SLOW = "look into its log and pg_stat_activity what it waits for"
_TLS = "check sslmode and sslrootcert in `store`, and the server's certificate and the name in it"
_RIGHTS = (
    "let the owner of the database make and change the tables, and give this role its rights: "
    "errorhelp store prepare ADDRESS --role ROLE"
)
# By SQLSTATE (postgresql.org/docs/current/errcodes-appendix.html), a class by its first two characters.
_REMEDIES = {
    "08": _REACH,
    "25006": (
        "this server takes no writes; name the primary, or all hosts with target_session_attrs=read-write"
    ),
    "28": "check the user in `store`, the password in PGPASSWORD or ~/.pgpass, and the server's pg_hba.conf",
    "3D000": "create the database, or name another one in `store`",
    "3F000": "create the schema that search_path names, as the owner of the database",
    "42501": _RIGHTS,
    "42P01": _RIGHTS,
    "53100": "free some space on the server's disk",
    "53300": "give the server or the role more connections, or run fewer nodes",
    "57P03": "wait until the server has started; if that lasts, read its log",
}
# What a server says that was given statements of somebody else's session.
_OF_ANOTHER_SESSION = {"42P05", "26000"}

# What PgBouncer says that gives each statement another connection.
_OF_STATEMENTS = "not allowed in statement pooling mode"


class PooledByTransaction(asyncpg.InterfaceError):
    """The connection is another one in each transaction: locks and notifications do not hold."""

    def __init__(self) -> None:
        super().__init__("each transaction has another connection")


class NotAnswered(TimeoutError):
    """There was no answer within some seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no answer within {seconds:g} seconds")


def is_pooled(error: BaseException) -> bool:
    """Whether the error comes of a pooler that gives each transaction another connection."""
    return (
        isinstance(error, PooledByTransaction)
        or _state_of(error) in _OF_ANOTHER_SESSION
        or _OF_STATEMENTS in str(error)
    )


def unavailable(where: str, error: BaseException) -> StoreUnavailable:
    """What an error means for whoever wanted something of the database `where`."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    if is_pooled(cause):
        return StoreUnavailable(where, *_POOLED)
    return StoreUnavailable(where, _first_line(cause), _remedy(cause))


def _remedy(error: BaseException) -> str:
    state = _state_of(error)
    if isinstance(error, ssl.SSLError):
        return _TLS
    if isinstance(error, TimeoutError) and not isinstance(error, NotAnswered):
        return _SLOW
    return _REMEDIES.get(state) or _REMEDIES.get(state[:2], _REACH)


def _state_of(error: BaseException) -> str:
    return getattr(error, "sqlstate", None) or ""


def _first_line(error: BaseException) -> str:
    """What the driver says, without the statement and its values."""
    text = str(error).strip().partition("\n")[0]
    if isinstance(error, TimeoutError) and not text:
        return "no answer in time"
    return text.rpartition(">: ")[2] or type(error).__name__
