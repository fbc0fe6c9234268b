"""One runner at a time on a database.

The lock is an advisory one, on a connection that does nothing else, and it is polled: a session
that waits inside pg_advisory_lock() holds a snapshot, which deadlocks with CREATE INDEX
CONCURRENTLY. The working connection takes a second lock, because the server goes on with a
statement whose client was killed, and the next runner must not begin before it ends.

Errors:
    Busy `locked`       another runner did not end in time; says which
    Refused `pooler`    the URL is a pooler's
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from agents.migration.errors import Busy
from agents.migration.history import Table
from agents.migration.session import Connection, connect, pooler, redacted

WAIT = 300.0
"""Seconds to wait for another runner."""
POLL = (0.03, 0.5)
"""Seconds between looks: the first, and the longest."""

_HOLDER = """
select a.pid, a.application_name, a.client_addr::text, a.usename::text,
       extract(epoch from now() - a.backend_start)::float8 as age
from pg_locks l join pg_stat_activity a using (pid)
where l.locktype = 'advisory' and l.granted and l.objsubid = 1
  and l.database = (select oid from pg_database where datname = current_database())
  and l.classid = (($1::bigint >> 32) & 4294967295)::oid
  and l.objid = ($1::bigint & 4294967295)::oid
"""


def key(table: Table, part: str = "runner") -> int:
    """The number that stands for a history's lock."""
    digest = hashlib.sha256(f"genesis migrate {part} {table.schema}.{table.name}".encode())
    return int.from_bytes(digest.digest()[:8], signed=True)


@asynccontextmanager
async def locked(
    url: str, work: Connection, table: Table, *, wait: float = WAIT
) -> AsyncIterator[Connection]:
    """Hold the lock while the context lasts; yields the connection that holds it."""
    async with connect(url, application_name="genesis migrate (lock)") as holder:
        if await is_pooled(holder) or await is_pooled(work):
            raise pooler(url)
        if holder.get_server_version().major >= 14:  # noqa: PLR2004
            # It says nothing for as long as the work takes.
            await holder.execute("set idle_session_timeout = 0")
        await acquire(holder, key(table), wait, url)
        await acquire(work, key(table, "worker"), wait, url)
        yield holder
        # After an error both connections end, and the locks with them.
        await work.execute(f"select pg_advisory_unlock({key(table, 'worker')})")


async def is_pooled(connection: Connection) -> bool:
    """Whether a pooler stands between: it gives its clients process ids of its own making."""
    return bool(await connection.fetchval("select pg_backend_pid()") != connection.get_server_pid())


async def acquire(connection: Connection, number: int, wait: float, url: str) -> None:
    """Take an advisory lock by asking again and again. Raises Busy after `wait` seconds."""
    deadline = asyncio.get_running_loop().time() + wait
    pause, longest = POLL
    while not await connection.fetchval("select pg_try_advisory_lock($1)", number):
        if asyncio.get_running_loop().time() > deadline:
            raise await _busy(connection, number, wait, url)
        await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311  only spreads them
        pause = min(pause * 1.5, longest)


async def _busy(connection: Connection, number: int, wait: float, url: str) -> Busy:
    row = await connection.fetchrow(_HOLDER, number)
    who = "it has just ended"
    if row is not None:
        where = f" from {row['client_addr']}" if row["client_addr"] else ""
        who = (
            f"server process {row['pid']} ({row['application_name']}, {row['usename']}{where}, "
            f"for {row['age']:.0f} s)"
        )
    return Busy(
        "locked",
        f"{redacted(url)}: another runner did not end within {wait:g} s: {who}; nothing was run",
        hint="wait for it and ask again, or give it longer with --lock-wait",
    )
