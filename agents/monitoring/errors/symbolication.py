"""Calls in served files as calls in the original ones. Pure."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import structs

from agents.monitoring.errors.event import ErrorEvent, Exception_, Frame
from agents.monitoring.errors.frames import LIBRARY
from agents.monitoring.errors.sourcemap import Original

Find = Callable[[str, int, int], Original | None]
"""File, line and column, as served, to the original."""


def symbolicated(event: ErrorEvent, find: Find) -> ErrorEvent:
    """The event with original places where they are found."""
    exceptions = tuple(_exception(one, find) for one in event.exceptions)
    return structs.replace(event, exceptions=exceptions)


def _exception(one: Exception_, find: Find) -> Exception_:
    originals = [
        find(frame.file, frame.line, frame.column)
        if frame.line is not None and frame.column is not None
        else None
        for frame in one.frames
    ]
    # What a call is called stands where it is made: in the frame around it.
    callers = [*originals[1:], None]
    frames = tuple(
        _frame(frame, original, caller)
        for frame, original, caller in zip(one.frames, originals, callers, strict=True)
    )
    return structs.replace(one, frames=frames)


def _frame(frame: Frame, original: Original | None, caller: Original | None) -> Frame:
    if original is None:
        return frame
    return structs.replace(
        frame,
        file=original.file,
        function=(caller.name if caller else "") or frame.function,
        line=original.line,
        column=original.column,
        in_app=frame.in_app and not LIBRARY.search(original.file),
        before=original.before,
        source=original.source,
        after=original.after,
        module="",
        served=f"{frame.file}:{frame.line}:{frame.column}"[:600],
    )
