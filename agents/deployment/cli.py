"""What the command line may ask of deployments, without a bus: pure reads, and `stop_all`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psutil
from msgspec import Struct

from agents.deployment import caddy, servers, state


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
    processes = [process for one in found if (process := servers.find(*one)) is not None]
    for process in processes:
        _signal(process.terminate)
    _, stubborn = psutil.wait_procs(processes, timeout=servers.STOP_WAIT)
    for process in stubborn:
        _signal(process.kill)
    psutil.wait_procs(stubborn, timeout=servers.STOP_WAIT)
    return len({process.pid for process in processes})


def _signal(send: Callable[[], None]) -> None:
    try:
        send()
    except psutil.NoSuchProcess:
        return


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
