"""The source maps that were uploaded: kept in PostgreSQL, the last ones used in memory.

A map is looked for once per minute and project when it is not there, and read on a thread, one
at a time; errors that come meanwhile wait. Without a database errors stay as they were served.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

import asyncpg
import structlog
import zstandard

from agents import signals
from agents.monitoring.errors.bundle import MOST_FILE, Map
from agents.monitoring.errors.frames import plain_debug_id
from agents.monitoring.errors.reading import Read
from agents.monitoring.errors.sourcemap import Original, SourceMap, Unreadable
from agents.monitoring.errors.symbolication import symbolicated
from agents.monitoring.ingest.exchange import MIB
from agents.monitoring.ingest.writer import PASSING

log = structlog.get_logger()

MOST_MEMORY = 96 * MIB
"""Bytes of maps that are kept in memory."""
MOST_KNOWN = 2_000
MISSING_FOR = 60.0
"""Seconds for which a map that is not there is not looked for again."""
MOST_MAPS = 20
"""Maps that one event may need."""

Name = tuple[str, str, str]
"""App, environment, debug id."""


class Maps:
    """Finds the maps of events."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._clock = clock
        self._known: OrderedDict[Name, tuple[SourceMap | None, float]] = OrderedDict()
        self._held = 0
        self._reading = asyncio.Lock()

    async def applied(self, project: signals.Project, read: Read) -> Read:
        """The event with original places, as far as its maps are there."""
        wanted = _wanted(read)
        if not wanted:
            return read
        found = {
            file: await self._map((project.app, project.environment, debug_id))
            for file, debug_id in wanted.items()
        }

        def find(file: str, line: int, column: int) -> Original | None:
            source_map = found.get(file)
            return source_map.original(line, column) if source_map else None

        event = symbolicated(read.event, find)
        return Read(event, read.fingerprint, read.template, read.who, read.maps)

    async def _map(self, name: Name) -> SourceMap | None:
        if self._fresh(name):
            return self._known[name][0]
        async with self._reading:
            if not self._fresh(name):
                await self._read(name)
        return self._known[name][0] if name in self._known else None

    def _fresh(self, name: Name) -> bool:
        if name not in self._known:
            return False
        self._known.move_to_end(name)
        source_map, at = self._known[name]
        return source_map is not None or self._clock() - at < MISSING_FOR

    async def _read(self, name: Name) -> None:
        try:
            content = await _content(self._url, name)
        except PASSING:
            content = None
        source_map = None
        if content is not None:
            try:
                source_map = await asyncio.to_thread(_opened, content)
            except Unreadable as error:
                log.warning("a source map cannot be read", app=name[0], why=str(error))
        self._keep(name, source_map)

    def _keep(self, name: Name, source_map: SourceMap | None) -> None:
        before = self._known.pop(name, None)
        self._held -= before[0].size if before and before[0] else 0
        self._known[name] = (source_map, self._clock())
        self._held += source_map.size if source_map else 0
        while len(self._known) > MOST_KNOWN or (self._held > MOST_MEMORY and len(self._known) > 1):
            _, (oldest, _) = self._known.popitem(last=False)
            self._held -= oldest.size if oldest else 0


def _wanted(read: Read) -> Mapping[str, str]:
    """The debug ids of the files that the event's calls are in."""
    if not read.maps:
        return {}
    files = {frame.file for one in read.event.exceptions for frame in one.frames}
    wanted = [(file, plain_debug_id(read.maps[file])) for file in files if file in read.maps]
    return dict(sorted(wanted)[:MOST_MAPS])


def _opened(content: bytes) -> SourceMap:
    plain = zstandard.ZstdDecompressor().decompress(content, max_output_size=MOST_FILE)
    return SourceMap(plain)


async def _content(url: str, name: Name) -> bytes | None:
    connection = await asyncpg.connect(url, timeout=5, command_timeout=10)
    try:
        found: bytes | None = await connection.fetchval(
            """select content from monitoring.source_maps
               where app = $1 and environment = $2 and debug_id = $3""",
            *name,
        )
    finally:
        connection.terminate()
    return found


async def keep(
    connection: asyncpg.Connection, app: str, environment: str, release: str, one: Map, at: float
) -> None:
    """Keep a map; one with the same debug id is the same, and counts as new again."""
    there = await connection.execute(
        """update monitoring.source_maps set release = $4, at = to_timestamp($5)
           where app = $1 and environment = $2 and debug_id = $3""",
        app, environment, one.debug_id, release, at,
    )  # fmt: skip
    if there != "UPDATE 0":
        return
    packed = await asyncio.to_thread(zstandard.ZstdCompressor(level=6).compress, one.content)
    await connection.execute(
        """insert into monitoring.source_maps
               (app, environment, debug_id, release, name, content, at)
           values ($1, $2, $3, $4, $5, $6, to_timestamp($7)) on conflict do nothing""",
        app, environment, one.debug_id, release, one.name, packed, at,
    )  # fmt: skip
