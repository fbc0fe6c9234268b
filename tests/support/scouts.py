"""Scout agents over the bus in memory whose work is what a test makes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from agents.runner import Work, serve_works
from agents.work import Context
from bus.memory import MemoryBus
from bus.settings import Settings
from contracts import messages as m
from tests.support.worlds import eventually

ONE, TWO = "pipeline1", "pipeline2"
FILE = m.Artifact(sha256="0" * 64, size=1)


def order(pipeline: str = ONE, *, delay: float = 0.0, idea: str = "a shop") -> m.ScoutRun:
    return m.ScoutRun(pipeline=pipeline, timeout=60, idea=idea, delay=delay)


def done(pipeline: str = ONE, *said: str) -> m.ScoutCompleted:
    """An answer; `said` tells one from the other."""
    return m.ScoutCompleted(pipeline=pipeline, report=FILE, patterns=said)


async def simple(command: m.Command, _: Context) -> m.PipelineMessage:
    """Work that goes well at once."""
    return done(command.pipeline)


def raising(error: BaseException, times: int = 1_000) -> Work:
    """Work that raises so often, and goes well then."""
    left = [error] * times

    async def work(command: m.Command, _: Context) -> m.PipelineMessage:
        if left:
            raise left.pop()
        return done(command.pipeline)

    return work


class Gate:
    """Work that tells when it begins and ends when it may; it answers which run it was."""

    def __init__(self) -> None:
        self.begun: asyncio.Queue[str] = asyncio.Queue()
        self.may_end = asyncio.Event()
        self.runs = 0

    async def __call__(self, command: m.Command, _: Context) -> m.PipelineMessage:
        self.runs += 1
        run = f"run {self.runs}"
        self.begun.put_nowait(command.pipeline)
        await self.may_end.wait()
        return done(command.pipeline, run)


@asynccontextmanager
async def serving(
    bus: MemoryBus, work: Work, *, slots: int = 2, module: Any = None
) -> AsyncIterator[asyncio.Event]:
    """One process that does this work; the event tells it to stop, leaving waits for its end."""
    stop = asyncio.Event()
    settings = Settings(genesis_home=Path("/nowhere"), agent_slots=slots)
    functions = {"scout.run": work}
    task = asyncio.create_task(serve_works("scout", functions, bus, settings, stop, module))
    try:
        yield stop
    finally:
        stop.set()
        await task


async def log_of(bus: MemoryBus, count: int, pipeline: str = ONE) -> Sequence[m.Message]:
    """A pipeline's messages, as soon as there are so many."""

    async def grown() -> bool:
        return len(await bus.read(pipeline)) >= count

    await eventually(grown)
    return [entry.message for entry in await bus.read(pipeline)]


async def answer_to(bus: MemoryBus, work: Work) -> m.Message:
    """What stands in the log after the command in the end."""
    await bus.publish(order(), after=0)
    async with serving(bus, work):
        asked, answer = await log_of(bus, 2)
    assert asked == order()
    return answer
