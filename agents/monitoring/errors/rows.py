"""What is handed to the writer: one struct for each kind of row."""

from __future__ import annotations

from msgspec import Struct

from agents.monitoring.errors.event import ErrorEvent


class ErrorRow(Struct, frozen=True):
    """An error of an app; `who` is the hash of its user, None for nobody."""

    app: str
    environment: str
    key: str
    event: ErrorEvent
    who: int | None


class SessionRow(Struct, frozen=True):
    """How far a session came; `outcome` is one of sessions.OUTCOMES."""

    app: str
    environment: str
    session: str
    outcome: str
    release: str
    started: float


class SessionsRow(Struct, frozen=True):
    """Sessions that somebody else counted, in the hour that begins at `hour`."""

    app: str
    environment: str
    release: str
    hour: float
    counts: tuple[tuple[str, int], ...]


class CheckInRow(Struct, frozen=True):
    """What a job said of itself; `status` is in_progress, ok or error."""

    app: str
    environment: str
    slug: str
    status: str
    at: float
    check_in: str
    seconds: float | None
    schedule: bytes | None
