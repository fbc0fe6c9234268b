"""Continuous pull from a durable consumer: exactly as many messages as there are free slots.

One request stays open at the broker and is renewed as slots become free, so messages arrive
without a round trip each. The broker's idle heartbeats are watched: when they stop, or the
connection comes back, everything asked for is taken as lost and asked for again.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable

import msgspec
import nats.errors
import structlog
from msgspec import Struct

from bus import metering, topology, tracing
from bus.client import header, read_headers
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
        self._hand: dict[str, asyncio.Task[None]] = {}
        """The messages in hand, by where each is answered."""
        self._open = False
        self._clock: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to take messages."""
        self._subscription = await self._connection.client.receive(
            f"{self._inbox}.*", self._on_message
        )
        self._open = True
        if (meter := metering.meter()) is not None:
            meter.consuming(self._consumer, is_open=True)
        self._connection.on_up.append(self._start_over)
        self._clock = asyncio.create_task(self._tick())
        self._ask()

    async def stop(self) -> None:
        """Take no new message, wait for those in hand, give the rest back."""
        self._open = False
        if (meter := metering.meter()) is not None:
            meter.consuming(self._consumer, is_open=False)
        self._connection.on_up.remove(self._start_over)
        if in_hand := list(self._hand.values()):
            await asyncio.wait(in_hand, timeout=STOP_PATIENCE)
        for task in in_hand:
            task.cancel()
        await asyncio.gather(*in_hand, return_exceptions=True)
        if self._clock is not None:
            self._clock.cancel()
            await asyncio.gather(self._clock, return_exceptions=True)
        await self._connection.client.forget(self._subscription)

    def _ask(self) -> None:
        """Renew the request when half of the slots are unasked for."""
        free = self._slots - len(self._hand) - self._asked
        if not self._open or free <= 0 or free * 2 < self._slots:
            return
        self._asked += free
        reply = f"{self._inbox}.{next(self._numbers)}"
        try:
            self._connection.client.send(self._next, _ENCODER.encode(_Pull(free)), reply)
        except nats.errors.Error as error:
            self._asked -= free
            log.warning("cannot ask for messages", consumer=self._consumer, error=str(error))

    def _start_over(self) -> None:
        self._asked = 0
        self._heard = time.monotonic()
        self._ask()

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
                    self._ask()
                if now - alive_at > topology.ACK_WAIT / 3:
                    alive_at = now
                    for reply in self._hand:
                        self._answer(reply, _IN_PROGRESS)

    def _on_message(self, subject: str, reply: str, body: bytes, raw: bytes) -> None:
        self._heard = time.monotonic()
        if not reply.startswith("$JS.ACK"):
            if self._request_expired(raw):
                self._ask()
            return
        self._asked = max(0, self._asked - 1)
        if not self._open or len(self._hand) >= self._slots:
            # Asked for by a request that was taken as lost, or before the end.
            self._later(reply, MAKE_ROOM)
            return
        self._hand[reply] = asyncio.create_task(
            self._take(subject, reply, body, raw, _metadata(reply))
        )

    def _request_expired(self, raw: bytes) -> bool:
        """Whether a request came to its end. One that was refused is left to the clock."""
        headers = read_headers(raw)
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

    async def _take(
        self, subject: str, reply: str, body: bytes, raw: bytes, place: tuple[int, int, float]
    ) -> None:
        meter, began = metering.meter(), time.monotonic()
        if meter is not None:
            meter.began(self._consumer)
        outcome: metering.Outcome = "cancelled"
        try:
            outcome = await self._outcome(subject, reply, body, raw, place)
        finally:
            self._hand.pop(reply, None)
            self._ask()
            if meter is not None:
                meter.handled(self._consumer, subject, outcome, time.monotonic() - began)

    async def _outcome(
        self, subject: str, reply: str, body: bytes, raw: bytes, place: tuple[int, int, float]
    ) -> metering.Outcome:
        """Handle a message and answer the broker."""
        sequence, attempt, when = place
        try:
            trace = header(raw, tracing.HEADER)
            with tracing.handling(trace, subject):
                recorded = read(sequence, when, subject, body)
                await self._handler(Delivery(recorded, attempt, trace, _compared(subject, raw)))
        except Reject as reason:
            if await self._buried(subject, sequence, body, str(reason)):
                self._answer(reply, _TERMINATE)
                return "rejected"
            self._later(reply, PAUSES[0])
            return "retried"
        except Retry as retry:
            self._later(reply, retry.after)
            return "retried"
        except asyncio.CancelledError:
            self._later(reply, 0.0)
            raise
        except Exception as error:
            pause = PAUSES[min(attempt, len(PAUSES)) - 1]
            about = {"consumer": self._consumer, "subject": subject, "again_in": pause}
            if isinstance(error, BusError):
                log.warning("not handled yet", error=str(error), **about)
            else:
                log.exception("handler broke", **about)
            self._later(reply, pause)
            return "broken"
        self._answer(reply, b"", later=True)
        return "done"

    async def _buried(self, subject: str, sequence: int, body: bytes, reason: str) -> bool:
        """Whether the dead letter is stored."""
        log.warning("dead letter", subject=subject, reason=reason)
        try:
            await self._bury(subject, sequence, body, reason)
        except BusError as error:
            log.warning("dead letter not stored yet", error=str(error))
            return False
        return True

    def _later(self, reply: str, seconds: float) -> None:
        self._answer(reply, b'-NAK {"delay":%d}' % max(1, int(seconds * 1e9)))

    def _answer(self, reply: str, body: bytes, *, later: bool = False) -> None:
        """Without an answer the broker delivers again, so a lost connection loses nothing."""
        try:
            self._connection.client.send(reply, body, later=later)
        except nats.errors.Error as error:
            log.warning("not acknowledged", consumer=self._consumer, error=str(error))


def _compared(subject: str, raw: bytes) -> int | None:
    """The sequence that the broker compared for the pipeline of this subject, if it did."""
    expected = header(raw, topology.EXPECTED)
    if not expected.isdigit():
        return None
    space = topology.space(subject.rpartition(".")[2])
    return int(expected) if header(raw, topology.EXPECTED_SPACE) == space else None


def _metadata(reply: str) -> tuple[int, int, float]:
    """Stream sequence, attempt and time (seconds) from `$JS.ACK.…` in its short or long form."""
    tokens = reply.split(".")
    start = 4 if len(tokens) < 11 else 6  # noqa: PLR2004  the long form has domain and account
    delivered, sequence, _, nanoseconds = tokens[start : start + 4]
    return int(sequence), int(delivered), int(nanoseconds) / 1e9
