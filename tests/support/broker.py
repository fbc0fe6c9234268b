"""A real broker with Genesis' own accounts and streams, and clients that try things on it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nats
from nats.aio.client import Client

from bus import topology
from bus.install import install
from bus.settings import Secret, Settings
from coordinator.stack import home as homes
from coordinator.stack import keys, nats_server
from coordinator.stack.home import Home
from tests.support.nats import NatsServer


class Broker:
    """The server as the local stack configures it; `settings(account)` connects as somebody."""

    def __init__(self, folder: Path, *, person: str = "alice", strict: bool = False) -> None:
        self.person = person
        self.home = Home(folder / "home")
        homes.make(self.home)
        keys.make(self.home, person)
        accounts = nats_server.authorization(
            {
                name: keys.public_key(self.home, name)
                for name in (*keys.PROCESSES, keys.ADMIN, person)
            },
            person=person,
            guest_password=keys.read(self.home, keys.GUEST_PASSWORD),
            forgotten="2s",
        )
        self.server = NatsServer(strict=strict, extra=json.dumps(accounts)[1:-1])
        self.server.start()
        asyncio.run(install(self.settings(keys.ADMIN)))

    def settings(self, account: str) -> Settings:
        """How to connect as an account; "" is a client that knows nothing of Genesis."""
        return Settings(
            genesis_home=self.home.root,
            nats_url=self.server.url,
            nats_monitor_url=f"http://127.0.0.1:{self.server.monitor_port}",
            nats_account=account,
            nats_seed=Secret(keys.seed_file(self.home, account).read_text() if account else ""),
        )

    @asynccontextmanager
    async def client(self, account: str) -> AsyncIterator[Try]:
        """A bare NATS client as the account."""
        settings = self.settings(account)
        refusals: list[str] = []

        async def problem(error: Exception) -> None:
            refusals.append(str(error))

        options: dict[str, Any] = {}
        if account:
            options["nkeys_seed_str"] = settings.nats_seed.reveal()
            options["inbox_prefix"] = topology.inbox(account).encode()
        client = await nats.connect(
            settings.nats_url, error_cb=problem, allow_reconnect=False, **options
        )
        try:
            yield Try(client, refusals)
        finally:
            await client.close()

    def close(self) -> None:
        """End the server."""
        self.server.close()


class Try:
    """What a client may do: each attempt says whether the broker refused it."""

    def __init__(self, client: Client, refusals: list[str]) -> None:
        self.client = client
        self._refusals = refusals

    async def refuses_publish(self, subject: str, body: bytes = b"{}", reply: str = "") -> bool:
        """Whether publishing is refused."""
        await self.client.publish(subject, body, reply=reply)
        return await self._refused(f'publish to "{subject}"')

    async def refuses_subscribe(self, subject: str) -> bool:
        """Whether listening is refused."""
        await self.client.subscribe(subject)
        return await self._refused(f'subscription to "{subject}"')

    async def _refused(self, what: str) -> bool:
        # A ping overtakes what the client has not sent yet, so the second one comes after it;
        # the broker's refusal, if any, is on its way before the answer to that.
        await self.client.flush()
        await self.client.flush()
        return any(what.lower() in text.lower() for text in self._refusals)
