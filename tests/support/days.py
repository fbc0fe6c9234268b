"""A day of monitoring on a clock of the test's, with everything that goes wrong in one.

What is true of the apps is decided beforehand; two replicas look at them through the real loops and
a real database. They are killed between any two statements, the database and the broker go away,
our own network does, the clock jumps. What must hold is checked as time passes.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from typing import Any

import asyncpg
from msgspec.structs import replace

from agents.monitoring import store
from agents.monitoring.regressions import releases
from agents.monitoring.uptime import heartbeats
from agents.monitoring.uptime.judging import LONGEST_HOLD
from agents.monitoring.uptime.probe import Look
from agents.monitoring.uptime.schedules import Schedule
from agents.monitoring.uptime.turns import SPARE, Turn
from agents.monitoring.watcher import Keeping, Looks, Telling
from bus import topology
from bus.errors import BusUnavailable
from contracts import messages as m
from tests.support.watching import DOWN, EVERY, SILENT, START, UP, monitor

TICK = 2.5
HOUR = 3600.0
FOUND = 2 * EVERY + 5.0 + SPARE + 4 * TICK
"""Seconds in which an outage is found when a replica dies with its turn, and nothing else."""
LOCAL = ("one", "two", "three", "flapping")
FAR = ("witness", "far", "away")
STORED_FOR = 86_400.0
"""Seconds for which the broker knows what it stored."""

Span = tuple[float, float]


class Killed(Exception):
    """The process ended here."""


class Mortal:
    """A connection that ends with its process after so many statements."""

    STATEMENTS = ("execute", "fetch", "fetchrow", "fetchval")

    def __init__(self, real: asyncpg.Connection) -> None:
        self.real = real
        self.left: int | None = None

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.real, name)
        if name not in self.STATEMENTS:
            return found

        async def statement(*arguments: Any) -> Any:
            if self.left is not None:
                self.left -= 1
                if self.left < 0:
                    self.real.terminate()
                    raise Killed
            return await found(*arguments)

        return statement


class Replica:
    """One process: its loops and its connection."""

    def __init__(self, day: Day, connection: Mortal) -> None:
        self.connection = connection
        self.looks = Looks(EVERY, probe=day.look, clock=day.clock)
        self.keeping = Keeping(clock=day.clock)
        self.telling = Telling(day.tell, clock=day.clock)


class Day:
    """A day of `hours`; `seed` decides all that is by chance.

    The clock jumps, and answers of the broker are lost, `often` times as often as on a long day.
    """

    def __init__(self, url: str, hours: float, seed: int, often: float = 1.0) -> None:
        self.often = often
        self.url = url
        self.end = hours * HOUR
        self.chance = random.Random(seed)
        self.time = 0.0
        """True time; the clock that monitoring sees is `time + offset`."""
        self.offset = START
        self.replicas: list[Replica] = []
        self.outages = {app: self._outages(app) for app in (*LOCAL, *FAR)}
        # Going back to a release is worth it only when it was well.
        half = self.end / 2
        self.outages["two"] = [
            each for each in self.outages["two"] if not half - 2400 < each[1] < half + 1500
        ]
        self.network = self._spans(0.25, 30, 600)
        self.database = self._spans(0.5, 20, 600)
        self.broker = self._spans(1, 20, 900)
        self.broken: Span = (half + 120, half + 1200)
        """When the release is broken that is deployed at half time."""
        self.disturbed = 0.0
        self.stored: dict[str, float] = {}
        self.counts: Counter[str] = Counter()
        self.told: list[m.Message] = []
        self.was_open: dict[str, bool] = defaultdict(bool)
        self.reported_until = 0.0
        self.key = ""

    # --- What is true --------------------------------------------------------------------

    def _spans(self, an_hour: float, least: float, most: float) -> list[Span]:
        found, at = [], 0.0
        while True:
            at += self.chance.expovariate(an_hour / HOUR)
            lasts = self.chance.uniform(least, most)
            if at + lasts >= self.end - 900:
                return found
            found.append((at, at + lasts))
            at += lasts

    def _outages(self, app: str) -> list[Span]:
        match app:
            case "witness":
                return []
            case "flapping":
                return [(at, at + 40.0) for at in range(600, int(self.end - 3000), 90)]
        return self._spans(0.7, 5, 1500)

    def is_down(self, app: str) -> bool:
        """Whether it is true that the app is down."""
        if app == "two" and self._within([self.broken]) and self.live == "b2":
            return True
        return self._within(self.outages[app])

    def _within(self, spans: list[Span]) -> bool:
        return any(begin <= self.time < end for begin, end in spans)

    def down_since(self, app: str, margin: float = 0.0) -> bool:
        """Whether the app has been down for so long, without a disturbance."""
        spans = [*self.outages[app], *([self.broken] if app == "two" and self.live == "b2" else [])]
        return any(max(begin, self.disturbed) + margin <= self.time < end for begin, end in spans)

    def up_for(self, app: str, seconds: float) -> bool:
        """Whether the app has been up for so long, without a disturbance."""
        spans = [*self.outages[app], *([self.broken] if app == "two" else [])]
        apart = all(self.time < begin or self.time >= end + seconds for begin, end in spans)
        return apart and self.time >= self.disturbed + seconds

    # --- What monitoring sees ------------------------------------------------------------

    async def clock(self, _connection: asyncpg.Connection) -> float:
        return self.time + self.offset

    async def look(self, turn: Turn) -> Look:
        app = turn.monitor.app
        if app in FAR and self._within(self.network):
            return SILENT
        if app == "two" and turn.monitor.build_id != self.live:
            return replace(DOWN, detail="another build answers")
        return DOWN if self.is_down(app) else UP

    async def tell(self, message: m.Message) -> None:
        """The broker: away, or it stores the message and the answer may be lost."""
        if self._within(self.broker):
            raise BusUnavailable("the broker is away")
        name = topology.once(message)
        if self.time - self.stored.get(name, -STORED_FOR) >= STORED_FOR:
            self.told.append(message)
        self.stored.setdefault(name, self.time)
        if self.chance.random() < 0.05 * self.often:
            self.counts["lost answers"] += 1
            raise BusUnavailable("the answer was lost")

    # --- How it goes ---------------------------------------------------------------------

    async def run(self) -> None:
        """Live through the day, then let what is open end."""
        self.live = "b1"
        async with store.connected(self.url) as connection:
            now = await self.clock(connection)
            for app in (*LOCAL, *FAR):
                where = f"https://{app}.test/" if app in FAR else "http://127.0.0.1:1/"
                await self._deploy(connection, monitor(app, where), now)
            self.key = await heartbeats.add(
                connection, "one", "production", "job", Schedule(every=600, grace=60), now=now
            ) or ""  # fmt: skip
            deployed = False
            while self.time < self.end:
                if not deployed and self.time >= self.end / 2 and not self.is_down("two"):
                    deployed = await self._release(connection)
                await self.tick(connection)
            self.broker.clear()
            for _ in range(20):
                await self.tick(connection)
            self._end_all()

    async def _deploy(
        self, connection: asyncpg.Connection, made: store.Monitor, now: float
    ) -> None:
        policy = releases.Policy(seconds=1500, rollback=True)
        async with connection.transaction():
            await store.register(connection, made, now=now)
            await releases.begin(connection, made.pipeline, policy, now)

    async def _release(self, connection: asyncpg.Connection) -> bool:
        now = await self.clock(connection)
        self.live = "b2"
        made = replace(monitor("two"), build_id="b2", pipeline="pipelinetwo2")
        await self._deploy(connection, made, now)
        self.broken = (self.time + 120, self.time + 1200)
        # Nothing else is wrong while it breaks: the release alone is to blame. What was wrong
        # until now ends here.
        self._disturb()
        quiet = (self.time - 60, self.time + 600)
        for spans in (*self.outages.values(), self.network, self.database):
            spans[:] = [each for each in spans if each[1] < quiet[0] or each[0] > quiet[1]]
        return True

    async def tick(self, connection: asyncpg.Connection) -> None:
        """A moment: something may go wrong, everybody does a little, and it is looked at."""
        self.time += TICK
        self._jump()
        if self._within(self.database):
            self._disturb()
            self._end_all()
            return
        if self._within(self.network) or (self.network and self._just_after(self.network)):
            self._disturb()
        await self._job(connection)
        while len(self.replicas) < 2:
            real = await asyncpg.connect(self.url)
            self.replicas.append(Replica(self, Mortal(real)))
        for replica in self.chance.sample(self.replicas, 2):
            await self._let(replica)
        await self._obey(connection)
        await self._check(connection)

    def _just_after(self, spans: list[Span]) -> bool:
        return any(end <= self.time < end + TICK for _, end in spans)

    def _jump(self) -> None:
        if self.chance.random() < TICK * 0.4 * self.often / HOUR and not self._near_release():
            jump = self.chance.choice((-1, 1)) * 10 ** self.chance.uniform(0.5, 3.9)
            self.offset += jump
            self.counts["clock jumps"] += 1
            self._disturb()

    def _near_release(self) -> bool:
        return self.broken[0] - 300 <= self.time <= self.broken[1] + 600

    async def _let(self, replica: Replica) -> None:
        mortal = replica.connection
        mortal.left = self.chance.randrange(12) if self.chance.random() < 0.01 else None
        try:
            await replica.looks.round(mortal)
            if self.chance.random() < 0.5:
                await replica.keeping.round(mortal)
            if self.chance.random() < 0.5:
                await replica.telling.round(mortal)
        except (Killed, asyncpg.InterfaceError):
            # A transaction that is open at the end cannot be closed.
            assert mortal.real.is_closed()
            mortal.real.terminate()
            self.counts["kills"] += 1
            self.replicas.remove(replica)

    def _end_all(self) -> None:
        for replica in self.replicas:
            replica.connection.real.terminate()
        self.replicas.clear()

    def _disturb(self) -> None:
        self.disturbed = self.time

    async def _job(self, connection: asyncpg.Connection) -> None:
        """The job reports every ten minutes, but when nobody hears it."""
        if self.time >= self.reported_until:
            await heartbeats.report(connection, self.key, "ok", self.time + self.offset)
            self.reported_until = self.time + 600

    async def _obey(self, connection: asyncpg.Connection) -> None:
        """The coordinator takes a pipeline back when it is asked to."""
        asked = any(isinstance(message, m.RollbackRequested) for message in self.told)
        if asked and self.live == "b2":
            now = await self.clock(connection)
            await store.unregister(connection, "pipelinetwo2", "two", "production", now=now)
            self.live = "b1"

    # --- What must hold ------------------------------------------------------------------

    async def _check(self, connection: asyncpg.Connection) -> None:
        rows = await connection.fetch(
            "select app from monitoring.incidents where key = 'uptime' and resolved_at is null"
        )
        is_open = {row["app"] for row in rows}
        for app in self.outages:
            if app in is_open and not self.was_open[app]:
                wrong = self.is_down(app) or (app == "two" and self._near_release())
                assert wrong, f"{app} is up at {self.time}"
            if self.down_since(app, FOUND):
                assert app in is_open, f"{app} is down at {self.time} and nobody knows"
            self.counts["incidents"] += app in is_open and not self.was_open[app]
            if self.up_for(app, LONGEST_HOLD + 60):
                assert app not in is_open, f"{app} is up at {self.time} and nobody knows"
            self.was_open[app] = app in is_open
