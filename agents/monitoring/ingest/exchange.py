"""A request and its answer, as the parts see them: no ASGI beyond this file and server.py."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_address
from urllib.parse import parse_qsl

from msgspec import Struct

from agents.monitoring.ingest.unpacking import TooLarge, Undecodable, unpack

KIB = 1024
MIB = 1024 * KIB
MOST_PACKED = 20 * MIB
"""Bytes of a request's body as it is sent; Sentry's own limit."""
MOST_MEMORY = 192 * MIB
"""Bytes that the bodies of all requests hold together."""
SMALL = 64 * KIB
"""Bytes of a packed body up to which it is unpacked at once."""
BODY_PATIENCE = 30.0
"""Seconds that a body may take to arrive."""

Receive = Callable[[], Awaitable[Mapping[str, object]]]


class Answer(Struct, frozen=True):
    """What a request gets back."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"


class Refused(Exception):
    """The request is not taken; nothing of it was kept. `text` is for whoever sent it."""

    def __init__(self, status: int, text: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = headers


class Gone(Exception):
    """Whoever sent the request went away before its end."""


class Memory:
    """What the bodies of all requests may hold together, and what they hold.

    Up to two large ones are unpacked at a time, on threads, each within its own limit.
    """

    def __init__(self, most: int = MOST_MEMORY) -> None:
        self._left = most
        self._unpackers = asyncio.Semaphore(2)

    def take(self, size: int) -> None:
        """Hold more bytes. Raises Refused (503) when there are none."""
        if size > self._left:
            raise Refused(503, "too much is being taken at the moment", (("retry-after", "5"),))
        self._left -= size

    def give_back(self, size: int) -> None:
        """Hold them no longer."""
        self._left += size

    async def unpack(self, encoding: str, data: bytes, most: int) -> bytes:
        """As `unpacking.unpack`."""
        if len(data) <= SMALL:
            try:
                return unpack(encoding, data, min(most, MIB))
            except TooLarge:
                if most <= MIB:
                    raise
        async with self._unpackers:
            return await asyncio.to_thread(unpack, encoding, data, most)


class Request:
    """One request; header names are lower case, of repeated values the last one counts."""

    def __init__(
        self,
        method: str,
        path: str,
        query: bytes,
        headers: list[tuple[bytes, bytes]],
        peer: str,
        receive: Receive,
        memory: Memory,
    ) -> None:
        self.method = method
        self.path = path
        self.path_values: Mapping[str, str] = {}
        self._query = query
        self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
        self.peer = peer
        self._receive = receive
        self._memory = memory
        self._held = 0

    def close(self) -> None:
        """Give back what its body held."""
        self._memory.give_back(self._held)
        self._held = 0

    def _hold(self, size: int) -> None:
        self._memory.take(size)
        self._held += size

    @property
    def query(self) -> dict[str, str]:
        """The query's values; what is not UTF-8 has replacement characters."""
        try:
            pairs = parse_qsl(
                self._query.decode("latin-1"), keep_blank_values=True, max_num_fields=100
            )
        except ValueError:
            raise Refused(400, "the query has too many fields") from None
        return dict(pairs)

    @property
    def origin(self) -> str:
        """The page's origin as the browser says it, "" when there is none."""
        return self.headers.get("origin", "")

    @property
    def sender(self) -> str:
        """The address of whoever sent it: the one that a proxy of our own network names last."""
        named = self.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        return named[:60] if named and _near(self.peer) else self.peer

    async def body(self, most: int, *, packed: int = MOST_PACKED) -> bytes:
        """The whole body, unpacked as Content-Encoding says.

        `most` is the limit of bytes unpacked, `packed` as they are sent. Raises Refused: 413 over
        a limit, 408 when it comes too slowly, 400 when it cannot be unpacked, 415 for an unknown
        encoding, 503 when all bodies together would be too much. Gone when the sender is.
        """
        packed = min(packed, most) if self._encoding == "identity" else packed
        declared = self.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > packed:
            raise Refused(413, f"the body is larger than {packed} bytes")
        try:
            async with asyncio.timeout(BODY_PATIENCE):
                data = await self._received(packed)
        except TimeoutError:
            raise Refused(408, "the body did not come in time") from None
        if self._encoding == "identity":
            return data
        return await self._unpacked(data, most)

    @property
    def _encoding(self) -> str:
        return self.headers.get("content-encoding", "").strip().lower() or "identity"

    async def _received(self, most: int) -> bytes:
        pieces: list[bytes] = []
        size = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Gone
            piece = message.get("body", b"")
            assert isinstance(piece, bytes)
            size += len(piece)
            if size > most:
                raise Refused(413, f"the body is larger than {most} bytes")
            self._hold(len(piece))
            pieces.append(piece)
            if not message.get("more_body"):
                return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def _unpacked(self, data: bytes, most: int) -> bytes:
        try:
            unpacked = await self._memory.unpack(self._encoding, data, most)
        except Undecodable as error:
            raise Refused(400, str(error)) from None
        except LookupError:
            raise Refused(415, f"content-encoding {self._encoding[:40]!r} is not known") from None
        except TooLarge as error:
            raise Refused(413, str(error)) from None
        self._hold(len(unpacked))
        return unpacked


def _near(peer: str) -> bool:
    try:
        return ip_address(peer).is_private
    except ValueError:
        return False
