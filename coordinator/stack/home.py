"""The folder of all local state, and safe ways to write into it.

    keys/      0700  nkey seeds, passwords, database addresses; each file 0600
    run/       0700  what runs now: state, locks, signs of life
    config/    0700  configuration rendered for each server
    logs/      0700  one file per process
    data/            what the servers store
    runtime/         programs copied to where PostgreSQL's account can reach them
    timings.json     how long earlier builds took
    stack.json       what must stay the same from start to start: ports, the person's name

Errors:
    HomeUnusable   the folder cannot be made or written
    DiskFull       there is no room to write
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from msgspec import Struct

from coordinator.stack.errors import DiskFull, HomeUnusable

CLOSED = ("keys", "run", "config", "logs")
OWNED = (*CLOSED, "data", "runtime", "stack.json", "timings.json", "apps", "cache", "builds")
"""What Genesis makes in a home; `purge` removes this and nothing that it does not know."""

ROOM_TO_START = 300 * 1024 * 1024
"""Bytes that must be free to start: a new database and the broker's store take about half."""

LARGEST_LOG = 10 * 1024 * 1024
"""Bytes from which a log is put aside when its process starts again."""


class Home(Struct, frozen=True):
    """Where everything of one stack is."""

    root: Path

    @property
    def stack_file(self) -> Path:
        """What is remembered from start to start."""
        return self.root / "stack.json"

    @property
    def state_file(self) -> Path:
        """What the supervisor says is running."""
        return self.root / "run" / "state.json"

    @property
    def supervisor_lock(self) -> Path:
        """Held by the supervisor as long as it lives."""
        return self.root / "run" / "supervisor.lock"

    @property
    def command_lock(self) -> Path:
        """Held by the one command that starts or stops the stack."""
        return self.root / "run" / "command.lock"

    def key(self, name: str) -> Path:
        """The file of a secret."""
        return self.root / "keys" / name

    def config(self, name: str) -> Path:
        """A server's configuration file."""
        return self.root / "config" / name

    def log(self, service: str) -> Path:
        """A process's log."""
        return self.root / "logs" / f"{service}.log"

    def sign_of_life(self, service: str) -> Path:
        """The file that a living process touches."""
        return self.root / "run" / f"{service}.alive"

    def data(self, server: str) -> Path:
        """Where a server stores its data."""
        return self.root / "data" / server


def make(home: Home) -> None:
    """Make the folders. Raises HomeUnusable or DiskFull."""
    try:
        # PostgreSQL's account has to pass through when it is not ours.
        home.root.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        for name in CLOSED:
            (home.root / name).mkdir(mode=0o700, exist_ok=True)
        for name in ("data", "runtime"):
            (home.root / name).mkdir(mode=0o711, exist_ok=True)
    except OSError as error:
        explain(error, home.root)


def require_room(home: Home, *, least: int = ROOM_TO_START) -> None:
    """Raises DiskFull when fewer than `least` bytes are free."""
    free = free_bytes(home)
    if free < least:
        raise DiskFull(
            f"only {free // 2**20} MiB are free at {home.root} and {least // 2**20} MiB are"
            " needed to start; nothing was started: make room, or set GENESIS_HOME to a larger"
            " disk"
        )


def free_bytes(home: Home) -> int:
    """Bytes free on the disk that holds the home, made or not."""
    existing = next(path for path in (home.root, *home.root.parents) if path.exists())
    return shutil.disk_usage(existing).free


def write(path: Path, content: str, *, mode: int = 0o600) -> None:
    """Replace a file in one step: a reader sees the old content or the new, never a part."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
            file.write(content)
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        explain(error, path)


def explain(error: OSError, path: Path) -> NoReturn:
    """Raise what an error of the file system means to a person."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        raise DiskFull(
            f"the disk is full: {path} could not be written; make room and run the command again"
        ) from error
    raise HomeUnusable(
        f"{path} cannot be written ({error.strerror or error}); set GENESIS_HOME to a folder"
        " that you may write to"
    ) from error


def open_log(home: Home, service: str) -> int:
    """A file descriptor that appends to a log; one that has grown large is put aside first."""
    path = home.log(service)
    if path.exists() and path.stat().st_size > LARGEST_LOG:
        path.replace(path.with_suffix(".log.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def last_lines(path: Path, count: int = 12) -> str:
    """The end of a log, "" when there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 8_192))
            lines = file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    return "\n".join(lines[-count:])


@contextmanager
def lock(path: Path) -> Iterator[bool]:
    """Try to hold a lock; yields whether it is held. It ends with the process at the latest."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield take(descriptor)
    finally:
        os.close(descriptor)


def take(descriptor: int) -> bool:
    """Take the lock on an open file unless somebody else holds it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_locked(path: Path) -> bool:
    """Whether somebody holds the lock."""
    if not path.exists():
        return False
    with lock(path) as held:
        return not held
