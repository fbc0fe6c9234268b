"""Where a live app sends what it notices about itself: its project at the monitoring agent.

Both agents that must know derive it from one secret, so that an app is wired when it is deployed
and known when it is monitored, without either asking the other.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

from msgspec import Struct

from bus.settings import Settings


class Project(Struct, frozen=True, kw_only=True):
    """One app in one environment, as error SDKs see it.

    `number` is the project of a DSN (1 to 2,147,483,647), `key` its public key (32 hex digits):
    it lets in what the app sends and reads nothing, so that a browser may know it.
    """

    app: str
    environment: str
    number: int
    key: str


def project(settings: Settings, app: str, environment: str) -> Project | None:
    """The app's project; None where no signals are taken (MONITOR_SECRET is not set)."""
    if not settings.monitor_secret:
        return None
    name = f"{app}/{environment}".encode()
    secret = settings.monitor_secret.reveal().encode()
    number = int.from_bytes(hashlib.sha256(name).digest()[:4]) & 0x7FFFFFFF
    return Project(
        app=app,
        environment=environment,
        number=number or 1,
        key=hmac.digest(secret, name, "sha256").hex()[:32],
    )


def dsn(address: str, project: Project) -> str:
    """The Data Source Name of a project at the address of MONITOR_URL."""
    parts = urlsplit(address)
    path = parts.path.rstrip("/")
    return f"{parts.scheme}://{project.key}@{parts.netloc}{path}/{project.number}"


def upload_token(settings: Settings, project: Project) -> str:
    """SECRET: the bearer token for releases and source maps of a project (64 hex digits).

    sentry-cli finds the server with SENTRY_URL=<MONITOR_URL>, SENTRY_ORG=<app>,
    SENTRY_PROJECT=<environment> and SENTRY_AUTH_TOKEN=<this>.
    """
    name = f"upload:{project.app}/{project.environment}".encode()
    return hmac.digest(settings.monitor_secret.reveal().encode(), name, "sha256").hex()
