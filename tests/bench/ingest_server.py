"""The monitoring agent's server for signals alone, as its process runs it, without rate limits."""

from __future__ import annotations

import asyncio
import sys

from agents.__main__ import loop_of
from agents.monitoring.ingest.limits import Limits, Rate
from agents.monitoring.ingest.server import serve
from bus.process import run
from bus.settings import Settings

LIFTED = Rate(1e9, 1e9)


async def process(settings: Settings, stop: asyncio.Event) -> None:
    """Serve until the process is told to end."""
    await serve(settings, stop, limits=Limits({}, LIFTED))


if __name__ == "__main__":
    sys.exit(run(process, loop=loop_of("monitoring")))
