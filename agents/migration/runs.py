"""How a run is asked for, and what it tells afterwards."""

from __future__ import annotations

import getpass
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec import Struct

from agents.migration import locking, session
from agents.migration.files import Migration
from agents.migration.history import NAME
from agents.migration.plans import PlanFile
from agents.migration.progress import Observer, silent
from agents.migration.session import Connection
from agents.migration.worker import RETRIES, Fingerprint

Backup = Callable[[Connection, str, Sequence[Migration], Path], Awaitable[str | None]]
"""`(connection, url, migrations, folder)` to the backup's name, None with nothing to keep."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to run. Seconds throughout; `steps` and `to` limit what is run.

    notice        told what the server says beside its answers (NOTICE, WARNING)
    backup        called before anything is run; what it raises ends the run (fails closed)
    fingerprint   tells the schema's; None keeps none
    plan          a plan that files and database must match
    outcome       of a statement whose runner was killed: `done` or `again`
    """

    table: str = NAME
    steps: int | None = None
    to: str | None = None
    everything: bool = False
    allow_out_of_order: bool = False
    allow_missing: bool = False
    lock_wait: float = locking.WAIT
    lock_timeout: float = session.LOCK_TIMEOUT
    statement_timeout: float = session.STATEMENT_TIMEOUT
    retries: int = RETRIES
    per_statement: bool = False
    outcome: str | None = None
    person: str | None = None
    pipeline: str | None = None
    approved_by: str | None = None
    observer: Observer = silent
    notice: Callable[[str], None] | None = None
    backup: Backup | None = None
    fingerprint: Fingerprint | None = None
    plan: PlanFile | None = None


class Done(Struct, frozen=True, kw_only=True):
    """A migration that was applied or taken back; `seconds` as seen from here."""

    version: str
    name: str
    direction: str
    seconds: float
    statements: int


class Outcome(Struct, frozen=True, kw_only=True):
    """What a run did. `already` counts what another runner applied meanwhile."""

    run: str
    done: tuple[Done, ...] = ()
    already: int = 0
    warnings: tuple[str, ...] = ()
    backup: str | None = None
    seconds: float = 0.0


def person() -> str:
    """Who acts, unless a command says otherwise: GENESIS_ACTOR, else the system's account."""
    named = os.environ.get("GENESIS_ACTOR")
    if named:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # An account without a name, as containers have them.
        return f"uid {os.getuid()}"
