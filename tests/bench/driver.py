"""Keeps a number of pipelines in flight and notes how long each takes."""

from __future__ import annotations

import asyncio
import itertools
import statistics
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
WARM_UP = 1.0
"""Seconds that are not measured."""


class Outcome(Struct, frozen=True):
    """`rate` in pipelines a second; `p50` and `p99` in milliseconds."""

    rate: float
    p50: float
    p99: float


class Driver:
    """Starts pipelines on one broker and listens, without any stream, to their ends."""

    def __init__(self, client: Client, *, floor: bool) -> None:
        self._client = client
        self._floor = floor
        self._numbers = itertools.count()
        self._begun: dict[str, float] = {}
        self._took: list[float] = []
        self._going = False
        self._empty = asyncio.Event()

    @classmethod
    async def connect(cls, url: str, *, floor: bool) -> Driver:
        client = await nats.connect(url, allow_reconnect=False)
        driver = cls(client, floor=floor)
        await client.subscribe("pipeline.completed.*", cb=driver._completed)
        return driver

    async def close(self) -> None:
        await self._client.close()

    async def measure(self, in_flight: int, seconds: float) -> Outcome:
        """What the pipelines that end within `seconds` come to. Raises TimeoutError."""
        self._going = True
        self._empty.clear()
        for _ in range(in_flight):
            await self._begin()
        async with asyncio.timeout(PATIENCE + seconds):
            await asyncio.sleep(WARM_UP)
            self._took.clear()
            began = time.perf_counter()
            await asyncio.sleep(seconds)
            lasted = time.perf_counter() - began
            took = sorted(self._took)
            self._going = False
            await self._empty.wait()
        if not took:
            raise TimeoutError(f"no pipeline ended within {seconds:g} s")
        return Outcome(
            rate=len(took) / lasted,
            p50=statistics.median(took) * 1e3,
            p99=took[int(len(took) * 0.99)] * 1e3,
        )

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
        if self._going:
            await self._begin()
        elif not self._begun:
            self._empty.set()
