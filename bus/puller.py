"""Continuous pull from a durable consumer: exactly as many messages as there are free slots.

One request stays open at the broker and is renewed as slots become free, so messages arrive
without a round trip each. The broker's idle heartbeats are watched: when they stop, or the
connection comes back, everything asked for is taken as lost and asked for again.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Mapping

import msgspec
import nats.errors
import structlog
from msgspec import Struct
from nats.aio.msg import Msg

from bus import topology, tracing
from bus.connection import Connection
from bus.errors import BusError, Reject, Retry
from bus.port import Delivery, Handler, read

log = structlog.get_logger()

HEARTBEAT = 0.5
"""Seconds between the broker's signs of life while it has nothing to deliver."""
PATIENCE = 1.5
"""Seconds without a sign of life after which what was asked for counts as lost."""
EXPIRES = 30.0
STOP_PATIENCE = 30.0
"""Seconds that messages in hand may still take when the puller stops."""
MAKE_ROOM = 0.05
"""Seconds before a message that came while nobody could take it is delivered again."""
PAUSES = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)
"""Seconds before a message whose handler broke is delivered again, by attempt."""

_IN_PROGRESS = b"+WPI"
_TERMINATE = b"+TERM"


class _Pull(Struct):
    """A pull request as JetStream reads it; durations are nanoseconds."""

    batch: int
    expires: int = int(EXPIRES * 1e9)
    idle_heartbeat: int = int(HEARTBEAT * 1e9)


_ENCODER = msgspec.json.Encoder()

Bury = Callable[[str, int, bytes, str], Awaitable[None]]
"""Stores a dead letter: subject, sequence, body, reason."""


class Puller:
    """Gives one consumer's messages to a handler, at most `slots` at a time."""

    def __init__(
        self, connection: Connection, consumer: str, handler: Handler, *, slots: int, bury: Bury
    ) -> None:
        self._connection = connection
        self._next = f"$JS.API.CONSUMER.MSG.NEXT.{topology.LOG}.{consumer}"
        self._consumer = consumer
        self._handler = handler
        self._slots = slots
        self._bury = bury
        self._inbox = connection.client.new_inbox()
        self._numbers = itertools.count()
        self._asked = 0
        self._heard = time.monotonic()
        self._hand: dict[asyncio.Task[None], Msg] = {}
        self._open = False
        self._clock: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to take messages."""
        self._subscription = await self._connection.client.subscribe(
            f"{self._inbox}.*", cb=self._on_message, pending_msgs_limit=-1, pending_bytes_limit=-1
        )
        self._open = True
        self._connection.on_up.append(self._start_over)
        self._clock = asyncio.create_task(self._tick())
        await self._ask()

    async def stop(self) -> None:
        """Take no new message, wait for those in hand, give the rest back."""
        self._open = False
        self._connection.on_up.remove(self._start_over)
        if self._hand:
            await asyncio.wait(self._hand, timeout=STOP_PATIENCE)
        for task in list(self._hand):
            task.cancel()
        await asyncio.gather(*self._hand, return_exceptions=True)
        if self._clock is not None:
            self._clock.cancel()
            await asyncio.gather(self._clock, return_exceptions=True)
        if self._connection.client.is_connected:
            await self._subscription.unsubscribe()

    async def _ask(self) -> None:
        """Renew the request when half of the slots are unasked for."""
        free = self._slots - len(self._hand) - self._asked
        if not self._open or free <= 0 or free * 2 < self._slots:
            return
        self._asked += free
        reply = f"{self._inbox}.{next(self._numbers)}"
        try:
            await self._connection.client.publish(
                self._next, _ENCODER.encode(_Pull(free)), reply=reply
            )
        except nats.errors.Error as error:
            self._asked -= free
            log.warning("cannot ask for messages", consumer=self._consumer, error=str(error))

    def _start_over(self) -> None:
        self._asked = 0
        self._heard = time.monotonic()
        self._again = asyncio.ensure_future(self._ask())

    async def _tick(self) -> None:
        """Watch for silence, and keep what is in hand alive."""
        looked_at = alive_at = time.monotonic()
        while True:
            await asyncio.sleep(HEARTBEAT)
            now = time.monotonic()
            if now - looked_at > 2 * HEARTBEAT:
                # This process was kept from running; what it did not hear may be in its socket.
                self._heard = now
            looked_at = now
            if self._connection.client.is_connected:
                if self._asked and now - self._heard > PATIENCE:
                    self._start_over()
                else:
                    await self._ask()
                if now - alive_at > topology.ACK_WAIT / 3:
                    alive_at = now
                    for message in list(self._hand.values()):
                        await self._answer(message, _IN_PROGRESS)

    async def _on_message(self, message: Msg) -> None:
        self._heard = time.monotonic()
        if not message.reply or not message.reply.startswith("$JS.ACK"):
            if self._request_expired(message):
                await self._ask()
            return
        self._asked = max(0, self._asked - 1)
        if not self._open or len(self._hand) >= self._slots:
            # Asked for by a request that was taken as lost, or before the end.
            await self._later(message, MAKE_ROOM)
            return
        task = asyncio.create_task(self._take(message))
        self._hand[task] = message
        task.add_done_callback(self._forget)
        await self._ask()

    def _request_expired(self, message: Msg) -> bool:
        """Whether a request came to its end. One that was refused is left to the clock."""
        headers = message.headers or {}
        status = headers.get("Status")
        if status == "100":
            return False
        unfilled = headers.get("Nats-Pending-Messages", "")
        if unfilled.isdigit():
            self._asked = max(0, self._asked - int(unfilled))
            return True
        self._asked = 0
        reason = "no such consumer" if status == "503" else headers.get("Description", "")
        log.warning("no messages", consumer=self._consumer, status=status, reason=reason)
        return False

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._hand.pop(task, None)
        if not task.cancelled() and (error := task.exception()):
            log.error("delivery lost its way", consumer=self._consumer, error=repr(error))
        if self._open:
            self._again = asyncio.ensure_future(self._ask())

    async def _take(self, message: Msg) -> None:
        sequence, attempt, when = _metadata(message.reply)
        headers = message.headers or {}
        try:
            tracing.enter(headers)
            recorded = read(sequence, when, message.subject, message.data)
            after = _compared(message.subject, headers)
            await self._handler(Delivery(recorded, attempt, headers, after))
        except Reject as reason:
            await self._reject(message, sequence, str(reason))
        except Retry as retry:
            await self._later(message, retry.after)
        except asyncio.CancelledError:
            await self._later(message, 0.0)
            raise
        except Exception as error:
            pause = PAUSES[min(attempt, len(PAUSES)) - 1]
            about = {"consumer": self._consumer, "subject": message.subject, "again_in": pause}
            if isinstance(error, BusError):
                log.warning("not handled yet", error=str(error), **about)
            else:
                log.exception("handler broke", **about)
            await self._later(message, pause)
        else:
            await self._answer(message, b"")

    async def _reject(self, message: Msg, sequence: int, reason: str) -> None:
        log.warning("dead letter", subject=message.subject, reason=reason)
        try:
            await self._bury(message.subject, sequence, message.data, reason)
        except BusError as error:
            log.warning("dead letter not stored yet", error=str(error))
            await self._later(message, PAUSES[0])
        else:
            await self._answer(message, _TERMINATE)

    async def _later(self, message: Msg, seconds: float) -> None:
        await self._answer(message, b'-NAK {"delay":%d}' % max(1, int(seconds * 1e9)))

    async def _answer(self, message: Msg, body: bytes) -> None:
        """Without an answer the broker delivers again, so a lost connection loses nothing."""
        try:
            await self._connection.client.publish(message.reply, body)
        except nats.errors.Error as error:
            log.warning("not acknowledged", subject=message.subject, error=str(error))


def _compared(subject: str, headers: Mapping[str, str]) -> int | None:
    """The sequence that the broker compared for the pipeline of this subject, if it did."""
    expected = headers.get(topology.EXPECTED, "")
    compared = headers.get(topology.EXPECTED_SPACE) == topology.space(subject.rpartition(".")[2])
    return int(expected) if compared and expected.isdigit() else None


def _metadata(reply: str) -> tuple[int, int, float]:
    """Stream sequence, attempt and time (seconds) from `$JS.ACK.…` in its short or long form."""
    tokens = reply.split(".")
    start = 4 if len(tokens) < 11 else 6  # noqa: PLR2004  the long form has domain and account
    delivered, sequence, _, nanoseconds = tokens[start : start + 4]
    return int(sequence), int(delivered), int(nanoseconds) / 1e9
