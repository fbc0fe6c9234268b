"""What command line and dashboard may ask of monitoring, without a bus.

Errors:
    asyncpg's and OSError when the database cannot be read
"""

from __future__ import annotations

from agents.monitoring import store
from agents.monitoring.alerts.reads import FINAL as FINAL_STATES
from agents.monitoring.alerts.reads import Alert, alerts, begin_test, tested, withdraw_test
from agents.monitoring.alerts.reads import Delivery as AlertDelivery
from agents.monitoring.alerts.silences import Silence, end_silence, silence, silences
from agents.monitoring.errors.deciding import set_error_status
from agents.monitoring.errors.event import Breadcrumb, ErrorEvent, Exception_, Frame
from agents.monitoring.errors.reads import (
    ErrorDetail,
    ErrorGroup,
    ReleaseHealth,
    error_group,
    error_groups,
    release_health,
)
from agents.monitoring.ingest.projects import set_origins
from agents.monitoring.reading import kept
from agents.monitoring.traffic.reads import Count, Day, Traffic, traffic
from agents.monitoring.uptime import asked, changes
from agents.monitoring.uptime.maintenance import described
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
from bus.settings import Settings

__all__ = [
    "FINAL_STATES", "Alert", "AlertDelivery", "Breadcrumb", "Count", "Day", "ErrorDetail",
    "ErrorEvent", "ErrorGroup", "Exception_", "Frame", "Incident", "IncidentDetail",
    "IncidentEvent", "LastCheck", "ReleaseHealth", "ResponsePoint", "Silence", "Traffic",
    "UptimeDay", "Vital", "Watched", "alerts", "asked", "begin_test", "changes", "described",
    "end_silence", "error_group", "error_groups", "expect", "incident", "incidents", "kept",
    "release_health", "response_times", "set_error_status", "set_origins", "silence",
    "silences", "tested", "traffic", "uptime_bars", "vitals", "watched", "withdraw_test",
]  # fmt: skip


async def expect(settings: Settings, app: str, environment: str, build_id: str) -> bool:
    """Watch an app as a build that a person made live; whether it is watched at all."""
    async with store.connected(settings.database_url.reveal()) as connection:
        return await store.expect(connection, app, environment, build_id)
