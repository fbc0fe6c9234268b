"""Work that goes on side by side, so that what breaks in one part stops no other."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Mapping

import structlog

log = structlog.get_logger()

PAUSE = 5.0
"""Seconds until a part that broke begins again."""


async def side_by_side(
    parts: Mapping[str, Callable[[], Awaitable[None]]], stop: asyncio.Event
) -> None:
    """Run every part until `stop`, or its own end; one that breaks begins again after a pause."""
    async with asyncio.TaskGroup() as group:
        for name, part in parts.items():
            group.create_task(_go_on(name, part, stop), name=name)


async def _go_on(name: str, part: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await part()
        except Exception as error:  # noqa: BLE001  whatever it is, the others go on
            # As text: a renderer for people would show variables, and secrets with them.
            told = "".join(traceback.format_exception(error))
            log.error("a part of monitoring broke and begins again", part=name, traceback=told)
        else:
            return
        try:
            async with asyncio.timeout(PAUSE):
                await stop.wait()
        except TimeoutError:
            continue
