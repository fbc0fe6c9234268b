"""How long the steps of a pipeline took, remembered for the estimates of later plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts import messages as m
from coordinator.cli.session import settings

if TYPE_CHECKING:
    from agents.plan.cli import Timing
    from coordinator.board import Board

DELIVERED = ("migration", "deployment", "monitoring")


def timing_of(board: Board) -> Timing | None:
    """What a pipeline took; None when it planned or built nothing."""
    from agents.plan.cli import Timing  # noqa: PLC0415

    planned, built = (board.state.answers.get(area) for area in ("plan", "build"))
    if not isinstance(planned, m.PlanCompleted) or not isinstance(built, m.BuildCompleted):
        return None
    seconds = {check.name: check.seconds for check in built.checks}
    for area in DELIVERED:
        phase = board.phases.get(area)
        if phase is not None and phase.began is not None and phase.ended is not None:
            seconds[area] = max(0.0, phase.ended - phase.began)
    return Timing(
        pipeline=board.pipeline, entities=len(planned.entities),
        seconds={name: round(each, 3) for name, each in seconds.items()},
    )  # fmt: skip


def remember(board: Board) -> None:
    """Remember what a pipeline took, if it built something."""
    from agents.plan.cli import timings  # noqa: PLC0415

    if (timing := timing_of(board)) is not None:
        timings.remember(settings().genesis_home, timing)
