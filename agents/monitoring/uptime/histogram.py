"""Percentiles of durations that were counted in bins. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from agents.monitoring.uptime.rollup import BINS, PER_OCTAVE

Bins = dict[int, int]


def merged(parts: Iterable[tuple[Iterable[int], Iterable[int]]]) -> Bins:
    """The counts of several histograms by bin; each part is its bins and their counts."""
    found: Bins = {}
    for bins, counts in parts:
        for each, count in zip(bins, counts, strict=True):
            found[each] = found.get(each, 0) + count
    return found


def percentile(bins: Bins, part: float) -> float | None:
    """The duration in milliseconds that `part` (0 to 1) of those counted do not exceed.

    Off by a tenth at most: it is spread evenly over its bin. None without any.
    """
    total = sum(bins.values())
    if not total:
        return None
    wanted, passed = part * total, 0
    for each in sorted(bins):
        count = bins[each]
        if passed + count >= wanted:
            inside = (wanted - passed) / count
            return float(2 ** ((min(each, BINS - 1) + inside) / PER_OCTAVE))
        passed += count
    return float(2 ** (BINS / PER_OCTAVE))
