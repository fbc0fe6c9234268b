"""What was measured, as two tables in Markdown: the contestants, and the goals."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from tests.bench.driver import Outcome


class Goal(Struct, frozen=True):
    """`measured` has one value for each round, and their median counts.

    `at_most` turns it around: then less is better.
    """

    what: str
    wanted: float
    measured: Sequence[float]
    at_most: bool = False

    @property
    def reached(self) -> float:
        return statistics.median(self.measured)

    @property
    def met(self) -> bool:
        return self.reached <= self.wanted if self.at_most else self.reached >= self.wanted


class Line(Struct, frozen=True):
    """One contestant with so many in flight, and what each round came to."""

    who: str
    in_flight: int
    rounds: Sequence[Outcome]

    def median(self, field: str) -> float:
        return statistics.median(getattr(each, field) for each in self.rounds)


def contestants(lines: Iterable[Line]) -> str:
    """Medians of the rounds."""
    rows = [
        (
            line.who,
            str(line.in_flight),
            f"{line.median('rate'):,.0f}",
            f"{line.median('p50'):.1f}",
            f"{line.median('p99'):.1f}",
            f"{line.median('cpu'):.2f}" if line.median("cpu") else "–",
        )
        for line in lines
    ]
    return markdown(
        ("pipelines", "in flight", "per second", "p50 ms", "p99 ms", "CPU ms each"), rows
    )


def rates(measured: Mapping[str, Sequence[float]]) -> str:
    """Messages a second, by consumer."""
    rows = [(who, f"{statistics.median(each):,.0f}") for who, each in measured.items()]
    return markdown(("consumer", "messages per second"), rows)


def goals(wanted: Iterable[Goal]) -> str:
    """What was wanted and what came out: median, lowest and highest round."""
    rows = [
        (
            goal.what,
            f"{'≤' if goal.at_most else '≥'} {goal.wanted:g}",
            f"{goal.reached:.2f}",
            f"{min(goal.measured):.2f} – {max(goal.measured):.2f}",
            "yes" if goal.met else "NO",
        )
        for goal in wanted
    ]
    return markdown(("what", "goal", "median", "rounds", "met"), rows)


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose columns are as wide as their longest cell."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        return f"| {' | '.join(padded)} |"

    return "\n".join([line(head), line(["-" * width for width in widths]), *map(line, rows)])
