"""Where error SDKs and sentry-cli send to."""

from __future__ import annotations

from agents.monitoring.errors import taking
from agents.monitoring.errors.maps import Maps
from agents.monitoring.errors.upload import Uploads
from agents.monitoring.ingest.routes import Route
from bus.settings import Settings


def routes(settings: Settings) -> tuple[Route, ...]:
    """The routes of errors."""
    maps = Maps(settings.database_url.reveal())
    taken = taking.Taking(maps)
    uploads = Uploads(settings)
    organization = "/api/0/organizations/{app}"
    release = f"{organization}/releases/{{release}}"
    return (
        Route("POST", "/api/{number}/envelope/", taken.envelope),
        Route("POST", "/api/{number}/store/", taken.event),
        Route("GET", "/api/{number}/cron/{slug}/{key}/", taking.check_in),
        Route("POST", "/api/{number}/cron/{slug}/{key}/", taking.check_in),
        Route("GET", "/api/0/", uploads.about),
        Route("GET", f"{organization}/chunk-upload/", uploads.options),
        Route("POST", f"{organization}/chunk-upload/", uploads.chunks),
        Route("POST", f"{organization}/artifactbundle/assemble/", uploads.assemble),
        Route("POST", f"{organization}/releases/", uploads.release),
        Route("PUT", f"{release}/", uploads.finalize),
        Route("POST", f"{release}/deploys/", uploads.deploy),
        Route(
            "PUT",
            "/api/0/projects/{app}/{environment}/source-maps/{debug_id}/",
            uploads.source_map,
        ),
    )
