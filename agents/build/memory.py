"""The memory that a tool and all it started hold together, and a watch over it.

Counted is what each process has in RAM (RSS), so what several share counts for each.
"""

from __future__ import annotations

import asyncio
import contextlib
import os

import psutil

PERIOD = 0.5
"""Seconds between looks."""
MIB = 1024 * 1024


def held(group: int) -> int:
    """Bytes that the processes of a group hold. Blocking, for some milliseconds."""
    total = 0
    for pid in psutil.pids():
        # Processes end while they are looked at.
        with contextlib.suppress(psutil.Error, OSError):
            if os.getpgid(pid) == group:
                total += psutil.Process(pid).memory_info().rss
    return total


async def exceeded(group: int, limit: int) -> None:
    """Return when a group holds more than `limit` MiB."""
    while await asyncio.to_thread(held, group) <= limit * MIB:  # noqa: ASYNC110  nobody tells
        await asyncio.sleep(PERIOD)
