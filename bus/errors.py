"""What can go wrong on the bus.

    BusError                  base of all
    ├── Conflict              the pipeline moved on since it was read: read and decide again
    ├── BusUnavailable        the broker cannot be reached or does not answer; nothing is known
    │                         about a publish that was under way
    ├── BusMisconfigured      the broker runs but is not as Genesis needs it (streams, durability,
    │                         permissions)
    ├── ArtifactMissing       no content with that digest
    └── ArtifactDamaged       the content does not match its digest

And what a handler may raise to say what becomes of its message:

    Outcome
    ├── Retry(after)          deliver it again in `after` seconds
    └── Reject(reason)        never deliver it again; keep it as a dead letter
"""

from __future__ import annotations


class BusError(Exception):
    """Something is wrong with the bus."""


class Conflict(BusError):
    """The pipeline moved on since it was read."""


class BusUnavailable(BusError):
    """The broker cannot be reached."""


class BusMisconfigured(BusError):
    """The broker is not as Genesis needs it."""


class ArtifactMissing(BusError):
    """No content with that digest is stored."""


class ArtifactDamaged(BusError):
    """The stored content does not match its digest."""


class Outcome(Exception):
    """What a handler wants to become of its message."""


class Retry(Outcome):
    """Deliver the message again in `after` seconds."""

    def __init__(self, reason: str, *, after: float = 1.0) -> None:
        super().__init__(reason)
        self.after = after


class Reject(Outcome):
    """Never deliver the message again; keep it as a dead letter with this reason."""
