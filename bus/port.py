"""The bus as everything else sees it: publish and handle, and a log that can be read.

Two implementations pass one suite of tests: `bus.nats` (JetStream) and `bus.memory`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from msgspec import Struct

from contracts.messages import Artifact, Message, MessageError, UndecodableMessage, decode
from contracts.messages import subject as subject_of


class Unreadable(Message, frozen=True, kw_only=True, tag="unreadable"):
    """What stands in the log where a message cannot be decoded: it has a place and a reason."""

    subject: str
    reason: str


class Recorded(Struct, frozen=True):
    """A message as the log holds it.

    `sequence` is its place in the stream, `time` the server's clock in seconds since 1970.
    """

    sequence: int
    time: float
    message: Message


def read(sequence: int, time: float, subject: str, body: bytes) -> Recorded:
    """An entry of the log from its bytes; never fails, see `Unreadable`.

    The broker's permissions hold for the subject, so a body that claims another pipeline, sender
    or type than its subject is not believed.
    """
    try:
        message = decode(body)
        if (claimed := subject_of(message)) != subject:
            raise UndecodableMessage(f"a message for {claimed} does not travel on {subject}")
        return Recorded(sequence, time, message)
    except MessageError as error:
        return Recorded(sequence, time, Unreadable(subject=subject, reason=str(error)))


class Delivery(Struct, frozen=True):
    """A message on its way to one handler: `attempt` counts from 1.

    `trace` is the `traceparent` that it came with, "" for none. `after` is the sequence that the
    broker compared when it took the message: nothing of the same pipeline lies between the two.
    None when it was appended without a comparison.
    """

    recorded: Recorded
    attempt: int = 1
    trace: str = ""
    after: int | None = None


class DeadLetter(Struct, frozen=True, kw_only=True):
    """A message that could not be handled: why, and all that is needed to send it again."""

    number: int
    time: float
    subject: str
    reason: str
    body: bytes
    sequence: int


Handler = Callable[[Delivery], Awaitable[None]]
"""An undecodable message arrives as `Unreadable`.

Returning acknowledges; raising `bus.errors.Retry` redelivers later, `Reject` dead-letters.

While it runs the delivery is kept alive. Any other exception redelivers after a pause."""


class Artifacts(Protocol):
    """Content by its own sha256. What is stored once is never stored again."""

    async def put(self, content: bytes, name: str = "") -> Artifact:
        """Store content. Raises BusUnavailable."""
        ...

    async def get(self, artifact: Artifact) -> bytes:
        """The content, checked against its digest. Raises ArtifactMissing or ArtifactDamaged."""
        ...


class Bus(Protocol):
    """Messages in, messages out, and the log of each pipeline."""

    @property
    def artifacts(self) -> Artifacts:
        """The Object Store beside the log."""
        ...

    async def publish(self, message: Message, *, after: int | None = None) -> int:
        """Append a message to the log and return its sequence, once it is stored.

        With `after`, only if the newest message of the same pipeline has that sequence (0 for
        none): the compare-and-swap that every transition is. Raises Conflict when it has not,
        BusUnavailable when the broker cannot be reached, OversizedMessage.
        """
        ...

    async def tell(self, message: Message) -> None:
        """Send a message outside the log (progress, signals); it may be lost."""
        ...

    async def announce(self, message: Message) -> None:
        """Have a message stored that follows from no pipeline's log: an incident, a request.

        Returns once it is stored. Announced again within a day, an incident's change or a
        request with a `request_id` is not stored again. Raises BusUnavailable, OversizedMessage.
        """
        ...

    def handle(
        self, consumer: str, handler: Handler, *, slots: int = 1
    ) -> AbstractAsyncContextManager[None]:
        """While the context is open, give the durable consumer's messages to `handler`.

        At most `slots` at a time; all processes of one consumer share the work. Leaving the
        context takes no new message and waits for those in hand.
        """
        ...

    async def read(self, pipeline: str) -> Sequence[Recorded]:
        """The log of one pipeline, oldest first; empty when there is none."""
        ...

    async def counts(self, pattern: str) -> Mapping[str, int]:
        """How many messages of the log each subject has, of those that fit NATS' pattern.

        From the broker's index: it costs by the number of subjects, not of messages.
        """
        ...

    def history(self) -> AsyncIterator[Recorded]:
        """The whole log as it is now, oldest first."""
        ...

    def follow(self, *, after: int = 0, pipeline: str | None = None) -> AsyncIterator[Recorded]:
        """The log from the sequence above `after` on, as it grows, for ever.

        With `pipeline`, of that pipeline alone.
        """
        ...

    def listen(self, *subjects: str) -> AsyncIterator[Message]:
        """Messages outside the log on these subjects, from now on."""
        ...

    async def dead_letters(self) -> Sequence[DeadLetter]:
        """What could not be handled, oldest first."""
        ...

    async def replay(self, number: int) -> None:
        """Send a dead letter's body again to where it came from, and forget the letter."""
        ...
