"""Coordinators that hear each other, and notice when one is gone; by a clock of the test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from bus.errors import BusUnavailable
from bus.memory import MemoryBus
from contracts import messages as m
from coordinator import peers
from coordinator.peers import GONE, Peers
from tests.support.worlds import eventually


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Bus(MemoryBus):
    """A bus whose signs of life get lost while it is `away`, and that can go `deaf`."""

    away = False
    deaf = False

    async def tell(self, message: m.Message) -> None:
        if self.away:
            raise BusUnavailable("the broker is away")
        await super().tell(message)

    async def listen(self, *subjects: str) -> AsyncIterator[m.Message]:
        if self.deaf:
            raise RuntimeError("no subscription")
        async for message in super().listen(*subjects):
            yield message


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(peers, "time", SimpleNamespace(monotonic=made))
    monkeypatch.setattr(peers, "BEAT", 0.001)
    return made


@asynccontextmanager
async def alive(bus: Bus) -> AsyncIterator[Peers]:
    """A coordinator that beats and listens, for as long as the context is open."""
    peer = Peers(bus)
    task = asyncio.create_task(peer.run())
    try:
        yield peer
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def hears(one: Peers, other: Peers) -> None:
    async def heard() -> bool:
        return other._name in one._heard

    await eventually(heard)


async def beats(bus: Bus, peer: Peers, count: int = 3) -> None:
    """Return when this one has shown life so many times, so it has looked around as often."""
    async with asyncio.timeout(30):
        async for sign in bus.listen("signal.alive.*"):
            count -= isinstance(sign, m.CoordinatorAlive) and sign.name == peer._name
            if count == 0:
                return


async def lost(peer: Peers) -> None:
    async with asyncio.timeout(30):
        await peer.one_lost()


async def test_one_that_says_goodbye_is_lost_at_once(clock: Clock) -> None:
    bus = Bus()
    async with alive(bus) as stays:
        async with alive(bus) as leaves:
            await hears(stays, leaves)
        await lost(stays)
        assert leaves._name not in stays._heard


async def test_one_that_falls_silent_is_lost_after_a_while(clock: Clock) -> None:
    bus, falls_silent = Bus(), Peers(Bus())
    async with alive(bus) as stays:
        await beats(bus, stays)
        await bus.tell(m.CoordinatorAlive(name=falls_silent._name))
        await hears(stays, falls_silent)
        clock.now += GONE - 0.1
        await beats(bus, stays)
        assert falls_silent._name in stays._heard
        clock.now += 0.2
        await lost(stays)


async def test_those_that_live_and_the_sound_of_itself_are_no_loss(clock: Clock) -> None:
    bus = Bus()
    async with alive(bus) as one, alive(bus) as two:
        for _ in range(5):
            clock.now += GONE / 2
            await beats(bus, one)
            await beats(bus, two)
        assert set(one._heard) == {two._name}
        assert set(two._heard) == {one._name}
        assert not one._lost.is_set()


async def test_each_loss_is_told_once(clock: Clock) -> None:
    bus = Bus()
    async with alive(bus) as stays:
        for _ in range(2):
            async with alive(bus) as leaves:
                await hears(stays, leaves)
            await lost(stays)
        await beats(bus, stays)
        assert not stays._lost.is_set()


async def test_a_bus_that_is_away_costs_signs_of_life_and_nothing_else(clock: Clock) -> None:
    bus = Bus()
    async with alive(bus) as one:
        await beats(bus, one)
        bus.away = True
        await asyncio.sleep(0.01)
        bus.away = False
        await beats(bus, one)


async def test_one_that_can_no_longer_listen_says_so(clock: Clock) -> None:
    bus = Bus()
    bus.deaf = True
    async with asyncio.timeout(30):
        with pytest.raises(RuntimeError, match="no subscription"):
            await Peers(bus).run()
