"""Everything that signals are taken for."""

from __future__ import annotations

from agents.monitoring.errors import routes as errors
from agents.monitoring.ingest.routes import Route
from agents.monitoring.providers import receivers
from agents.monitoring.traffic import routes as traffic
from agents.monitoring.uptime import routes as heartbeats
from agents.monitoring.vitals import routes as vitals
from bus.settings import Settings


def routes(settings: Settings) -> tuple[Route, ...]:
    """The routes of all parts."""
    return (
        *errors.routes(settings),
        *vitals.ROUTES,
        *traffic.ROUTES,
        *heartbeats.ROUTES,
        *receivers.routes(settings),
    )
