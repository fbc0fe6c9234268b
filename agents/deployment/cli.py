"""What the command line may ask of deployments, without a bus: pure reads, and `stop_all`."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Literal

import psutil
from msgspec import Struct

from agents.deployment import caddy, servers, state

_HOW: tuple[Literal["terminate", "kill"], ...] = ("terminate", "kill")


class Status(Struct, frozen=True, kw_only=True):
    """An app in an environment. Times are seconds since 1970; `url` is None when not live.

    `running` says whether the live release's server process is alive right now.
    """

    app: str
    environment: str
    live: str | None
    build: str | None
    pipeline: str | None
    since: float
    url: str | None
    running: bool
    releases: tuple[state.Release, ...]


def live(home: Path, app: str, environment: str) -> Status | None:
    """What is live of an app; None when nothing is. Raises AgentError `damaged_state`."""
    found = _status(state.load(home, app, environment))
    return found if found.live is not None else None


def list_apps(home: Path) -> list[Status]:
    """All apps of this machine by name; those with an unreadable state are left out."""
    return [_status(app) for app in state.load_all(home)[0]]


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


def _status(app: state.AppState) -> Status:
    release = app.releases.get(app.live) if app.live else None
    return Status(
        app=app.app,
        environment=app.environment,
        live=app.live,
        build=release.build if release else None,
        pipeline=release.pipeline if release else None,
        since=app.since,
        url=caddy.url(app) if app.live else None,
        running=servers.is_running(app.servers.get(app.live)) if app.live else False,
        releases=tuple(sorted(app.releases.values(), key=lambda one: one.at, reverse=True)),
    )
