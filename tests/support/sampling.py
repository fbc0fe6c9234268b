"""Some cases of many in the short run, others each day; the long run has all."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable

import pytest
from _pytest.mark import ParameterSet


def today() -> int:
    """The number of the day."""
    return int(time.time() // 86_400)


def sample(count: int, of: Iterable[str]) -> list[str]:
    """Some of the names, others each day: over time all are tried."""
    names = sorted(of)
    random.Random(today()).shuffle(names)
    return sorted(names[:count])


def drawn(count: int, of: Iterable[str]) -> list[ParameterSet]:
    """All names as parameters, of which the short run has so many."""
    names = list(of)
    chosen = set(sample(count, names))
    return [pytest.param(n, marks=[] if n in chosen else [pytest.mark.soak]) for n in names]
