"""Everything that signals are taken for."""

from __future__ import annotations

from agents.monitoring.ingest.routes import Route
from bus.settings import Settings


def routes(settings: Settings) -> tuple[Route, ...]:
    """The routes of all parts."""
    del settings
    return ()
