"""Connections that give up in time, and where a command's database is found.


    connect(url, …)                          a connection for as long as the context lasts
    told(…)                                  what the server or the network says, as our errors

Errors:
    InvalidInput `no_database` `bad_url` `bad_config` `no_environment`
    Unreachable `unreachable` `refused` `connection_lost`
    Refused `pooler`          a pooler that would lose locks and settings between transactions
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

from agents.migration.errors import InvalidInput, MigrationError, Refused, Unreachable

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

LOCK_TIMEOUT = 5.0
STATEMENT_TIMEOUT = 900.0
"""Seconds that a statement waits for a lock, and that it runs; 0 is for ever."""
IDLE_TIMEOUT = 300.0
CONNECT_TIMEOUT = 10.0
CANCEL_TIMEOUT = 3.0

_FOREIGN_PARAMETERS = frozenset({"connection_limit", "pool_timeout", "schema", "sslaccept"})
"""What other tools put into a URL and PostgreSQL does not know."""
GONE = (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What is raised, besides the server's own errors, when a connection is gone."""
_LOST = frozenset({"57P01", "57P02", "57P03", "57P05", "08000", "08003", "08006", "25P03"})


@asynccontextmanager
async def connect(
    url: str,
    *,
    lock_timeout: float = LOCK_TIMEOUT,
    statement_timeout: float = STATEMENT_TIMEOUT,
    application_name: str = "genesis migrate",
    database: str | None = None,
) -> AsyncIterator[Connection]:
    """A connection that waits at most these seconds. Raises Unreachable, Refused, InvalidInput."""
    connection = await opened(
        url, lock_timeout=lock_timeout, statement_timeout=statement_timeout,
        application_name=application_name, database=database,
    )  # fmt: skip
    try:
        yield connection
    except asyncio.CancelledError:
        # The request to stop the statement is on its way and must arrive.
        with suppress(asyncpg.PostgresError, *GONE, TimeoutError):
            await connection.close(timeout=CANCEL_TIMEOUT)
        raise
    finally:
        # Closing politely would wait for a server that may not answer any more.
        connection.terminate()


async def opened(
    url: str,
    *,
    lock_timeout: float = LOCK_TIMEOUT,
    statement_timeout: float = STATEMENT_TIMEOUT,
    application_name: str = "genesis migrate",
    database: str | None = None,
) -> Connection:
    """A connection that the caller ends. Raises as `connect`."""
    settings = {
        "application_name": application_name,
        "lock_timeout": f"{round(lock_timeout * 1000)}ms",
        "statement_timeout": f"{round(statement_timeout * 1000)}ms",
        "idle_in_transaction_session_timeout": f"{round(IDLE_TIMEOUT * 1000)}ms",
        "tcp_keepalives_idle": "30",
    }
    with told(url):
        try:
            return await asyncpg.connect(
                cleaned(url), database=database, timeout=CONNECT_TIMEOUT, statement_cache_size=0,
                server_settings=settings,
            )  # fmt: skip
        except (asyncpg.ProtocolViolationError, asyncpg.ConnectionFailureError) as error:
            # PgBouncer's own words for a setting that it would lose.
            if "unsupported startup parameter" in str(error):
                raise pooler(url) from None
            raise


def pooler(url: str) -> Refused:
    """The refusal to migrate through a connection pooler."""
    return Refused(
        "pooler",
        f"{redacted(url)} is a connection pooler (such as PgBouncer), which loses locks and "
        "settings between transactions; nothing was run",
        hint="give the URL of the server itself with --database-url",
    )


@contextmanager
def told(url: str) -> Iterator[None]:
    """Turn what says that there is no usable server into our errors; those of statements pass."""
    try:
        yield
    except MigrationError:
        raise
    except (
        asyncpg.InvalidAuthorizationSpecificationError,
        asyncpg.InvalidCatalogNameError,
    ) as error:
        raise Unreachable(
            "refused", f"{redacted(url)}: the server refuses: {error} ({error.sqlstate}); "
            "nothing was run",
            hint="correct the account, its password or the database's name",
        ) from None  # fmt: skip
    except asyncpg.PostgresError as error:
        if not is_lost(error):
            raise
        raise lost(url, error) from error
    except (*GONE, ssl.SSLError) as error:
        if is_lost(error):
            raise lost(url, error) from error
        if isinstance(error, asyncpg.InterfaceError):
            raise _bad_url(url, error) from None
        raise


def is_lost(error: BaseException) -> bool:
    """Whether an error means that the connection is gone or never came to be."""
    if isinstance(error, asyncpg.PostgresError):
        return error.sqlstate in _LOST or isinstance(error, asyncpg.CannotConnectNowError)
    if isinstance(error, asyncpg.InterfaceError):
        return "closed" in str(error)
    if isinstance(error, asyncpg.InternalClientError):
        # The server's farewell came while nothing was asked, and its end is not seen yet.
        return "another operation (2)" in str(error)
    return isinstance(error, OSError)


def lost(url: str, error: BaseException) -> Unreachable:
    """The error of a server that cannot be reached, or is not there any more."""
    said = str(error) or type(error).__name__
    return Unreachable(
        "unreachable", f"{redacted(url)}: PostgreSQL cannot be reached: {said}",
        hint="start the server, or correct the URL; then ask again: it goes on where it stopped",
    )  # fmt: skip


def _bad_url(url: str, error: Exception) -> InvalidInput:
    return InvalidInput(
        "bad_url", f"{redacted(url)} cannot be used ({type(error).__name__}); nothing was run",
        hint="write postgresql://user:password@host:5432/database",
    )  # fmt: skip


def cleaned(url: str) -> str:
    """The URL as asyncpg takes it: without what only other tools know. Raises InvalidInput."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  raises when it is no number
    except ValueError as error:
        raise _bad_url("(the database's URL)", error) from None
    scheme = parts.scheme.partition("+")[0]
    if scheme not in {"postgres", "postgresql"}:
        raise _bad_url("(the database's URL)", ValueError(scheme))
    query = parse_qsl(parts.query, keep_blank_values=True)
    if ("pgbouncer", "true") in query:
        raise pooler(url)
    kept = [(key, value) for key, value in query if key not in _FOREIGN_PARAMETERS]
    return urlunsplit((scheme, parts.netloc, parts.path, urlencode(kept), ""))


def redacted(url: str) -> str:
    """The URL without its password and parameters."""
    try:
        parts = urlsplit(url)
        user = f"{parts.username}@" if parts.username else ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(the database's URL)"
    return (
        f"{parts.scheme}://{user}{parts.hostname or ''}{port}{parts.path}" if parts.scheme else url
    )
