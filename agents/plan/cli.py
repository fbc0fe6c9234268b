"""What the command line may ask of Plan, without a bus: to make, check and compare plans."""

from __future__ import annotations

from agents.plan import places, rules, tasks, words
from agents.plan.difference import Change, difference
from agents.plan.model import model_of
from agents.plan.places import Problem, unreadable
from contracts.model import Plan
from contracts.scouting import ScoutReport

__all__ = ["Change", "Problem", "difference", "made", "problems", "unreadable", "words"]


def made(report: ScoutReport, slug: str | None = None) -> Plan:
    """The plan of a report, as a pipeline makes it; `slug` is a name that was asked for."""
    model = model_of(report, slug)
    return Plan(model=model, tasks=tasks.tasks(model))


def problems(plan: Plan, text: bytes) -> tuple[Problem, ...]:
    """The rules that a plan breaks, each with its place in the file `text`; none if it is sound."""
    known = places.lines(text.decode("utf-8", "replace"))
    found = [*rules.problems(plan.model), *tasks.problems(plan.tasks)]
    return tuple(places.problem(each, plan, known) for each in found)
