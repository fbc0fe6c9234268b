"""Monitors in a real database whose looks and clock are the test's."""

from __future__ import annotations

import asyncpg

from agents.monitoring import store
from agents.monitoring.uptime.options import Options
from agents.monitoring.uptime.probe import Look
from agents.monitoring.uptime.record import Seen, record
from agents.monitoring.uptime.turns import take_due

START = 1_800_000_000.0
EVERY = 10.0
UP = Look(up=True, status=200, milliseconds=20.0)
DOWN = Look(up=False, status=500, milliseconds=5.0, detail="status 500", fault="answer")
SILENT = Look(up=False, status=None, milliseconds=5.0, detail="no answer", fault="connection")
CUT_OFF = Look(up=False, status=None, milliseconds=1.0, detail="no route", fault="ours")


def monitor(app: str, url: str = "http://127.0.0.1:1/", **options: object) -> store.Monitor:
    """An app's monitor, of a pipeline of its own."""
    return store.Monitor(
        app=app, environment="production", url=url, build_id="b1", pipeline=f"pipeline{app}",
        options=Options(**options),  # type: ignore[arg-type]
    )  # fmt: skip


class Watching:
    """One replica on a connection; `now` only moves when the test says so."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self.now = START
        self.looks: dict[str, Look] = {}
        """What is seen of an app; UP for those that are not here."""

    async def watch(self, *monitors: store.Monitor) -> None:
        """Watch apps from now on."""
        for each in monitors:
            await store.register(self.connection, each, now=self.now)

    async def round(self) -> list[str]:
        """Look at what is due now; the apps that were."""
        turns = await take_due(self.connection, EVERY, self.now)
        seen = [Seen(turn, self.looks.get(turn.monitor.app, UP)) for turn in turns]
        await record(self.connection, seen, self.now)
        return [turn.monitor.app for turn in turns]

    async def go(self, seconds: float, tick: float = 1.0) -> None:
        """Let time pass, with a round in each tick."""
        for _ in range(round(seconds / tick)):
            self.now += tick
            await self.round()

    async def fetch(self, sql: str, *arguments: object) -> list[tuple[object, ...]]:
        """The rows of a query."""
        return [tuple(row) for row in await self.connection.fetch(sql, *arguments)]

    async def findings(self) -> list[tuple[object, ...]]:
        """What alerts are told: (app, key, whether it is firing), in its order."""
        return await self.fetch("select app, key, firing from monitoring.findings order by id")

    async def open(self) -> list[object]:
        """The apps with an open incident."""
        return [
            row[0]
            for row in await self.fetch(
                "select app from monitoring.incidents where resolved_at is null order by 1"
            )
        ]
