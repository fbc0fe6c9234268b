"""`python -m coordinator.stack.containers`: the local stack's processes, each in a container.

    prepare          make keys, configurations and the database cluster in GENESIS_HOME
    run NAME         become the process, as the local stack would start it
    healthy NAME     exit 0 while it does its work, else 1

The home has the same path inside as outside, and a container sees of it only what its service
needs: docker-compose.yml names that, file by file. Ports are those that `prepare` chose.

Exit codes: 0 done, 1 failed or not healthy, 2 usage.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable

from bus.process import healthy as shows_life
from bus.settings import Settings, SettingsError, load
from coordinator.stack import home as homes
from coordinator.stack import postgres, starting
from coordinator.stack.errors import Busy, HomeUnusable, NotStarted, StackError
from coordinator.stack.events import Teller
from coordinator.stack.home import Home
from coordinator.stack.probe import answers_http
from coordinator.stack.services import POSTGRES, Service, table
from coordinator.stack.state import StackEvent, recall

MOUNTED = ("apps", "cache", "work")
"""What agents keep in the home besides what the stack itself makes."""
RULES = "monitoring.toml"
"""Rules of alerts; empty until a person writes theirs into it."""
USAGE = "usage: python -m coordinator.stack.containers prepare | run NAME | healthy NAME\n"


def prepare(settings: Settings) -> None:
    """Make whatever is missing in the home. Raises StackError."""
    home = _home(settings)
    _refuse_running(home)
    homes.make(home)
    for name in MOUNTED:
        # What is missing would be made by the container engine, and belong to root.
        (home.root / name).mkdir(exist_ok=True)
    rules = home.root / RULES
    if not rules.exists():
        homes.write(rules, "")
    starting.prepare(home, settings, Teller(_tell), containers=True)


def _refuse_running(home: Home) -> None:
    """Ports that are in use would be taken for somebody else's, and others be chosen."""
    if homes.is_locked(home.supervisor_lock):
        raise Busy(f"{home.root} has a stack that runs; nothing was prepared: `genesis down` first")
    remembered = recall(home)
    if remembered is None:
        return
    if asyncio.run(answers_http(remembered.ports.nats_monitor, "/healthz")):
        raise Busy(
            f"{home.root} is prepared and its broker runs; nothing was changed: to prepare it"
            " again, `docker compose down` first"
        )


def _refuse_root() -> None:
    if os.geteuid() == 0:
        raise HomeUnusable(
            "PostgreSQL does not run as root; nothing was prepared: set GENESIS_UID and"
            " GENESIS_GID to an ordinary account that owns GENESIS_HOME"
        )


def become(settings: Settings, name: str) -> None:
    """Replace this process by the service's. Raises StackError."""
    service = _service(settings, name)
    os.execve(service.command[0], service.command, dict(service.environment))  # noqa: S606


def healthy(settings: Settings, name: str) -> bool:
    """Whether the service does its work. Raises StackError."""
    service = _service(settings, name)
    if service.sign_of_life is not None:
        return shows_life(str(service.sign_of_life))
    if name == POSTGRES:
        return _takes_connections(settings, service)

    async def ready() -> bool:
        return await service.ready(0, time.time())

    return asyncio.run(ready())


def _takes_connections(settings: Settings, service: Service) -> bool:
    binary = postgres.cluster(_home(settings)).binary("pg_isready")
    asked = subprocess.run(
        [binary, "-q", "-h", "127.0.0.1", "-p", str(service.port)], check=False, timeout=5
    )
    return asked.returncode == 0


def _service(settings: Settings, name: str) -> Service:
    home = _home(settings)
    remembered = recall(home)
    if remembered is None:
        raise NotStarted(f"{home.root} is not prepared: run `docker compose run --rm prepare`")
    services = table(home, settings, remembered, postgres.cluster(home))
    found = next((service for service in services if service.name == name), None)
    if found is None:
        names = ", ".join(service.name for service in services)
        raise NotStarted(f"there is no service {name!r}, only {names}")
    return found


def _home(settings: Settings) -> Home:
    return Home(settings.genesis_home.expanduser().absolute())


def _tell(event: StackEvent) -> None:
    sys.stderr.write(f"{event.service} {event.detail}".strip() + "\n")


def main(arguments: list[str]) -> int:
    """The exit code."""
    actions: dict[str, Callable[..., bool | None]] = {
        "prepare": prepare, "run": become, "healthy": healthy,
    }  # fmt: skip
    action, *names = arguments or [""]
    if action not in actions or len(names) != (action != "prepare"):
        sys.stderr.write(USAGE)
        return 2
    try:
        if action == "prepare":
            _refuse_root()
        return 1 if actions[action](load(), *names) is False else 0
    except (StackError, SettingsError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
