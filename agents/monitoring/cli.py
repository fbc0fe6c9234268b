"""What command line and dashboard may ask of monitoring, without a bus.

Errors:
    asyncpg's and OSError when the database cannot be read
"""

from __future__ import annotations

from agents.monitoring.traffic.reads import Count, Day, Traffic, traffic
from agents.monitoring.uptime.reads import (
    Incident,
    IncidentDetail,
    IncidentEvent,
    LastCheck,
    ResponsePoint,
    UptimeDay,
    Watched,
    incident,
    incidents,
    response_times,
    uptime_bars,
    watched,
)
from agents.monitoring.vitals.reads import Vital, vitals

__all__ = [
    "Count", "Day", "Incident", "IncidentDetail", "IncidentEvent", "LastCheck", "ResponsePoint",
    "Traffic", "UptimeDay", "Vital", "Watched", "incident", "incidents", "response_times",
    "traffic", "uptime_bars", "vitals", "watched",
]  # fmt: skip
