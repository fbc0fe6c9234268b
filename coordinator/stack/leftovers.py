"""Processes of a stack whose supervisor is gone, found by their mark, and ended."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

import psutil

from coordinator.stack.home import Home
from coordinator.stack.services import MARK, Service, marked

PATIENCE = 15.0


def find(home: Home, services: Iterable[Service]) -> list[tuple[Service, psutil.Process]]:
    """The stack's own processes: mark and command line both match.

    What an agent started (an app that is live) inherits the mark but has arguments of its own.
    The program's path may differ: it moves when Genesis is installed again.
    """
    by_mark = {marked(home, service.name): service for service in services}
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            service = by_mark.get(process.environ().get(MARK, ""))
            if service is not None and tuple(process.cmdline()[1:]) == service.command[1:]:
                found.append((service, process))
    return found


def end(found: Iterable[tuple[Service, psutil.Process]]) -> list[str]:
    """End the processes, each by its own signal, SIGKILL when that takes too long; their names."""
    processes = list(found)
    for service, process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(service.stop_signal)
    _, alive = psutil.wait_procs([process for _, process in processes], timeout=PATIENCE)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=PATIENCE)
    return [service.name for service, _ in processes]
