"""Trace context in message headers, as W3C Trace Context defines it.

A pipeline is one trace: its first message opens it, and whatever is published while a message
is handled carries the same trace id. Without a recorder each message has a span id of its own that
nobody knows; with one (`bus.spans`) handling is a span, and what it publishes is its child.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Protocol

HEADER = "traceparent"
_VALID = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_random = random.Random()  # noqa: S311  ids tell things apart and protect nothing
_current: ContextVar[str] = ContextVar("traceparent", default="")
_span: ContextVar[Any] = ContextVar("span", default=None)


class Recorder(Protocol):
    """Keeps spans; see `bus.spans.Spans`."""

    def begin(self, received: str, name: str, attributes: Mapping[str, str]) -> tuple[Any, str]:
        """A span that has begun, and the `traceparent` of what is published in it."""
        ...

    def note(self, span: Any, key: str, value: str) -> None:
        """Add to a span that has begun."""
        ...

    def end(self, span: Any, problem: BaseException | None) -> None:
        """The message is handled, or was not."""
        ...


_recorder: Recorder | None = None


def record_by(recorder: Recorder | None) -> None:
    """Keep spans with this recorder from now on, or with none."""
    global _recorder  # noqa: PLW0603  one for the process, as OpenTelemetry's own
    _recorder = recorder


def enter(received: str) -> None:
    """Make the trace of a received message current, from its `traceparent` ("" for none)."""
    _current.set(received if _VALID.fullmatch(received) else _new_span(_new()))


class handling:  # noqa: N801  used like a function
    """While open, a message is handled: `with handling(traceparent, subject):`."""

    __slots__ = ("_open", "_received", "_subject")

    def __init__(self, received: str, subject: str) -> None:
        self._received = received
        self._subject = subject
        self._open: Any = None

    def __enter__(self) -> None:
        """Begin its span, where spans are kept."""
        if _recorder is None:
            enter(self._received)
            return
        name, _, pipeline = self._subject.rpartition(".")
        self._open, sent = _recorder.begin(
            self._received,
            name,
            {
                "messaging.system": "nats",
                "messaging.operation.type": "process",
                "messaging.destination.name": self._subject,
                "genesis.pipeline": pipeline,
            },
        )
        _span.set(self._open)
        _current.set(sent)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        _: TracebackType | None,
    ) -> None:
        """End its span."""
        if self._open is not None and _recorder is not None:
            _recorder.end(self._open, problem)


def note(key: str, value: str) -> None:
    """Say something about the handling that is under way, where spans are kept."""
    span = _span.get()
    if span is not None and _recorder is not None:
        _recorder.note(span, key, value)


def current() -> str:
    """The `traceparent` to send: of the span that is under way, or of a new one."""
    handled = _current.get()
    if _span.get() is not None:
        return handled
    return _new_span(handled[3:35] if handled else _new())


def _new() -> str:
    return f"{_random.getrandbits(128) or 1:032x}"


def _new_span(trace_id: str) -> str:
    return f"00-{trace_id}-{_random.getrandbits(64) or 1:016x}-01"
