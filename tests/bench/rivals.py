"""Contestants that are processes of their own: DBOS, and consumers of a full log."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import nats

from bus.install import install
from contracts import messages as m
from contracts.naming import pipeline_id
from tests.bench.driver import IDEA, Outcome
from tests.support.nats import NatsServer
from tests.support.postgres import Postgres
from tests.support.worlds import settings_for

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
TRACE = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}


class Dbos:
    """DBOS in one process on a PostgreSQL of its own, with fsync."""

    name = "DBOS on PostgreSQL"

    def __init__(self) -> None:
        self._postgres = Postgres()
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Raises TimeoutError, or RuntimeError when it does not start."""
        self._postgres.start()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.durable", self._postgres.url(),
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        while await self._line() != b"ready\n":
            pass

    async def measure(self, in_flight: int, seconds: float) -> Outcome:
        """Workflows of six steps for `seconds`."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{in_flight} {seconds}\n".encode())
        await self._process.stdin.drain()
        return msgspec.json.decode(await self._line(), type=Outcome)

    async def _line(self) -> bytes:
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("DBOS ended; what it said is above")
        return line

    async def close(self) -> None:
        """End it and remove its database."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            try:
                async with asyncio.timeout(10):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        self._postgres.close()


class FullLog:
    """A broker with `count` commands in its log, for consumers to empty again and again."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._server = NatsServer()

    async def start(self) -> None:
        """Fill it."""
        self._server.start()
        await install(settings_for(self._server))
        client = await nats.connect(self._server.url)
        for number in range(self.count):
            command = m.ScoutRun(pipeline=pipeline_id(f"full-{number}"), timeout=60, idea=IDEA)
            subject, body = m.subject(command), m.encode(command)
            if number < self.count - 1:
                await client.publish(subject, body, headers=TRACE)
        # One connection is stored in order, so with the last they all are.
        await client.jetstream().publish(subject, body, headers=TRACE)
        await client.close()

    async def rate(self, how: str) -> float:
        """Messages a second of one consumer. Raises RuntimeError when it breaks."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.consume", how, str(self.count),
            cwd=ROOT, stdout=subprocess.PIPE,
            env={**os.environ, "NATS_URL": self._server.url},
        )  # fmt: skip
        try:
            async with asyncio.timeout(PATIENCE):
                text, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
        if process.returncode:
            raise RuntimeError(f"consumer {how} ended with {process.returncode}")
        return self.count / float(text)

    async def close(self) -> None:
        """Remove it."""
        self._server.close()
