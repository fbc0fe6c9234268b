"""`python -m agents <area>`: one agent as a process."""

from __future__ import annotations

import asyncio
import sys

from agents.runner import serve
from bus.nats import open_bus
from bus.process import run
from bus.settings import Settings
from contracts.messages import AREAS


def main(arguments: list[str]) -> int:
    """Run the named agent. Exit code 2 when there is no such agent."""
    if len(arguments) != 1 or arguments[0] not in AREAS:
        sys.stderr.write(f"usage: python -m agents {{{','.join(AREAS)}}}\n")
        return 2
    area = arguments[0]

    async def process(settings: Settings, stop: asyncio.Event) -> None:
        async with open_bus(settings, name=area, wait=True) as bus:
            await serve(area, bus, settings, stop)

    return run(process)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
