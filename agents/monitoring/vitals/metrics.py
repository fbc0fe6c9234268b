"""The five metrics, where each is good and where it is poor.

The thresholds are those of web-vitals 6 (`LCPThresholds` and its like): a value is good up to the
first, poor above the second, and the 75th percentile of the visits is what a page is judged by.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

from msgspec import Struct

Name = Literal["LCP", "INP", "CLS", "FCP", "TTFB"]
Device = Literal["phone", "desktop"]
Rating = Literal["good", "needs-improvement", "poor"]
NAMES: tuple[Name, ...] = get_args(Name)
CORE: tuple[Name, ...] = ("LCP", "INP", "CLS")
"""Those that a page is judged by; the other two help to find out why."""


class Metric(Struct, frozen=True):
    """`good` and `poor` are the thresholds, in milliseconds or, of CLS, without a unit.

    `step` is the size of the smallest difference that is kept, `longest` what still counts as
    measured: a larger value is of a broken clock and is refused.
    """

    name: Name
    good: float
    poor: float
    step: float
    longest: float


_MINUTES_10 = 600_000.0
METRICS: Final[dict[str, Metric]] = {
    "LCP": Metric("LCP", 2500, 4000, 1.0, _MINUTES_10),
    "INP": Metric("INP", 200, 500, 1.0, _MINUTES_10),
    "CLS": Metric("CLS", 0.1, 0.25, 0.001, 1000.0),
    "FCP": Metric("FCP", 1800, 3000, 1.0, _MINUTES_10),
    "TTFB": Metric("TTFB", 800, 1800, 1.0, _MINUTES_10),
}


def rate(metric: Metric, value: float) -> Rating:
    """What one visit's value is."""
    if value <= metric.good:
        return "good"
    return "needs-improvement" if value <= metric.poor else "poor"
