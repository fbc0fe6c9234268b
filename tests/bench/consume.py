"""One consumer of a log that is full: `python -m tests.bench.consume <how> <count>`.

`<how>` is puller (ours, as the runner uses it), fetch (nats-py's `fetch(100)`, doing for each
message what the puller does: its trace entered, read, checked, handled, acknowledged) or
faststream (its pull subscriber of 100, the body parsed as JSON, acknowledged). Prints the seconds
from its first message to its last.
"""

from __future__ import annotations

import asyncio
import sys
import time

import nats

from bus import topology, tracing
from bus.connection import Connection, connect
from bus.nats import open_bus
from bus.port import Delivery, read
from bus.process import configure_logging
from bus.settings import load
from contracts import messages as m

SUBJECT = "scout.run.*"
SLOTS = 256
BATCH = 100
"""What a fetch asks for; FastStream's pull subscriber is told the same."""


class Clock:
    """Counts messages; `done` is set with the last one."""

    def __init__(self, count: int) -> None:
        self._left = count
        self._began = 0.0
        self.done = asyncio.Event()
        self.seconds = 0.0

    def tick(self) -> None:
        """One message was handled."""
        self._began = self._began or time.perf_counter()
        self._left -= 1
        if not self._left:
            self.seconds = time.perf_counter() - self._began
            self.done.set()


async def make_consumer(name: str) -> None:
    """A durable consumer of its own, at the beginning of the log."""
    connection = await connect(load(), name="bench")
    config = {
        "durable_name": name, "filter_subject": SUBJECT, "ack_policy": "explicit",
        "deliver_policy": "all", "max_ack_pending": 10_000, "ack_wait": int(60e9),
    }  # fmt: skip
    await _create(connection, name, config)
    await connection.close()


async def _create(connection: Connection, name: str, config: dict[str, object]) -> None:
    subject = f"CONSUMER.DURABLE.CREATE.{topology.LOG}.{name}"
    await connection.api(subject, {"stream_name": topology.LOG, "config": config})


async def puller(name: str, clock: Clock) -> None:
    """Ours."""

    async def handle(delivery: Delivery) -> None:
        assert isinstance(delivery.recorded.message, m.ScoutRun)
        clock.tick()

    async with open_bus(load(), name="bench") as bus, bus.handle(name, handle, slots=SLOTS):
        await clock.done.wait()


async def fetch(name: str, clock: Clock) -> None:
    """nats-py's own way."""
    client = await nats.connect(load().nats_url)
    subscription = await client.jetstream().pull_subscribe_bind(name, topology.LOG)
    while not clock.done.is_set():
        for message in await subscription.fetch(BATCH):
            trace = (message.headers or {}).get(tracing.HEADER, "")
            tracing.enter(trace)
            place = message.metadata
            sequence, when = place.sequence.stream, place.timestamp.timestamp()
            recorded = read(sequence, when, message.subject, message.data)
            delivery = Delivery(recorded, place.num_delivered, trace)
            assert isinstance(delivery.recorded.message, m.ScoutRun)
            await message.ack()
            clock.tick()
    await client.close()


async def faststream(name: str, clock: Clock) -> None:
    """FastStream as its documentation shows it."""
    from faststream import FastStream  # noqa: PLC0415  not everybody has it
    from faststream.nats import JStream, NatsBroker, PullSub  # noqa: PLC0415

    broker = NatsBroker(load().nats_url, logger=None)
    app = FastStream(broker, logger=None)

    log = JStream(topology.LOG, declare=False)

    @broker.subscriber(SUBJECT, stream=log, durable=name, pull_sub=PullSub(batch_size=BATCH))
    async def handle(message: dict) -> None:
        assert message["type"] == "scout.run"
        clock.tick()
        if clock.done.is_set():
            app.exit()

    await app.run()


async def main(how: str, count: int) -> None:
    configure_logging()
    name = f"{how}-{time.time_ns()}"
    await make_consumer(name)
    clock = Clock(count)
    await {"puller": puller, "fetch": fetch, "faststream": faststream}[how](name, clock)
    print(clock.seconds)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
