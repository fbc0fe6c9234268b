"""Caddy in front of the apps: listeners on ports, and nothing that changes with a release.

The live server's address stands in a file that Caddy reads for each request: a switch is a rename
of that file, and a port without one takes no requests. A new app gets a port that Caddy listens on
already. Loading a configuration instead closes the idle connections of every app and resets those
that wait to be accepted: 76 of 26,000 requests were lost in 12 first releases of other apps.

Errors:
    Retry                     Caddy cannot be reached or refuses the configuration
"""

from __future__ import annotations

import os
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import httpx

from agents.deployment import servers, state
from agents.deployment.health import Limits, client
from bus.errors import Retry

PORTS = range(8100, 9000)
SPARE = 32
"""Ports that are listened on before there is an app for them."""
_LIMITS = Limits(request=30.0)

Config = dict[str, Any]


def upstream_file(home: Path, port: int) -> Path:
    """Where the address of the live server of the app at a port stands."""
    return state.apps_folder(home).resolve() / ".ports" / str(port)


def url(app: state.AppState) -> str:
    """Where people reach the app."""
    return f"http://127.0.0.1:{app.port}/"


def render(home: Path, ports: Iterable[int], admin: Config) -> Config:
    """Caddy's whole configuration for these ports."""
    listeners = {f"port-{port}": _listener(home, port) for port in sorted(ports)}
    return {"admin": admin, "apps": {"http": {"grace_period": "5s", "servers": listeners}}}


def _listener(home: Path, port: int) -> Config:
    file = upstream_file(home, port)
    proxy = {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": f"{{file.{file}}}"}],
        # A server that is being started again is waited for, not reported as broken.
        "load_balancing": {"try_duration": "5s", "try_interval": "100ms"},
        # Shorter than any app keeps them, so that no request meets a closing connection, and
        # a server that is no longer live is soon seen to be idle.
        "transport": {
            "protocol": "http",
            "keep_alive": {"enabled": True, "idle_timeout": "400ms"},
        },
    }
    is_live = {"file": {"root": str(file.parent), "try_files": [file.name]}}
    return {
        "listen": [f"127.0.0.1:{port}"],
        "automatic_https": {"disable": True},
        "routes": [
            {"match": [is_live], "handle": [proxy], "terminal": True},
            {"handle": [{"handler": "static_response", "abort": True}]},
        ],
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
    """Make Caddy listen on the ports of all apps; call it under its lock.

    It goes on listening where it does. Whenever it must be told of a port, it is told of some more
    for apps that are still to come. Ports that somebody else took are left out, so that they cannot
    keep the other apps from being served. Raises Retry.
    """
    async with state.locked(_everybodys_lock()):
        await _load(home, admin_url)


def _everybodys_lock() -> Path:
    """The lock of all homes: between the look whether a port is free and Caddy's listening on it.

    Two Caddys at one port would each get some of the requests, and those of the other are cut off.
    """
    return Path(tempfile.gettempdir()) / f"genesis-ports-{os.getuid()}.lock"


async def _load(home: Path, admin_url: str) -> None:
    now = await current(admin_url)
    heard = listening(now).intersection(PORTS)
    apps = {app.port for app in state.load_all(home)[0] if app.port}
    new = {port for port in apps - heard if servers.can_listen(port)}
    admin = now.get("admin") or {"listen": httpx.URL(admin_url).netloc.decode()}
    wanted = render(home, heard | new, admin)
    if wanted != now:
        spare = islice(_free(home, heard | apps), max(0, SPARE - len(heard - apps)))
        await _post(admin_url, render(home, heard | new | set(spare), admin))


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
    """A port for a new app: of no other app, and one that Caddy listens on if there is one left.

    Raises Retry when there is none.
    """
    apps = {app.port for app in state.load_all(home)[0]}
    # What an unreadable app has is routed.
    for port in sorted(heard - apps):
        if port in PORTS and not upstream_file(home, port).exists():
            return port
    for port in _free(home, heard | apps):
        return port
    raise Retry(f"no port between {PORTS.start} and {PORTS.stop - 1} is free", after=30.0)


def _free(home: Path, taken: set[int]) -> Iterator[int]:
    """Ports that can be listened on.

    Every home begins to look elsewhere: Caddy shares a port with another Caddy without a word.
    """
    first = zlib.crc32(str(home.resolve()).encode()) % len(PORTS)
    for port in chain(PORTS[first:], PORTS[:first]):
        if port not in taken and servers.can_listen(port):
            yield port


def _away(admin_url: str, error: httpx.HTTPError) -> Retry:
    return Retry(f"Caddy cannot be reached at {admin_url}: {error or type(error).__name__}")
