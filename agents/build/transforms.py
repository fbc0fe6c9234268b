"""What vitest makes of files before it runs them, kept from one app to the next in its place.

It knows a file again by its absolute path, its text and the settings around it. What an import
leads to is kept as well, and follows from the importing file's text only in apps that are as they
were generated: others do without. Another lockfile makes vitest begin anew by itself.
"""

from __future__ import annotations

import shutil
from pathlib import Path

MOST = 20_000
"""Files kept of one place, at some 10 kB each; of an app some 60 are its own."""


def options(folder: Path, cache: Path) -> list[str]:
    """The options that make vitest keep it. Only one app at a time may be in the folder."""
    place = cache / "transforms" / folder.name
    if place.exists() and sum(1 for _ in place.iterdir()) > MOST:
        shutil.rmtree(place)
    return ["--experimental.fsModuleCache", f"--experimental.fsModuleCachePath={place}"]
