"""What is running, as the supervisor writes it and everybody else reads it."""

from __future__ import annotations

import time
from enum import StrEnum

import msgspec
import psutil
from msgspec import Struct

from coordinator.stack.home import Home, write
from coordinator.stack.ports import Ports


class Phase(StrEnum):
    """Where a process is in its life."""

    WAITING = "waiting"
    STARTING = "starting"
    UP = "up"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


READY = (Phase.UP, Phase.DONE)


class Running(Struct, frozen=True, kw_only=True):
    """A process: `created` tells it from a later one with the same number.

    `since` is seconds since 1970, `detail` why it failed.
    """

    name: str
    phase: Phase = Phase.WAITING
    pid: int = 0
    created: float = 0.0
    since: float = 0.0
    restarts: int = 0
    failures: int = 0
    port: int = 0
    detail: str = ""


class StackState(Struct, frozen=True, kw_only=True):
    """Everything that the supervisor keeps alive."""

    pid: int
    created: float
    services: tuple[Running, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether everything is up and every preparation done."""
        return bool(self.services) and all(self.is_ready(entry) for entry in self.services)

    @staticmethod
    def is_ready(entry: Running) -> bool:
        """Whether a process is up, or has done what it was for."""
        return entry.phase in READY


class Remembered(Struct, frozen=True, kw_only=True):
    """What stays from start to start; `containers` for a stack that docker-compose.yml runs."""

    ports: Ports = Ports()
    person: str = ""
    unsafe_fast: bool = False
    containers: bool = False


class StackEvent(Struct, frozen=True, kw_only=True):
    """Something that happened while the stack started or stopped.

    `service` is "" for the stack as a whole; `seconds` is since the command began.
    """

    service: str
    phase: Phase
    seconds: float
    detail: str = ""


class ServiceStatus(Struct, frozen=True, kw_only=True):
    """A process as `genesis status` shows it; `memory` is MiB, `since` seconds since 1970."""

    name: str
    up: bool
    phase: str
    pid: int | None = None
    since: float | None = None
    restarts: int = 0
    memory: float | None = None
    port: int | None = None
    detail: str = ""


def alive(pid: int, created: float) -> bool:
    """Whether this very process still runs, and not a later one with its number."""
    try:
        process = psutil.Process(pid)
        began = float(process.create_time())
        ended = str(process.status()) == psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, ValueError):
        return False
    return abs(began - created) < 1.0 and not ended


def created_at(pid: int) -> float:
    """When a process began; now, if it is gone already."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return time.time()


def read_state(home: Home) -> StackState | None:
    """The last state written, by a supervisor that may be gone; None for none."""
    try:
        return msgspec.json.decode(home.state_file.read_bytes(), type=StackState)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def write_state(home: Home, state: StackState) -> None:
    """Replace the state. Raises HomeUnusable or DiskFull."""
    write(home.state_file, msgspec.json.encode(state).decode())


def recall(home: Home) -> Remembered | None:
    """What an earlier start left to remember; None before the first."""
    try:
        return msgspec.json.decode(home.stack_file.read_bytes(), type=Remembered)
    except FileNotFoundError:
        return None


def remember(home: Home, what: Remembered) -> None:
    """Keep for the next start. Raises HomeUnusable or DiskFull."""
    text = msgspec.json.format(msgspec.json.encode(what), indent=1).decode()
    write(home.stack_file, text + "\n")
