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
from nats.aio.msg import Msg

from bus import topology
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
        subscription = await client.subscribe(inbox, pending_msgs_limit=-1, pending_bytes_limit=-1)
        try:
            await client.publish(self._subject, msgspec.json.encode(query), reply=inbox)
            found: list[Stored] = []
            async with self._connection.answering():
                while True:
                    # Its own timeout would be `asyncio.wait_for`, which before Python 3.12
                    # swallows a cancellation that arrives together with the message.
                    message = await subscription.next_msg(timeout=None)
                    if _is_status(message):
                        return found
                    found.append(_stored(message))
        except TimeoutError:
            raise BusUnavailable(f"stream {self._stream} did not answer in time") from None
        except nats.errors.Error as error:
            raise BusUnavailable(f"stream {self._stream} was not read: {error}") from error
        finally:
            if client.is_connected:
                await subscription.unsubscribe()

    async def space(self, pattern: str) -> list[Stored]:
        """Every message of a few subjects, wherever they lie in a long stream.

        The broker counts a subject's messages from its index, but a read that does not know
        how many to expect goes on to the end of the stream: 15 ms at 84,000 messages.
        """
        info = await self._connection.api(
            f"STREAM.INFO.{self._stream}", {"subjects_filter": pattern}
        )
        count = sum((info["state"].get("subjects") or {}).values())
        found: list[Stored] = []
        while len(found) < count:
            start = found[-1].sequence + 1 if found else 1
            limit = min(BATCH, count - len(found))
            found.extend(await self.batch(start=start, pattern=pattern, limit=limit))
        return found

    async def all(self, *, pattern: str = "", start: int = 1) -> list[Stored]:
        """Every message there is."""
        found: list[Stored] = []
        while batch := await self.batch(start=start, pattern=pattern):
            found.extend(batch)
            start = batch[-1].sequence + 1
        return found


def _is_status(message: Msg) -> bool:
    status = (message.headers or {}).get("Status")
    if status is None:
        return False
    if status not in (_NOTHING, _END):
        raise BusMisconfigured(f"the broker answered a read with status {status}")
    return True


def _stored(message: Msg) -> Stored:
    headers = message.headers or {}
    return Stored(
        sequence=int(headers["Nats-Sequence"]),
        time=_seconds(headers["Nats-Time-Stamp"]),
        subject=headers["Nats-Subject"],
        body=message.data,
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
