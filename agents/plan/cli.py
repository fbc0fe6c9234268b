"""What the command line may ask of Plan, without a bus: to make, check and compare plans."""

from __future__ import annotations

from collections.abc import Sequence

from agents.plan import places, rules, tasks, timings, words
from agents.plan.difference import Change, difference
from agents.plan.features import BUILT
from agents.plan.llm.coverage import askable
from agents.plan.model import model_of
from agents.plan.places import Problem, unreadable
from agents.plan.tasks import CriticalPath, critical_path
from agents.plan.timings import Timing
from contracts.model import Plan
from contracts.scouting import ScoutReport

__all__ = [
    "BUILT", "Change", "CriticalPath", "Problem", "Timing", "askable", "critical_path",
    "difference", "made", "problems", "timings", "unreadable", "words",
]  # fmt: skip


def made(report: ScoutReport, slug: str | None = None, known: Sequence[Timing] = ()) -> Plan:
    """The plan of a report, as a pipeline makes it.

    `slug` is a name that was asked for, `known` are the times of earlier builds.
    """
    model = model_of(report, slug)
    return Plan(model=model, tasks=tasks.tasks(model, known))


def problems(plan: Plan, text: bytes) -> tuple[Problem, ...]:
    """The rules that a plan breaks, each with its place in the file `text`; none if it is sound."""
    known = places.lines(text.decode("utf-8", "replace"))
    found = [*rules.problems(plan.model), *tasks.problems(plan.tasks)]
    return tuple(places.problem(each, plan, known) for each in found)
