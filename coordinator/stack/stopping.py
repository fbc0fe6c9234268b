"""Ends a stack: through its supervisor when there is one, and whatever is left without."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time

from bus.settings import Settings
from coordinator.stack import home as homes
from coordinator.stack import leftovers, postgres
from coordinator.stack.events import Teller
from coordinator.stack.home import Home
from coordinator.stack.services import table
from coordinator.stack.state import Phase, StackState, alive, read_state, recall

LOOK = 0.03
PATIENCE = 90.0


async def stop(home: Home, settings: Settings, tell: Teller) -> None:
    """End every process of the stack. Raises ServerMissing when its programs are gone."""
    state = read_state(home)
    if state is not None and homes.is_locked(home.supervisor_lock):
        await _stop_supervisor(home, state, tell)
    for name in await asyncio.to_thread(_end_leftovers, home, settings):
        tell(name, Phase.STOPPED, "was left over, ended")
    home.state_file.unlink(missing_ok=True)


async def _stop_supervisor(home: Home, state: StackState, tell: Teller) -> None:
    _signal(state, signal.SIGTERM)
    told: set[str] = set()
    deadline = time.monotonic() + PATIENCE
    while homes.is_locked(home.supervisor_lock):
        now = read_state(home)
        for entry in now.services if now else ():
            if entry.phase is Phase.STOPPED and entry.name not in told:
                told.add(entry.name)
                tell(entry.name, Phase.STOPPED)
        if time.monotonic() > deadline:
            _signal(state, signal.SIGKILL)
        await asyncio.sleep(LOOK)


def _signal(state: StackState, number: int) -> None:
    if alive(state.pid, state.created):
        with contextlib.suppress(ProcessLookupError):
            os.kill(state.pid, number)


def _end_leftovers(home: Home, settings: Settings) -> list[str]:
    remembered = recall(home)
    if remembered is None:
        return []
    services = table(home, settings, remembered, postgres.cluster(home))
    return leftovers.end(leftovers.find(home, services))
