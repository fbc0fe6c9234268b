"""What runs, for people: looked up, not believed."""

from __future__ import annotations

import contextlib

import psutil

from coordinator.stack.state import READY, Phase, Running, ServiceStatus, StackState, alive

SUPERVISOR = "supervisor"


def statuses(state: StackState) -> list[ServiceStatus]:
    """The supervisor, then every process that is meant to stay."""
    supervisor = Running(
        name=SUPERVISOR,
        phase=Phase.UP,
        pid=state.pid,
        created=state.created,
        since=state.created,
    )
    staying = (entry for entry in state.services if entry.phase is not Phase.DONE)
    return [_status(entry) for entry in (supervisor, *staying)]


def _status(entry: Running) -> ServiceStatus:
    lives = bool(entry.pid) and alive(entry.pid, entry.created)
    phase = entry.phase if lives or entry.phase not in READY else Phase.STOPPED
    return ServiceStatus(
        name=entry.name,
        up=lives and entry.phase is Phase.UP,
        phase=str(phase),
        pid=entry.pid if lives else None,
        since=entry.since if lives else None,
        restarts=entry.restarts,
        memory=memory(entry.pid, family=entry.name != SUPERVISOR) if lives else None,
        port=entry.port or None,
        detail=entry.detail,
    )


def memory(pid: int, *, family: bool) -> float | None:
    """MiB of a process and, with `family`, its children; what they share is counted once."""
    try:
        process = psutil.Process(pid)
        total: int = process.memory_info().rss
        for child in process.children(recursive=True) if family else ():
            with contextlib.suppress(psutil.Error):
                own = child.memory_info()
                total += own.rss - getattr(own, "shared", 0)
    except psutil.Error:
        return None
    return round(total / 2**20, 1)
