"""From a folder to a running stack: prepare, start the supervisor, wait until all is ready."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time

import msgspec

from bus.settings import Settings
from coordinator.stack import caddy, keys, leftovers, nats_server, ports, postgres
from coordinator.stack import home as homes
from coordinator.stack.errors import DiskFull, StackError, StartFailed
from coordinator.stack.events import Teller
from coordinator.stack.home import Home
from coordinator.stack.services import handed_on, import_path, inherited, table
from coordinator.stack.state import (
    READY,
    Phase,
    Remembered,
    Running,
    StackState,
    read_state,
    recall,
    remember,
)

LOOK = 0.03
"""Seconds between looks at what the supervisor wrote."""
PATIENCE = 90.0
FAILURES = 4
"""Failed starts of one process in a row after which the whole start has failed."""
SUPERVISOR = "supervisor"
TAKEN_BACK = "everything was ended again and nothing was lost"
LEFT_RUNNING = "the rest of the stack was left running and nothing was lost"


def prepare(home: Home, settings: Settings, tell: Teller, *, containers: bool = False) -> None:
    """Everything that must be there before the first process starts. Raises StackError."""
    homes.require_room(home)
    cluster = postgres.cluster(home)
    remembered = recall(home) or Remembered()
    services = table(home, settings, remembered, cluster)
    for name in leftovers.end(leftovers.find(home, services)):
        tell(name, Phase.STOPPED, "was left over, ended")
    remembered = Remembered(
        ports=_choose_ports(remembered.ports, tell),
        person=remembered.person or keys.person_name(),
        unsafe_fast=settings.unsafe_fast,
        containers=containers,
    )
    keys.make(home, remembered.person)
    _configure(home, remembered)
    if not (cluster.data / "PG_VERSION").exists():
        tell("postgres", Phase.STARTING, "making the database cluster")
        postgres.create(home, cluster)
    # Last, so that what is remembered was prepared as a whole.
    remember(home, remembered)


def lost_a_port(home: Home) -> bool:
    """Whether somebody else listens on one of our ports, now that nothing of ours runs."""
    remembered = recall(home)
    wanted = msgspec.structs.astuple(remembered.ports) if remembered else ()
    return not all(map(ports.is_free, wanted))


def _choose_ports(wanted: ports.Ports, tell: Teller) -> ports.Ports:
    chosen = ports.choose(wanted)
    for name, port in msgspec.structs.asdict(chosen).items():
        if port != (taken := getattr(wanted, name)):
            tell("", Phase.STARTING, f"port {taken} ({name}) is taken, using {port}")
    return chosen


def _configure(home: Home, remembered: Remembered) -> None:
    for name in ("nats", "caddy"):
        home.data(name).mkdir(mode=0o700, exist_ok=True)
    nats_server.configure(
        home, remembered.ports, remembered.person, unsafe_fast=remembered.unsafe_fast
    )
    caddy.configure(home, remembered.ports)
    postgres.configure(home, remembered.ports)


def launch(home: Home, settings: Settings) -> None:
    """Start the supervisor; it goes into the background by itself. Raises StartFailed."""
    # What an earlier supervisor wrote last must not be taken for news.
    home.state_file.unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "coordinator.stack"],
        check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, cwd="/",
        env={
            **inherited(), **import_path(), **handed_on(settings),
            "GENESIS_HOME": str(home.root),
        },
    )  # fmt: skip
    if done.returncode != 0:
        raise StartFailed(f"the supervisor could not be started:\n{done.stderr[-2_000:]}")


class _Wait:
    """What became of each process since somebody began to wait for all of them."""

    def __init__(self, home: Home, tell: Teller, aftermath: str) -> None:
        self._home = home
        self._tell = tell
        self._aftermath = aftermath
        self._told: dict[str, Phase] = {}
        self._failures: dict[str, int] = {}
        self._been_ready: set[str] = set()

    def look(self, state: StackState) -> bool:
        """Tell what is new; whether it is enough. Raises StartFailed or DiskFull."""
        for entry in state.services:
            if self._told.get(entry.name) is not entry.phase:
                self._told[entry.name] = entry.phase
                self._tell(entry.name, entry.phase, entry.detail)
            if entry.phase in READY:
                self._been_ready.add(entry.name)
            if entry.phase in READY or entry.name not in self._failures:
                self._failures[entry.name] = entry.failures
            if entry.failures - self._failures[entry.name] >= FAILURES:
                raise start_failed(self._home, entry, self._aftermath)
        all_were = {entry.name for entry in state.services} == self._been_ready
        return state.ready or (self._aftermath == LEFT_RUNNING and all_were)

    def too_long(self, state: StackState | None) -> StartFailed:
        """The error that names what is not ready."""
        waiting = [e.name for e in state.services if e.phase not in READY] if state else []
        return StartFailed(
            f"not ready after {PATIENCE:g} s: {', '.join(waiting) or SUPERVISOR};"
            f" {self._aftermath}. Look at `genesis logs`"
        )


async def until_ready(home: Home, tell: Teller, aftermath: str) -> StackState:
    """The state in which everything works. Raises StartFailed or DiskFull.

    `aftermath` is what an error says about the rest: TAKEN_BACK or LEFT_RUNNING. Of a stack that
    is left running it is enough that each process was ready once: whoever uses it can wait for
    one that is started again, but not for an instant in which none is.
    """
    wait = _Wait(home, tell, aftermath)
    deadline = time.monotonic() + PATIENCE
    while True:
        # Asked first: a supervisor that ends now has written its last state already.
        supervised = homes.is_locked(home.supervisor_lock)
        state = read_state(home)
        if state is not None and wait.look(state) and supervised:
            return state
        if not supervised:
            raise StartFailed(
                f"the supervisor ended:\n{homes.last_lines(home.log(SUPERVISOR))}\n"
                "Nothing was lost; `genesis doctor` looks for the cause."
            )
        if time.monotonic() > deadline:
            raise wait.too_long(state)
        await asyncio.sleep(LOOK)


def start_failed(home: Home, entry: Running, aftermath: str) -> StackError:
    """What to tell about a process that does not stay up."""
    lines = homes.last_lines(home.log(entry.name))
    if "No space left on device" in lines:
        return DiskFull(
            f"the disk is full: {entry.name} cannot start; {aftermath}."
            f" Make room at {home.root} and run `genesis up` again"
        )
    return StartFailed(
        f"{entry.name} does not stay up ({entry.detail.partition(':')[0]}); {aftermath}."
        f" The end of {home.log(entry.name)}:\n{lines}"
    )
