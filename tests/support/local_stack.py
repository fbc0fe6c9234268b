"""A local stack of its own for system tests, driven through the command line only."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

NODE_CACHE = Path(tempfile.gettempdir()) / "genesis-tests-node-cache"
"""Packages of generated apps, kept between runs: what a second build on one machine finds."""


class Result:
    """What a command came to; `events` are its lines of JSON."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    @property
    def events(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines() if line.startswith(("{", "["))]

    def __repr__(self) -> str:
        return f"exit {self.code}\n--- out\n{self.out}\n--- err\n{self.err}"


class LocalStack:
    """A `genesis` with a home and a working folder of its own."""

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="genesis-system-"))
        # PostgreSQL runs as another account when we are root and has to get in.
        self.root.chmod(0o711)
        self.home = self.root / "home"
        self.work = self.root / "work"
        self.work.mkdir()
        NODE_CACHE.mkdir(exist_ok=True)
        (self.home / "cache").mkdir(parents=True)
        (self.home / "cache" / "node").symlink_to(NODE_CACHE)
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("NATS_", "GENESIS_"))},
            "GENESIS_HOME": str(self.home),
            "NO_COLOR": "1",
            "MONITOR_INTERVAL": "1",
            "WATCH_SECONDS_LOCAL": "0.3",
        }

    def run(self, *arguments: str, timeout: float = 240, stdin: str | None = None) -> Result:
        """Run `genesis` with these arguments in the working folder."""
        return Result(
            subprocess.run(
                [sys.executable, "-m", "coordinator.cli", *arguments],
                cwd=self.work,
                env=self.env,
                capture_output=True,
                text=True,
                timeout=timeout,
                input=stdin,
                check=False,
            )
        )

    def ok(self, *arguments: str, timeout: float = 240) -> Result:
        """As `run`; the command must succeed."""
        result = self.run(*arguments, timeout=timeout)
        assert result.code == 0, f"genesis {' '.join(arguments)}: {result!r}"
        return result

    def close(self) -> None:
        """End everything and remove everything."""
        self.run("down", "--purge", "--yes", timeout=90)
        shutil.rmtree(self.root, ignore_errors=True)
