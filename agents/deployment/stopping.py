"""Ending every app server of a home at once, as when the stack goes down."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Literal

import psutil

from agents.deployment import servers, state

_HOW: tuple[Literal["terminate", "kill"], ...] = ("terminate", "kill")


def stop_all(home: Path) -> int:
    """End every app server under `home` and return how many there were. Blocking.

    What is live stays so on record: the deployment agent starts it again when it runs.
    """
    found = {(process.pid, process.created) for process in servers.running(home)}
    for app in state.load_all(home)[0]:
        found |= {(one.pid, one.created) for one in app.servers.values() if one.pid and one.created}
    alive = {one for one in found if servers.find(*one) is not None}
    count = len(alive)
    for how in _HOW:
        for one in alive:
            _signal(one, how)
        alive = _still_alive(alive)
    return count


def _signal(one: tuple[int, float], name: Literal["terminate", "kill"]) -> None:
    process = servers.find(*one)
    if process is not None:
        # It may end between these two lines, which is what is wanted.
        with contextlib.suppress(psutil.NoSuchProcess):
            getattr(process, name)()


def _still_alive(processes: set[tuple[int, float]]) -> set[tuple[int, float]]:
    """Those that have not ended within STOP_WAIT seconds; zombies have ended."""
    deadline = time.monotonic() + servers.STOP_WAIT
    while processes and time.monotonic() < deadline:
        processes = {one for one in processes if servers.find(*one) is not None}
        time.sleep(0.02)
    return processes
