"""Which commit a folder is at, and what in it is not committed; git is asked, where it is."""

from __future__ import annotations

import subprocess
from pathlib import Path

from agents.deployment.validation import Commit

NEWEST = 10
"""Commits whose first lines are shown to whoever approves."""


def read(folder: Path) -> Commit:
    """Where the folder stands; nothing without git or a repository. Blocking."""
    known = _git(folder, "rev-parse", "HEAD")
    if not known:
        return Commit()
    dirty = _git(folder, "status", "--porcelain", "--", ".")
    lines = _git(folder, "log", f"-{NEWEST}", "--format=%s", "--", ".")
    return Commit(known[0], tuple(line[3:] for line in dirty), tuple(line[:200] for line in lines))


def default_branch(folder: Path) -> str:
    """The branch that others are merged into, as far as git knows; `main` without any. Blocking."""
    remote = _git(folder, "symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    if remote:
        return remote[0].removeprefix("origin/")
    known = _git(folder, "branch", "--format=%(refname:short)")
    usual = [name for name in ("main", "master") if name in known]
    return (usual or _git(folder, "branch", "--show-current") or ["main"])[0]


def place_in_repository(folder: Path) -> str:
    """Where a folder is below the top of its repository, as `apps/shop/`; "" for the top itself.

    Also "" without a repository. Blocking.
    """
    return "".join(_git(folder, "rev-parse", "--show-prefix"))


def branch(folder: Path) -> str:
    """The branch that the folder is on; "" for none, or without git. Blocking."""
    known = _git(folder, "symbolic-ref", "--short", "-q", "HEAD")
    return known[0] if known else ""


def _git(folder: Path, *arguments: str) -> list[str]:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True, text=True, errors="replace", timeout=30, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.splitlines() if done.returncode == 0 else []
