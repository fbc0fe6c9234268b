"""Deadlines by a clock that the test sets: what expires, when, in which order, how often."""

from __future__ import annotations

import asyncio

import pytest

from bus.errors import BusUnavailable
from contracts import messages as m
from coordinator import deadlines
from coordinator.deadlines import AGAIN, SLACK, Deadlines
from coordinator.saga import Question
from tests.support.worlds import eventually


def question(sequence: int, deadline: float) -> Question:
    command = m.ScoutRun(pipeline="pipeline", timeout=60, idea="x")
    return Question(command, sequence, deadline)


class World:
    """Deadlines whose clock is `at` and whose expiries are noted; `away` is the broker."""

    def __init__(self) -> None:
        self.at = 0.0
        self.away = False
        self.expired: list[tuple[str, int]] = []
        self.deadlines = Deadlines(self._expire, lambda: self.at)
        self.watch = self.deadlines.watch

    async def _expire(self, pipeline: str, question: Question) -> None:
        if self.away:
            raise BusUnavailable("the broker is away")
        self.expired.append((pipeline, question.sequence))

    async def pass_to(self, at: float) -> list[tuple[str, int]]:
        """All that has expired when the clock shows `at`."""
        self.at = at
        await self.deadlines.expire_due()
        return self.expired


@pytest.fixture
def world() -> World:
    return World()


async def test_a_question_expires_at_its_deadline_and_not_before(world: World) -> None:
    world.watch("one", question(1, 60.0))
    assert await world.pass_to(59.9) == []
    assert await world.pass_to(60.0) == [("one", 1)]


async def test_a_question_expires_once_however_often_it_is_looked_at(world: World) -> None:
    world.watch("one", question(1, 60.0))
    for at in (60.0, 61.0, 1_000.0):
        # Whoever reads the log again sees the same question again.
        world.watch("one", question(1, 60.0))
        assert await world.pass_to(at) == [("one", 1)]


async def test_what_is_due_expires_in_order_of_deadline(world: World) -> None:
    for name, deadline in {"late": 50.0, "first": 10.0, "later": 70.0, "second": 20.0}.items():
        world.watch(name, question(1, deadline))
    assert await world.pass_to(60.0) == [("first", 1), ("second", 1), ("late", 1)]
    assert (await world.pass_to(70.0))[3:] == [("later", 1)]


async def test_what_was_answered_does_not_expire(world: World) -> None:
    world.watch("one", question(1, 60.0))
    world.watch("two", question(2, 60.0))
    world.watch("one", None)
    assert await world.pass_to(1_000.0) == [("two", 2)]


async def test_a_new_question_replaces_the_one_before(world: World) -> None:
    world.watch("one", question(1, 60.0))
    world.watch("one", question(5, 90.0))
    assert await world.pass_to(60.0) == []
    assert await world.pass_to(90.0) == [("one", 5)]


async def test_an_old_reading_of_the_log_brings_no_old_question_back(world: World) -> None:
    world.watch("one", question(5, 90.0))
    world.watch("one", question(1, 60.0))
    assert await world.pass_to(60.0) == []
    assert await world.pass_to(90.0) == [("one", 5)]


async def test_an_answer_to_nothing_known_is_no_harm(world: World) -> None:
    world.watch("one", None)
    assert await world.pass_to(1_000.0) == []


async def test_an_expiry_that_the_bus_did_not_take_is_tried_again_later(world: World) -> None:
    world.watch("one", question(1, 60.0))
    world.away = True
    assert await world.pass_to(60.0) == []
    world.away = False
    assert await world.pass_to(60.0 + AGAIN / 2) == []
    assert await world.pass_to(60.0 + AGAIN) == [("one", 1)]
    assert await world.pass_to(1_000.0) == [("one", 1)]


async def test_an_expiry_that_the_bus_did_not_take_is_forgotten_when_the_answer_comes(
    world: World,
) -> None:
    world.watch("one", question(1, 60.0))
    world.away = True
    await world.pass_to(60.0)
    world.away = False
    world.watch("one", None)
    assert await world.pass_to(1_000.0) == []


async def test_one_expiry_that_the_bus_did_not_take_holds_up_no_other(world: World) -> None:
    refused = {"one"}
    plain = world.deadlines._expire

    async def expire(pipeline: str, question: Question) -> None:
        if pipeline in refused:
            raise BusUnavailable("not this one")
        await plain(pipeline, question)

    world.deadlines._expire = expire
    for number, name in enumerate(("one", "two", "three")):
        world.watch(name, question(number, 60.0 + number))
    assert await world.pass_to(70.0) == [("two", 1), ("three", 2)]


async def test_answered_questions_do_not_pile_up(world: World) -> None:
    world.watch("waiting", question(1, 1e9))
    for number in range(20 * SLACK):
        world.watch("busy", question(number, 1e9 + number))
        world.watch("busy", None)
    assert len(world.deadlines._heap) <= SLACK + 2
    assert len(world.deadlines._open) == 1
    assert await world.pass_to(2e9) == [("waiting", 1)]


async def test_tidying_up_keeps_what_expired_expired_and_what_is_put_off_put_off(
    world: World,
) -> None:
    world.watch("expired", question(1, 10.0))
    await world.pass_to(10.0)
    world.watch("put off", question(2, 20.0))
    world.away = True
    await world.pass_to(20.0)
    world.away = False
    for number in range(2 * SLACK):
        world.watch("busy", question(number, 1e9))
        world.watch("busy", None)
    assert await world.pass_to(20.0 + AGAIN / 2) == [("expired", 1)]
    assert await world.pass_to(20.0 + AGAIN) == [("expired", 1), ("put off", 2)]


async def test_it_goes_on_looking_until_it_is_told_to_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "LOOK", 0.0)
    looking = asyncio.create_task(world.deadlines.run())
    for number in (1, 2):
        world.watch("one", question(number, 60.0 * number))
        world.at = 60.0 * number

        async def expired(number: int = number) -> bool:
            return len(world.expired) == number

        await eventually(expired)
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
    assert world.expired == [("one", 1), ("one", 2)]


async def test_what_breaks_beside_the_bus_ends_the_watch_loudly(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def expire(_: str, __: Question) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(deadlines, "LOOK", 0.0)
    world.deadlines._expire = expire
    world.watch("one", question(1, 0.0))
    with pytest.raises(RuntimeError, match="a defect"):
        await world.deadlines.run()
