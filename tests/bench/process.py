"""One process of a benchmark: `python -m tests.bench.process agent|floor|coordinator [area]`.

BENCH_SINGLE=1 switches group commit off. The product's own coordinator is `python -m coordinator`;
this one exists because the product has no such switch.
"""

from __future__ import annotations

import asyncio
import os
import sys

import msgspec

from agents.runner import Work, serve_works
from agents.work import Context
from bus.install import require_strict
from bus.nats import NatsBus, open_bus
from bus.port import Delivery, Handler
from bus.process import Main, run
from bus.settings import Settings
from contracts import messages as m
from coordinator.service import Coordinator
from tests.bench.noops import WORKS, follows

GROUP = os.environ.get("BENCH_SINGLE") != "1"


def agent(area: m.Area) -> Main:
    """An agent as the product runs it, but for what it does."""

    async def main(settings: Settings, stop: asyncio.Event) -> None:
        async with open_bus(settings, name=area, wait=True, group=GROUP) as bus:
            functions: dict[str, Work] = {f"{area}.run": WORKS[area]}
            await serve_works(area, functions, bus, settings, stop)

    return main


def floor(area: m.Area) -> Main:
    """An agent that publishes its result and the next command: no state, no comparison."""

    async def main(settings: Settings, stop: asyncio.Event) -> None:
        async with open_bus(settings, name=area, wait=True, group=False) as bus:
            context = Context(
                area=area, pipeline="", sequence=0, settings=settings,
                artifacts=bus.artifacts, report=_no_report,
            )  # fmt: skip
            handler = _chained(WORKS[area], bus, context)
            async with bus.handle(area, handler, slots=settings.agent_slots):
                await stop.wait()

    return main


def _chained(work: Work, bus: NatsBus, context: Context) -> Handler:
    async def handle(delivery: Delivery) -> None:
        command = delivery.recorded.message
        assert isinstance(command, m.Command)
        await bus.publish(await work(command, context))
        await bus.publish(follows(command))

    return handle


async def _no_report(*_: object) -> None:
    return


async def coordinator(settings: Settings, stop: asyncio.Event) -> None:
    """As `python -m coordinator`, without its projection."""
    async with open_bus(settings, name="coordinator", wait=True, group=GROUP) as bus:
        await require_strict(settings)
        await Coordinator(bus).serve(stop)


def main(role: str, area: str = "") -> int:
    match role:
        case "coordinator":
            return run(coordinator)
        case "floor":
            return run(floor(msgspec.convert(area, m.Area)))
        case _:
            return run(agent(msgspec.convert(area, m.Area)))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
