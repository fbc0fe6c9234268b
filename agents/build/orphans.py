"""Tools whose agent was killed: found by what they were told, and ended.

A tool runs in a process group of its own, so that it can be ended as a whole. For the same
reason it outlives an agent that gets SIGKILL, and would go on writing to the folder in which
the next one builds.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import psutil

MARK = "GENESIS_TOOL_OF"
"""Environment variable of tools and all they start: `<pid>:<start in seconds since 1970>`."""


def mark() -> dict[str, str]:
    """What a tool of this process is told."""
    return {MARK: f"{os.getpid()}:{psutil.Process().create_time():.2f}"}


def end_orphans(folder: Path) -> int:
    """End every tool below a folder whose agent is gone; how many there were. Blocking."""
    place = f"{folder.resolve()}/"
    orphans = [process for process in psutil.process_iter() if _is_orphan(process, place)]
    for process in orphans:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(orphans, timeout=5)
    return len(orphans)


def _is_orphan(process: psutil.Process, place: str) -> bool:
    # Other users' processes and kernel threads show no environment: they are none of ours.
    with contextlib.suppress(psutil.Error, OSError, ValueError):
        pid, _, created = process.environ().get(MARK, "").partition(":")
        ours = bool(pid) and f"{process.cwd()}/".startswith(place)
        return ours and not _runs(int(pid), float(created))
    return False


def _runs(pid: int, created: float) -> bool:
    try:
        owner = psutil.Process(pid)
        same: bool = abs(owner.create_time() - created) < 1.0
        return same and owner.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
