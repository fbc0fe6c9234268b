"""The coordinator over the bus in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bus.memory import MemoryBus
from bus.port import Recorded
from contracts import messages as m
from contracts.naming import pipeline_id
from coordinator import saga
from coordinator.service import Coordinator, _unfinished

PATIENCE = 30.0
ONE, TWO = "pipeline1", "pipeline2"
REQUEST = m.BuildRequested(idea="a shop for plants", request_id="one")
NOTHING = m.Artifact(sha256="0" * 64, size=0)


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def serving(bus: MemoryBus, clock: Clock) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(Coordinator(bus, clock).serve(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def appended(bus: MemoryBus, kind: type[m.Message]) -> Recorded:
    """The first entry of the log that is of this kind, as soon as there is one."""
    async with asyncio.timeout(PATIENCE):
        async for entry in bus.follow():
            if isinstance(entry.message, kind):
                return entry
    raise AssertionError("the log does not end")


async def begin(bus: MemoryBus, pipeline: str) -> int:
    """What a coordinator that is gone left behind: a command that nobody answers."""
    started = m.PipelineStarted(
        pipeline=pipeline, saga=saga.SAGA, request=REQUEST, steps=saga.steps_of(REQUEST)
    )
    first = await bus.publish(started, after=0)
    return await bus.publish(m.ScoutRun(pipeline=pipeline, timeout=60, idea="x"), after=first)


async def test_a_deadline_that_another_coordinator_left_behind_is_kept() -> None:
    clock = Clock()
    bus = MemoryBus(clock)
    asked = await begin(bus, ONE)
    clock.now += 61
    async with serving(bus, clock):
        timed_out = (await appended(bus, m.PipelineTimedOut)).message
        failed = (await appended(bus, m.PipelineFailed)).message
    assert timed_out == m.PipelineTimedOut(pipeline=ONE, waited_for=asked, what="scout.run")
    assert isinstance(failed, m.PipelineFailed)
    assert failed.code == "timeout"


async def test_an_answer_that_overtakes_the_word_on_its_command_is_followed() -> None:
    class Late(MemoryBus):
        """Says that a message is stored only when it has been answered."""

        async def publish(self, message: m.Message, *, after: int | None = None) -> int:
            sequence = await super().publish(message, after=after)
            if isinstance(message, m.ScoutRun):
                answer = m.ScoutCompleted(pipeline=message.pipeline, report=NOTHING)
                await super().publish(answer, after=sequence)
                # The coordinator has the answer now, and waits.
                await asyncio.sleep(0.05)
            return sequence

    clock = Clock()
    bus = Late(clock)
    async with serving(bus, clock):
        await bus.publish(REQUEST)
        plan = await appended(bus, m.PlanRun)
    log = await bus.read(pipeline_id("one"))
    assert [type(entry.message) for entry in log] == [
        m.PipelineStarted, m.ScoutRun, m.ScoutCompleted, m.PlanRun,
    ]  # fmt: skip
    assert log[-1].sequence == plan.sequence


async def test_an_approval_given_before_the_request_waits_for_the_start() -> None:
    bus, pipeline = MemoryBus(), pipeline_id("one")
    ahead = m.Approval(pipeline=pipeline, who="ci", granted=True, seen=0, automatic=True)
    async with serving(bus, Clock()):
        await bus.publish(ahead, after=0)
        await bus.publish(REQUEST)
        await appended(bus, m.ScoutRun)
    log = await bus.read(pipeline)
    assert [type(entry.message) for entry in log] == [m.Approval, m.PipelineStarted, m.ScoutRun]
    state = saga.State()
    for entry in log:
        state = saga.fold(state, entry)
    assert state.approval == ahead
    assert await bus.dead_letters() == []


async def test_what_is_said_to_no_pipeline_is_kept_with_its_reason() -> None:
    bus = MemoryBus()
    async with serving(bus, Clock()):
        await bus.publish(m.Approval(pipeline=ONE, who="anna", granted=True, seen=1))
        async with asyncio.timeout(PATIENCE):
            while not await bus.dead_letters():  # noqa: ASYNC110  nobody announces it
                await asyncio.sleep(0.01)
    (letter,) = await bus.dead_letters()
    assert "there is no pipeline" in letter.reason


@pytest.mark.parametrize(
    ("events", "open_"),
    [
        (("started",), True),
        (("started", "awaiting_approval"), True),
        (("started", "stuck"), True),
        (("started", "completed"), False),
        (("started", "failed"), False),
        (("started", "rolled_back"), False),
        (("started", "completed", "rollback_accepted"), True),
        (("failed",), False),
    ],
)
def test_only_pipelines_that_have_not_ended_are_read(events: tuple[str, ...], open_: bool) -> None:
    subjects = [f"pipeline.{event}.{ONE}" for event in events]
    other = [f"pipeline.{event}.{TWO}" for event in ("started", "completed")]
    assert _unfinished([*subjects, *other]) == ([ONE] if open_ else [])
