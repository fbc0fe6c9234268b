"""Many files to a platform: hashed in threads, sent by a few workers with a connection each.

Memory does not grow with their number: each worker takes the next file when it is free. A file
that fails for a passing reason is sent again, later each time and at no fixed rhythm; a platform
that asks to wait is obeyed by all workers. What was sent stays sent, so a second call with what
the platform still lacks goes on from there.

Errors:
    Again    raised by `put`: this try failed, another one may not
    GaveUp   a file could not be sent, after all tries; says which one and why
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

WORKERS = 8
HASHERS = 4
_PACE = 0.5
"""Seconds between reports of how far it is."""
_random = random.SystemRandom()


class Again(Exception):
    """This try failed for a reason that may pass: in `after` seconds if the platform says so."""

    def __init__(self, reason: str, *, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class GaveUp(Exception):
    """A file could not be sent."""

    def __init__(self, key: str, reason: str, tries: int) -> None:
        super().__init__(f"{key} could not be sent in {tries} tries: {reason}")
        self.key = key
        self.reason = reason


class Patience(Struct, frozen=True):
    """How often a file is sent again, and the seconds before: `first`, doubled up to `most`.

    A platform that asks for more than `limit` seconds at once, or `total` in all, is not waited
    for.
    """

    tries: int = 6
    first: float = 0.5
    most: float = 20.0
    limit: float = 300.0
    total: float = 1200.0

    def before(self, tried: int) -> float:
        """Seconds to wait after `tried` failures, between half and all of what is due."""
        return min(self.most, self.first * 2.0 ** (tried - 1)) * _random.uniform(0.5, 1.0)


class Client(Protocol):
    """What a worker has of its own; `close` may be called while another thread waits on it."""

    def close(self) -> None: ...


C = TypeVar("C", bound=Client)
Send = Callable[[C, str, Path, int], None]
"""`send(client, key, path, tried)`: one try, after `tried` that failed. Raises Again."""


class Digest(Struct, frozen=True):
    """A file's content: its SHA-1 in hex, and its bytes."""

    sha1: str
    size: int


async def digests(files: Mapping[str, Path]) -> dict[str, Digest]:
    """The digest of each file by its key. Raises OSError for one that cannot be read."""
    keys = list(files)
    parts = [keys[start::HASHERS] for start in range(HASHERS)]

    def hashed(part: list[str]) -> list[tuple[str, Digest]]:
        return [(key, digest(files[key])) for key in part]

    found = await asyncio.gather(*(asyncio.to_thread(hashed, part) for part in parts if part))
    known = dict(pair for part in found for pair in part)
    return {key: known[key] for key in keys}


def digest(path: Path) -> Digest:
    """The digest of one file. Blocking."""
    with path.open("rb", buffering=0) as file:
        whole = file.read(1 << 16)
        if len(whole) < 1 << 16:
            return Digest(hashlib.sha1(whole, usedforsecurity=False).hexdigest(), len(whole))
        file.seek(0)
        sha1 = hashlib.file_digest(file, lambda: hashlib.sha1(usedforsecurity=False))
        return Digest(sha1.hexdigest(), file.tell())


async def upload(
    files: Iterable[tuple[str, Path]],
    connect: Callable[[], C],
    send: Send[C],
    *,
    workers: int = WORKERS,
    patience: Patience | None = None,
    tell: Callable[[int], Awaitable[None]] | None = None,
) -> int:
    """Send every file and answer how many; the first that cannot be sent ends it all.

    `tell` hears now and then how many are there. When this is cancelled, nothing is under way
    any more by the time it ends. Raises GaveUp, and what `send` raises besides Again.
    """
    work = _Work(iter(files), connect, send, patience or Patience())
    with ThreadPoolExecutor(workers, thread_name_prefix="upload") as pool:
        loop = asyncio.get_running_loop()
        running = [loop.run_in_executor(pool, work.run) for _ in range(workers)]
        try:
            left = set(running)
            while left:
                _, left = await asyncio.wait(left, timeout=_PACE)
                if tell and not work.stopped.is_set():
                    await tell(work.sent)
        finally:
            work.stop()
            await asyncio.shield(asyncio.wait(running))
    if work.failure is not None:
        raise work.failure
    for each in running:
        each.result()
    return work.sent


class _Work(Generic[C]):
    """What the workers share."""

    def __init__(
        self,
        files: Iterator[tuple[str, Path]],
        connect: Callable[[], C],
        send: Send[C],
        patience: Patience,
    ) -> None:
        self.files = files
        self.connect = connect
        self.send = send
        self.patience = patience
        self.sent = 0
        self.failure: BaseException | None = None
        self.stopped = threading.Event()
        self.lock = threading.Lock()
        self.clients: list[C] = []
        self.not_before = 0.0
        self.waited = 0.0

    def run(self) -> None:
        """One worker, until there is no file left or one has failed."""
        client = self.connect()
        with self.lock:
            self.clients.append(client)
        try:
            while not self.stopped.is_set():
                with self.lock:
                    following = next(self.files, None)
                if following is None:
                    return
                self._send(client, *following)
        except BaseException as error:  # noqa: BLE001  # handed to the caller's thread as it is
            with self.lock:
                if self.failure is None and not self.stopped.is_set():
                    self.failure = error
            self.stop()
        finally:
            client.close()

    def stop(self) -> None:
        """Let every worker end now, also one that waits for an answer."""
        self.stopped.set()
        with self.lock:
            clients = list(self.clients)
        for client in clients:
            client.close()

    def _send(self, client: C, key: str, path: Path) -> None:
        for tried in range(self.patience.tries):
            self._wait()
            if self.stopped.is_set():
                return
            try:
                self.send(client, key, path, tried)
            except Again as again:
                if self.stopped.is_set():
                    return
                if tried + 1 == self.patience.tries:
                    raise GaveUp(key, str(again), tried + 1) from again
                self._put_off(key, again, tried + 1)
            else:
                with self.lock:
                    self.sent += 1
                return

    def _put_off(self, key: str, again: Again, tried: int) -> None:
        if again.after is None:
            self.stopped.wait(self.patience.before(tried))
            return
        with self.lock:
            now = time.monotonic()
            added = max(0.0, now + again.after - max(now, self.not_before))
            too_long = again.after > self.patience.limit
            if too_long or self.waited + added > self.patience.total:
                raise GaveUp(key, f"{again}, for another {again.after:.0f} s", tried) from again
            self.waited += added
            self.not_before = max(self.not_before, now + again.after)

    def _wait(self) -> None:
        with self.lock:
            seconds = self.not_before - time.monotonic()
        if seconds > 0:
            self.stopped.wait(seconds + _random.uniform(0.0, 0.2))
