"""Trace context in message headers, as W3C Trace Context defines it.

A pipeline is one trace: its first message opens it, and whatever is published while a message
is handled carries the same trace id with a span id of its own.
"""

from __future__ import annotations

import random
import re
from contextvars import ContextVar

HEADER = "traceparent"
_VALID = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_random = random.Random()  # noqa: S311  ids tell things apart and protect nothing
_current: ContextVar[str] = ContextVar("traceparent", default="")


def enter(received: str) -> None:
    """Make the trace of a received message current, from its `traceparent` ("" for none)."""
    _current.set(received if _VALID.fullmatch(received) else _span(_new()))


def current() -> str:
    """The `traceparent` to send: a new span of the trace being handled, or of a new one."""
    handled = _current.get()
    return _span(handled[3:35] if handled else _new())


def _new() -> str:
    return f"{_random.getrandbits(128) or 1:032x}"


def _span(trace_id: str) -> str:
    return f"00-{trace_id}-{_random.getrandbits(64) or 1:016x}-01"
