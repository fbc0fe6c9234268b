"""`genesis migrate` as a person uses it."""

from __future__ import annotations

import os
import subprocess
import sys


class World:
    """A database and a folder of migrations."""

    def __init__(self, url, folder):
        self.url = url
        self.folder = folder

    def write(self, name, up, down=None):
        back = "" if down is None else f"-- migrate:down\n{down}\n"
        (self.folder / f"{name}.sql").write_text(f"-- migrate:up\n{up}\n{back}")

    def run(self, *arguments):
        return subprocess.run(
            [sys.executable, "-m", "agents.migration.cli", *arguments],
            env={**os.environ, "DATABASE_URL": self.url, "NO_COLOR": "1"},
            cwd=self.folder.parent, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
