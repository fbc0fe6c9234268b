"""Reading streams without a consumer: direct gets in batches, which any replica may answer."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from datetime import datetime

import msgspec
import nats.errors
import structlog
from msgspec import Struct

from bus import topology
from bus.client import read_headers
from bus.connection import Connection
from bus.errors import BusMisconfigured, BusUnavailable
from bus.port import Recorded, read

log = structlog.get_logger()

BATCH = 256
MAX_BYTES = 4 * 1024 * 1024
POLL = 0.1
"""Seconds between looks at a log that is being followed."""

_NOTHING = "404"
_END = "204"


class Stored(Struct, frozen=True):
    """A message of a stream as it lies there; `time` is seconds since 1970."""

    sequence: int
    time: float
    subject: str
    body: bytes


class Reader:
    """Reads one stream in order, by sequence, optionally one subject pattern of it."""

    def __init__(self, connection: Connection, stream: str) -> None:
        self._connection = connection
        self._subject = f"$JS.API.DIRECT.GET.{stream}"
        self._numbers = itertools.count()
        self._stream = stream

    async def batch(self, *, start: int, pattern: str = "", limit: int = BATCH) -> list[Stored]:
        """Up to `limit` messages from sequence `start` on; empty when there are none."""
        query: dict[str, object] = {"seq": start, "batch": limit, "max_bytes": MAX_BYTES}
        if pattern:
            query["next_by_subj"] = pattern
        await self._connection.wait_until_up()
        client = self._connection.client
        inbox = client.new_inbox()
        found: list[tuple[bytes, dict[str, str]]] = []
        end: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def receive(_subject: str, _reply: str, body: bytes, raw: bytes) -> None:
            headers = read_headers(raw)
            if (status := headers.get("Status")) is None:
                found.append((body, headers))
            elif not end.done():
                end.set_result(status)

        subscription = await client.receive(inbox, receive)
        try:
            client.send(self._subject, msgspec.json.encode(query), inbox)
            async with self._connection.answering():
                status = await end
        except TimeoutError:
            raise BusUnavailable(f"stream {self._stream} did not answer in time") from None
        except nats.errors.Error as error:
            raise BusUnavailable(f"stream {self._stream} was not read: {error}") from error
        finally:
            await client.forget(subscription)
        if status not in (_NOTHING, _END):
            raise BusMisconfigured(f"the broker answered a read with status {status}")
        return [_stored(body, headers) for body, headers in found]

    async def space(self, pattern: str) -> list[Stored]:
        """Every message of a few subjects, wherever they lie in a long stream.

        The broker counts a subject's messages from its index, but a read that does not know
        how many to expect goes on to the end of the stream: 15 ms at 84,000 messages.
        """
        count = sum((await self.counts(pattern)).values())
        found: list[Stored] = []
        while len(found) < count:
            start = found[-1].sequence + 1 if found else 1
            limit = min(BATCH, count - len(found))
            found.extend(await self.batch(start=start, pattern=pattern, limit=limit))
        return found

    async def counts(self, pattern: str) -> dict[str, int]:
        """How many messages each subject has, of those that fit the pattern."""
        found: dict[str, int] = {}
        while True:
            query = {"subjects_filter": pattern, "offset": len(found)}
            info = await self._connection.api(f"STREAM.INFO.{self._stream}", query)
            page = info["state"].get("subjects") or {}
            found.update(page)
            if not page or len(found) >= info.get("total", 0):
                return found

    async def all(self, *, pattern: str = "", start: int = 1) -> list[Stored]:
        """Every message there is."""
        found: list[Stored] = []
        while batch := await self.batch(start=start, pattern=pattern):
            found.extend(batch)
            start = batch[-1].sequence + 1
        return found


def _stored(body: bytes, headers: dict[str, str]) -> Stored:
    return Stored(
        sequence=int(headers["Nats-Sequence"]),
        time=_seconds(headers["Nats-Time-Stamp"]),
        subject=headers["Nats-Subject"],
        body=body,
    )


def _seconds(stamp: str) -> float:
    whole, _, fraction = stamp.removesuffix("Z").partition(".")
    seconds = datetime.fromisoformat(f"{whole}+00:00").timestamp()
    return seconds + float(f"0.{fraction or 0}")


def recorded(stored: list[Stored]) -> list[Recorded]:
    """The entries as messages."""
    return [read(m.sequence, m.time, m.subject, m.body) for m in stored]


async def follow(reader: Reader, *, after: int, pattern: str = "") -> AsyncIterator[Recorded]:
    """The stream from above `after` on, as it grows; a broker that is away is waited for."""
    while True:
        try:
            batch = await reader.batch(start=after + 1, pattern=pattern)
        except BusUnavailable as error:
            log.warning("log not readable yet", error=str(error))
            batch = []
        for entry in recorded(batch):
            yield entry
        if batch:
            after = batch[-1].sequence
        else:
            await asyncio.sleep(POLL)


def space_reader(connection: Connection) -> Reader:
    """A reader of the log of pipelines."""
    return Reader(connection, topology.LOG)
