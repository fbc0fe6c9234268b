"""How long each test file took in earlier apps: vitest begins with those that take longest.

It looks for that in a cache beside the app's packages. In a new folder there is none, and files
go by their size: a short one that takes long is begun last, and all other workers wait for it.
"""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

_CACHE = Path("node_modules/.vite/vitest")
_RESULTS = "*/results.json"


def lend(folder: Path, cache: Path) -> None:
    """Put what is known into an app's folder, unless it has a cache of its own."""
    if (folder / _CACHE).exists():
        return
    for known in (cache / "vitest").glob(_RESULTS):
        place = folder / _CACHE / known.parent.name / known.name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(known, place)


def keep(folder: Path, cache: Path) -> None:
    """Take what vitest has noted, for the next app; whole, as others may be reading."""
    for noted in (folder / _CACHE).glob(_RESULTS):
        place = cache / "vitest" / noted.parent.name / noted.name
        place.parent.mkdir(parents=True, exist_ok=True)
        made = place.with_name(f".{uuid.uuid4().hex}")
        shutil.copyfile(noted, made)
        made.replace(place)
