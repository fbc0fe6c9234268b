"""Pieces of an archive that is being uploaded, each named by its SHA-1.

Errors:
    BadChunk   the upload is not what it says it is
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

import asyncpg

from agents import signals
from agents.monitoring.ingest.exchange import MIB
from agents.monitoring.ingest.unpacking import TooLarge, Undecodable, unpack

MOST_CHUNK = 8 * MIB
MOST_ARCHIVE = 96 * MIB
"""Bytes of one archive."""
MOST_WAITING = 256 * MIB
"""Bytes that an app may have uploaded and not put together."""
BOUNDARY = re.compile(r'multipart/form-data;.*boundary="?([^";]{1,200})', re.IGNORECASE)
PART = re.compile(rb'name="(file|file_gzip)"; *filename="([0-9a-f]{40})"', re.IGNORECASE)


class BadChunk(Exception):
    """The upload is not taken; the text says why."""


def read(content_type: str, body: bytes) -> dict[str, bytes]:
    """The chunks of a multipart body, by their SHA-1. Pure. Raises BadChunk."""
    boundary = BOUNDARY.match(content_type)
    if boundary is None:
        raise BadChunk("it is no multipart/form-data")
    found = {}
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary[1].encode())[1:]:
        head, _, content = part.partition(b"\r\n\r\n")
        named = PART.search(head)
        if named is None:
            continue
        try:
            if named[1] == b"file_gzip":
                content = unpack("gzip", content, MOST_CHUNK)
        except (TooLarge, Undecodable) as error:
            raise BadChunk(str(error)) from None
        name = named[2].decode()
        if len(content) > MOST_CHUNK:
            raise BadChunk(f"chunk {name} is larger than {MOST_CHUNK} bytes")
        if hashlib.sha1(content, usedforsecurity=False).hexdigest() != name:
            raise BadChunk(f"chunk {name} has another SHA-1")
        found[name] = content
    return found


async def keep(
    connection: asyncpg.Connection,
    project: signals.Project,
    chunks: Mapping[str, bytes],
    now: float,
) -> bool:
    """Keep chunks; says whether there was room for them."""
    waiting = await connection.fetchval(
        """select coalesce(sum(length(content)), 0) from monitoring.upload_chunks
           where app = $1 and environment = $2""",
        project.app, project.environment,
    )  # fmt: skip
    if waiting + sum(map(len, chunks.values())) > MOST_WAITING:
        return False
    await connection.executemany(
        """insert into monitoring.upload_chunks (app, environment, sha1, content, at)
           values ($1, $2, $3, $4, to_timestamp($5)) on conflict do nothing""",
        [(project.app, project.environment, name, data, now) for name, data in chunks.items()],
    )
    return True


async def joined(
    connection: asyncpg.Connection, project: signals.Project, wanted: Sequence[str]
) -> tuple[bytes, list[str]]:
    """The archive that the chunks are together, and which of them are not there."""
    rows = await connection.fetch(
        """select sha1, length(content) as size from monitoring.upload_chunks
           where app = $1 and environment = $2 and sha1 = any($3)""",
        project.app, project.environment, list(wanted),
    )  # fmt: skip
    sizes = {row["sha1"]: row["size"] for row in rows}
    missing = [name for name in wanted if name not in sizes]
    if missing or sum(sizes[name] for name in wanted) > MOST_ARCHIVE:
        return b"", missing
    content = {
        name: await connection.fetchval(
            """select content from monitoring.upload_chunks
               where app = $1 and environment = $2 and sha1 = $3""",
            project.app, project.environment, name,
        )
        for name in sizes
    }  # fmt: skip
    return b"".join(content[name] or b"" for name in wanted), []


async def drop(
    connection: asyncpg.Connection, project: signals.Project, names: Sequence[str]
) -> None:
    """Forget chunks that were put together."""
    await connection.execute(
        """delete from monitoring.upload_chunks
           where app = $1 and environment = $2 and sha1 = any($3)""",
        project.app, project.environment, list(names),
    )  # fmt: skip
