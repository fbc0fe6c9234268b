"""The bus over NATS JetStream."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import msgspec
import nats.errors
from msgspec import Struct
from nats.aio.msg import Msg

from bus import metering, topology, tracing
from bus.appender import Appender
from bus.artifacts import ObjectStore
from bus.connection import Connection, connect
from bus.errors import BusUnavailable, Conflict, Reject
from bus.log import Reader, follow, recorded, space_reader
from bus.port import Artifacts, DeadLetter, Handler, Recorded
from bus.puller import Puller
from bus.settings import Settings
from contracts.messages import Message, MessageError, PipelineMessage, decode, encode, subject, tag


class _Letter(Struct, frozen=True, kw_only=True):
    """A dead letter as it is stored."""

    subject: str
    reason: str
    body: bytes
    sequence: int


_LETTER = msgspec.json.Decoder(_Letter)
LETTER_BODY = 256 * 1024
"""Largest body in bytes that a dead letter carries; a larger one is read from the log."""


class NatsBus:
    """`bus.port.Bus` over one connection to JetStream."""

    def __init__(self, connection: Connection, *, group: bool = True) -> None:
        self.connection = connection
        self._appender = Appender(connection, group=group)
        self._beside = Appender(connection, group=False)
        self._objects = ObjectStore(connection, self._beside)
        self._log = space_reader(connection)
        self._letters = Reader(connection, topology.DEAD_LETTERS)

    @property
    def artifacts(self) -> Artifacts:
        """The Object Store beside the log."""
        return self._objects

    async def open(self) -> None:
        """Get ready to publish."""
        await self._appender.open()
        await self._beside.open()

    async def close(self) -> None:
        """Let go of the broker."""
        await self._appender.close()
        await self._beside.close()
        await self.connection.close()

    async def publish(self, message: Message, *, after: int | None = None) -> int:
        """Append a message to the log; see `bus.port.Bus.publish`."""
        headers = {tracing.HEADER: tracing.current()}
        if isinstance(message, PipelineMessage) and after is not None:
            headers[topology.EXPECTED] = str(after)
            headers[topology.EXPECTED_SPACE] = topology.space(message.pipeline)
        return await self._append(self._appender, subject(message), encode(message), headers)

    async def tell(self, message: Message) -> None:
        """Send a message outside the log; while the broker is away it is dropped."""
        if not self.connection.client.is_connected:
            return
        try:
            await self.connection.client.publish(subject(message), encode(message))
        except nats.errors.Error as error:
            raise BusUnavailable(f"{tag(type(message))} was not sent: {error}") from error

    async def announce(self, message: Message) -> None:
        """Store a message outside every pipeline; see `bus.port.Bus.announce`."""
        headers = {tracing.HEADER: tracing.current()}
        if name := topology.once(message):
            headers[topology.ONCE] = name
        await self._append(self._beside, subject(message), encode(message), headers)

    @staticmethod
    async def _append(to: Appender, subject: str, body: bytes, headers: dict[str, str]) -> int:
        """Append, and count how that went where somebody keeps count."""
        if (meter := metering.meter()) is None:
            return await to.append(subject, body, headers)
        began = time.monotonic()
        outcome: metering.Published = "failed"
        try:
            sequence = await to.append(subject, body, headers)
            outcome = "stored"
        except Conflict:
            outcome = "conflict"
            raise
        finally:
            meter.published(subject, outcome, time.monotonic() - began)
        return sequence

    @asynccontextmanager
    async def handle(
        self, consumer: str, handler: Handler, *, slots: int = 1
    ) -> AsyncIterator[None]:
        """Give the consumer's messages to `handler` while open; see `bus.port.Bus.handle`."""
        puller = Puller(self.connection, consumer, handler, slots=slots, bury=self._bury)
        await puller.start()
        try:
            yield
        finally:
            await puller.stop()

    async def read(self, pipeline: str) -> Sequence[Recorded]:
        """The log of one pipeline, oldest first."""
        return recorded(await self._log.space(topology.space(pipeline)))

    async def counts(self, pattern: str) -> Mapping[str, int]:
        """How many messages each subject has; see `bus.port.Bus.counts`."""
        return await self._log.counts(pattern)

    async def history(self) -> AsyncIterator[Recorded]:
        """The whole log as it is now."""
        start = 1
        while batch := await self._log.batch(start=start):
            for entry in recorded(batch):
                yield entry
            start = batch[-1].sequence + 1

    async def follow(
        self, *, after: int = 0, pipeline: str | None = None
    ) -> AsyncIterator[Recorded]:
        """The log as it grows; see `bus.port.Bus.follow`."""
        pattern = topology.space(pipeline) if pipeline else ""
        async for entry in follow(self._log, after=after, pattern=pattern):
            yield entry

    async def listen(self, *subjects: str) -> AsyncIterator[Message]:
        """Messages outside the log, from now on; unreadable ones are passed over."""
        queue: asyncio.Queue[bytes] = asyncio.Queue(maxsize=10_000)
        client = self.connection.client

        async def receive(message: Msg) -> None:
            if not queue.full():
                queue.put_nowait(message.data)

        subscriptions = [await client.subscribe(pattern, cb=receive) for pattern in subjects]
        try:
            while True:
                try:
                    message = decode(await queue.get())
                except MessageError:
                    continue
                yield message
        finally:
            if client.is_connected:
                for subscription in subscriptions:
                    await subscription.unsubscribe()

    async def dead_letters(self) -> Sequence[DeadLetter]:
        """What could not be handled, oldest first."""
        letters: list[DeadLetter] = []
        for stored in await self._letters.all():
            letter = _LETTER.decode(stored.body)
            letters.append(
                DeadLetter(
                    number=stored.sequence,
                    time=stored.time,
                    subject=letter.subject,
                    reason=letter.reason,
                    body=letter.body or await self._body(letter.sequence),
                    sequence=letter.sequence,
                )
            )
        return letters

    async def _body(self, sequence: int) -> bytes:
        found = await self._log.batch(start=sequence, limit=1)
        return found[0].body if found and found[0].sequence == sequence else b""

    async def replay(self, number: int) -> None:
        """Send a dead letter again and forget it. Raises Reject when there is no such letter."""
        found = [letter for letter in await self.dead_letters() if letter.number == number]
        if not found:
            raise Reject(f"there is no dead letter {number}; see `genesis deadletters list`")
        await self._appender.append(found[0].subject, found[0].body, {})
        await self.connection.api(
            f"STREAM.MSG.DELETE.{topology.DEAD_LETTERS}", {"seq": number, "no_erase": True}
        )

    async def _bury(self, subject: str, sequence: int, body: bytes, reason: str) -> None:
        kept = body if len(body) <= LETTER_BODY else b""
        letter = _Letter(subject=subject, sequence=sequence, body=kept, reason=reason[:2000])
        await self._beside.append(
            f"deadletter.{self.connection.account}", msgspec.json.encode(letter), {}
        )


@asynccontextmanager
async def open_bus(
    settings: Settings, *, name: str, wait: bool = False, group: bool = True
) -> AsyncIterator[NatsBus]:
    """A bus while the context is open. Raises BusUnavailable or BusMisconfigured.

    A broker that does not fsync every append gains nothing from groups of them.
    """
    connection = await connect(settings, name=name, wait=wait)
    bus = NatsBus(connection, group=group and not settings.unsafe_fast)
    await bus.open()
    try:
        yield bus
    finally:
        await bus.close()
