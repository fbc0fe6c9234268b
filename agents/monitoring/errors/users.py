"""How many different users, from a bounded number of hashes. Pure.

The SMALLEST hashes that were ever seen say how densely hashes lie, and so how many there were
(k minimum values, Bar-Yossef et al. 2002): exact up to that number, beyond it within 6 % or so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

SMALLEST = 256
RANGE = 2.0**64


def hashed(who: str) -> int:
    """A user as a whole number that PostgreSQL's bigint holds."""
    return int.from_bytes(hashlib.blake2b(who.encode(), digest_size=8).digest(), signed=True)


def more(known: Iterable[int], seen: Iterable[int]) -> list[int]:
    """The smallest hashes of both, in their order."""
    return sorted({*known, *seen})[:SMALLEST]


def count(smallest: list[int]) -> int:
    """How many users these hashes stand for."""
    if len(smallest) < SMALLEST:
        return len(smallest)
    return round((SMALLEST - 1) * RANGE / (smallest[-1] + RANGE / 2))
