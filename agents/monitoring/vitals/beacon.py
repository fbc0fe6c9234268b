"""A beacon of web-vitals as the browser sends it, read without trusting it.

`navigator.sendBeacon(address, JSON.stringify(metric))`: one metric or a list of them, each with
`name`, `value` and the `id` under which later values replace earlier ones. The page is in `page`
or `path`, else in `url` or web-vitals' own `navigationURL`, else it is the Referer.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable

from msgspec import Struct

from agents.monitoring.traffic import pages
from agents.monitoring.traffic.hits import Unreadable, Vital, decoded, text
from agents.monitoring.vitals.metrics import METRICS, Device, Metric, Name

MOST = 50
"""Metrics that one beacon may hold; a visit has five."""
OTHER = "(other)"
"""The page of what names none, and of pages beyond those that are kept one by one."""
_IDENTITY = 200
"""Characters of an id: those of web-vitals have 30."""


class Sample(Struct, frozen=True, kw_only=True):
    """One value of one visit. `number` is the metric's `id`, hashed, below 2**63."""

    metric: Name
    value: float
    number: int
    page: str
    device: Device


def read(body: bytes, referer: str) -> list[Vital]:
    """The metrics of a beacon, as they are. Raises Unreadable."""
    data = decoded(body)
    items = data if isinstance(data, list) else [data]
    if len(items) > MOST:
        raise Unreadable(f"more than {MOST} metrics in one beacon")
    found = [_vital(item, referer) for item in items if isinstance(item, dict)]
    if not found:
        raise Unreadable("no metric in the beacon")
    return found


def samples(
    vitals: Iterable[Vital], device: Device, project: str, fresh: Iterable[str]
) -> list[Sample]:
    """What of them can be counted: known metrics with values that a clock can have measured.

    `fresh` gives an identity to each that came without one.
    """
    names = iter(fresh)
    found = []
    for vital in vitals:
        metric = METRICS.get(vital.name)
        value = _measured(metric, vital.value) if metric else None
        if metric is None or value is None or len(vital.identity) > _IDENTITY:
            continue
        number = _number(project, vital.name, vital.identity or next(names))
        page = pages.page(vital.address) or OTHER
        found.append(
            Sample(metric=metric.name, value=value, number=number, page=page, device=device)
        )
    return found


def _vital(item: dict[str, object], referer: str) -> Vital:
    address = next(
        (
            value
            for field in ("page", "path", "url", "navigationURL")
            if isinstance(value := item.get(field), str) and value
        ),
        referer,
    )
    return Vital(
        name=text(item.get("name")), value=item.get("value"),
        identity=text(item.get("id")), address=address,
    )  # fmt: skip


def _measured(metric: Metric, value: object) -> float | None:
    """The value, when it is a number that this metric can have."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 <= value <= metric.longest or math.isnan(value):
        return None
    return float(value)


def _number(project: str, metric: str, identity: str) -> int:
    text = f"{project}\0{metric}\0{identity}".encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") >> 1
