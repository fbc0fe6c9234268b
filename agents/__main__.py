"""`python -m agents <area>`: one agent as a process."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Callable

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

    return run(process, loop=loop_of(area))


def loop_of(area: str) -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Monitoring takes thousands of signals a second, for which asyncio's own loop is slow."""
    if area != "monitoring":
        return None
    try:
        made: Callable[[], asyncio.AbstractEventLoop] = importlib.import_module(
            "uvloop"
        ).new_event_loop
    except ImportError:
        # There is none for Windows.
        return None
    return made


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
