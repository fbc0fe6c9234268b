"""Visitors of an app: with connections that they keep, new ones, slow pages and long uploads."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Self

PIECES, PIECE = 12, 8192
"""An upload comes in so many pieces of so many bytes, with a pause before each."""
PAUSE = 0.1


class Load:
    """`builds` counts the good answers by build, `kinds` by visitor; `failures` has all others."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.builds: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.failures: list[str] = []
        self._stop = asyncio.Event()
        self._enough = asyncio.Event()
        self._wanted = 0

    async def until(self, answered: int) -> None:
        """Wait for so many good answers in all."""
        self._wanted = answered
        self._enough.clear()
        if self.builds.total() < answered:
            await self._enough.wait()

    async def during(self, work: Callable[[], Awaitable[None]]) -> None:
        """Send requests while `work` goes on; what is under way then is answered too."""
        visitors = [self._keeping] * 5 + [self._coming] * 3 + [self._waiting] * 2
        async with asyncio.TaskGroup() as group:
            for visitor in [*visitors, self._uploading, self._uploading]:
                group.create_task(self._visit(visitor))
            try:
                await work()
            finally:
                self._stop.set()

    async def _visit(self, visitor: Callable[[], Awaitable[None]]) -> None:
        while not self._stop.is_set():
            try:
                await visitor()
            except (OSError, EOFError, IndexError, ValueError) as error:
                self.failures.append(f"{visitor.__name__}: {error!r}")
                self._enough.set()

    async def _keeping(self) -> None:
        """One connection for all requests."""
        link = Link(self.port)
        async with link:
            while not self._stop.is_set():
                self._take("keeping", await link.ask(b"GET /api/health HTTP/1.1\r\n"))

    async def _coming(self) -> None:
        """A connection for each request."""
        async with Link(self.port) as link:
            self._take("coming", await link.ask(b"GET /api/health HTTP/1.1\r\n"))

    async def _waiting(self) -> None:
        """A page that takes longer than a switch."""
        async with Link(self.port) as link:
            self._take("waiting", await link.ask(b"GET /slow HTTP/1.1\r\n"))

    async def _uploading(self) -> None:
        """A body that comes slowly; the answer says what arrived."""
        body = hashlib.sha512(str(self.builds).encode()).digest() * (PIECE // 64)
        async with Link(self.port) as link:
            length = f"POST /upload HTTP/1.1\r\nContent-Length: {PIECES * PIECE}\r\n"
            said = await link.ask(length.encode(), [body] * PIECES)
        if said["sha256"] != hashlib.sha256(body * PIECES).hexdigest():
            raise ValueError("other bytes arrived than were sent")
        self._take("uploading", said)

    def _take(self, kind: str, said: dict[str, str]) -> None:
        self.builds[said["build"]] += 1
        self.kinds[kind] += 1
        if self.builds.total() >= self._wanted:
            self._enough.set()


class Link:
    """A connection; leaving it closes it."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    async def ask(self, first: bytes, pieces: list[bytes] | None = None) -> dict[str, str]:
        """The JSON of a good answer. Raises OSError, EOFError, IndexError or ValueError else."""
        self.writer.write(first + b"Host: a\r\n\r\n")
        for piece in pieces or ():
            await asyncio.sleep(PAUSE)
            self.writer.write(piece)
            await self.writer.drain()
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
        body = await self.reader.readexactly(length)
        if not head.startswith(b"http/1.1 200"):
            raise ValueError(head.decode())
        return dict(json.loads(body))
