"""Appending to the log: compare-and-swap, acknowledgements, and group commit under load.

A strict broker fsyncs every append on its own; an atomic batch of appends costs as much as some
16 of them, whatever its size. So while few appends are pending each travels alone, a few at a
time, and when they pile up they travel together, one batch at a time: what comes meanwhile is the
next one. A batch is all or nothing: one stale member refuses it, and then each goes alone. It is
also of one stream, so an appender that groups is used for the log alone.

The broker compares every member of a batch with the log before it stores the first. Of two that
expect the same both would pass, so a batch takes at most one append of each pipeline.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque

import msgspec
import nats.errors
from msgspec import Struct

from bus.client import read_headers
from bus.connection import ANSWER_TIMEOUT, Connection
from bus.errors import BusError, BusMisconfigured, BusUnavailable, Conflict

WINDOW = 4
"""Appends under way alone, when they may be grouped: a strict broker stores one at a time."""
MIN_BATCH = 32
"""Appends waiting from which a batch is worth its price."""
MAX_BATCH = 256

WRONG_LAST_SEQUENCE = 10071


class _Error(Struct):
    code: int = 0
    err_code: int = 0
    description: str = ""


class _Ack(Struct):
    seq: int = 0
    error: _Error | None = None


_ACK = msgspec.json.Decoder(_Ack)


class _Append:
    """One append on its way; `future` becomes its sequence or its error."""

    __slots__ = ("body", "future", "headers", "subject")

    def __init__(
        self, subject: str, body: bytes, headers: dict[str, str], future: asyncio.Future[int]
    ) -> None:
        self.subject = subject
        self.body = body
        self.headers = headers
        self.future = future


class _Flight:
    """What waits for one acknowledgement: a single append, or a batch."""

    __slots__ = ("appends", "sent_at")

    def __init__(self, appends: list[_Append]) -> None:
        self.appends = appends
        self.sent_at = time.monotonic()


class Appender:
    """Appends to the log through one connection. Open it before use and close it after."""

    def __init__(self, connection: Connection, *, group: bool) -> None:
        self._connection = connection
        self._group = group
        self._inbox = connection.client.new_inbox()
        self._tokens = itertools.count()
        self._flights: dict[str, _Flight] = {}
        self._waiting: deque[_Append] = deque()
        self._singles = 0
        self._batch_under_way = False
        self._sweeper: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Listen for acknowledgements."""
        self._prefix = len(self._inbox) + 1
        self._subscription = await self._connection.client.receive(f"{self._inbox}.*", self._on_ack)
        self._connection.on_down.append(self._lose_all)
        self._connection.on_refused.append(self._refused)
        self._sweeper = asyncio.create_task(self._sweep())

    async def close(self) -> None:
        """Stop listening; appends without an answer end as BusUnavailable."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.gather(self._sweeper, return_exceptions=True)
        self._connection.on_down.remove(self._lose_all)
        self._connection.on_refused.remove(self._refused)
        self._lose_all()
        await self._connection.client.forget(self._subscription)

    async def append(self, subject: str, body: bytes, headers: dict[str, str]) -> int:
        """Append one message; its sequence. Raises Conflict, BusUnavailable, BusMisconfigured."""
        await self._connection.wait_until_up()
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Append(subject, body, headers, future))
        self._send()
        return await future

    def _send(self) -> None:
        """Let as much of what waits travel as may."""
        while self._waiting and not self._batch_under_way:
            if self._group and len(self._waiting) >= MIN_BATCH:
                self._send_batch(self._take_batch())
            elif self._singles < WINDOW or not self._group:
                self._send_single(self._waiting.popleft())
            else:
                return

    def _take_batch(self) -> list[_Append]:
        """The oldest of what waits, at most one of each pipeline."""
        taken: list[_Append] = []
        left: list[_Append] = []
        pipelines: set[str] = set()
        while self._waiting and len(taken) < MAX_BATCH:
            append = self._waiting.popleft()
            pipeline = _pipeline(append.subject)
            if pipeline in pipelines:
                left.append(append)
                continue
            taken.append(append)
            if pipeline:
                pipelines.add(pipeline)
        self._waiting.extendleft(reversed(left))
        return taken

    def _send_single(self, append: _Append) -> None:
        self._singles += 1
        token = str(next(self._tokens))
        self._flights[token] = _Flight([append])
        self._transmit(token, append, f"{self._inbox}.{token}", append.headers)

    def _send_batch(self, appends: list[_Append]) -> None:
        if len(appends) == 1:
            self._send_single(appends[0])
            return
        self._batch_under_way = True
        token = str(next(self._tokens))
        self._flights[token] = _Flight(appends)
        batch = {"Nats-Batch-Id": f"{self._inbox[-22:]}-{token}"}
        for number, append in enumerate(appends, start=1):
            headers = {**append.headers, **batch, "Nats-Batch-Sequence": str(number)}
            reply = ""
            if number == len(appends):
                headers["Nats-Batch-Commit"] = "1"
                reply = f"{self._inbox}.{token}"
            if not self._transmit(token, append, reply, headers):
                return

    def _transmit(self, token: str, append: _Append, reply: str, headers: dict[str, str]) -> bool:
        """Hand one message to the connection; when it is not taken, its whole flight ends."""
        try:
            self._connection.client.send(append.subject, append.body, reply, headers)
        except nats.errors.Error as error:
            if (flight := self._flights.pop(token, None)) is not None:
                self._landed(flight)
                for each in flight.appends:
                    _fail(each, BusUnavailable(f"not sent to the broker: {error}"))
            return False
        return True

    def _on_ack(self, subject: str, _reply: str, body: bytes, headers: bytes) -> None:
        flight = self._flights.pop(subject[self._prefix :], None)
        if flight is None:
            return
        self._landed(flight)
        outcome = _outcome(body, headers)
        appends = flight.appends
        if isinstance(outcome, int):
            first = outcome - len(appends) + 1
            for number, append in enumerate(appends):
                if not append.future.done():
                    append.future.set_result(first + number)
        elif len(appends) == 1:
            _fail(appends[0], outcome)
        else:
            for append in appends:
                self._send_single(append)
        self._send()

    def _landed(self, flight: _Flight) -> None:
        if len(flight.appends) == 1:
            self._singles -= 1
        else:
            self._batch_under_way = False

    def _lose_all(self) -> None:
        """The connection is gone and with it every acknowledgement under way."""
        lost = [append for flight in self._flights.values() for append in flight.appends]
        lost.extend(self._waiting)
        self._flights.clear()
        self._waiting.clear()
        self._singles = 0
        self._batch_under_way = False
        for append in lost:
            _fail(append, BusUnavailable("the broker was lost before it answered"))

    def _refused(self, subject: str) -> None:
        """The account may not publish there; the broker says so without an acknowledgement."""
        for token, flight in list(self._flights.items()):
            if any(append.subject == subject for append in flight.appends):
                del self._flights[token]
                self._landed(flight)
                for append in flight.appends:
                    if append.subject == subject:
                        problem = f"this account may not publish on {subject}"
                        _fail(append, BusMisconfigured(problem))
                    else:
                        self._waiting.append(append)

    async def _sweep(self) -> None:
        """Give up on acknowledgements that do not come."""
        while True:
            await asyncio.sleep(ANSWER_TIMEOUT / 5)
            limit = time.monotonic() - ANSWER_TIMEOUT
            for token, flight in list(self._flights.items()):
                if flight.sent_at < limit:
                    del self._flights[token]
                    self._landed(flight)
                    for append in flight.appends:
                        _fail(append, BusUnavailable("the broker did not answer in time"))
            self._send()


def _outcome(body: bytes, headers: bytes) -> int | BusError:
    if not body:
        status = read_headers(headers).get("Status", "")
        if status == "503":
            return BusMisconfigured("no stream takes this subject; is Genesis installed there?")
        return BusUnavailable(f"the broker answered with status {status or 'nothing'}")
    ack = _ACK.decode(body)
    if ack.error is None:
        return ack.seq
    if ack.error.err_code == WRONG_LAST_SEQUENCE:
        return Conflict("the pipeline moved on since it was read")
    return BusUnavailable(f"the broker refused to store: {ack.error.description}")


def _pipeline(subject: str) -> str:
    """The pipeline in whose space the subject is; "" for a request, which is in none."""
    _, _, rest = subject.partition(".")
    return rest.rpartition(".")[2] if "." in rest else ""


def _fail(append: _Append, error: BusError) -> None:
    if not append.future.done():
        append.future.set_exception(error)
