"""A plan for people: what will be built, what came from where, and what is left. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agents.plan.cli import BUILT, askable, critical_path, words
from coordinator.cli.output import duration
from coordinator.cli.sheet import Sheet

if TYPE_CHECKING:
    from contracts.model import AppModel, Entity, Plan

LONG = 0.05
"""Seconds of a task that is worth naming."""
NOTE = "[note] "
"""How a remark begins that stands among the sentences without an answer."""


def sheet_of(plan: Plan, *, simulated: Sequence[str] = (), builds: int = 0) -> Sheet:
    """What a plan says.

    `simulated` is what the app would only stand in for, `builds` how many earlier builds of this
    machine its estimates know.
    """
    model, sheet = plan.model, Sheet()
    sheet.head(f"{model.app.name} ({model.app.slug})")
    sheet.row("", model.app.description)
    sheet.row("background", model.app.theme.background, swatch=model.app.theme.background)
    sheet.row("components", model.app.theme.primary, swatch=model.app.theme.primary)
    patterns = [f"{use.key} ({use.role})" for use in model.patterns]
    sheet.rows_of([("patterns", ", ".join(patterns))])
    sheet.rows_of([("roles", words.joined([role.title for role in model.roles]))])
    sheet.head("Records")
    for entity in model.entities:
        _entity(sheet, entity, model)
    _pages(sheet, model)
    _features(sheet, model, simulated)
    _sentences(sheet, model)
    _work(sheet, plan, builds)
    return sheet


def _entity(sheet: Sheet, entity: Entity, model: AppModel) -> None:
    sheet.row(entity.key, ", ".join(words.field(each) for each in entity.fields))
    mine = [each for each in model.relations if each.source == entity.key]
    rows = [
        ("each has", words.joined([words.relation(each, model) for each in mine]) if mine else ""),
        ("access", words.access(entity.access, model.roles)),
        *(("rule", words.rule(each)) for each in entity.rules),
        ("workflow", words.workflow(entity, model.roles)),
    ]
    for label, text in rows:
        if text:
            sheet.row(f"  {label}", text)


def _pages(sheet: Sheet, model: AppModel) -> None:
    sheet.head("Pages")
    for page in model.pages:
        # Forms and details come with every list.
        if page.kind not in {"form", "detail"}:
            whom = words.people(page.audience, model.roles)
            sheet.row(page.path, f"{page.title} ({page.kind}), for {whom}")
    if not model.pages:
        sheet.row("", "home, and for each kind of record a list, a form and the record itself")


def _features(sheet: Sheet, model: AppModel, simulated: Sequence[str]) -> None:
    # Naming what every app has says nothing.
    features = [each for each in model.features if each.key not in BUILT]
    if features or simulated:
        sheet.head("Features")
    for feature in features:
        sheet.row(feature.key, ", ".join(feature.entities) or "the whole app")
    for note in simulated:
        sheet.row("simulated", note)


def _sentences(sheet: Sheet, model: AppModel) -> None:
    if model.trace:
        sheet.head("Sentences")
    for trace in model.trace:
        sheet.row(f"[{trace.sentence}]", trace.text)
        sheet.row("", "→ " + ("; ".join(trace.maps_to) or "nothing"))
    left = askable(model)
    notes = [each.removeprefix(NOTE) for each in model.unmapped if each.startswith(NOTE)]
    if left:
        sheet.head("Not in the app")
    for text in left:
        sheet.row(number_of(text, model), text)
    if left:
        sheet.row("", "A language model could be asked about these: set GENESIS_LLM, then build.")
    if notes:
        sheet.head("Notes")
    for note in notes:
        sheet.row("", note)


def _work(sheet: Sheet, plan: Plan, builds: int) -> None:
    path = critical_path(plan.tasks)
    builds_here = f"{builds} earlier build{'' if builds == 1 else 's'} on this machine"
    source = builds_here if builds else "what is usual: nothing was built on this machine yet"
    sheet.head("Order of work")
    sheet.row("tasks", f"{len(plan.tasks)}, together {duration(path.work)}")
    sheet.row("critical path", " → ".join(task.id for task in path.tasks))
    long = [task for task in path.tasks if (task.estimate or 0) >= LONG]
    took = ", ".join(f"{task.title.lower()} {duration(task.estimate or 0)}" for task in long)
    sheet.row("takes", f"about {duration(path.seconds)}: {took}" if took else "no time worth it")
    sheet.row("known from", source)


def number_of(text: str, model: AppModel) -> str:
    """`[3]` for a sentence without an answer, "" where it is none of the idea's."""
    found = [each.sentence for each in model.trace if each.text and text.startswith(each.text)]
    return f"[{found[0]}]" if found else ""
