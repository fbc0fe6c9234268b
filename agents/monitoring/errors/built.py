"""The source maps of a build, out of its bundle: kept where errors of that build are read.

Errors:
    ArtifactMissing, ArtifactDamaged, ArchiveError   the bundle cannot be read
    asyncpg's and OSError                            the database is away
"""

from __future__ import annotations

import asyncio
import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator

import asyncpg
import msgspec
from msgspec import Struct

from agents.monitoring.errors import maps
from agents.monitoring.errors.bundle import MOST_FILE, MOST_IN_ALL, Map
from agents.monitoring.errors.frames import DEBUG_ID, plain_debug_id
from bus.archive import ArchiveError

FOLDER = "sourcemaps/"
MOST_MAPS = 200


class _Known(Struct):
    debug_id: str


async def keep(
    connection: asyncpg.Connection, app: str, environment: str, build: str, packed: bytes, at: float
) -> int:
    """Keep the maps of a build; says how many there are. The same build twice is once."""
    found = await asyncio.to_thread(lambda: tuple(_maps(packed)))
    for one in found:
        await maps.keep(connection, app, environment, build, one, at)
    return len(found)


def _maps(packed: bytes) -> Iterator[Map]:
    """The maps of a packed bundle that say which script they are of. Raises ArchiveError."""
    try:
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
            members = [one for one in archive if one.isfile() and one.name.startswith(FOLDER)]
            sizes = [one.size for one in members]
            if (
                len(sizes) > MOST_MAPS
                or max(sizes, default=0) > MOST_FILE
                or sum(sizes) > MOST_IN_ALL
            ):
                raise ArchiveError("the source maps of the bundle are too large")
            for member in members:
                file = archive.extractfile(member)
                assert file is not None
                if (one := _map(member.name.removeprefix(FOLDER), file.read())) is not None:
                    yield one
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise ArchiveError(f"the bundle cannot be read: {error}") from error


def _map(name: str, content: bytes) -> Map | None:
    try:
        known = msgspec.json.decode(content, type=_Known)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if not DEBUG_ID.fullmatch(known.debug_id.lower()):
        return None
    return Map(plain_debug_id(known.debug_id), name, content)
