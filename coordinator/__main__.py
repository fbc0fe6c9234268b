"""`python -m coordinator`: one coordinator as a process."""

from __future__ import annotations

import asyncio
import sys

import structlog

from bus.errors import BusUnavailable
from bus.install import require_strict
from bus.nats import open_bus
from bus.process import run
from bus.settings import Settings
from coordinator.projection import project
from coordinator.service import Coordinator

log = structlog.get_logger()

AGAIN = 0.5
"""Seconds until a broker that does not answer is asked again."""


async def _strict(settings: Settings, stop: asyncio.Event) -> bool:
    """Whether the broker is strict; one that is just starting again is waited for.

    False when told to stop before that is known. Raises BusMisconfigured when it is not.
    """
    while not stop.is_set():
        try:
            await require_strict(settings)
        except BusUnavailable as error:
            log.warning("durability not known yet", error=str(error))
            await asyncio.sleep(AGAIN)
        else:
            return True
    return False


async def process(settings: Settings, stop: asyncio.Event) -> None:
    """Coordinate until told to stop; the projection goes on beside, when there is a database."""
    async with open_bus(settings, name="coordinator", wait=True) as bus:
        if not await _strict(settings, stop):
            return
        projection = asyncio.create_task(project(settings, bus))
        try:
            await Coordinator(bus).serve(stop)
        finally:
            projection.cancel()
            await asyncio.gather(projection, return_exceptions=True)


if __name__ == "__main__":
    sys.exit(run(process))
