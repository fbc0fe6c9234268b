"""A temporary PostgreSQL database for an app's tests, with an owner and a role that logs in.

The tests run as the app will: as a role that owns nothing and cannot bypass row-level
security. Database and roles are dropped afterwards, also those that a killed run of the same
pipeline left.

Errors:
    AgentError `database_not_configured`   APP_DATABASE_URL is not set
    AgentError `database_unreachable`      nobody answers there, or refuses; retryable
    MigrationBroken                        a file cannot be applied or taken back; says which
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TypeAlias
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
from msgspec import Struct

from agents.work import AgentError

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
_PARTS = re.compile(
    r"^--[ \t]*migrate:up[ \t]*$(?P<up>.*?)^--[ \t]*migrate:down[ \t]*$(?P<down>.*)",
    re.MULTILINE | re.DOTALL,
)
_REFUSED = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)


class MigrationBroken(Exception):
    """A migration does not do what it must."""


class Temporary(Struct, frozen=True, kw_only=True):
    """DSNs of the same database: for the owner of the tables, and for the app. Secret."""

    owner: str
    app: str


@contextlib.asynccontextmanager
async def temporary(admin: str, pipeline: str) -> AsyncIterator[Temporary]:
    """A new empty database, dropped when the context ends."""
    if not admin:
        raise AgentError(
            "database_not_configured",
            "The app's tests need a PostgreSQL; APP_DATABASE_URL is not set. Nothing was built.",
            hint="set APP_DATABASE_URL to an account that may create databases and roles",
        )
    prefix = f"genesis_verify_{pipeline}_"
    name = prefix + secrets.token_hex(4)
    connection = await _connect(admin)
    try:
        try:
            async with _alone(connection, prefix):
                await _drop(connection, prefix)
                database = await _create(connection, admin, name)
            yield database
        finally:
            async with _alone(connection, prefix):
                await _drop(connection, name)
    finally:
        await connection.close(timeout=5)


@contextlib.asynccontextmanager
async def temporaries(admin: str, pipeline: str, count: int) -> AsyncIterator[Sequence[Temporary]]:
    """As many new empty databases, made and dropped at the same time.

    One dropped before another would have PostgreSQL write all of the other to the disk first.
    """
    stacks = [contextlib.AsyncExitStack() for _ in range(count)]
    making = [
        asyncio.create_task(
            stack.enter_async_context(temporary(admin, f"{pipeline}{number or ''}"))
        )
        for number, stack in enumerate(stacks)
    ]
    try:
        yield await asyncio.gather(*making)
    finally:
        for each in making:
            # What has been told once is dropping what it made.
            if not each.cancelling():
                each.cancel()
        await asyncio.gather(*making, return_exceptions=True)
        await asyncio.gather(*(stack.aclose() for stack in stacks))


@contextlib.asynccontextmanager
async def _alone(connection: Connection, prefix: str) -> AsyncIterator[None]:
    """No other run of the pipeline makes or drops meanwhile; it may be one on another machine."""
    await connection.execute("select pg_advisory_lock(hashtextextended($1, 0))", prefix)
    try:
        yield
    finally:
        await connection.execute("select pg_advisory_unlock(hashtextextended($1, 0))", prefix)


async def _connect(dsn: str) -> Connection:
    try:
        return await asyncpg.connect(dsn, timeout=10)
    except _REFUSED as error:
        raise AgentError(
            "database_unreachable",
            f"The PostgreSQL of APP_DATABASE_URL cannot be used: {type(error).__name__}: {error}."
            " Nothing was built.",
            hint="start it, or correct APP_DATABASE_URL, and try again", retryable=True,
        ) from None  # fmt: skip


async def _create(connection: Connection, admin: str, name: str) -> Temporary:
    dsns = {}
    for role in (f"{name}_owner", f"{name}_app"):
        password = secrets.token_hex(16)
        await connection.execute(f"create role {role} login password '{password}'")
        dsns[role] = dsn_for(admin, role, password, name)
    # Without a superuser, a database can be given only to a role that one is a member of.
    await connection.execute(f"grant {name}_owner to current_user")
    await connection.execute(f"create database {name} owner {name}_owner")
    # Nothing in it outlives the check, so a commit need not wait for the disk.
    await connection.execute(f"alter database {name} set synchronous_commit = off")
    # Its tables are too small for one plan to be better than another.
    await connection.execute(f"alter database {name} set plan_cache_mode = force_generic_plan")
    await connection.execute(f"revoke all on database {name} from public")
    await connection.execute(f"grant connect on database {name} to {name}_app")
    return Temporary(owner=dsns[f"{name}_owner"], app=dsns[f"{name}_app"])


async def _drop(connection: Connection, prefix: str) -> None:
    like = prefix.replace("_", r"\_") + "%"
    for row in await connection.fetch(
        "select datname from pg_database where datname like $1", like
    ):
        await connection.execute(f'drop database if exists "{row[0]}" with (force)')
    for row in await connection.fetch("select rolname from pg_roles where rolname like $1", like):
        await connection.execute(f'drop role if exists "{row[0]}"')


def dsn_for(admin: str, role: str, password: str, database: str) -> str:
    """The DSN of another role and database on the same server."""
    parts = urlsplit(admin)
    host = parts.netloc.rpartition("@")[2]
    user = f"{quote(role, safe='')}:{quote(password, safe='')}@{host}"
    return urlunsplit(("postgresql", user, f"/{quote(database, safe='')}", parts.query, ""))


async def apply(database: Temporary, migrations: Mapping[str, str]) -> str:
    """Apply every file, take all back, apply them again; says what was done.

    So that what a deployment may have to take back has been taken back once.
    """
    sections = _sections(migrations)
    async with _owner(database) as connection:
        await _up(connection, sections)
        for file in reversed(list(sections)):
            await _execute(connection, file, "taken back", sections[file][1])
        await _check_empty(connection)
        await _up(connection, sections)
    return f"{len(sections)} applied, taken back, and applied again"


async def apply_once(database: Temporary, migrations: Mapping[str, str]) -> None:
    """Apply every file. Raises MigrationBroken."""
    sections = _sections(migrations)
    async with _owner(database) as connection:
        await _up(connection, sections)


def _sections(migrations: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """What leads up and what leads down, by file in its order."""
    sections = {}
    for file in sorted(migrations):
        parts = _PARTS.search(migrations[file])
        if parts is None:
            raise MigrationBroken(f"{file} lacks `-- migrate:up` or `-- migrate:down`")
        sections[file] = (parts["up"], parts["down"])
    return sections


@contextlib.asynccontextmanager
async def _owner(database: Temporary) -> AsyncIterator[Connection]:
    """A connection of the tables' owner, who has let the app use what will be made."""
    connection: Connection = await asyncpg.connect(database.owner, timeout=10)
    try:
        await _grant(connection, urlsplit(database.app).username or "")
        yield connection
    finally:
        await connection.close(timeout=5)


async def _grant(connection: Connection, role: str) -> None:
    await connection.execute(
        f"grant usage on schema public to {role};"
        f" alter default privileges grant select, insert, update, delete on tables to {role};"
        f" alter default privileges grant usage, select on sequences to {role};"
        f" alter default privileges grant execute on functions to {role}"
    )


async def _up(connection: Connection, sections: Mapping[str, tuple[str, str]]) -> None:
    for file, (up, _) in sections.items():
        await _execute(connection, file, "applied", up)


async def _execute(connection: Connection, file: str, what: str, sql: str) -> None:
    try:
        async with connection.transaction():
            await connection.execute(sql)
    except asyncpg.PostgresError as error:
        raise MigrationBroken(f"{file} cannot be {what}: {error}") from None


async def _check_empty(connection: Connection) -> None:
    left = await connection.fetch(
        "select relname as name from pg_class where relnamespace = 'public'::regnamespace"
        " union all select proname from pg_proc where pronamespace = 'public'::regnamespace"
    )
    if left:
        names = ", ".join(row["name"] for row in left[:10])
        raise MigrationBroken(f"taken back, the migrations leave behind: {names}")
