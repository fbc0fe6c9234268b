"""What an app's server gets to know of its surroundings, and what may not be repeated of it."""

from __future__ import annotations

import os
from ipaddress import ip_address
from urllib.parse import quote, urlsplit, urlunsplit

from agents import signals
from agents.deployment import state
from bus.settings import Settings
from contracts.naming import database_name, role_password


def variables(settings: Settings, app: str, environment: str, port: int) -> dict[str, str]:
    """The whole environment of an app's server; DATABASE_URL when there is a database server."""
    known = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "PORT": str(port),
        "HOST": "127.0.0.1",
        "NODE_ENV": "production",
        # Caddy says who the visitor is, and lets nobody else say so.
        "TRUST_PROXY": "1",
    }
    url = database_url(settings, app, environment)
    return known | ({"DATABASE_URL": url} if url else {}) | receivers(settings, app, environment)


def receivers(
    settings: Settings, app: str, environment: str, *, elsewhere: bool = False
) -> dict[str, str]:
    """Whom the app tells of its errors and visits; {} for nobody.

    `elsewhere` is for an app that runs on another machine: what it cannot reach is left out.
    """
    project = signals.project(settings, app, environment)
    address = settings.monitor_url
    found = {}
    if project and address and not (elsewhere and is_only_here(address)):
        found["GENESIS_SIGNALS"] = signals.dsn(address, project)
    if settings.sentry_dsn and not (elsewhere and is_only_here(settings.sentry_dsn)):
        found["SENTRY_DSN"] = settings.sentry_dsn
    return found | ({"SENTRY_ENVIRONMENT": environment} if found else {})


def is_only_here(address: str) -> bool:
    """Whether an address means something on this machine or in this network alone."""
    host = urlsplit(address).hostname or ""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal"))


def database_url(settings: Settings, app: str, environment: str) -> str:
    """SECRET: the app's own way to its database; "" when there is no database server."""
    server = urlsplit(settings.app_database_url.reveal())
    if not server.hostname or not settings.app_database_secret:
        return ""
    # A preview has the database of the environment that it is a preview of.
    name = database_name(app, state.of_preview(environment)[0])
    place = server.netloc.rpartition("@")[2]
    account = f"{quote(name)}:{_password(settings, name)}"
    return urlunsplit(("postgresql", f"{account}@{place}", f"/{quote(name)}", server.query, ""))


def redacted(text: str, settings: Settings, app: str, environment: str) -> str:
    """A text in which the app may have printed its secrets, without them."""
    if settings.app_database_secret:
        name = database_name(app, state.of_preview(environment)[0])
        text = text.replace(_password(settings, name), "…")
    return text


def _password(settings: Settings, role: str) -> str:
    return role_password(settings.app_database_secret.reveal(), role)
