"""Keeps a number of pipelines in flight and notes how long each takes."""

from __future__ import annotations

import asyncio
import itertools
import time

import nats
from msgspec import Struct
from nats.aio.client import Client
from nats.aio.msg import Msg

from contracts import messages as m
from contracts.naming import pipeline_id

IDEA = "A place where members write down recipes with their ingredients, and comment on them."
PATIENCE = 60.0
"""Seconds until a pipeline that does not end is an error."""
WARM_UP = 0.5
"""Seconds that are not measured."""


class Outcome(Struct, frozen=True):
    """`rate` in pipelines a second; `p50` and `p99` in milliseconds from request to end.

    `cpu` is the processor time of all processes but the driver, in milliseconds a pipeline.
    """

    rate: float
    p50: float
    p99: float
    cpu: float = 0.0


def outcome(took: list[float], lasted: float, cpu: float = 0.0) -> Outcome:
    """From the seconds of each pipeline, of the measurement, and of the processors."""
    took = sorted(took)
    return Outcome(
        rate=len(took) / lasted,
        p50=took[len(took) // 2] * 1e3,
        p99=took[int(len(took) * 0.99)] * 1e3,
        cpu=cpu / len(took) * 1e3,
    )


class Driver:
    """Starts pipelines on one broker and listens, without any stream, to their ends."""

    def __init__(self, client: Client, *, floor: bool) -> None:
        self._client = client
        self._floor = floor
        self._numbers = itertools.count()
        self._begun: dict[str, float] = {}
        self._took: list[float] = []
        self._going = False
        self._wanted = 1
        self._enough = asyncio.Event()
        self._empty = asyncio.Event()

    @classmethod
    async def connect(cls, url: str, *, floor: bool) -> Driver:
        client = await nats.connect(url, allow_reconnect=False)
        driver = cls(client, floor=floor)
        await client.subscribe("pipeline.completed.*", cb=driver._completed)
        return driver

    async def close(self) -> None:
        await self._client.close()

    async def one(self) -> None:
        """A single pipeline: after it every process is known to run. Raises TimeoutError."""
        self._empty.clear()
        await self._begin()
        async with asyncio.timeout(PATIENCE):
            await self._empty.wait()

    async def drive(self, in_flight: int, seconds: float) -> tuple[list[float], float]:
        """The seconds of each pipeline that ended within `seconds`, and what that was exactly.

        Longer when fewer ended than were in flight. Raises TimeoutError when one does not end.
        """
        self._going = True
        self._wanted = in_flight
        self._empty.clear()
        self._enough.clear()
        for _ in range(in_flight):
            await self._begin()
        async with asyncio.timeout(PATIENCE + seconds):
            await asyncio.sleep(WARM_UP)
            self._took.clear()
            self._enough.clear()
            began = time.perf_counter()
            await asyncio.sleep(seconds)
            await self._enough.wait()
            lasted = time.perf_counter() - began
            took = list(self._took)
            self._going = False
            await self._empty.wait()
        return took, lasted

    async def _begin(self) -> None:
        request = f"bench-{next(self._numbers)}"
        pipeline = pipeline_id(request)
        message: m.Message
        if self._floor:
            message = m.ScoutRun(pipeline=pipeline, timeout=60, idea=IDEA)
        else:
            message = m.BuildRequested(request_id=request, idea=IDEA, deploy=True)
        self._begun[pipeline] = time.perf_counter()
        await self._client.publish(m.subject(message), m.encode(message))

    async def _completed(self, message: Msg) -> None:
        began = self._begun.pop(message.subject.rpartition(".")[2], None)
        if began is None:
            return
        self._took.append(time.perf_counter() - began)
        if len(self._took) >= self._wanted:
            self._enough.set()
        if self._going:
            await self._begin()
        elif not self._begun:
            self._empty.set()
