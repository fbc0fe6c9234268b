"""Work that is cancelled, ends too late, or is asked for again: the log takes one answer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agents.runner import Agent
from agents.work import AgentError, Context
from bus.memory import MemoryBus
from bus.port import Delivery
from bus.settings import Settings
from contracts import messages as m
from tests.support.scouts import ONE, TWO, Gate, done, log_of, order, serving

CANCEL = m.Cancel(pipeline=ONE, who="anna")
STOPPED = m.ScoutFailed(pipeline=ONE, code="cancelled", message="stopped before it was done")


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


# --- Cancelled -------------------------------------------------------------------------------


async def test_a_signal_stops_the_work_on_its_pipeline_and_on_no_other(bus: MemoryBus) -> None:
    gate = Gate()
    await bus.publish(order(ONE), after=0)
    await bus.publish(order(TWO), after=0)
    async with serving(bus, gate, slots=2):
        assert {await gate.begun.get(), await gate.begun.get()} == {ONE, TWO}
        await bus.tell(m.CancelSignal(pipeline=ONE))
        assert list(await log_of(bus, 2, ONE)) == [order(ONE), STOPPED]
        # The slot works on, and a signal for nothing in hand is no harm.
        await bus.tell(m.CancelSignal(pipeline=ONE))
        await bus.publish(order("pipeline3"), after=0)
        assert await gate.begun.get() == "pipeline3"
        gate.may_end.set()
    assert isinstance((await log_of(bus, 2, TWO))[1], m.ScoutCompleted)
    assert isinstance((await log_of(bus, 2, "pipeline3"))[1], m.ScoutCompleted)


async def test_one_slot_can_be_stopped_again_and_again(bus: MemoryBus) -> None:
    gate = Gate()
    async with serving(bus, gate, slots=1):
        for name in (ONE, TWO):
            await bus.publish(order(name), after=0)
            assert await gate.begun.get() == name
            await bus.tell(m.CancelSignal(pipeline=name))
            assert isinstance((await log_of(bus, 2, name))[1], m.ScoutFailed)


async def test_work_that_is_done_in_spite_of_the_signal_is_answered_as_done(bus: MemoryBus) -> None:
    begun = asyncio.Event()

    async def stubborn(command: m.Command, _: Context) -> m.PipelineMessage:
        try:
            begun.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return done(command.pipeline, "done all the same")
        raise AssertionError

    await bus.publish(order(), after=0)
    async with serving(bus, stubborn, slots=1):
        await begun.wait()
        await bus.tell(m.CancelSignal(pipeline=ONE))
        assert (await log_of(bus, 2))[1] == done(ONE, "done all the same")


@pytest.mark.parametrize("signalled", [False, True])
async def test_a_process_that_ends_in_the_middle_answers_nothing(
    bus: MemoryBus, signalled: bool
) -> None:
    gate = Gate()
    agent = Agent("scout", {"scout.run": gate}, bus, Settings(genesis_home=Path("/nowhere")))
    listening = asyncio.create_task(agent.obey_cancel_signals())
    await bus.publish(order(), after=0)
    (entry,) = await bus.read(ONE)
    task = asyncio.create_task(agent.handle(Delivery(entry)))
    await gate.begun.get()
    if signalled:
        await bus.tell(m.CancelSignal(pipeline=ONE))
        async with asyncio.timeout(30):
            while not task.cancelling():  # noqa: ASYNC110  nobody announces it
                await asyncio.sleep(0)
    task.cancel()
    listening.cancel()
    ended = await asyncio.gather(task, listening, return_exceptions=True)
    assert [type(each) for each in ended] == [asyncio.CancelledError] * 2
    assert len(await bus.read(ONE)) == 1


async def test_work_in_hand_can_still_be_cancelled_while_stopping(bus: MemoryBus) -> None:
    gate = Gate()
    await bus.publish(order(), after=0)
    async with serving(bus, gate, slots=1) as stop:
        await gate.begun.get()
        stop.set()
        await asyncio.sleep(0.01)
        await bus.tell(m.CancelSignal(pipeline=ONE))
    assert list(await log_of(bus, 2)) == [order(), STOPPED]


# --- Late, and asked again -------------------------------------------------------------------


async def test_an_answer_that_somebody_else_gave_meanwhile_stands(bus: MemoryBus) -> None:
    gate = Gate()
    asked = await bus.publish(order(), after=0)
    async with serving(bus, gate):
        await gate.begun.get()
        await bus.publish(done(ONE, "another process"), after=asked)
        gate.may_end.set()
    assert list(await log_of(bus, 2)) == [order(), done(ONE, "another process")]


async def overtaken(bus: MemoryBus, gate: Gate, *orders: m.ScoutRun) -> list[m.Message]:
    """What follows when a cancellation overtakes the first answer, and these are asked then."""
    await bus.publish(order(), after=0)
    async with serving(bus, gate, slots=1):
        await gate.begun.get()
        last = await bus.publish(CANCEL)
        gate.may_end.set()
        for count, again in enumerate(orders):
            last = await bus.publish(again, after=last)
            await log_of(bus, 2 * count + 4)
            last += 1
    return list(await log_of(bus, 2))[2:]


@pytest.mark.parametrize("delay", [0.0, 0.05])
async def test_the_same_command_asked_again_is_answered_from_what_was_done(
    bus: MemoryBus, delay: float
) -> None:
    again = order(delay=delay)
    assert await overtaken(bus, Gate(), again) == [again, done(ONE, "run 1")]


async def asked_twice(bus: MemoryBus, gate: Gate) -> None:
    """The order is asked again while its work is done, and taken a second time."""
    await bus.publish(order(), after=0)
    await gate.begun.get()
    await bus.publish(order(), after=await bus.publish(CANCEL))
    for _ in range(50):
        await asyncio.sleep(0)


async def test_the_same_command_asked_again_meanwhile_is_not_worked_on_beside(
    bus: MemoryBus,
) -> None:
    gate = Gate()
    async with serving(bus, gate, slots=2):
        await asked_twice(bus, gate)
        gate.may_end.set()
        assert list(await log_of(bus, 4))[3] == done(ONE, "run 1")


async def test_a_signal_stops_also_who_waits_for_the_same_work(bus: MemoryBus) -> None:
    gate = Gate()
    async with serving(bus, gate, slots=2):
        await asked_twice(bus, gate)
        await bus.tell(m.CancelSignal(pipeline=ONE))
        assert list(await log_of(bus, 4))[3] == STOPPED
        assert gate.begun.empty()


async def test_another_command_gets_work_of_its_own(bus: MemoryBus) -> None:
    other = order(idea="something else")
    assert await overtaken(bus, Gate(), other) == [other, done(ONE, "run 2")]


async def test_what_was_kept_is_given_once(bus: MemoryBus) -> None:
    said = await overtaken(bus, Gate(), order(), order())
    assert said == [order(), done(ONE, "run 1"), order(), done(ONE, "run 2")]


async def test_a_failure_is_not_kept(bus: MemoryBus) -> None:
    class FailsOnce(Gate):
        async def __call__(self, command: m.Command, context: Context) -> m.PipelineMessage:
            answer = await super().__call__(command, context)
            if self.runs == 1:
                raise AgentError("no_luck", "not this time")
            return answer

    assert await overtaken(bus, FailsOnce(), order()) == [order(), done(ONE, "run 2")]
