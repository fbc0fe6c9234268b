"""Caddy of the local stack: it starts empty, and the deployment agent gives it its routes."""

from __future__ import annotations

import json
from pathlib import Path

from coordinator.stack.home import Home, write
from coordinator.stack.ports import LOOPBACK, Ports


def admin_url(ports: Ports) -> str:
    """Where routes are set."""
    return f"http://{LOOPBACK}:{ports.caddy_admin}"


def config_file(home: Home) -> Path:
    """Where the first configuration is."""
    return home.config("caddy.json")


def configure(home: Home, ports: Ports) -> None:
    """Write the first configuration. Raises HomeUnusable or DiskFull."""
    write(
        config_file(home),
        json.dumps(
            {
                "admin": {
                    "listen": f"{LOOPBACK}:{ports.caddy_admin}",
                    # Routes belong to the deployment agent, which sets them again after a
                    # restart: a second memory of them could only be out of date.
                    "config": {"persist": False},
                },
                "apps": {"http": {"servers": {}}},
            },
            indent=1,
        ),
    )


def command(binary: Path, home: Home) -> tuple[str, ...]:
    """How the server is started."""
    return (str(binary), "run", "--config", str(config_file(home)))


def environment(home: Home) -> dict[str, str]:
    """Caddy keeps certificates and state below these."""
    data = str(home.data("caddy"))
    return {"XDG_DATA_HOME": data, "XDG_CONFIG_HOME": data, "HOME": data}
