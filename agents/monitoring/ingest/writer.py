"""Rows of all parts to PostgreSQL: many requests' rows in one transaction, in bounded memory.

A batch is one unit from when it is made: it is tried until it is stored, and its number, which is
kept in the same transaction, says whether it already is when a commit's outcome was lost.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

import asyncpg
import structlog

from agents.monitoring import store
from agents.monitoring.ingest.exchange import MIB, Refused
from bus import metering

log = structlog.get_logger()

Sink = Callable[[asyncpg.Connection, Sequence[Any], float], Awaitable[None]]
"""Writes rows in the transaction that is open; the last argument is now."""

MOST_BATCH = 500
"""Rows after which a batch is full."""
MOST_ROWS = 20_000
MOST_BYTES = 64 * MIB
"""What may wait; more is refused."""
PATIENCE = 5.0
"""Seconds that a request waits for its rows to get into a batch."""
LONGEST = 20.0
"""Seconds that it waits in all."""
AWAY = 1.0
"""Seconds until a database that is away is tried again."""
SWEEP = 0.1
"""Seconds between looks for those that waited long enough."""

PASSING = (
    *store.TRANSIENT,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.UndefinedTableError,
    # What asyncpg says when the connection goes in the middle of COMMIT.
    asyncpg.InternalClientError,
)
"""What passes by itself, or when somebody mends the database; the rows are not to blame."""


class _Entry:
    """The rows of one request."""

    def __init__(self, parts: Sequence[tuple[Sink, Sequence[Any]]], size: int) -> None:
        self.parts = parts
        self.rows = sum(len(rows) for _, rows in parts)
        self.size = size
        self.stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.since = asyncio.get_running_loop().time()
        self.alone = False

    def refuse(self, why: Refused) -> None:
        """Nothing came of it, as far as whoever waits is concerned."""
        if not self.stored.done():
            self.stored.set_exception(why)


class Writer:
    """A queue of rows, and the one connection that stores them while `run` runs."""

    def __init__(
        self,
        url: str,
        *,
        now: Callable[[], float] = time.time,
        most_rows: int = MOST_ROWS,
        most_bytes: int = MOST_BYTES,
        patience: float = PATIENCE,
    ) -> None:
        self._url = url
        self._now = now
        self._most_rows = most_rows
        self._most_bytes = most_bytes
        self._patience = patience
        self._id = uuid4()
        self._number = 0
        self._queue: deque[_Entry] = deque()
        self._batch: list[_Entry] = []
        self._rows = 0
        self._bytes = 0
        self._some = asyncio.Event()
        self._away = False

    async def store(self, sink: Sink, rows: Sequence[Any], size: int) -> None:
        """Return when the rows are committed; `size` is about what they hold in bytes.

        Raises Refused: 429 when too many wait, 503 when the database stays away, 400 when the
        database does not take them, 500 when the sink breaks.
        """
        await self.store_all({sink: rows}, size)

    async def store_all(self, parts: Mapping[Sink, Sequence[Any]], size: int) -> None:
        """As `store`, for rows of several sinks: all or none of them."""
        entry = _Entry([(sink, rows) for sink, rows in parts.items() if rows], size)
        if not entry.rows:
            return
        if self._rows + entry.rows > self._most_rows or self._bytes + size > self._most_bytes:
            raise Refused(429, "too much waits to be stored", (("retry-after", "10"),))
        self._queue.append(entry)
        self._take(entry.rows, size)
        self._some.set()
        await entry.stored

    async def _expire(self) -> None:
        """Tell those that waited long enough; who comes first waits longest."""
        while True:
            await asyncio.sleep(min(SWEEP, self._patience))
            now = asyncio.get_running_loop().time()
            while self._queue and now - self._queue[0].since > self._patience:
                self._release(self._queue[0])
                self._queue.popleft().refuse(_away())
            for entry in self._batch:
                if now - entry.since > LONGEST:
                    # It is stored as soon as it can be, but nobody waits for that.
                    entry.refuse(_away())

    def _take(self, rows: int, size: int) -> None:
        self._rows += rows
        self._bytes += size
        if (meter := metering.meter()) is not None:
            meter.waiting(self._rows, self._bytes)

    def _release(self, entry: _Entry) -> None:
        self._take(-entry.rows, -entry.size)

    async def run(self, stop: asyncio.Event) -> None:
        """Store what comes until `stop`, and then what is there, if the database is."""
        stopping = asyncio.ensure_future(stop.wait())
        expiring = asyncio.create_task(self._expire())
        try:
            while not stop.is_set():
                try:
                    async with store.connected(self._url) as connection:
                        self._back()
                        await self._go(connection, stopping)
                except PASSING as error:
                    self._gone(error)
                    await asyncio.wait({stopping}, timeout=AWAY)
        finally:
            stopping.cancel()
            expiring.cancel()
            for entry in (*self._queue, *self._batch):
                entry.refuse(_away())

    def _back(self) -> None:
        if self._away:
            log.info("signals are stored again")
        self._away = False

    def _gone(self, error: BaseException) -> None:
        if not self._away:
            log.warning("signals wait for their database", error=str(error))
        self._away = True

    async def _go(self, connection: asyncpg.Connection, stopping: asyncio.Future[Any]) -> None:
        while self._batch or self._queue or not stopping.done():
            if not self._batch and not self._queue:
                self._some.clear()
                waiting = asyncio.ensure_future(self._some.wait())
                await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                continue
            if not self._batch:
                self._fill()
            await self._store_batch(connection)

    def _fill(self) -> None:
        size = 0
        self._number += 1
        while self._queue and size < MOST_BATCH:
            entry = self._queue.popleft()
            size += entry.rows
            self._batch.append(entry)
            if entry.alone or (self._queue and self._queue[0].alone):
                break

    async def _store_batch(self, connection: asyncpg.Connection) -> None:
        try:
            await self._commit(connection, self._batch)
        except PASSING:
            raise
        except Exception as error:
            if connection.is_closed():
                # Whether it was committed is not known, so that it stays as it is.
                raise ConnectionResetError(str(error)) from error
            if len(self._batch) > 1:
                self._apart()
                return
            self._fail(self._batch.pop(), error)
        else:
            while self._batch:
                self._done(self._batch.pop())

    def _apart(self) -> None:
        """Something in the batch is not taken, and nothing of it was stored: find out what."""
        for entry in self._batch:
            entry.alone = True
        self._queue.extendleft(reversed(self._batch))
        self._batch = []

    async def _commit(self, connection: asyncpg.Connection, batch: list[_Entry]) -> None:
        async with connection.transaction():
            fresh = await connection.fetchval(
                """insert into monitoring.signal_writers as w (writer, batch, at)
                   values ($1, $2, now())
                   on conflict (writer) do update set batch = excluded.batch, at = now()
                   where w.batch < excluded.batch returning true""",
                self._id, self._number,
            )  # fmt: skip
            if not fresh:
                return
            rows: dict[Sink, list[Any]] = {}
            for entry in batch:
                for sink, some in entry.parts:
                    rows.setdefault(sink, []).extend(some)
            for sink, some in rows.items():
                await sink(connection, some, self._now())

    def _done(self, entry: _Entry) -> None:
        self._release(entry)
        if (meter := metering.meter()) is not None:
            meter.kept(entry.rows)
        if not entry.stored.done():
            entry.stored.set_result(None)

    def _fail(self, entry: _Entry, error: Exception) -> None:
        self._release(entry)
        if isinstance(error, asyncpg.PostgresError | asyncpg.DataError | ValueError):
            log.warning("signals that PostgreSQL does not take", error=str(error))
            said = Refused(400, "it cannot be stored")
        else:
            log.error("a sink of signals broke", exc_info=error)
            said = Refused(500, "it cannot be stored")
        entry.refuse(said)


def _away() -> Refused:
    return Refused(503, "the database is away", (("retry-after", "10"),))
