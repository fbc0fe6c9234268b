"""`python -m tests.bench.dashboard`: pages with 10,000 pipelines and 10 million checks behind them.

The dashboard is its own process, asked over HTTP one page at a time; PostgreSQL and nats-server
are real. Each pipeline's log is on the bus; the projection has the rows that it comes to, and
monitoring the rows to which its roll-up would bring ten million checks, one every ten seconds of
ten apps. `nothing` is the answer to `/healthz`: what the machine makes of any request now.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import httpx
import msgspec
import psutil

from agents.monitoring import store
from bus.install import install
from bus.nats import open_bus
from bus.settings import Settings
from contracts import messages as m
from coordinator import projection
from coordinator.web.guard import NAME
from coordinator.web.sessions import COOKIE, make_code
from tests.bench import table
from tests.bench.table import Goal
from tests.support.databases import database
from tests.support.nats import NatsServer
from tests.support.postgres import Postgres
from tests.support.processes import end, free_port
from tests.support.stories import BUILD, PRODUCTION, STAGING, Story

PIPELINES = 10_000
APPS = 10
CHECKS = 10_000_000
GROUPS = 300
SECRET = "only this benchmark knows it"
STORIES = (
    (STAGING, "done done done done done done"), (BUILD, "done done done"), (BUILD, "done fails"),
    (PRODUCTION, "done"), (PRODUCTION, "done agreed done done done"), (STAGING, "done done fails"),
)  # fmt: skip
IN_FLIGHT = 512
ROOT = Path(__file__).parents[2]


def stories(count: int) -> Iterator[tuple[str, Story]]:
    """Pipelines of ten apps, each with the log of one of six stories."""
    for number in range(count):
        request, words = STORIES[number % len(STORIES)]
        app = f"app-{number % APPS}"
        if isinstance(request, m.DeployRequested):
            request = msgspec.structs.replace(request, app=app)
        else:
            request = msgspec.structs.replace(request, idea=f"a shop of {app}, number {number}")
        completed = {
            name: msgspec.structs.replace(answer, app=app) if hasattr(answer, "app") else answer
            for name, answer in Story(BUILD).completed.items()
        }
        yield f"pipeline{number:06}", Story(request, completed).tell(words)


async def fill_bus(settings: Settings, count: int) -> None:
    """Every log onto the bus."""
    await install(settings)
    async with open_bus(settings, name="bench") as bus:
        waiting: set[asyncio.Task[int]] = set()
        for pipeline, story in stories(count):
            for entry in story.log:
                assert isinstance(entry.message, m.PipelineMessage)
                said = msgspec.structs.replace(entry.message, pipeline=pipeline)
                waiting.add(asyncio.create_task(bus.publish(said)))
            if len(waiting) > IN_FLIGHT:
                _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.gather(*waiting)


async def fill_projection(url: str, count: int, now: float) -> None:
    """The rows that the logs come to."""
    rows = []
    for number, (pipeline, story) in enumerate(stories(count)):
        entry = msgspec.structs.replace(story.log[-1], time=now - 60 * (count - number))
        values = projection._values(pipeline, story.state, entry)
        assert values is not None
        rows.append(values)
    connection = await asyncpg.connect(url)
    await connection.execute(projection.SCHEMA)
    await connection.executemany(projection.UPSERT, rows)
    await connection.execute("analyze")
    await connection.close()


_ROLLED = """
insert into monitoring.rollups (app, environment, step, at, checks, failed, bins, counts)
select 'app-' || app, 'staging', $1::integer,
    to_timestamp(floor($2::float8 / $1) * $1 - n * $1::float8), $3::integer, n % 40 / 39,
    array[12, 14, 16, 20]::smallint[], array[$3::integer - 3, 1, 1, 1]
from generate_series(0, $4::integer - 1) app, generate_series($5::integer, $6::integer) n
"""


async def fill_monitoring(url: str, now: float) -> int:
    """What the roll-up leaves of ten million checks, and some errors; how many checks it is."""
    async with store.connected(url) as connection:
        await connection.execute(
            """insert into monitoring.monitors (app, environment, url, build_id, pipeline, since)
               select 'app-' || n, 'staging', 'http://127.0.0.1:1/', 'b1', 'pipeline', now()
               from generate_series(0, $1::integer - 1) n""", APPS,
        )  # fmt: skip
        await connection.execute(
            """insert into monitoring.checks (app, environment, at, up, status, milliseconds)
               select 'app-' || app, 'staging', to_timestamp($1 - 10 * n), true, 200, 8 + n % 9
               from generate_series(0, $2::integer - 1) app, generate_series(0, 359) n""",
            now, APPS,
        )  # fmt: skip
        days = (CHECKS // APPS - 90 * 8640) // 8640
        for step, first, last in ((60, 61, 1440), (3600, 25, 90 * 24), (86_400, 91, 90 + days)):
            await connection.execute(_ROLLED, step, now, step // 10, APPS, first, last)
        await connection.execute(
            """insert into monitoring.incidents (app, environment, opened_at, resolved_at, summary)
               select 'app-' || n % 10, 'staging', to_timestamp($1 - n * 9000),
                   to_timestamp($1 - n * 9000 + 300), 'app is down: no answer'
               from generate_series(1, 500) n""", now,
        )  # fmt: skip
        await _errors(connection, now)
        await connection.execute("analyze")
        return int(await connection.fetchval(
            """select (select count(*) from monitoring.checks)
                      + (select sum(checks) from monitoring.rollups)"""
        ))  # fmt: skip


async def _errors(connection: asyncpg.Connection, now: float) -> None:
    await connection.execute(
        """insert into monitoring.error_groups
               (app, environment, key, title, culprit, level, made, first, last, events, users)
           select 'app-' || n % 10, 'staging', md5(n::text), 'TypeError: number ' || n, 'cart.ts',
               'error', to_timestamp($1), to_timestamp($1 - 9e5), to_timestamp($1 - n), 24 * n, n
           from generate_series(1, $2::integer) n""", now, GROUPS,
    )  # fmt: skip
    await connection.execute(
        """insert into monitoring.error_hours (grp, hour, events)
           select grp, date_trunc('hour', to_timestamp($1)) - n * interval '1 hour', 1 + grp % 9
           from monitoring.error_groups, generate_series(0, 200) n""", now,
    )  # fmt: skip


@contextmanager
def served(settings: Settings, url: str, port: int) -> Iterator[int]:
    """The dashboard's process; its id."""
    environment = {
        **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME")},
        "GENESIS_HOME": str(settings.genesis_home), "NATS_URL": settings.nats_url,
        "DATABASE_URL": url, "DASHBOARD_SECRET": SECRET, "DASHBOARD_LISTEN": f"127.0.0.1:{port}",
        "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "coordinator.cli.dashboard"], env=environment
    )
    try:
        yield process.pid
    finally:
        end(process, signal.SIGTERM)


def signed_in(port: int) -> httpx.Client:
    """A browser that is signed in, as soon as the dashboard answers."""
    name = f"{NAME}:{port}"
    http = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Host": name}, timeout=30)
    deadline = time.monotonic() + 30
    while True:
        try:
            http.get("/healthz")
            break
        except httpx.ConnectError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    code = make_code(SECRET, "guest", time.time())
    answer = http.post("/sign-in", data={"code": code}, headers={"Origin": f"http://{name}"})
    http.headers["Cookie"] = f"{COOKIE}={answer.cookies[COOKIE]}"
    return http


def pages(count: int) -> dict[str, str]:
    """What is asked for, by what it is."""
    deep = f"/?after={time.time() - 60 * count * 0.9!r}~pipeline000001"
    whole = count // len(STORIES) // 2 * len(STORIES)
    return {
        "nothing": "/healthz", "the newest pipelines": "/", "pipelines far down": deep,
        "those of one status": "/?status=awaiting_approval",
        "one pipeline": f"/pipelines/pipeline{whole:06}",
        "one that waits for approval": f"/pipelines/pipeline{whole + 3:06}",
        "all apps": "/apps", "one app": "/apps/app-0/staging",
        "errors": "/errors", "incidents": "/incidents",
    }  # fmt: skip


def timed(http: httpx.Client, path: str, times: int) -> tuple[float, float]:
    """Milliseconds until a page is there: the median, and what 95 of 100 take at most."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        answer = http.get(path)
        took.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
        assert "Not readable" not in answer.text, path
    took.sort()
    return took[len(took) // 2], took[int(len(took) * 0.95)]


def main() -> int:
    """Exit code 0 when every goal is met."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pipelines", type=int, default=PIPELINES)
    parser.add_argument("--times", type=int, default=100)
    given = parser.parse_args()
    broker, postgres = NatsServer(), Postgres()
    try:
        broker.start()
        postgres.start()
        with database(postgres) as url, tempfile.TemporaryDirectory() as home:
            settings = Settings(genesis_home=Path(home), nats_url=broker.url)
            return measure(settings, url, given.pipelines, given.times)
    finally:
        postgres.close()
        broker.close()


def measure(settings: Settings, url: str, count: int, times: int) -> int:
    """Fill everything, ask for every page, print what it came to."""
    asyncio.run(fill_bus(settings, count))
    now, port = time.time(), free_port()
    asyncio.run(fill_projection(url, count, now))
    checks = asyncio.run(fill_monitoring(url, now))
    goals = []
    with served(settings, url, port) as pid:
        http = signed_in(port)
        idle = psutil.Process(pid).memory_info().rss / 2**20
        for what, path in pages(count).items():
            timed(http, path, 5)
            before = sum(psutil.Process(pid).cpu_times()[:2])
            median, most = timed(http, path, times)
            own = (sum(psutil.Process(pid).cpu_times()[:2]) - before) * 1000 / times
            print(f"{what}: p50 {median:.1f} ms, p95 {most:.1f}, own {own:.1f}", flush=True)
            goals.append(Goal(f"{what}, ms", 100, [median], at_most=True))
        busy = psutil.Process(pid).memory_info().rss / 2**20
        http.close()
    print(f"\n{count:,} pipelines on the bus, {checks:,} checks")
    print(f"the process: {idle:.0f} MiB before the first page, {busy:.0f} MiB after the last\n")
    print(table.goals(goals))
    return 0 if all(goal.met for goal in goals) else 1


if __name__ == "__main__":
    sys.exit(main())
