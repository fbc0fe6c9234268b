"""The bus in one process: the same semantics as JetStream's, for tests and for trying things.

It encodes and decodes like the real one, so a message that cannot travel fails here too.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import structlog

from bus import topology, tracing
from bus.errors import ArtifactDamaged, ArtifactMissing, BusError, Conflict, Reject, Retry
from bus.port import Artifacts, DeadLetter, Delivery, Handler, Recorded, read
from contracts.messages import (
    Artifact,
    Message,
    MessageError,
    PipelineMessage,
    Request,
    decode,
    encode,
)
from contracts.messages import subject as subject_of

log = structlog.get_logger()

PAUSE = 0.05
"""Seconds before a message whose handler broke is delivered again."""


def matches(pattern: str, subject: str) -> bool:
    """Whether a subject fits a pattern with NATS' wildcards `*` and `>`."""
    wanted, tokens = pattern.split("."), subject.split(".")
    if wanted[-1] == ">":
        return len(tokens) >= len(wanted) and matches(
            ".".join(wanted[:-1]) or "x", ".".join(tokens[: len(wanted) - 1]) or "x"
        )
    return len(wanted) == len(tokens) and all(
        want in ("*", token) for want, token in zip(wanted, tokens, strict=True)
    )


class MemoryArtifacts:
    """`bus.port.Artifacts` in a dictionary."""

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}

    async def put(self, content: bytes, name: str = "") -> Artifact:
        """Store content unless it is there."""
        digest = hashlib.sha256(content).hexdigest()
        self._contents.setdefault(digest, content)
        return Artifact(sha256=digest, size=len(content), name=name)

    async def get(self, artifact: Artifact) -> bytes:
        """The content, checked against its digest. Raises ArtifactMissing, ArtifactDamaged."""
        try:
            content = self._contents[artifact.sha256]
        except KeyError:
            raise ArtifactMissing(f"nothing is stored under sha256 {artifact.sha256}") from None
        if hashlib.sha256(content).hexdigest() != artifact.sha256:
            raise ArtifactDamaged(f"what is stored under sha256 {artifact.sha256} is damaged")
        return content


class _Entry:
    """A stored message."""

    __slots__ = ("after", "body", "sequence", "subject", "time", "trace")

    def __init__(
        self,
        sequence: int,
        subject: str,
        body: bytes,
        trace: str,
        when: float,
        after: int | None,
    ) -> None:
        self.sequence = sequence
        self.after = after
        self.subject = subject
        self.body = body
        self.trace = trace
        self.time = when

    def recorded(self) -> Recorded:
        """The entry as a reader sees it."""
        return read(self.sequence, self.time, self.subject, self.body)


class _Work:
    """What one durable consumer still has to deliver: positions in the log, and attempts."""

    def __init__(self, patterns: tuple[str, ...]) -> None:
        self.patterns = patterns
        self.queue: asyncio.Queue[tuple[_Entry, int]] = asyncio.Queue()

    def offer(self, entry: _Entry) -> None:
        """Queue the entry when the consumer wants it."""
        if any(matches(pattern, entry.subject) for pattern in self.patterns):
            self.queue.put_nowait((entry, 1))


class MemoryBus:
    """`bus.port.Bus` in this process. `clock` gives the server's time in seconds since 1970."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._log: list[_Entry] = []
        self._last: dict[str, int] = {}
        self._work = {each.name: _Work(each.subjects) for each in topology.CONSUMERS}
        self._artifacts = MemoryArtifacts()
        self._letters: list[DeadLetter] = []
        self._grown = asyncio.Condition()
        self._listeners: list[tuple[tuple[str, ...], asyncio.Queue[bytes]]] = []
        self._letter_count = 0
        self._announced: set[str] = set()

    @property
    def artifacts(self) -> Artifacts:
        """The artefacts of this bus."""
        return self._artifacts

    async def publish(self, message: Message, *, after: int | None = None) -> int:
        """Append a message to the log; see `bus.port.Bus.publish`."""
        body = encode(message)
        if isinstance(message, PipelineMessage) and after is not None:
            last = self._last.get(message.pipeline, 0)
            if last != after:
                raise Conflict(f"the newest message has sequence {last}, not {after}")
        return await self._store(subject_of(message), body, tracing.current(), after)

    async def inject(self, subject: str, body: bytes) -> int:
        """Append bytes as a client without Genesis would: unchecked. The sequence."""
        return await self._store(subject, body, "", None)

    async def _store(self, subject: str, body: bytes, trace: str, after: int | None) -> int:
        entry = _Entry(len(self._log) + 1, subject, body, trace, self._clock(), after)
        self._log.append(entry)
        tokens = subject.split(".")
        if len(tokens) == 3:  # noqa: PLR2004  a pipeline's own space
            self._last[tokens[2]] = entry.sequence
        for work in self._work.values():
            work.offer(entry)
        async with self._grown:
            self._grown.notify_all()
        return entry.sequence

    async def tell(self, message: Message) -> None:
        """Send a message outside the log to whoever listens now."""
        body, where = encode(message), subject_of(message)
        for patterns, queue in self._listeners:
            if any(matches(pattern, where) for pattern in patterns):
                queue.put_nowait(body)

    async def announce(self, message: Message) -> None:
        """Store a request, tell an incident; see `bus.port.Bus.announce`."""
        name = topology.once(message)
        if name and name in self._announced:
            return
        self._announced.add(name)
        if isinstance(message, Request):
            await self.publish(message)
        else:
            await self.tell(message)

    @asynccontextmanager
    async def handle(
        self, consumer: str, handler: Handler, *, slots: int = 1
    ) -> AsyncIterator[None]:
        """Give the consumer's messages to `handler` while open."""
        work = self._work[consumer]
        stopping = asyncio.Event()
        tasks = [asyncio.create_task(self._serve(work, handler, stopping)) for _ in range(slots)]
        try:
            yield
        finally:
            stopping.set()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, work: _Work, handler: Handler, stopping: asyncio.Event) -> None:
        stopped = asyncio.create_task(stopping.wait())
        try:
            while not stopping.is_set():
                taking = asyncio.create_task(work.queue.get())
                await asyncio.wait({taking, stopped}, return_when=asyncio.FIRST_COMPLETED)
                if not taking.done():
                    taking.cancel()
                    return
                entry, attempt = taking.result()
                if stopping.is_set():
                    work.queue.put_nowait((entry, attempt))
                    return
                await self._deliver(work, handler, entry, attempt)
        finally:
            stopped.cancel()

    async def _deliver(self, work: _Work, handler: Handler, entry: _Entry, attempt: int) -> None:
        tracing.enter(entry.trace)
        try:
            await handler(Delivery(entry.recorded(), attempt, entry.trace, entry.after))
        except Reject as reason:
            self._bury(entry, str(reason))
        except Retry as retry:
            self._again(work, entry, attempt, retry.after)
        except asyncio.CancelledError:
            work.queue.put_nowait((entry, attempt + 1))
            raise
        except Exception as error:
            if not isinstance(error, BusError):
                log.exception("handler broke", subject=entry.subject)
            self._again(work, entry, attempt, PAUSE)

    def _again(self, work: _Work, entry: _Entry, attempt: int, after: float) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(after, work.queue.put_nowait, (entry, attempt + 1))

    def _bury(self, entry: _Entry, reason: str) -> None:
        self._letter_count += 1
        self._letters.append(
            DeadLetter(
                number=self._letter_count,
                time=self._clock(),
                subject=entry.subject,
                reason=reason,
                body=entry.body,
                sequence=entry.sequence,
            )
        )

    async def read(self, pipeline: str) -> Sequence[Recorded]:
        """The log of one pipeline, oldest first."""
        pattern = topology.space(pipeline)
        return [entry.recorded() for entry in self._log if matches(pattern, entry.subject)]

    async def counts(self, pattern: str) -> Mapping[str, int]:
        """How many messages each subject has, of those that fit the pattern."""
        return Counter(entry.subject for entry in self._log if matches(pattern, entry.subject))

    async def history(self) -> AsyncIterator[Recorded]:
        """The whole log as it is now."""
        for entry in list(self._log):
            yield entry.recorded()

    async def follow(
        self, *, after: int = 0, pipeline: str | None = None
    ) -> AsyncIterator[Recorded]:
        """The log as it grows."""
        pattern = topology.space(pipeline) if pipeline else ">"
        while True:
            while after < len(self._log):
                entry = self._log[after]
                after += 1
                if matches(pattern, entry.subject):
                    yield entry.recorded()
            async with self._grown:
                if after >= len(self._log):
                    await self._grown.wait()

    async def listen(self, *subjects: str) -> AsyncIterator[Message]:
        """Messages outside the log, from now on."""
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        place = (subjects, queue)
        self._listeners.append(place)
        try:
            while True:
                try:
                    message = decode(await queue.get())
                except MessageError:
                    continue
                yield message
        finally:
            self._listeners.remove(place)

    async def dead_letters(self) -> Sequence[DeadLetter]:
        """What could not be handled, oldest first."""
        return list(self._letters)

    async def replay(self, number: int) -> None:
        """Send a dead letter again and forget it. Raises Reject when there is no such letter."""
        for letter in self._letters:
            if letter.number == number:
                self._letters.remove(letter)
                await self.inject(letter.subject, letter.body)
                return
        raise Reject(f"there is no dead letter {number}; see `genesis deadletters list`")
