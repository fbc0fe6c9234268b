"""Which apps may send signals, by the number and key of a DSN, by their names, or by what
clients of analytics call them.

An app is known as long as it is monitored. What was read is kept, so that a database that is away
changes nothing for apps that were there before.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

import asyncpg
import structlog
from msgspec import Struct

from agents import signals
from agents.monitoring import store
from agents.monitoring.ingest.exchange import Refused
from agents.monitoring.store import TRANSIENT
from bus.settings import Settings

log = structlog.get_logger()

FRESH = 30.0
"""Seconds for which what was read counts."""
AGAIN = 1.0
"""Seconds after which an app that was not there is looked for again."""


LARGEST_NUMBER = 10
"""Digits of the largest number that a project can have."""


def number(given: str) -> int:
    """A project's number, as an address names it. Raises Refused."""
    if not (given.isascii() and given.isdigit() and len(given) <= LARGEST_NUMBER):
        raise Refused(403, "no app has this project and key")
    return int(given)


class Known(Struct, frozen=True):
    """A project, where its app is, and the origins that may send (empty: any)."""

    project: signals.Project
    url: str
    origins: tuple[str, ...] = ()

    def allows(self, origin: str) -> bool:
        """Whether a page of this origin may send; a server has none."""
        if not origin or not self.origins:
            return True
        return origin in self.origins or origin == _origin(self.url)


class Projects:
    """The apps that are known, read anew when that is old or one is missing."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._by_number: Mapping[int, Known] = {}
        self._by_name: Mapping[tuple[str, str], Known] = {}
        self._by_call: Mapping[str, Known] = {}
        self._read_at: float | None = None
        self._tried_at = float("-inf")
        self._reading = asyncio.Lock()

    async def keyed(self, number: int, key: str, origin: str = "") -> signals.Project:
        """The project with this number, for whoever shows its key. Raises Refused."""
        known = await self._find(lambda: self._by_number.get(number))
        if known is None or not hmac.compare_digest(known.project.key.encode(), key.encode()):
            raise Refused(403, "no app has this project and key")
        return _allowed(known, origin)

    async def named(self, app: str, environment: str, origin: str = "") -> signals.Project:
        """The project of an app. Raises Refused."""
        known = await self._find(lambda: self._by_name.get((app, environment)))
        if known is None:
            raise Refused(403, "no such app is monitored")
        return _allowed(known, origin)

    async def called(self, name: str, origin: str = "") -> signals.Project:
        """The project with this key, or of the app at this host, if it is the only one there.

        Analytics have one name for a site and no number. Raises Refused.
        """
        known = await self._find(lambda: self._by_call.get(name))
        if known is None:
            raise Refused(403, "no app that is monitored has this key or host")
        return _allowed(known, origin)

    async def known(self) -> tuple[Known, ...]:
        """All of them."""
        await self._find(lambda: None)
        return tuple(self._by_name.values())

    async def _find(self, look: Callable[[], Known | None]) -> Known | None:
        found, now = look(), self._clock()
        old = self._read_at is None or now - self._read_at > FRESH
        if (old or found is None) and now - self._tried_at > AGAIN:
            async with self._reading:
                if self._clock() - self._tried_at > AGAIN:
                    await self._read()
            found = look()
        if found is None and self._read_at is None:
            raise Refused(503, "the database is away", (("retry-after", "5"),))
        return found

    async def _read(self) -> None:
        try:
            rows = await _rows(self._settings.database_url.reveal())
        except TRANSIENT as error:
            log.warning("which apps may send signals cannot be read", error=str(error))
        else:
            self._keep(rows)
            self._read_at = self._clock()
        finally:
            self._tried_at = self._clock()

    def _keep(self, rows: list[asyncpg.Record]) -> None:
        known = []
        for row in rows:
            project = signals.project(self._settings, row["app"], row["environment"])
            if project is not None:
                known.append(Known(project, row["url"], tuple(row["origins"] or ())))
        self._by_number = {one.project.number: one for one in known}
        self._by_name = {(one.project.app, one.project.environment): one for one in known}
        hosts = [(host, one) for one in known for host in _hosts(one.url)]
        times = Counter(host for host, _ in hosts)
        self._by_call = {host: one for host, one in hosts if times[host] == 1}
        self._by_call |= {one.project.key: one for one in known}


async def _rows(url: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url, timeout=5, command_timeout=5)
    try:
        return list(
            await connection.fetch(
                """select m.app, m.environment, m.url, o.origins from monitoring.monitors m
                   left join monitoring.signal_origins o using (app, environment)
                   where m.pipeline <> ''"""
            )
        )
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        # Nothing was ever monitored.
        return []
    finally:
        connection.terminate()


async def set_origins(
    settings: Settings, app: str, environment: str, origins: Sequence[str]
) -> None:
    """Let only pages of these origins and the app's own send its signals; none: any page.

    Raises asyncpg's errors and OSError.
    """
    async with store.connected(settings.database_url.reveal()) as connection:
        await connection.execute(
            """insert into monitoring.signal_origins (app, environment, origins)
               values ($1, $2, $3)
               on conflict (app, environment) do update set origins = excluded.origins""",
            app, environment, list(origins),
        )  # fmt: skip


def _allowed(known: Known, origin: str) -> signals.Project:
    if not known.allows(origin):
        raise Refused(403, f"pages of {origin[:200]} may not send signals of this app")
    return known.project


def _hosts(url: str) -> set[str]:
    """What a site is called by who sees its address: with its port and without."""
    parts = urlsplit(url)
    return {parts.netloc.lower(), parts.hostname or ""} - {""}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
