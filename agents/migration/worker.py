"""What everything that runs a migration is given, and how locks that do not come are retried."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

import asyncpg

from agents.migration.failures import TRANSIENT
from agents.migration.history import Table
from agents.migration.progress import Observer, Progress, silent
from agents.migration.records import Actor
from agents.migration.session import GONE, LOCK_TIMEOUT, Connection

T = TypeVar("T")
Guard = Callable[[Connection], Awaitable[None]]
Fingerprint = Callable[[Connection], Awaitable[str]]

RETRIES = 5
BACKOFF = (0.25, 8.0)
"""Seconds before the second attempt, and at most before any."""

_BLOCKERS = """
select a.pid, a.usename::text, a.application_name, a.state, left(a.query, 60) as query,
       extract(epoch from now() - a.xact_start)::float8 as age
from unnest(pg_blocking_pids($1)) as b(pid) join pg_stat_activity a on a.pid = b.pid
order by a.xact_start limit 3
"""


@dataclass(frozen=True, kw_only=True)
class Worker:
    """The working connection and all that a run needs besides.

    `holder` is the lock's connection, which is free to look who is in the way. `role` runs the
    statements, `guard` runs first in each transaction and may raise, `fingerprint` is None when
    the run takes it only at its ends.
    """

    connection: Connection
    table: Table
    actor: Actor
    holder: Connection | None = None
    role: str | None = None
    guard: Guard | None = None
    fingerprint: Fingerprint | None = None
    observer: Observer = silent
    per_statement: bool = False
    retries: int = RETRIES
    lock_timeout: float = LOCK_TIMEOUT
    randomness: random.Random = field(default_factory=random.Random)


class LockNeverCame(Exception):
    """Every attempt ended in 55P03 or 40P01; `blockers` says what stood in the way."""

    def __init__(self, error: asyncpg.PostgresError, attempts: int, blockers: str) -> None:
        super().__init__(str(error))
        self.error = error
        self.attempts = attempts
        self.blockers = blockers


async def patiently(worker: Worker, attempt: Callable[[], Awaitable[T]], migration: str) -> T:
    """Run a whole transaction, again after a lock or deadlock, with growing random pauses.

    `attempt` must leave no transaction open when it raises. Raises LockNeverCame.
    """
    pause, longest = BACKOFF
    blockers = ""
    for number in range(1, worker.retries + 2):
        watch = _Watch(worker)
        try:
            return await attempt()
        except asyncpg.PostgresError as error:
            if error.sqlstate not in TRANSIENT:
                raise
            blockers = watch.seen or blockers
            if number > worker.retries:
                raise LockNeverCame(error, number, blockers) from error
            await worker.observer(_retry(migration, error, blockers))
            await asyncio.sleep(worker.randomness.uniform(pause / 2, pause))
            pause = min(pause * 2, longest)
        finally:
            await watch.end()
    raise AssertionError  # pragma: no cover  the loop returns or raises


def _retry(name: str, error: asyncpg.PostgresError, blockers: str) -> Progress:
    why = "a deadlock" if error.sqlstate == "40P01" else "a lock did not come in time"
    who = f" ({blockers})" if blockers else ""
    return Progress(kind="retry", direction="up", name=name, text=f"{why}{who}; trying again")


class _Watch:
    """Looks once who blocks the working connection, shortly before its wait ends."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.seen = ""
        self.task: asyncio.Task[None] | None = None
        self.timer: asyncio.TimerHandle | None = None
        if worker.holder is not None and worker.lock_timeout:
            loop = asyncio.get_running_loop()
            self.timer = loop.call_later(worker.lock_timeout * 0.6, self._begin)

    def _begin(self) -> None:
        self.task = asyncio.create_task(self._look())

    async def _look(self) -> None:
        assert self.worker.holder is not None
        process = self.worker.connection.get_server_pid()
        # What it finds only serves an error's text; that error is told without it.
        with suppress(asyncpg.PostgresError, *GONE):
            rows = await self.worker.holder.fetch(_BLOCKERS, process)
            self.seen = "; ".join(
                f"blocked by process {row['pid']} of {row['usename']} ({row['application_name']}, "
                f"{row['state']} for {row['age'] or 0:.0f} s: {row['query']})"
                for row in rows
            )

    async def end(self) -> None:
        """Look no more."""
        if self.timer is not None:
            self.timer.cancel()
        if self.task is not None:
            await self.task
