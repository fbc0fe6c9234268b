"""The bus, in memory and over a real nats-server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from bus.port import Bus
from tests.support.nats import NatsServer
from tests.support.worlds import MemoryWorld, NatsWorld, World


@pytest.fixture(params=["memory", "nats"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """The bus of the test, and what only tests may do to it."""
    if request.param == "memory":
        yield MemoryWorld()
        return
    server: NatsServer = request.getfixturevalue("nats_server")
    async with AsyncExitStack() as stack:
        yield await NatsWorld.open(server, stack)


@pytest.fixture
def bus(world: World) -> Bus:
    """The bus of the test."""
    return world.bus


@pytest.fixture
async def nats_world(nats_server: NatsServer) -> AsyncIterator[NatsWorld]:
    """The bus over a real nats-server alone."""
    async with AsyncExitStack() as stack:
        yield await NatsWorld.open(nats_server, stack)
