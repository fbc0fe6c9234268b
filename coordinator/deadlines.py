"""When the open questions of pipelines expire: a heap that can be rebuilt from the log."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Awaitable, Callable

import structlog

from bus.errors import BusError
from coordinator.saga import Question

log = structlog.get_logger()

LOOK = 0.2
"""Seconds between looks at the heap."""
AGAIN = 2.0
"""Seconds until an expiry that could not be recorded is tried again."""
SLACK = 1_000
"""Questions answered long before their deadline that the heap may hold beside the open ones."""

Expire = Callable[[str, Question], Awaitable[None]]


class Deadlines:
    """Calls `expire` for each question whose deadline passed while it was still the open one."""

    def __init__(self, expire: Expire, clock: Callable[[], float] = time.time) -> None:
        self._expire = expire
        self._clock = clock
        self._open: dict[str, Question] = {}
        self._heap: list[tuple[float, str, int]] = []

    def now(self) -> float:
        """Seconds since 1970."""
        return self._clock()

    def watch(self, pipeline: str, question: Question | None) -> None:
        """Note what a pipeline waits for now; None for nothing."""
        known = self._open.get(pipeline)
        if question is None:
            if known is not None:
                del self._open[pipeline]
            return
        if known is not None and known.sequence >= question.sequence:
            return
        self._open[pipeline] = question
        heapq.heappush(self._heap, (question.deadline, pipeline, question.sequence))
        if len(self._heap) > 2 * len(self._open) + SLACK:
            # From the heap and not from what is open: that would revive what has expired.
            self._heap = [each for each in set(self._heap) if self._asked(*each[1:])]
            heapq.heapify(self._heap)

    def _asked(self, pipeline: str, sequence: int) -> Question | None:
        """The question, when it is still the open one."""
        question = self._open.get(pipeline)
        return question if question is not None and question.sequence == sequence else None

    async def run(self) -> None:
        """Expire what is due, for ever."""
        while True:
            await asyncio.sleep(LOOK)
            await self.expire_due()

    async def expire_due(self) -> None:
        """Expire what is due now."""
        now = self._clock()
        while self._heap and self._heap[0][0] <= now:
            _, pipeline, sequence = heapq.heappop(self._heap)
            question = self._asked(pipeline, sequence)
            if question is None:
                continue
            try:
                await self._expire(pipeline, question)
            except BusError as error:
                log.warning("deadline not recorded yet", pipeline=pipeline, error=str(error))
                heapq.heappush(self._heap, (now + AGAIN, pipeline, sequence))
