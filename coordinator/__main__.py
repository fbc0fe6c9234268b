"""`python -m coordinator`: one coordinator as a process."""

from __future__ import annotations

import asyncio
import sys

from bus.install import require_strict
from bus.nats import open_bus
from bus.process import run
from bus.settings import Settings
from coordinator.projection import project
from coordinator.service import Coordinator


async def process(settings: Settings, stop: asyncio.Event) -> None:
    """Coordinate until told to stop; the projection goes on beside, when there is a database."""
    async with open_bus(settings, name="coordinator", wait=True) as bus:
        await require_strict(settings)
        projection = asyncio.create_task(project(settings, bus))
        try:
            await Coordinator(bus).serve(stop)
        finally:
            projection.cancel()
            await asyncio.gather(projection, return_exceptions=True)


if __name__ == "__main__":
    sys.exit(run(process))
