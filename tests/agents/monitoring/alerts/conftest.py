from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager

import asyncpg
import msgspec
import pytest

from agents.monitoring import findings
from agents.monitoring import store as database
from agents.monitoring.alerts import reads, service, store, turns
from agents.monitoring.alerts.configuration import Source, fingerprint
from bus.settings import Secret, Settings
from tests.support.alerting import finding

AT_ONCE = "[grouping]\nwait = 0\ninterval = 0\n"


class World:
    """A database of its own and settings; whatever listens is given by the test."""

    def __init__(self, url, home, **addresses):
        self.url = url
        self.home = home
        self.settings = Settings(
            genesis_home=home, database_url=Secret(url),
            **{name: Secret(value) for name, value in addresses.items()},
        )  # fmt: skip
        (home / "monitoring.toml").write_text(AT_ONCE)

    def with_(self, **addresses):
        """The same with other addresses; what is text in the settings stays text."""
        plain = {"alert_email", "alert_from", "monitor_alerts"}
        made = {k: v if k in plain else Secret(v) for k, v in addresses.items()}
        self.settings = msgspec.structs.replace(self.settings, **made)
        return self

    async def report(self, *keys, firing=True, **fields):
        async with database.connected(self.url) as connection, connection.transaction():
            for key in keys:
                one = finding(key, firing=firing, at=time.time(), **fields)
                await findings.report(connection, one)

    @asynccontextmanager
    async def alerting(self, replicas=1):
        """The service, as often as said, for as long as the context is open."""
        stop = asyncio.Event()
        works = [asyncio.create_task(service.alert(self.settings, stop)) for _ in range(replicas)]
        try:
            yield
        finally:
            stop.set()
            await asyncio.gather(*works)

    async def until(self, true):
        """Wait until a function of the alerts, newest first, is true of them."""
        async with asyncio.timeout(40):
            while not true(await reads.alerts(self.settings)):  # noqa: ASYNC110  it is PostgreSQL's
                await asyncio.sleep(0.05)
        return await reads.alerts(self.settings)

    async def settled(self, number):
        """Wait until so many alerts are there, and nothing more happens to any delivery."""
        return await self.until(
            lambda found: len(found) >= number and all(
                one.deliveries and all(each.state in reads.FINAL for each in one.deliveries)
                for one in found
            )
        )  # fmt: skip

    async def fetch(self, sql, *arguments):
        connection = await asyncpg.connect(self.url)
        try:
            return [tuple(row) for row in await connection.fetch(sql, *arguments)]
        finally:
            await connection.close()


class Slow:
    """Rounds and turns one by one, at times that the test says."""

    def __init__(self, world, connection, now=1_000_000.0):
        self.world, self.connection, self.now = world, connection, now
        self.configure(world.settings)

    def configure(self, settings):
        self.configuration = Source(settings).read()
        self.prints = {one.name: fingerprint(one, settings) for one in self.configuration.channels}

    async def report(self, *keys, firing=True, **fields):
        for key in keys:
            one = finding(key, firing=firing, at=self.now, **fields)
            await findings.report(self.connection, one)

    async def round(self, after=0.0):
        self.now += after
        await store.round_(self.connection, self.configuration, self.prints, self.now)

    async def take(self, after=0.0):
        self.now += after
        return await turns.take(self.connection, list(self.prints), self.now)

    async def give_back(self, turn, outcome):
        return await turns.give_back(self.connection, turn, outcome, self.now)

    async def deliveries(self):
        rows = await self.connection.fetch(
            "select channel, state, error from monitoring.deliveries order by id"
        )
        return [tuple(row) for row in rows]


@pytest.fixture
async def world(url, tmp_path):
    return World(url, tmp_path)


@pytest.fixture
async def slow(world):
    world.with_(
        slack_webhook_url="https://hooks.slack.com/services/T/B/secretsecret",
        discord_webhook_url="https://discord.com/api/webhooks/1/secretsecret",
    )
    async with database.connected(world.url) as connection:
        yield Slow(world, connection)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(service, "ROUND", 0.05)
    monkeypatch.setattr(service, "READ_AGAIN", 0.2)
    monkeypatch.setattr(service, "AWAY", 0.1)
