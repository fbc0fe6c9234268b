"""From a command to one answer in the log, whatever the work comes to."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from agents import runner
from agents.runner import Agent, works
from agents.work import AgentError, Context
from bus.errors import ArtifactDamaged, ArtifactMissing, BusUnavailable, Reject, Retry
from bus.memory import MemoryBus
from bus.port import Delivery
from bus.settings import Settings
from contracts import messages as m
from tests.support.scouts import (
    FILE,
    ONE,
    TWO,
    Gate,
    answer_to,
    done,
    log_of,
    order,
    raising,
    serving,
    simple,
)
from tests.support.worlds import Collector, eventually


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


# --- Answers ---------------------------------------------------------------------------------


async def test_an_answer_is_compared_with_the_command_that_it_answers(bus: MemoryBus) -> None:
    got = Collector()
    async with bus.handle("coordinator", got), serving(bus, simple):
        asked = await bus.publish(order(), after=0)
        (delivery,) = await got.wait_for(1)
    assert delivery.recorded.message == done()
    assert delivery.after == asked


async def test_a_line_of_the_log_says_what_became_of_each_command(bus: MemoryBus) -> None:
    got = Collector()
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as said:
        async with bus.handle("coordinator", got), serving(bus, simple):
            await bus.publish(order(ONE), after=0)
            await got.wait_for(1)
        async with bus.handle("coordinator", got), serving(bus, raising(AgentError("no", "why"))):
            await bus.publish(order(TWO), after=0)
            await got.wait_for(2)
    lines = [
        (line["pipeline"], line["event"], line["command"]) for line in said if "command" in line
    ]
    assert lines == [(ONE, "answered", "scout.run"), (TWO, "failed", "scout.run")]


async def test_work_is_given_its_command_its_place_in_the_log_and_artefacts(bus: MemoryBus) -> None:
    stored = await bus.artifacts.put(b"content")

    async def work(command: m.ScoutRun, context: Context) -> m.PipelineMessage:
        content = await context.artifacts.get(stored)
        where = f"{context.area} {context.pipeline} {context.sequence}"
        return done(ONE, command.idea, where, content.decode())

    await bus.publish(m.BuildRequested(idea="before"))
    assert await answer_to(bus, work) == done(ONE, "a shop", f"scout {ONE} 2", "content")


async def test_an_agents_error_is_an_answer_with_all_it_says(bus: MemoryBus) -> None:
    error = AgentError("too_vague", "no noun", hint="name one", retryable=True, report=FILE)
    assert await answer_to(bus, raising(error)) == m.ScoutFailed(
        pipeline=ONE, code="too_vague", message="no noun", hint="name one", retryable=True,
        report=FILE,
    )  # fmt: skip


async def test_a_long_error_is_cut_to_what_a_message_may_hold(bus: MemoryBus) -> None:
    error = AgentError("long", "é" * 10_000, hint="ü" * 10_000)
    answer = await answer_to(bus, raising(error))
    assert answer == m.ScoutFailed(
        pipeline=ONE, code="long", message="é" * 4_000, hint="ü" * 4_000
    )  # fmt: skip


async def test_what_nobody_expected_is_called_a_defect_with_its_name(bus: MemoryBus) -> None:
    assert await answer_to(bus, raising(ZeroDivisionError("by zero"))) == m.ScoutFailed(
        pipeline=ONE,
        code="internal_error",
        message="the scout agent broke: ZeroDivisionError: by zero",
        hint="this is a defect in Genesis; `genesis logs` has the details",
    )


@pytest.mark.parametrize("error", [ArtifactMissing("it is gone"), ArtifactDamaged("it is gone")])
async def test_lost_content_is_a_failure_since_asking_again_brings_nothing_back(
    bus: MemoryBus, error: Exception
) -> None:
    answer = await answer_to(bus, raising(error))
    assert answer == m.ScoutFailed(pipeline=ONE, code="artifact_lost", message="it is gone")


async def test_an_answer_that_is_too_large_to_travel_is_a_failure_that_says_so(
    bus: MemoryBus,
) -> None:
    async def work(command: m.Command, _: Context) -> m.PipelineMessage:
        return done(command.pipeline, "x" * m.MAX_BODY)

    answer = await answer_to(bus, work)
    assert isinstance(answer, m.ScoutFailed)
    assert answer.code == "answer_too_large"
    assert f"the bus takes {m.MAX_BODY}" in answer.message
    assert "defect in Genesis" in answer.hint


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (m.ScoutFailed(pipeline=ONE, code="Not a code", message="no noun"), "no noun"),
        (m.ScoutFailed(pipeline=ONE, code="name", message="the file \udcff"), "the file ?"),
        (done("no pipeline!"), "pipeline"),
        (None, "Expected `object`"),
    ],
)  # fmt: skip
async def test_an_answer_that_nobody_could_read_is_a_failure_in_its_place(
    bus: MemoryBus, said: Any, told: str
) -> None:
    async def work(_: m.Command, __: Context) -> m.PipelineMessage:
        return said  # type: ignore[no-any-return]

    answer = await answer_to(bus, work)
    assert isinstance(answer, m.ScoutFailed)
    assert answer.code == "internal_error"
    assert told in answer.message
    assert "defect in Genesis" in answer.hint


async def test_progress_is_told_in_portions_that_travel(bus: MemoryBus) -> None:
    heard = bus.listen("progress.scout.*")
    listening = asyncio.ensure_future(anext(heard))
    await asyncio.sleep(0)

    async def work(command: m.Command, context: Context) -> m.PipelineMessage:
        await context.progress("s" * 2_000, 40, [f"{n} {'l' * 600}" for n in range(50)])
        return done(command.pipeline)

    assert await answer_to(bus, work) == done()
    told = await asyncio.wait_for(listening, 30)
    assert isinstance(told, m.Progress)
    assert (told.pipeline, told.area, told.step, told.percent) == (ONE, "scout", "s" * 1_000, 40)
    assert [line[:3] for line in told.lines] == [f"{n} " for n in range(10, 50)]
    assert {len(line) for line in told.lines} == {500}


# --- Again, or never -------------------------------------------------------------------------


@pytest.mark.parametrize("error", [Retry("busy", after=0.01), BusUnavailable("the bus is away")])
async def test_what_may_pass_by_itself_is_tried_again_and_answered_once(
    bus: MemoryBus, error: Exception
) -> None:
    assert await answer_to(bus, raising(error, 2)) == done()
    assert await bus.dead_letters() == []


async def test_a_delay_is_waited_for_and_holds_up_no_other_command(bus: MemoryBus) -> None:
    await bus.publish(order(ONE, delay=0.1), after=0)
    await bus.publish(order(TWO), after=0)
    async with serving(bus, simple, slots=1):
        await log_of(bus, 2, ONE)
    answers = [e.message async for e in bus.history() if isinstance(e.message, m.ScoutCompleted)]
    assert answers == [done(TWO), done(ONE)]


@pytest.mark.parametrize(
    ("work", "verb", "body", "reason"),
    [
        (simple, "run", b"\xff", "not a Genesis message"),
        (simple, "run", m.encode(order(TWO)), "does not travel on"),
        (simple, "rollback", b'{"type": "scout.rollback"}', "unknown message type"),
        (raising(Reject("no use")), "run", m.encode(order()), "no use"),
    ],
)
async def test_what_no_work_fits_is_kept_with_its_reason(
    bus: MemoryBus, work: runner.Work, verb: str, body: bytes, reason: str
) -> None:
    async def buried() -> bool:
        return len(await bus.dead_letters()) == 1

    bus._work["scout"].patterns = ("scout.*.*",)
    await bus.inject(f"scout.{verb}.{ONE}", body)
    async with serving(bus, work):
        await eventually(buried)
    (letter,) = await bus.dead_letters()
    assert reason in letter.reason
    assert letter.body == body
    assert len(await bus.read(ONE)) == 1


async def test_a_command_of_another_agent_is_not_worked_on(bus: MemoryBus) -> None:
    agent = Agent("scout", {"scout.run": simple}, bus, Settings(genesis_home=Path("/nowhere")))
    sequence = await bus.publish(m.BuildRollback(pipeline=ONE, timeout=60), after=0)
    (entry,) = await bus.read(ONE)
    with pytest.raises(Reject, match=r"agent scout does not handle build\.rollback"):
        await agent.handle(Delivery(entry))
    assert [each.sequence for each in await bus.read(ONE)] == [sequence]


async def test_after_what_cannot_be_handled_work_goes_on(bus: MemoryBus) -> None:
    await bus.inject(f"scout.run.{TWO}", b"garbage")
    assert await answer_to(bus, simple) == done()


# --- Many, and the end -----------------------------------------------------------------------


async def test_replicas_share_the_work_and_each_command_is_answered_once(bus: MemoryBus) -> None:
    together = asyncio.Barrier(3)

    def replica(name: str) -> runner.Work:
        async def work(command: m.Command, _: Context) -> m.PipelineMessage:
            # Nobody goes on before all three have a command in hand.
            await together.wait()
            return done(command.pipeline, name)

        return work

    names = [f"pipeline{number}" for number in range(30)]
    for name in names:
        await bus.publish(order(name), after=0)
    async with (
        serving(bus, replica("a"), slots=1),
        serving(bus, replica("b"), slots=1),
        serving(bus, replica("c"), slots=1),
    ):
        logs = [await log_of(bus, 2, name) for name in names]
    assert [len(log) for log in logs] == [2] * 30
    workers = [log[1].patterns[0] for log in logs if isinstance(log[1], m.ScoutCompleted)]
    assert sorted(workers) == ["a"] * 10 + ["b"] * 10 + ["c"] * 10


async def test_a_process_told_to_stop_finishes_what_is_in_hand_and_takes_nothing_new(
    bus: MemoryBus,
) -> None:
    gate = Gate()
    await bus.publish(order(ONE), after=0)
    await bus.publish(order(TWO), after=0)
    async with serving(bus, gate, slots=1) as stop:
        assert await gate.begun.get() == ONE
        stop.set()
        await asyncio.sleep(0.01)
        gate.may_end.set()
    assert list(await log_of(bus, 2, ONE)) == [order(ONE), done(ONE, "run 1")]
    assert len(await bus.read(TWO)) == 1
    async with serving(bus, simple):
        assert list(await log_of(bus, 2, TWO)) == [order(TWO), done(TWO)]


async def test_work_beside_the_commands_begins_again_when_it_breaks_and_ends_with_them(
    bus: MemoryBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "BACKGROUND_PAUSE", 0.0)
    lives: list[str] = []
    alive = asyncio.Event()

    async def background(_: Settings, stop: asyncio.Event, __: Any) -> None:
        lives.append("begun")
        if len(lives) == 1:
            raise RuntimeError("broken")
        alive.set()
        await stop.wait()
        lives.append("ended")

    async with serving(bus, simple, module=SimpleNamespace(background=background)):
        await asyncio.wait_for(alive.wait(), 30)
    assert lives == ["begun", "begun", "ended"]


def test_an_agent_answers_what_its_module_can_do() -> None:
    both = SimpleNamespace(run=simple, rollback=simple)
    assert set(works("build", both)) == {"build.run", "build.rollback"}  # type: ignore[arg-type]
    assert set(works("scout", SimpleNamespace(run=simple))) == {"scout.run"}  # type: ignore[arg-type]
