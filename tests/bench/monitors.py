"""What watching 500 addresses every 10 seconds takes, and how punctual the looks are.

    python -m tests.bench.monitors [--monitors 500] [--every 10] [--seconds 120]

The monitoring loops run as they are in a process of their own, against a PostgreSQL and a web
server in other processes. Punctuality is what the web server saw: how far from `--every` the time
between two requests for the same monitor is. Processor time is of the monitoring process; that of
PostgreSQL stands beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[2]))

from agents.monitoring import store, watcher
from agents.monitoring.uptime.conditions import Conditions
from agents.monitoring.uptime.options import Options
from contracts.messages import Message
from tests.support.postgres import Postgres

WARM_UP = 3
"""Intervals until every monitor is on its place."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--monitors", type=int, default=500)
    parser.add_argument("--every", type=float, default=10)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--watch", default="")
    given = parser.parse_args()
    if given.watch:
        asyncio.run(watch(given.watch, given.every))
    else:
        asyncio.run(measure(given.monitors, given.every, given.seconds))


async def watch(url: str, every: float) -> None:
    """The monitoring process: what the agent runs in the background, until it is killed."""

    async def tell(message: Message) -> None:
        print(message, flush=True)

    await watcher.watch(url, every, asyncio.Event(), tell)


async def measure(monitors: int, every: float, seconds: float) -> None:
    asked: dict[bytes, list[float]] = defaultdict(list)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked[head.split(b" ", 2)[1]].append(time.monotonic())
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1024)
    port = server.sockets[0].getsockname()[1]
    postgres = await asyncio.to_thread(Postgres)
    try:
        await asyncio.to_thread(postgres.start)
        await register(postgres.url(), monitors, port)
        module = [sys.executable, "-m", "tests.bench.monitors", "--every", str(every)]
        process = await asyncio.create_subprocess_exec(*module, "--watch", postgres.url())
        try:
            await asyncio.sleep(WARM_UP * every)
            assert postgres.process is not None
            spent = [Spent(process.pid), Spent(postgres.process.pid)]
            asked.clear()
            await asyncio.sleep(seconds)
            show(asked, every, monitors, seconds, *(each.share() for each in spent))
        finally:
            process.kill()
            await process.wait()
    finally:
        server.close()
        await asyncio.to_thread(postgres.close)


async def register(url: str, monitors: int, port: int) -> None:
    async with store.connected(url) as connection:
        now = await store.clock(connection)
        for number in range(monitors):
            monitor = store.Monitor(
                app=f"site-{number}", environment="production", build_id="", pipeline="",
                url=f"http://127.0.0.1:{port}/{number}",
                options=Options(conditions=Conditions(contains="ok")),
            )  # fmt: skip
            await store.put(connection, monitor, now)


class Spent:
    """The processor time of a process and its children from now on."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._began = time.monotonic()
        self._before = self._times()

    def _times(self) -> float:
        total = 0.0
        for each in (self._process, *self._process.children(recursive=True)):
            times = each.cpu_times()
            total += times.user + times.system
        return total

    def share(self) -> float:
        """The part of one core."""
        return (self._times() - self._before) / (time.monotonic() - self._began)


def show(
    asked: dict[bytes, list[float]], every: float, monitors: int, seconds: float, own: float,
    postgres: float,
) -> None:  # fmt: skip
    late = sorted(
        abs(later - earlier - every)
        for times in asked.values()
        for earlier, later in pairwise(times)
    )
    looks = sum(map(len, asked.values()))
    print(f"{monitors} monitors every {every:g} s for {seconds:g} s: {looks} looks")
    print(f"monitoring  {own:6.1%} of a core   goal 10 %: {'met' if own < 0.1 else 'not met'}")
    print(f"PostgreSQL  {postgres:6.1%} of a core")
    worst = late[-1]
    print(
        f"off by      median {statistics.median(late) * 1000:.0f} ms, 99 % within"
        f" {late[int(len(late) * 0.99)] * 1000:.0f} ms, worst {worst * 1000:.0f} ms"
        f"   goal 1 s: {'met' if worst < 1 else 'not met'}"
    )


if __name__ == "__main__":
    main()
