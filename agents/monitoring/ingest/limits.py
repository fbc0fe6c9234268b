"""How much each project may send, in words that error SDKs understand.

Every category of a project has a bucket that fills at its rate. Each replica has its own.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from msgspec import Struct

from agents import signals
from agents.monitoring.ingest.exchange import Refused

MOST_BUCKETS = 10_000


class Rate(Struct, frozen=True):
    """So many a second for ever, and so many at once."""

    per_second: float
    burst: float


RATES: Mapping[str, Rate] = {
    "request": Rate(500, 5_000),
    "error": Rate(100, 2_000),
    "session": Rate(100, 2_000),
    "monitor": Rate(10, 200),
}
"""By category: Sentry's names, and "request" for whatever was not looked into yet."""
DEFAULT = Rate(500, 5_000)
"""Of every other category."""


class Limits:
    """The buckets of all projects."""

    def __init__(
        self,
        rates: Mapping[str, Rate] = RATES,
        default: Rate = DEFAULT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rates = rates
        self._default = default
        self._clock = clock
        self._buckets: OrderedDict[tuple[int, str], tuple[float, float]] = OrderedDict()

    def short(self, project: signals.Project, category: str, count: int) -> int:
        """Take `count` from a bucket; 0, or the seconds after which to try again."""
        rate = self._rates.get(category, self._default)
        key, now = (project.number, category), self._clock()
        level, since = self._buckets.pop(key, (rate.burst, now))
        level = min(rate.burst, level + (now - since) * rate.per_second)
        enough = level >= min(count, rate.burst)
        self._buckets[key] = (level - count if enough else level, now)
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        if enough:
            return 0
        return math.ceil(max(1.0, (min(count, rate.burst) - level) / rate.per_second))

    def take(self, project: signals.Project, category: str, count: int) -> None:
        """As `short`. Raises Refused (429) when there is not enough."""
        if seconds := self.short(project, category, count):
            raise Refused(
                429,
                f"too many of category {category}",
                told({category if category != "request" else "": seconds}),
            )


def told(seconds: Mapping[str, int]) -> tuple[tuple[str, str], ...]:
    """Headers that say for how long which categories are not taken ("": all)."""
    limits = ", ".join(f"{wait}:{category}:key" for category, wait in seconds.items())
    return (
        ("retry-after", str(max(seconds.values()))),
        ("x-sentry-rate-limits", limits),
    )
