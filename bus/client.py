"""nats-py's client, with a short way for the messages that come and go by the thousand.

The client itself takes each message through a queue and a task of its subscription, and each
publish through four coroutines: more work than everything Genesis does with the message. Here a
receiver is called where the message is read, and sending never waits. Everything else (the
connection, its accounts, TLS, reconnecting, requests) is the client's own.

This is the only place that reaches into the client. Each name it uses is exercised by every
test in `tests/bus`, so a client that changed them cannot go unnoticed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import nats.aio.client
import structlog
from nats import errors
from nats.aio.subscription import Subscription

log = structlog.get_logger()

Receiver = Callable[[str, str, bytes, bytes], None]
"""Is given subject, reply subject, body and raw headers (b"" for none). Must not raise."""

LATER = 0.02
"""Seconds that a message which need not be there at once waits for others to travel with."""
_VERSION = "NATS/1.0"


class Client(nats.aio.client.Client):
    """`nats.aio.client.Client` that can also `receive` and `send`."""

    def __init__(self) -> None:
        super().__init__()
        self._receivers: dict[int, Receiver] = {}
        self._alarm: asyncio.TimerHandle | None = None

    async def receive(self, subject: str, receiver: Receiver) -> Subscription:
        """Call the receiver with each message on the subject, also after a reconnect.

        Nothing may be sent there before this returns. End it by `forget`.
        """
        subscription = await self.subscribe(subject)
        self._receivers[subscription._id] = receiver  # noqa: SLF001
        return subscription

    async def forget(self, subscription: Subscription) -> None:
        """Receive no more."""
        self._receivers.pop(subscription._id, None)  # noqa: SLF001
        if self.is_connected:
            await subscription.unsubscribe()

    def send(
        self,
        subject: str,
        body: bytes,
        reply: str = "",
        headers: Mapping[str, str] | None = None,
        *,
        later: bool = False,
    ) -> None:
        """Publish without waiting; while the broker is away it is kept until it is back.

        With `later` it goes with the next message, or after `LATER`: the broker wakes up once for
        both. Subject and headers must be well-formed. Raises nats.errors.Error when not taken.
        """
        if self.is_closed:
            raise errors.ConnectionClosedError
        if len(body) > self.max_payload:
            raise errors.MaxPayloadError
        if headers:
            lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
            head = f"NATS/1.0\r\n{lines}\r\n".encode()
            sizes = f"{len(head)} {len(head) + len(body)}"
            command = b"HPUB %b\r\n%b%b\r\n" % (f"{subject} {reply} {sizes}".encode(), head, body)
        else:
            command = b"PUB %b\r\n%b\r\n" % (f"{subject} {reply} {len(body)}".encode(), body)
        if self._pending_data_size + len(command) > self._max_pending_size:
            raise errors.OutboundBufferLimitError
        self._pending.append(command)
        self._pending_data_size += len(command)
        if not later:
            self._write()
        elif self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(LATER, self._write)

    def drop_pending(self) -> None:
        """Forget what is not written yet, which would be sent after the next connect."""
        self._pending.clear()
        self._pending_data_size = 0

    def _write(self) -> None:
        """Wake the task that writes; once is enough for many messages."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        queue = self._flush_queue
        if self.is_connected and queue is not None and queue.empty():
            queue.put_nowait(asyncio.get_running_loop().create_future())

    async def _process_msg(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes | None
    ) -> None:
        """Called by the client's parser with each message."""
        receiver = self._receivers.get(sid)
        if receiver is None:
            # Its own types do not say that there may be no headers.
            await super()._process_msg(sid, subject, reply, data, headers)  # type: ignore[arg-type]
            return
        try:
            receiver(subject.decode(), reply.decode(), data, headers or b"")
        except Exception:
            # It would end the loop that reads, and with it every other subscription.
            log.exception("receiver broke", subject=subject.decode(errors="replace"))


def header(raw: bytes, name: str) -> str:
    """One header from their bytes; "" when it is not there."""
    start = raw.find(f"\n{name}:".encode())
    if start < 0:
        return ""
    value = raw[start + len(name) + 2 : raw.find(b"\r", start + 1)]
    return value.decode("utf-8", "replace").strip()


def read_headers(raw: bytes) -> dict[str, str]:
    """Headers from their bytes; "Status" and "Description" stand for the broker's own line."""
    if not raw:
        return {}
    first, *lines = raw.decode("utf-8", "replace").split("\r\n")
    headers: dict[str, str] = {}
    if len(first) > len(_VERSION):
        status, _, description = first[len(_VERSION) + 1 :].partition(" ")
        headers = {"Status": status, "Description": description}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            headers[name] = value.strip()
    return headers
