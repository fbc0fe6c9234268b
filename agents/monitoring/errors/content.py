"""An event as bytes: what is kept whole of it."""

from __future__ import annotations

import msgspec
import zstandard
from msgspec import structs

from agents.monitoring.errors.event import ErrorEvent

MOST = 64 * 1024
"""Bytes of a packed event."""
MOST_PLAIN = 16 * 1024 * 1024
FEW = 10
_DECODER = msgspec.json.Decoder(ErrorEvent)


def packed(event: ErrorEvent) -> bytes:
    """An event in at most MOST bytes; of one that is larger the least telling is left out."""
    for one in (event, _shorter(event), _shortest(event)):
        made = zstandard.ZstdCompressor(level=3).compress(msgspec.json.encode(one))
        if len(made) <= MOST:
            break
    return made


def _shorter(event: ErrorEvent) -> ErrorEvent:
    """Without breadcrumbs and what stands around the lines."""
    exceptions = tuple(
        structs.replace(
            one, frames=tuple(structs.replace(call, before=(), after=()) for call in one.frames)
        )
        for one in event.exceptions
    )
    return structs.replace(event, breadcrumbs=(), exceptions=exceptions)


def _shortest(event: ErrorEvent) -> ErrorEvent:
    """With the innermost calls alone."""
    exceptions = tuple(
        structs.replace(one, value=one.value[:1000], frames=one.frames[:FEW])
        for one in _shorter(event).exceptions
    )
    return structs.replace(_shorter(event), tags=event.tags[:FEW], exceptions=exceptions)


def unpacked(content: bytes) -> ErrorEvent:
    """What `packed` was given."""
    plain = zstandard.ZstdDecompressor().decompress(content, max_output_size=MOST_PLAIN)
    return _DECODER.decode(plain)
