"""Charts as SVG, from numbers alone; every text in them is escaped. Pure.

A chart is a picture with a description: what it says is in its `aria-label`, in words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from markupsafe import Markup

from coordinator.web.facts import Day, ResponsePoint, UptimeDay, Vital

Scale = Callable[[float], float]

WIDTH = 720
GOOD, MIDDLING = 99.9, 99.0
"""Per cent of a day's checks from which it counts as good, and as middling."""


def _svg(height: int, label: str, parts: Sequence[Markup], kind: str = "chart") -> Markup:
    scaling = "none" if "spark" in kind else "xMidYMid"
    return Markup(
        '<svg class="{}" viewBox="0 0 {} {}" preserveAspectRatio="{}" role="img"'
        ' aria-label="{}">{}</svg>'
    ).format(kind, WIDTH, height, scaling, label, Markup().join(parts))


def _text(x: float, y: float, text: str, anchor: str = "start") -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        x, y, anchor, text
    )


def _rect(x: float, y: float, width: float, height: float, kind: str, title: str = "") -> Markup:
    # Hundreds of them are on a page, and `Markup.format` is slow.
    return Markup(  # noqa: S704  numbers, a class of ours and a title that is escaped
        f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{max(0.5, width):.1f}"'
        f' height="{height:.1f}" rx="1.5">{_title(title)}</rect>'
    )


def _title(text: str) -> Markup:
    return Markup("<title>{}</title>").format(text) if text else Markup()


def uptime(days: Sequence[UptimeDay]) -> Markup:
    """A bar for each day, coloured by how much of it the app was up."""
    if not days:
        return Markup()
    known = [day.up for day in days if day.up is not None]
    troubled = sum(day.incidents for day in days)
    average = f"{_floor(sum(known) / len(known))} on average" if known else "no checks"
    label = f"Uptime of {len(days)} days: {average}, {troubled} incidents"
    step = WIDTH / len(days)
    bars = [
        _rect(at * step, 0, step * 0.78, 40, _level(day.up), _day_title(day))
        for at, day in enumerate(days)
    ]
    ends = (_text(0, 62, days[0].day), _text(WIDTH, 62, days[-1].day, "end"))
    return _svg(68, label, (*bars, *ends))


def _level(up: float | None) -> str:
    if up is None:
        return "none"
    return "good" if up >= GOOD else "middling" if up >= MIDDLING else "poor"


def _day_title(day: UptimeDay) -> str:
    up = "no checks" if day.up is None else _floor(day.up)
    return f"{day.day}: {up}" + (f", {day.incidents} incidents" if day.incidents else "")


def _floor(value: float) -> str:
    """Per cent, never rounded up to a whole hundred."""
    return "100 %" if value >= 100 else f"{min(value, 99.99):.2f} %"  # noqa: PLR2004


def responses(points: Sequence[ResponsePoint]) -> Markup:
    """Median and 95th percentile over time, with a gap where none was up."""
    known = [point for point in points if point.p95 is not None or point.p50 is not None]
    if not known:
        return Markup()
    top = _ceiling(max(max(p.p50 or 0.0, p.p95 or 0.0) for p in known))
    first, last = points[0].at, points[-1].at
    left, height, above = 92, 150, 18

    def x(at: float) -> float:
        return left + (WIDTH - left - 6) * ((at - first) / (last - first) if last > first else 1)

    def y(value: float) -> float:
        return above + height * (1 - value / top)

    parts = [_grid(left, y(part * top), _milliseconds(part * top)) for part in (0, 0.5, 1)]
    for name in ("p95", "p50"):
        parts += [_line(run, name) for run in _runs(points, name, x, y)]
    parts += [
        Markup('<circle class="failed" cx="{:.1f}" cy="{:.1f}" r="3">{}</circle>').format(
            x(point.at), y(0) - 3, _title(f"{_clock(point.at)}: {point.failed} checks failed")
        )
        for point in points
        if point.failed
    ]
    parts += [_text(left, 190, _clock(first)), _text(WIDTH, 190, _clock(last), "end")]
    middle = sorted(p.p50 for p in known if p.p50 is not None)
    failed = sum(point.failed for point in points)
    typical = f"typically {middle[len(middle) // 2]:.0f} ms, " if middle else ""
    label = f"Response times since {_clock(first)}: {typical}{failed} checks failed"
    return _svg(196, label, parts)


def _runs(
    points: Sequence[ResponsePoint], name: str, x: Scale, y: Scale
) -> list[list[tuple[float, float]]]:
    """The stretches of a line, which ends where nothing was measured."""
    steps = [later.at - each.at for each, later in pairwise(points)]
    longest = 1.5 * min(steps, default=0.0)
    runs: list[list[tuple[float, float]]] = [[]]
    before = points[0].at
    for point in points:
        value: float | None = getattr(point, name)
        if value is None or point.at - before > longest:
            runs.append([])
        if value is not None:
            runs[-1].append((x(point.at), y(value)))
        before = point.at
    return [run for run in runs if run]


def _line(run: Sequence[tuple[float, float]], kind: str) -> Markup:
    if len(run) == 1:  # a point alone is a short stroke, or it would not be seen
        run = [(run[0][0] - 2, run[0][1]), (run[0][0] + 2, run[0][1])]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
    return Markup('<polyline class="{}" points="{}"/>').format(kind, points)


def _grid(left: float, y: float, text: str) -> Markup:
    line = Markup('<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>')
    return line.format(left, WIDTH, y, y) + _text(left - 6, y + 4, text, "end")


def _milliseconds(value: float) -> str:
    return f"{value:.3g} ms" if value < 1000 else f"{value / 1000:.3g} s"  # noqa: PLR2004


def _ceiling(value: float) -> float:
    """The next round number."""
    size = 1.0
    while size * 10 < value:
        size *= 10
    return next(step * size for step in (1, 2, 2.5, 5, 10, 20) if step * size >= value)


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%d %b, %H:%M")


def gauge(vital: Vital) -> Markup:
    """How many visits were good, middling and poor, and whether three quarters were good."""
    shares = (("good", vital.good), ("middling", vital.middling), ("poor", vital.poor))
    total = sum(count for _, count in shares)
    if not total:
        return Markup()
    parts, at = [], 0.0
    for kind, count in shares:
        width = WIDTH * count / total
        if count:
            parts.append(_rect(at, 4, width, 26, kind, f"{kind}: {100 * count / total:.0f} %"))
        at += width
    needle = Markup('<line class="needle" x1="{0}" x2="{0}" y1="0" y2="34"/>')
    parts.append(needle.format(WIDTH * 0.75))
    told = ", ".join(f"{100 * count / total:.0f} % {kind}" for kind, count in shares)
    return _svg(34, f"{vital.metric} of {vital.samples} visits: {told}", parts)


def hours(per_hour: Sequence[int]) -> Markup:
    """A small column for each of the last hours."""
    most = max(per_hour, default=0)
    if not most:
        return Markup()
    step = WIDTH / len(per_hour)
    # One path: a page has a chart for each of its errors.
    path = "".join(
        f"M{at * step:.0f} 160v-{160 * count / most:.0f}h{step * 0.8:.0f}V160z"
        for at, count in enumerate(per_hour)
        if count
    )
    label = f"{sum(per_hour)} events in {len(per_hour)} hours, at most {most} in one"
    columns = Markup('<path class="column" d="{}"/>').format(path)
    return _svg(160, label, [columns], "chart spark")


def traffic(days: Sequence[Day]) -> Markup:
    """Views of each day, and within them the visitors."""
    most = max((day.views for day in days), default=0)
    if not most:
        return Markup()
    top, height, left, above = _ceiling(most), 110, 92, 18
    step = (WIDTH - left) / len(days)
    parts = [_grid(left, above + height * (1 - part), f"{part * top:,.0f}") for part in (0, 1)]
    for at, day in enumerate(days):
        title = f"{day.day}: {day.views:,} views, {day.visitors:,} visitors"
        for kind, count, width in (
            ("column soft", day.views, 0.7),
            ("column", day.visitors, 0.4),
        ):
            tall = height * min(count, top) / top
            x = left + step * (at + (1 - width) / 2)
            parts.append(_rect(x, above + height - tall, step * width, tall, kind, title))
    parts += [_text(left, 150, days[0].day), _text(WIDTH, 150, days[-1].day, "end")]
    label = f"{sum(day.views for day in days):,} views in {len(days)} days"
    return _svg(156, label, parts)
