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


def _git(folder: Path, *arguments: str) -> list[str]:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True, text=True, errors="replace", timeout=30, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.splitlines() if done.returncode == 0 else []
