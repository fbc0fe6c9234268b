"""A real process and what it says of itself over HTTP."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bus import metering
from bus.errors import Conflict
from bus.inspection import inspected
from contracts import messages as m
from tests.support.processes import end, free_port
from tests.support.worlds import NatsWorld

ROOT = Path(__file__).parents[2]


class Agent:
    """An agent that does nothing, as a process that is asked how it is."""

    def __init__(self, server_url: str, log: Path, **environment: str) -> None:
        self.port = free_port()
        self.log = log
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                [sys.executable, "tests/support/noop_agent.py", "scout"],
                cwd=ROOT, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                env={**os.environ, "NATS_URL": server_url,
                     "METRICS_LISTEN": f"127.0.0.1:{self.port}", **environment},
            )  # fmt: skip

    async def ask(self, path: str, **more: object) -> httpx.Response:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}") as http:
            return await http.request("GET", path, **more)  # type: ignore[arg-type]

    async def until(self, status: int, path: str = "/readyz") -> str:
        """What it says there once it answers with this status."""
        async with asyncio.timeout(30):
            while True:
                try:
                    answer = await self.ask(path)
                except httpx.TransportError:
                    answer = None
                if answer is not None and answer.status_code == status:
                    return answer.text
                await asyncio.sleep(0.05)

    async def numbers(self) -> dict[str, float]:
        """Every sample by its name and labels, as in `name{a="b"}`."""
        found = {}
        for family in text_string_to_metric_families((await self.ask("/metrics")).text):
            for sample in family.samples:
                labels = ",".join(
                    f'{key}="{value}"' for key, value in sorted(sample.labels.items())
                )
                found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
        return found

    async def number(self, name: str, value: float) -> None:
        """Wait until a sample has this value."""
        async with asyncio.timeout(30):
            while (await self.numbers()).get(name) != value:  # noqa: ASYNC110  another process
                await asyncio.sleep(0.05)


@pytest.fixture
def agent(nats_world: NatsWorld, tmp_path: Path) -> Iterator[Agent]:
    started = Agent(nats_world.server.url, tmp_path / "log")
    yield started
    end(started.process, signal.SIGTERM)


def command(pipeline: str, **more: object) -> m.ScoutRun:
    return m.ScoutRun(pipeline=pipeline, idea="a shop", timeout=60, **more)  # type: ignore[arg-type]


async def test_it_counts_what_it_handles_how_long_that_took_and_what_it_gives_up(
    agent: Agent, nats_world: NatsWorld
) -> None:
    await agent.until(200)
    for number in range(3):
        await nats_world.bus.publish(command(f"pipeline{number}"), after=0)
    await nats_world.bus.publish(command("pipelater", delay=0.2), after=0)
    await nats_world.inject("scout.run.pipebroken", b"not json")
    handled = 'genesis_messages_total{consumer="scout",message="scout.run",outcome="%s"}'
    await agent.number(handled % "done", 4)
    await agent.number(handled % "retried", 1)
    await agent.number(handled % "rejected", 1)
    numbers = await agent.numbers()
    which = 'consumer="scout",message="scout.run"'
    assert numbers[f"genesis_dead_letters_total{{{which}}}"] == 1
    assert numbers[f"genesis_message_seconds_count{{{which}}}"] == 6
    assert 0 < numbers[f"genesis_message_seconds_sum{{{which}}}"] < 30
    assert numbers['genesis_messages_in_hand{consumer="scout"}'] == 0
    answered = 'message="scout.completed"'
    assert numbers[f'genesis_published_total{{{answered},outcome="stored"}}'] == 4
    assert numbers[f"genesis_publish_seconds_count{{{answered}}}"] == 4
    assert numbers["process_resident_memory_bytes"] > 10e6
    # Whatever runs, the number of series is that of the kinds.
    assert not any("pipe" in name for name in numbers)


async def test_a_number_is_there_at_once_and_in_both_of_prometheus_forms(
    agent: Agent, nats_world: NatsWorld
) -> None:
    await agent.until(200)
    numbers = await agent.numbers()
    assert numbers["genesis_broker_connected"] == 1
    modern = await agent.ask("/metrics", headers={"accept": "application/openmetrics-text"})
    assert modern.headers["content-type"].startswith("application/openmetrics-text")
    assert modern.text.endswith("# EOF\n")


async def test_it_is_ready_while_there_is_a_broker_and_alive_without(
    agent: Agent, nats_world: NatsWorld
) -> None:
    assert await agent.until(200) == "ready\n"
    await asyncio.to_thread(nats_world.server.kill)
    assert await agent.until(503) == "the broker is not reachable\n"
    assert (await agent.ask("/healthz")).status_code == 200
    assert (await agent.numbers())["genesis_broker_losses_total"] == 1
    await asyncio.to_thread(nats_world.server.start)
    assert await agent.until(200) == "ready\n"


async def test_it_waits_for_its_broker_and_says_so(tmp_path: Path) -> None:
    waiting = Agent(f"nats://127.0.0.1:{free_port()}", tmp_path / "log")
    try:
        assert await waiting.until(503) == "the broker is not reachable\n"
        assert await waiting.until(200, "/healthz") == "ok\n"
    finally:
        end(waiting.process, signal.SIGTERM)
    assert waiting.process.returncode is not None


async def test_it_works_where_its_address_is_taken(nats_world: NatsWorld, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        agent = Agent(nats_world.server.url, tmp_path / "log", METRICS_LISTEN=where)
        try:
            asked = await nats_world.bus.publish(command("pipeone"), after=0)
            async with asyncio.timeout(30):
                while len(await nats_world.bus.read("pipeone")) < 2:  # noqa: ASYNC110  the broker's
                    await asyncio.sleep(0.05)
        finally:
            end(agent.process, signal.SIGTERM)
    assert asked > 0
    assert "not inspected" in agent.log.read_text()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n", b"200"),
        (b"HEAD /metrics HTTP/1.0\r\n\r\n", b"200"),
        (b"GET /metrics?name=x HTTP/1.1\r\n\r\n", b"200"),
        (b"POST /metrics HTTP/1.1\r\n\r\n", b"405"),
        (b"GET /../etc/passwd HTTP/1.1\r\n\r\n", b"404"),
        (b"\x16\x03\x01\r\n\r\n", b"405"),
        (b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n", b""),
        (b"GET /healthz", b""),
    ],
)
async def test_whatever_asks_is_answered_or_left(sent: bytes, status: bytes) -> None:
    port = free_port()
    async with inspected(f"127.0.0.1:{port}"):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        writer.write_eof()
        head, _, body = (await _rest(reader)).partition(b"\r\n\r\n")
        writer.close()
        assert head[9:12] == status
        assert (body == b"") is (sent.startswith(b"HEAD") or status == b"")
    assert metering.meter() is None


async def _rest(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""


@pytest.mark.parametrize("address", ["nowhere", "127.0.0.1:port", "127.0.0.1:99999", ":"])
async def test_an_address_that_is_none_is_a_line_in_the_log(address: str) -> None:
    async with inspected(address):
        assert metering.meter() is None


async def test_what_the_log_refuses_is_counted_apart(nats_world: NatsWorld) -> None:
    port = free_port()
    async with inspected(f"127.0.0.1:{port}"):
        await nats_world.bus.publish(command("pipeone"), after=0)
        with pytest.raises(Conflict):
            await nats_world.bus.publish(command("pipeone"), after=0)
        async with httpx.AsyncClient() as http:
            text = (await http.get(f"http://127.0.0.1:{port}/metrics")).text
    assert 'genesis_published_total{message="scout.run",outcome="stored"} 1.0' in text
    assert 'genesis_published_total{message="scout.run",outcome="conflict"} 1.0' in text
