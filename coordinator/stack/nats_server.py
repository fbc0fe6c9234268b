"""nats-server of the local stack: its configuration is rendered from `bus.topology`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bus import topology
from contracts.messages import AREAS
from coordinator.stack import keys
from coordinator.stack.home import Home, write
from coordinator.stack.ports import LOOPBACK, Ports

MAX_PAYLOAD = 1024 * 1024
MAX_STORE = 64 * 1024**3
"""Bytes that JetStream may take on disk; it reserves nothing."""
MAX_MEMORY = 256 * 1024**2

STREAMS = "STREAMS"
CLIENTS = "CLIENTS"
FORGOTTEN = "10s"
"""After this silence the server forgets the way back of a request with many answers, which it
otherwise keeps for two minutes. A puller hears a heartbeat every half second."""


def config_file(home: Home) -> Path:
    """Where the configuration is; it holds the guest's password."""
    return home.config("nats.conf")


def url(ports: Ports) -> str:
    """Where clients connect."""
    return f"nats://{LOOPBACK}:{ports.nats}"


def monitor_url(ports: Ports) -> str:
    """Where the server says how it is."""
    return f"http://{LOOPBACK}:{ports.nats_monitor}"


def command(binary: Path, home: Home) -> tuple[str, ...]:
    """How the server is started."""
    return (str(binary), "-c", str(config_file(home)))


def configure(home: Home, ports: Ports, person: str, *, unsafe_fast: bool) -> None:
    """Write the configuration. Raises HomeUnusable or DiskFull."""
    public = {name: keys.public_key(home, name) for name in (*keys.PROCESSES, keys.ADMIN, person)}
    guest_password = keys.read(home, keys.GUEST_PASSWORD)
    content = render(
        ports=ports,
        store=home.data("nats"),
        authorization=authorization(public, person=person, guest_password=guest_password),
        unsafe_fast=unsafe_fast,
    )
    write(config_file(home), content)


def authorization(
    public: dict[str, str], *, person: str, guest_password: str, forgotten: str = FORGOTTEN
) -> dict[str, Any]:
    """Who may do what: an nkey for each of ours by name, the guest for whoever has none.

    Streams and clients are in accounts of their own, for the reason in `topology.SERVICES`.
    """
    named: dict[str, topology.Permissions] = {area: topology.agent(area) for area in AREAS}
    named |= {keys.COORDINATOR: topology.coordinator(), person: topology.person(person)}
    guest = topology.guest()
    users: list[dict[str, Any]] = [
        {"nkey": public[name], "permissions": _permissions(may)} for name, may in named.items()
    ]
    users.append(
        {"user": keys.GUEST, "password": guest_password, "permissions": _permissions(guest)}
    )
    streams = {
        "jetstream": "enabled",
        "users": [{"nkey": public[keys.ADMIN]}],
        "exports": [_export(service, forgotten) for service in topology.SERVICES],
    }
    clients = {
        "users": users,
        "imports": [
            {"service": {"account": STREAMS, "subject": service.subject}}
            for service in topology.SERVICES
        ],
    }
    return {"accounts": {STREAMS: streams, CLIENTS: clients}, "no_auth_user": keys.GUEST}


def _export(service: topology.Service, forgotten: str) -> dict[str, Any]:
    export: dict[str, Any] = {"service": service.subject, "accounts": [CLIENTS]}
    if service.many:
        export |= {"response_type": "stream", "threshold": forgotten}
    return export


def _permissions(permissions: topology.Permissions) -> dict[str, Any]:
    return {
        "publish": {"allow": list(permissions.publish)},
        "subscribe": {"allow": list(permissions.subscribe)},
    }


def render(*, ports: Ports, store: Path, authorization: dict[str, Any], unsafe_fast: bool) -> str:
    """The configuration as JSON, which nats-server reads as its own format."""
    jetstream: dict[str, Any] = {
        "store_dir": str(store),
        "max_file_store": MAX_STORE,
        "max_memory_store": MAX_MEMORY,
    }
    if not unsafe_fast:
        jetstream["sync_interval"] = "always"
    return json.dumps(
        {
            "server_name": "genesis",
            "listen": f"{LOOPBACK}:{ports.nats}",
            "http": f"{LOOPBACK}:{ports.nats_monitor}",
            "max_payload": MAX_PAYLOAD,
            "write_deadline": "10s",
            "jetstream": jetstream,
            **authorization,
        },
        indent=1,
    )
