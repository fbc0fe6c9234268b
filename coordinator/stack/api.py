"""The local stack as the command line uses it. Nothing here prints.

`up` and `down` may be called at any time, any number of times, by several at once.

Errors: those of `coordinator.stack.errors`.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from bus.settings import Secret, Settings, load
from coordinator.stack import caddy, keys, nats_server, services, starting, stopping
from coordinator.stack import home as homes
from coordinator.stack.doctor import Finding, doctor
from coordinator.stack.errors import Busy, InContainers, NotStarted, StackError
from coordinator.stack.events import OnEvent, Teller
from coordinator.stack.home import Home
from coordinator.stack.ports import LOOPBACK
from coordinator.stack.state import (
    Phase,
    ServiceStatus,
    StackEvent,
    StackState,
    alive,
    read_state,
    recall,
)
from coordinator.stack.status import statuses

__all__ = [
    "Finding",
    "Phase",
    "ServiceStatus",
    "StackEvent",
    "StackState",
    "agent_settings",
    "doctor",
    "down",
    "in_containers",
    "log_files",
    "person_settings",
    "purge",
    "status",
    "up",
]  # fmt: skip

LOOK = 0.03
ATTEMPTS = 3
"""Starts to try while somebody else takes our ports between choosing and listening."""


def home_of(settings: Settings) -> Home:
    """The home in the settings, as an absolute path: processes run elsewhere."""
    return Home(settings.genesis_home.expanduser().absolute())


def in_containers(settings: Settings) -> bool:
    """Whether the stack of this home is one that docker-compose.yml runs."""
    remembered = recall(home_of(settings))
    return remembered is not None and remembered.containers


def _ours(settings: Settings) -> Home:
    """The home of a stack that runs without containers, or of none yet. Raises InContainers."""
    home = home_of(settings)
    if in_containers(settings):
        raise InContainers(home.root)
    return home


async def up(settings: Settings, on_event: OnEvent | None = None) -> StackState:
    """Start what does not run yet and return when all of it works.

    Raises StackError; a start that failed is taken back, so nothing of it keeps running. A stack
    that ran already is left running.
    """
    home = _ours(settings)
    state = read_state(home)
    if state is not None and state.ready and alive(state.pid, state.created):
        return state
    await asyncio.to_thread(homes.make, home)
    tell = Teller(on_event)
    async with _alone(home):
        if homes.is_locked(home.supervisor_lock):
            # Others work with it: a process that is down for a moment is no reason to end the rest.
            return await starting.until_ready(home, tell, starting.LEFT_RUNNING)
        for attempts_left in reversed(range(ATTEMPTS)):
            try:
                return await _start(home, settings, tell)
            except StackError:
                if not (attempts_left and starting.lost_a_port(home)):
                    raise
        raise AssertionError("the last attempt returns or raises")


async def _start(home: Home, settings: Settings, tell: Teller) -> StackState:
    await asyncio.to_thread(starting.prepare, home, settings, tell)
    await asyncio.to_thread(starting.launch, home, settings)
    try:
        return await starting.until_ready(home, tell, starting.TAKEN_BACK)
    except StackError:
        await stopping.stop(home, settings, tell)
        raise


async def down(settings: Settings, on_event: OnEvent | None = None) -> None:
    """End all processes of the stack; data stays. Fine when nothing runs."""
    home = _ours(settings)
    if recall(home) is None:
        return
    async with _alone(home):
        await stopping.stop(home, settings, Teller(on_event))


def purge(settings: Settings) -> None:
    """Remove everything that the stack stored. Raises Busy while it runs."""
    home = _ours(settings)
    if homes.is_locked(home.supervisor_lock):
        raise Busy("the stack is running; nothing was removed: run `genesis down` first")
    for name in homes.OWNED:
        path = home.root / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # gone, or not empty: others keep things there too
        home.root.rmdir()


async def status(settings: Settings) -> list[ServiceStatus]:
    """The supervisor and every process it keeps; empty when the stack was never started."""
    state = read_state(_ours(settings))
    return [] if state is None else await asyncio.to_thread(statuses, state)


def log_files(settings: Settings) -> dict[str, Path]:
    """The log of each process that has one, by its name."""
    folder = _ours(settings).root / "logs"
    return {path.stem: path for path in sorted(folder.glob("*.log"))}


def person_settings(settings: Settings) -> Settings:
    """The settings of a person who uses the stack of this home. Raises NotStarted."""
    home = home_of(settings)
    remembered = recall(home)
    if remembered is None:
        raise NotStarted(f"there is no local stack in {home.root}; start it with: genesis up")
    try:
        seed = keys.seed_file(home, remembered.person).read_text()
        secret = keys.DASHBOARD_SECRET
        dashboard = keys.read(home, secret) if home.key(secret).exists() else ""
        database = keys.read(home, keys.DATABASE_URL)
    except OSError as error:
        raise NotStarted(
            f"the keys of the local stack cannot be read ({error}); it belongs to another user,"
            " or was removed in part: run `genesis up` as the user who started it"
        ) from error
    return msgspec.structs.replace(
        settings,
        genesis_home=home.root,
        nats_url=nats_server.url(remembered.ports),
        nats_monitor_url=nats_server.monitor_url(remembered.ports),
        nats_account=remembered.person,
        nats_seed=Secret(seed),
        database_url=Secret(database),
        caddy_admin_url=caddy.admin_url(remembered.ports),
        monitor_url=f"http://{LOOPBACK}:{remembered.ports.signals}",
        dashboard_listen=f"{LOOPBACK}:{remembered.ports.dashboard}",
        # In containers nobody serves it but the command itself.
        dashboard_secret=Secret("" if remembered.containers else dashboard),
        unsafe_fast=remembered.unsafe_fast,
    )


def agent_settings(settings: Settings, name: str) -> Settings:
    """The settings of an agent of this home's stack, for a command that does what it does.

    Raises NotStarted, InContainers, SettingsError.
    """
    home = _ours(settings)
    remembered = recall(home)
    if remembered is None:
        raise NotStarted(f"there is no local stack in {home.root}; start it with: genesis up")
    return load(services.environment(home, settings, remembered.ports, name))


@asynccontextmanager
async def _alone(home: Home) -> AsyncIterator[None]:
    """Wait until no other command starts or stops this stack. Raises Busy after a while."""
    deadline = time.monotonic() + starting.PATIENCE + stopping.PATIENCE
    while True:
        with homes.lock(home.command_lock) as held:
            if held:
                yield
                return
        if time.monotonic() > deadline:
            raise Busy("another command has been starting or stopping the stack for minutes")
        await asyncio.sleep(LOOK)
