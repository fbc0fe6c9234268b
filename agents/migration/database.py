"""An app's database and its two roles, and connections that give up in time.

The owner role owns the database and what the migrations make, and cannot log in. The login
role is the app's own: it may use what there is, change nothing of it, and is subject to
row-level security.

Errors:
    Retry                          the server is away, full or busy: it may pass
    AgentError `not_configured`    APP_DATABASE_URL or APP_DATABASE_SECRET is missing
    AgentError `database_refused`  the server refuses our account
    AgentError `foreign_database`  a database or role of that name is not ours
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg
from msgspec import Struct

from agents.migration.identifiers import quoted
from agents.migration.session import GONE, Connection, is_lost
from agents.work import AgentError
from bus.errors import Retry
from bus.settings import Settings
from contracts.naming import database_name, role_password

LOCK_TIMEOUT = 5.0
STATEMENT_TIMEOUT = 300.0
IDLE_TIMEOUT = 60.0
"""Seconds that a statement waits for a lock, runs, and that a transaction stays silent."""
CONNECT_TIMEOUT = 10.0
LOCK_WAIT = 10.0
LOCK_POLL = 0.1
"""Seconds to wait for another run on the same database, and between looks."""

TRANSIENT = frozenset({
    "53300", "55P03", "55006", "40P01", "40001", "57P01", "57P02", "57P03", "57P05", "08000",
    "08001", "08003", "08004", "08006", "25P03",
})  # fmt: skip
"""SQLSTATEs of what may pass: too many connections, locks, deadlocks, a server that restarts."""


class Names(Struct, frozen=True):
    """How an app's database and roles are called."""

    database: str
    login: str
    owner: str


def names(app: str, environment: str) -> Names:
    """The names for an app in an environment; at most 62 characters, as PostgreSQL wants."""
    database = database_name(app, environment)
    return Names(database, database, f"{database}_owner")


@contextmanager
def patient(doing: str) -> Iterator[None]:
    """Turn what may pass into Retry, and a refusal into an AgentError that says so."""
    try:
        yield
    except asyncpg.InvalidAuthorizationSpecificationError as error:
        raise AgentError(
            "database_refused",
            f"{doing}: PostgreSQL refuses the account of APP_DATABASE_URL ({error.sqlstate}); "
            "nothing was changed",
            hint="correct the account or its password in APP_DATABASE_URL",
        ) from None
    except asyncpg.PostgresError as error:
        if error.sqlstate in TRANSIENT:
            raise Retry(f"{doing}: {error} ({error.sqlstate})", after=2.0) from error
        raise
    except GONE as error:
        if not is_lost(error):
            raise
        raise Retry(f"{doing}: PostgreSQL cannot be reached: {error}", after=2.0) from error


@asynccontextmanager
async def connection(settings: Settings, database: str | None = None) -> AsyncIterator[Connection]:
    """A connection of the administrator, to the server's own database unless told otherwise."""
    dsn = settings.app_database_url.reveal()
    if not dsn or not settings.app_database_secret:
        raise AgentError(
            "not_configured",
            "APP_DATABASE_URL or APP_DATABASE_SECRET is not set; no database was touched",
            hint="set both for the migration agent, or let `genesis up` do it",
        )
    found = await asyncpg.connect(
        dsn,
        database=database,
        timeout=CONNECT_TIMEOUT,
        statement_cache_size=0,
        server_settings={
            "application_name": "genesis migration",
            "lock_timeout": f"{LOCK_TIMEOUT}s",
            "statement_timeout": f"{STATEMENT_TIMEOUT}s",
            "idle_in_transaction_session_timeout": f"{IDLE_TIMEOUT}s",
            "tcp_keepalives_idle": "30",
        },
    )
    try:
        yield found
    finally:
        # Closing politely would wait for a server that may not answer any more.
        found.terminate()


@asynccontextmanager
async def locked(settings: Settings, database: str) -> AsyncIterator[Connection]:
    """The administrator's connection, while nobody else works on `database`.

    Polls: a session that waits inside pg_advisory_lock() holds a snapshot, which deadlocks
    with CREATE INDEX CONCURRENTLY. The lock ends with the connection. Raises Retry.
    """
    digest = hashlib.sha256(f"genesis migration {database}".encode()).digest()
    key = int.from_bytes(digest[:8], signed=True)
    async with connection(settings) as admin:
        deadline = asyncio.get_running_loop().time() + LOCK_WAIT
        while not await admin.fetchval("select pg_try_advisory_lock($1)", key):
            if asyncio.get_running_loop().time() > deadline:
                raise Retry(f"another run is working on the database {database}", after=2.0)
            await asyncio.sleep(LOCK_POLL)
        yield admin


async def ensure(admin: Connection, names: Names, settings: Settings) -> None:
    """Make the roles and the database where they are missing; call it under the lock."""
    if await is_foreign(admin, names):
        raise AgentError(
            "foreign_database",
            f"the database {names.database} exists and does not belong to {names.owner}; "
            "it was left as it is",
            hint="choose another app name, or move that database away",
        )
    await _ensure_role(admin, names.owner, "nologin")
    await _ensure_role(admin, names.login, "login")
    password = role_password(settings.app_database_secret.reveal(), names.login)
    await admin.execute(
        f"alter role {quoted(names.login)} login password '{scram_verifier(password)}'"
    )
    if await admin.fetchval("select not rolsuper from pg_roles where rolname = current_user"):
        await admin.execute(f"grant {quoted(names.owner)} to current_user")
    if await _owner(admin, names.database) is None:
        await admin.execute(
            f"create database {quoted(names.database)} owner {quoted(names.owner)}"
            " template template0 encoding 'UTF8'"
        )


async def is_foreign(admin: Connection, names: Names) -> bool:
    """Whether the database exists and belongs to somebody else."""
    return await _owner(admin, names.database) not in (None, names.owner)


async def _owner(admin: Connection, database: str) -> str | None:
    owner: str | None = await admin.fetchval(
        "select pg_get_userbyid(datdba) from pg_database where datname = $1", database
    )
    return owner


async def grant(connection: Connection, names: Names) -> None:
    """In the app's database: who may do what with it and with what the migrations will make."""
    owner, login = quoted(names.owner), quoted(names.login)
    default = f"alter default privileges for role {owner} grant"
    await connection.execute(
        f"""
        begin;
        revoke all on database {quoted(names.database)} from public;
        grant connect, temporary on database {quoted(names.database)} to {login};
        revoke create on schema public from public;
        {default} select, insert, update, delete on tables to {login};
        {default} usage, select, update on sequences to {login};
        {default} execute on functions to {login};
        {default} usage on schemas to {login};
        commit;
        """
    )


async def _ensure_role(admin: Connection, role: str, login: str) -> None:
    row = await admin.fetchrow(
        "select rolsuper or rolbypassrls or rolcreaterole or rolreplication as mighty"
        " from pg_roles where rolname = $1",
        role,
    )
    if row is None:
        await admin.execute(
            f"create role {quoted(role)} {login} nosuperuser nocreatedb nocreaterole"
            " noreplication nobypassrls"
        )
    elif row["mighty"]:
        raise AgentError(
            "foreign_database",
            f"the role {role} exists with rights that no app may have; it was left as it is",
            hint=f"drop the role {role}, or take its special rights away",
        )


def scram_verifier(password: str, *, iterations: int = 4096) -> str:
    """What PostgreSQL stores of a password, so that the password itself is never sent or logged."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    client = hmac.digest(salted, b"Client Key", "sha256")
    server = hmac.digest(salted, b"Server Key", "sha256")
    stored = hashlib.sha256(client).digest()
    salt64, stored64, server64 = (
        base64.b64encode(part).decode() for part in (salt, stored, server)
    )
    return f"SCRAM-SHA-256${iterations}:{salt64}${stored64}:{server64}"
