"""Who is who on the local stack: nkeys for the broker, passwords for PostgreSQL.

Made once per home and never again: a seed that changed would lock out what is running.
"""

from __future__ import annotations

import getpass
import os
import re
import secrets
from pathlib import Path

from contracts.messages import AREAS
from coordinator.stack.home import Home, write

ADMIN = "admin"
COORDINATOR = "coordinator"
GUEST = "guest"
PROCESSES = (*AREAS, COORDINATOR)
RESERVED = frozenset({*PROCESSES, ADMIN, GUEST})

POSTGRES_PASSWORD = "postgres-password"  # noqa: S105  a file's name
GENESIS_PASSWORD = "genesis-password"  # noqa: S105
GUEST_PASSWORD = "guest-password"  # noqa: S105
APP_DATABASE_SECRET = "app-database-secret"  # noqa: S105
MONITOR_SECRET = "monitor-secret"  # noqa: S105
DASHBOARD_SECRET = "dashboard-secret"  # noqa: S105
DATABASE_URL = "database-url"
APP_DATABASE_URL = "app-database-url"
WRITTEN = (
    "language-model-key", "slack-webhook-url", "discord-webhook-url", "alert-webhook-url",
    "alert-webhook-secret", "smtp-url",
)  # fmt: skip
"""Empty until a person writes theirs into it; containers get them as files."""
PASSWORDS = (
    POSTGRES_PASSWORD,
    GENESIS_PASSWORD,
    GUEST_PASSWORD,
    APP_DATABASE_SECRET,
    MONITOR_SECRET,
    DASHBOARD_SECRET,
)


def person_name(user: str | None = None) -> str:
    """The person's account: their user name as one subject token, never a process's name."""
    name = user if user is not None else _user()
    token = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:56] or "local"
    return f"person-{token}" if token in RESERVED else token


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers
        return ""


def seed_file(home: Home, account: str) -> Path:
    """The secret half of an account's nkey."""
    return home.key(f"{account}.nk")


def make(home: Home, person: str) -> None:
    """Make whatever is missing. Raises HomeUnusable or DiskFull."""
    for account in (*PROCESSES, ADMIN, person):
        if not seed_file(home, account).exists():
            _make_nkey(home, account)
    for name in PASSWORDS:
        if not home.key(name).exists():
            write(home.key(name), secrets.token_hex(32))
    for name in WRITTEN:
        if not home.key(name).exists():
            write(home.key(name), "")


def _make_nkey(home: Home, account: str) -> None:
    import nkeys  # noqa: PLC0415  slow to load, and needed at the very first start only

    seed = nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER)
    public = bytes(nkeys.from_seed(seed).public_key).decode()
    # The seed comes last: where it is, its public half is too.
    write(home.key(f"{account}.pub"), public)
    write(seed_file(home, account), seed.decode())


def public_key(home: Home, account: str) -> str:
    """The public half of an account's nkey."""
    return home.key(f"{account}.pub").read_text()


def read(home: Home, name: str) -> str:
    """A secret. Raises OSError when it is not there."""
    return home.key(name).read_text()
