"""Which other coordinators live: when one is gone, its deadlines are everybody's."""

from __future__ import annotations

import asyncio
import time
import uuid

import structlog

from bus.errors import BusError
from bus.port import Bus
from contracts.messages import CoordinatorAlive

log = structlog.get_logger()

BEAT = 1.0
"""Seconds between signs of life."""
GONE = 5.0
"""Seconds of silence after which a coordinator counts as gone."""


class Peers:
    """Listens to the other coordinators and lets them hear this one."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._name = uuid.uuid4().hex[:12]
        self._heard: dict[str, float] = {}
        self._lost = asyncio.Event()

    async def one_lost(self) -> None:
        """Return when a coordinator that was heard is heard no more."""
        await self._lost.wait()
        self._lost.clear()

    async def run(self) -> None:
        """Beat and listen, for ever; say goodbye at the end. Raises what ended the listening."""
        listening = asyncio.create_task(self._listen())
        try:
            while not listening.done():
                await self._say(leaving=False)
                self._look()
                await asyncio.sleep(BEAT)
            listening.result()
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            await self._say(leaving=True)

    async def _say(self, *, leaving: bool) -> None:
        try:
            await self._bus.tell(CoordinatorAlive(name=self._name, leaving=leaving))
        except BusError as error:
            log.warning("sign of life not sent", error=str(error))

    async def _listen(self) -> None:
        async for sign in self._bus.listen("signal.alive.*"):
            if not isinstance(sign, CoordinatorAlive) or sign.name == self._name:
                continue
            # One that leaves is lost at the next look, long before its silence would show.
            self._heard[sign.name] = 0.0 if sign.leaving else time.monotonic()

    def _look(self) -> None:
        limit = time.monotonic() - GONE
        for name in [name for name, heard in self._heard.items() if heard < limit]:
            del self._heard[name]
            self._lost.set()
