"""Both implementations of the bus behind one face, and a handler that remembers what it got."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import nats

from bus.install import install
from bus.memory import MemoryBus
from bus.nats import NatsBus, open_bus
from bus.port import Bus, Delivery
from bus.settings import Settings, load
from contracts.messages import Artifact, Message
from tests.support.nats import NatsServer

PATIENCE = 30.0
"""Seconds until a test that waits for something gives up."""


def settings_for(server: NatsServer, **more: str) -> Settings:
    """The settings of a process that uses this server."""
    monitor = f"http://127.0.0.1:{server.monitor_port}"
    return load({"NATS_URL": server.url, "NATS_MONITOR_URL": monitor, **more})


class World:
    """A bus, and what only the tests may do to it."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus

    async def another(self) -> Bus:
        """The same bus as another process would see it."""
        raise NotImplementedError

    async def inject(self, subject: str, body: bytes) -> None:
        """Publish bytes as a program without Genesis would."""
        raise NotImplementedError

    async def damage(self, artifact: Artifact) -> None:
        """Change what is stored under the digest."""
        raise NotImplementedError


class MemoryWorld(World):
    def __init__(self) -> None:
        self.memory = MemoryBus()
        super().__init__(self.memory)

    async def another(self) -> Bus:
        return self.memory

    async def inject(self, subject: str, body: bytes) -> None:
        await self.memory.inject(subject, body)

    async def damage(self, artifact: Artifact) -> None:
        self.memory._artifacts._contents[artifact.sha256] = b"something else"


class NatsWorld(World):
    """Owns its connections; leave `stack` to close them."""

    def __init__(self, bus: NatsBus, server: NatsServer, stack: AsyncExitStack) -> None:
        super().__init__(bus)
        self.server = server
        self.nats = bus
        self._stack = stack

    @classmethod
    async def open(cls, server: NatsServer, stack: AsyncExitStack) -> NatsWorld:
        """Install Genesis on a server and connect to it."""
        settings = settings_for(server)
        await install(settings)
        bus = await stack.enter_async_context(open_bus(settings, name="test"))
        return cls(bus, server, stack)

    async def another(self) -> NatsBus:
        opened = open_bus(settings_for(self.server), name="another")
        return await self._stack.enter_async_context(opened)

    async def inject(self, subject: str, body: bytes) -> None:
        client = await nats.connect(self.server.url)
        await client.jetstream().publish(subject, body)
        await client.close()

    async def damage(self, artifact: Artifact) -> None:
        client = await nats.connect(self.server.url)
        store = await client.jetstream().object_store("artifacts")
        await store.put(artifact.sha256, b"something else")
        await client.close()


class Collector:
    """A handler that remembers deliveries and lets a test wait for them."""

    def __init__(self, then: Callable[[Delivery], Awaitable[None]] | None = None) -> None:
        self.deliveries: list[Delivery] = []
        self._then = then
        self._changed = asyncio.Condition()

    async def __call__(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        async with self._changed:
            self._changed.notify_all()
        if self._then is not None:
            await self._then(delivery)

    async def wait_for(self, count: int) -> list[Delivery]:
        """The deliveries, as soon as there are `count`."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: len(self.deliveries) >= count)
        return self.deliveries

    async def wait_for_message(self, message: Message) -> None:
        """Return as soon as this message came. Others may come twice when a broker dies."""

        def came() -> bool:
            return any(d.recorded.message == message for d in self.deliveries)

        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(came)

    def sequences(self) -> list[int]:
        return [delivery.recorded.sequence for delivery in self.deliveries]


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Return when the condition holds; for states that announce themselves to nobody."""
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110  see above
            await asyncio.sleep(0.02)
