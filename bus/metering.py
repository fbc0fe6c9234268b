"""What a process counts of its own work, for whoever keeps count.

Without a meter nothing is counted and it costs a look at a variable; with one (`bus.metrics`)
each of these becomes a number at METRICS_LISTEN.
"""

from __future__ import annotations

from typing import Literal, Protocol

Outcome = Literal["done", "retried", "rejected", "broken", "cancelled"]
"""What became of a message: acknowledged; asked for again later; a dead letter; its handler broke,
so that it comes again; the process ended meanwhile, so that another one gets it."""
Published = Literal["stored", "conflict", "failed"]


class Meter(Protocol):
    """Keeps count; see `bus.metrics.Metrics`."""

    def began(self, consumer: str) -> None:
        """A message is in hand."""
        ...

    def handled(self, consumer: str, subject: str, outcome: Outcome, seconds: float) -> None:
        """It is not any more."""
        ...

    def published(self, subject: str, outcome: Published, seconds: float) -> None:
        """The log has a message, or has refused it, or did not answer."""
        ...

    def consuming(self, consumer: str, *, is_open: bool) -> None:
        """The process takes a consumer's messages from now on, or not any more."""
        ...

    def connected(self, *, is_up: bool) -> None:
        """The broker is there, or was lost."""
        ...

    def asked(self, route: str, status: int, seconds: float) -> None:
        """A request over HTTP was answered; `route` is its pattern, not its path."""
        ...

    def waiting(self, rows: int, size: int) -> None:
        """So many rows wait for the database now, of about `size` bytes."""
        ...

    def kept(self, rows: int) -> None:
        """The database has so many more."""
        ...


_meter: Meter | None = None


def count_by(meter: Meter | None) -> None:
    """Keep count with this meter from now on, or with none."""
    global _meter  # noqa: PLW0603  one for the process, as its log
    _meter = meter


def meter() -> Meter | None:
    """Whoever keeps count, if somebody does."""
    return _meter
