"""How long the steps of a build take: what earlier ones on this machine took, else as shipped.

    <genesis_home>/timings.json   the newest builds, one entry each, oldest first

The file is a help and nothing more: without it, or when it is damaged, what is shipped counts.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import msgspec
from msgspec import Struct

FILE = "timings.json"
KEPT = 50
"""Builds that are remembered."""
COUNTED = 20
"""The newest builds that an estimate is the median of."""

SHIPPED: dict[str, tuple[float, float]] = {
    "generate": (0.02, 0.002), "install": (0.4, 0.0), "migrations": (0.3, 0.02),
    "typecheck": (1.5, 0.06), "lint": (0.2, 0.01), "build": (1.5, 0.02), "tests": (4.3, 0.22),
    "migration": (0.5, 0.02), "deployment": (1.0, 0.0), "monitoring": (0.3, 0.0),
}  # fmt: skip
"""Seconds of each step for any app, and for each entity besides: two cores with nothing else."""


class Timing(Struct, frozen=True, kw_only=True):
    """What one build took: how many entities its app has, and the seconds of each step."""

    pipeline: str
    entities: int
    seconds: dict[str, float]


_FILE = msgspec.json.Decoder(list[Timing])


def read(home: Path) -> tuple[Timing, ...]:
    """The builds that are remembered, oldest first. Blocking; never fails."""
    try:
        return tuple(_FILE.decode((home / FILE).read_bytes()))
    except (OSError, ValueError, RecursionError):
        return ()


def remember(home: Path, timing: Timing) -> None:
    """Remember a build, once. Blocking; where nothing can be written, it is forgotten."""
    others = [each for each in read(home) if each.pipeline != timing.pipeline]
    kept = [*others, timing][-KEPT:]
    fresh = home / f".{FILE}"
    with contextlib.suppress(OSError):
        fresh.write_bytes(msgspec.json.encode(kept))
        fresh.replace(home / FILE)


def estimate(step: str, entities: int, known: Sequence[Timing] = ()) -> float:
    """Seconds that a step will take for an app of so many entities.

    An earlier build counts as much longer or shorter as its app was smaller or larger.
    """
    usual = _usual(step, entities)
    seen = [
        each.seconds[step] * usual / _usual(step, each.entities)
        for each in known
        if each.seconds.get(step, 0) > 0
    ]
    return round(median(seen[-COUNTED:]) if seen else usual, 2)


def _usual(step: str, entities: int) -> float:
    fixed, each = SHIPPED[step]
    return fixed + each * max(entities, 0)
