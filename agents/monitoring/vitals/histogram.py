"""How values are spread, in a few hundred bytes that can be added up.

Buckets grow by a constant factor, so that a quantile read from them is off by at most `ERROR` of
its value, or by one step of the metric where that is more; values above `LARGEST` steps (one
minute; 60 of CLS) count as that. How many values were good, middling and poor is counted besides,
exactly: the rating of a quantile is right also where its value is not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from agents.monitoring.vitals.metrics import Metric, Rating, rate

ERROR = 0.025
GROWTH = (1 + ERROR) / (1 - ERROR)
_LOG = math.log(GROWTH)
LARGEST = 60_000
"""In steps of a metric."""
BUCKETS = math.ceil(math.log(LARGEST) / _LOG) + 2
"""The first is for nothing (less than half a step), the second for values up to one step."""
QUANTILE = 0.75
_MORE = 0x80


class Histogram:
    """Values of one metric: their number in each bucket and of each rating."""

    __slots__ = ("buckets", "good", "middling", "poor")

    def __init__(self) -> None:
        self.buckets: dict[int, int] = {}
        self.good = self.middling = self.poor = 0

    @property
    def samples(self) -> int:
        """How many values it has."""
        return self.good + self.middling + self.poor

    def add(self, metric: Metric, value: float) -> None:
        """Count one value, which is neither negative nor infinite."""
        bucket = bucket_of(value / metric.step)
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1
        match rate(metric, value):
            case "good":
                self.good += 1
            case "needs-improvement":
                self.middling += 1
            case "poor":
                self.poor += 1

    def merge(self, other: Histogram) -> None:
        """Count all that the other has counted."""
        for bucket, count in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count
        self.good += other.good
        self.middling += other.middling
        self.poor += other.poor

    def rating(self) -> Rating:
        """What three quarters of the visits had or were better than; exact."""
        rank = math.ceil(QUANTILE * self.samples)
        if self.good >= rank:
            return "good"
        return "needs-improvement" if self.good + self.middling >= rank else "poor"

    def p75(self, metric: Metric) -> float:
        """The 75th percentile (nearest rank), never on the wrong side of a threshold."""
        rank, seen, value = math.ceil(QUANTILE * self.samples), 0, 0.0
        for bucket in sorted(self.buckets):
            seen += self.buckets[bucket]
            if seen >= rank:
                value = value_of(bucket) * metric.step
                break
        match self.rating():
            case "good":
                return min(value, metric.good)
            case "needs-improvement":
                return min(max(value, metric.good + metric.step), metric.poor)
            case "poor":
                return max(value, metric.poor + metric.step)


def bucket_of(steps: float) -> int:
    """The bucket of a value that is measured in steps."""
    if steps <= 1:
        return int(steps >= 0.5)  # noqa: PLR2004  half a step, as rounding has it
    return min(math.ceil(math.log(steps) / _LOG) + 1, BUCKETS - 1)


def value_of(bucket: int) -> float:
    """The value, in steps, that is off by at most `ERROR` for all that the bucket holds."""
    if bucket <= 1:
        return float(bucket)
    upper = float(GROWTH ** (bucket - 1))
    return 2 * upper / (1 + GROWTH)


def pack(buckets: dict[int, int]) -> bytes:
    """Buckets as bytes: the distance to the bucket before, then the count, as LEB128."""
    out = bytearray()
    last = 0
    for bucket in sorted(buckets):
        for number in (bucket - last, buckets[bucket]):
            _append(out, number)
        last = bucket
    return bytes(out)


def unpack(packed: bytes) -> dict[int, int]:
    """What `pack` packed."""
    numbers = iter(_numbers(packed))
    buckets, last = {}, 0
    for distance in numbers:
        last += distance
        buckets[last] = next(numbers)
    return buckets


def _append(out: bytearray, number: int) -> None:
    while number >= _MORE:
        out.append(number & 0x7F | _MORE)
        number >>= 7
    out.append(number)


def _numbers(packed: bytes) -> Iterable[int]:
    number = shift = 0
    for byte in packed:
        number |= (byte & 0x7F) << shift
        shift += 7
        if not byte & _MORE:
            yield number
            number = shift = 0
