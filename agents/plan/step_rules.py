"""Rules for a workflow: its field, its states, who makes its steps, and what these do."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from contracts.model import Entity, Field, Transition, Workflow

_TIMES = frozenset({"date", "datetime", "time"})
_TEXTS = frozenset({"text", "longtext"})


def step_problems(where: str, entity: Entity, words: AbstractSet[str]) -> Iterator[str]:
    """Everything wrong with an entity's workflow; `words` may be in its steps."""
    flow = entity.workflow
    if flow is None:
        return
    field = next((field for field in entity.fields if field.key == flow.field), None)
    if field is None or field.type != "enum":
        yield f"{where}: its workflow needs {flow.field!r} as an enum field"
        return
    if flow.initial not in field.options:
        yield f"{where}: the workflow starts in {flow.initial!r}, which is no option of {field.key}"
    for step in flow.transitions:
        place = f"{where}: transition {step.name!r}"
        for state in (*step.sources, step.target):
            if state not in field.options:
                yield f"{place} names the state {state!r}, no option"
        yield from (f"{place} names {w!r}, which is no role" for w in step.roles if w not in words)
        found = ((e, effect_problem(e, entity, flow, words)) for e in step.effects)
        yield from (f"{place}, effect {effect!r}: {wrong}" for effect, wrong in found if wrong)


def effect_problem(
    effect: str, entity: Entity, flow: Workflow, words: AbstractSet[str]
) -> str:  # fmt: skip
    """What is wrong with an effect of a step; "" when it can be had."""
    match effect.split():
        case ["set", key, ("now" | "me") as what]:
            field = next((field for field in entity.fields if field.key == key), None)
            return _set(key, what, field, flow)
        case ["notify", "owner"]:
            return "the records have no owner" if entity.ownership == "system" else ""
        case ["notify", who]:
            return "" if who in words - {"guest"} else f"{who!r} is no role"
    return "only `set FIELD now`, `set FIELD me` and `notify WHO` exist"


def _set(key: str, what: str, field: Field | None, flow: Workflow) -> str:
    possible = _TIMES if what == "now" else _TEXTS
    if field is None or field.type not in possible or field.computed:
        return f"{key!r} is no field of type {', '.join(sorted(possible))}"
    return "this is the field of the workflow itself" if key == flow.field else ""


def kept_effects(
    step: Transition, entity: Entity, flow: Workflow, words: AbstractSet[str]
) -> tuple[str, ...]:
    """The effects of a step that can be had."""
    return tuple(e for e in step.effects if not effect_problem(e, entity, flow, words))
