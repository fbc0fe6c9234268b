"""App servers: detached Node processes that outlive the agent, found and ended with care.

A process is ours when it runs `node <release folder>/server.mjs`, or when its pid and start
time are the recorded ones. Nothing else is ever signalled.

Errors:
    ServerDied   the process is gone; its text ends with the last lines it printed
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

import psutil
from msgspec import Struct

from agents.deployment import state

STOP_WAIT = 12.0
"""Seconds between SIGTERM and SIGKILL; the generated app drains for 7."""
DRAIN_WAIT = 10.0
DRAIN_LOOKS = 3
DRAIN_POLL = 0.1
"""Before SIGTERM: wait until no connection was seen in so many looks, or so many seconds."""
LOG_LIMIT = 10 * 1024 * 1024
_MAIN = "server.mjs"
_BEGIN = "--- Genesis starts the server ---"
# The shell leaves at once, so the server belongs to init and never becomes our zombie.
_DETACH = 'log=$1; shift; "$@" >>"$log" 2>&1 </dev/null & echo $!'


class ServerDied(Exception):
    """A server's process ended."""


class Process(Struct, frozen=True):
    """A running server: which release's folder it serves."""

    pid: int
    created: float
    release_folder: Path


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def can_listen(port: int) -> bool:
    """Whether the port of 127.0.0.1 is free to listen on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


async def start(
    node: Path, release_folder: Path, log: Path, environment: Mapping[str, str]
) -> tuple[int, float]:
    """Start a release's server in a session of its own; its pid and start time."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as file:
        file.write(f"{_BEGIN}\n")
    shell = await asyncio.create_subprocess_exec(
        "/bin/sh", "-c", _DETACH, "sh", str(log), str(node), str(release_folder / _MAIN),
        cwd=release_folder, env=dict(environment), start_new_session=True,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await shell.communicate()
    pid = int(out)
    try:
        return pid, psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        raise ServerDied(f"the app's server ended at once; {_printed(log)}") from None


def is_running(server: state.Server | None) -> bool:
    """Whether the recorded process is alive."""
    return server is not None and server.pid is not None and _alive(server.pid, server.created)


def check_alive(server: state.Server, log: Path) -> None:
    """Raises ServerDied with the last lines it printed when the process is gone."""
    if not is_running(server):
        raise ServerDied(f"the app's server ended by itself; {_printed(log)}")


def running(home: Path) -> list[Process]:
    """All app servers under the apps folder, by what the processes themselves say. Blocking."""
    found = []
    root = state.apps_folder(home).resolve()
    for process in psutil.process_iter(["cmdline", "create_time", "status"]):
        command = process.info["cmdline"] or []
        if len(command) != 2 or process.info["status"] == psutil.STATUS_ZOMBIE:  # noqa: PLR2004
            continue
        main = Path(command[1])
        # <root>/<app>/<environment>/releases/<release>/server.mjs
        if (
            Path(command[0]).stem == "node"
            and main.name == _MAIN
            and main.is_relative_to(root)
            and main.parent.parent.name == "releases"
            and len(main.relative_to(root).parts) == 5  # noqa: PLR2004
        ):
            found.append(Process(process.pid, process.info["create_time"], main.parent))
    return found


async def end(processes: Iterable[tuple[int, float]], *, drain: bool = False) -> None:
    """End processes given by pid and start time; with `drain`, once they are idle."""
    async with asyncio.TaskGroup() as group:
        for pid, created in processes:
            group.create_task(_end(pid, created, drain=drain))


async def _end(pid: int, created: float, *, drain: bool) -> None:
    process = find(pid, created)
    if process is None:
        return
    if drain:
        await _until_idle(process)
    for stop, patience in ((process.terminate, STOP_WAIT), (process.kill, STOP_WAIT)):
        try:
            stop()
        except psutil.NoSuchProcess:
            return
        deadline = asyncio.get_running_loop().time() + patience
        while asyncio.get_running_loop().time() < deadline:
            if not _alive(pid, created):
                return
            await asyncio.sleep(0.02)


async def _until_idle(process: psutil.Process) -> None:
    deadline = asyncio.get_running_loop().time() + DRAIN_WAIT
    idle = 0
    while idle < DRAIN_LOOKS and asyncio.get_running_loop().time() < deadline:
        try:
            connections = await asyncio.to_thread(process.net_connections, kind="tcp")
        except psutil.NoSuchProcess:
            return
        listening = {one.laddr.port for one in connections if one.status == psutil.CONN_LISTEN}
        busy = any(
            one.status == psutil.CONN_ESTABLISHED and one.laddr.port in listening
            for one in connections
        )
        idle = 0 if busy else idle + 1
        await asyncio.sleep(DRAIN_POLL)


def find(pid: int, created: float | None) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        same = created is not None and abs(process.create_time() - created) < 1.0
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def _alive(pid: int, created: float | None) -> bool:
    return find(pid, created) is not None


def _printed(log: Path) -> str:
    lines = last_lines(log)
    return f"it printed last: {lines}" if lines else "it printed nothing"


def last_lines(log: Path, count: int = 12, width: int = 200) -> str:
    """The end of what the newest process wrote to a log, short enough for a message."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 16_384))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    newest = text.rpartition(_BEGIN)[2]
    return "\n".join(line[:width] for line in newest.strip().splitlines()[-count:])


def trim_log(log: Path) -> None:
    """Set a log that grew too long aside as `.1` and begin anew. Blocking."""
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        shutil.copyfile(log, log.with_suffix(".log.1"))
        # Truncated, not renamed: the server goes on appending to the file that it has open.
        os.truncate(log, 0)
