"""The account that PostgreSQL runs as: ours, or an unprivileged one when we are root.

Errors:
    HomeUnusable   no such account, or it cannot reach what it has to
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from msgspec import Struct

from coordinator.stack.errors import HomeUnusable

CANDIDATES = ("genesis", "postgres", "nobody")


class Account(Struct, frozen=True):
    """A user of this machine."""

    name: str
    user: int
    group: int


def for_postgres(data: Path) -> Account | None:
    """Who PostgreSQL runs as: the data's owner if there is data; None for ourselves."""
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat().st_uid) != 0:
        return _account(pwd.getpwuid(owner))
    for name in CANDIDATES:
        try:
            return _account(pwd.getpwnam(name))
        except KeyError:
            continue
    raise HomeUnusable(
        "PostgreSQL does not run as root, and this machine has no unprivileged account"
        f" ({', '.join(CANDIDATES)}); create one (useradd --system genesis) or run as a user"
    )


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


class PopenArguments(TypedDict, total=False):
    """What Popen and `subprocess.run` want in order to run as somebody else."""

    user: int
    group: int
    extra_groups: list[str | int]


def popen_arguments(account: Account | None) -> PopenArguments:
    """Arguments that make Popen start a program as the account."""
    if account is None:
        return {}
    return {"user": account.user, "group": account.group, "extra_groups": []}


def give(path: Path, account: Account | None) -> None:
    """Make the account the owner of a file or folder."""
    if account is not None:
        os.chown(path, account.user, account.group)


def can_run(command: Sequence[str | Path], account: Account | None) -> bool:
    """Whether the account can start the program and it works."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            check=False, capture_output=True, cwd="/", env={}, timeout=30,
            **popen_arguments(account),
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def can_enter(folder: Path, account: Account | None) -> bool:
    """Whether the account can pass through the folder."""
    return account is None or can_run(("/bin/sh", "-c", 'cd "$1"', "sh", folder), account)
