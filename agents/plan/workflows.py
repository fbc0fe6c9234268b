"""The workflow and the rules that a pattern gives a kind, as far as the kind still has its parts.

Names follow what became of fields and references; what names something that is gone is left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import msgspec

from agents.plan import rule_rules
from agents.plan.kinds import Kind
from agents.plan.sketch import Sketch
from agents.plan.step_rules import kept_effects
from contracts.model import Entity, Rule, Transition, Workflow

_PEOPLE = frozenset({"owner", "member", "admin"})
_NAME = re.compile(r"(?<![.\w'\"])[a-z][a-z0-9_]*")


def workflow(kind: Kind, entity: Entity, roles: AbstractSet[str]) -> Workflow | None:
    """The kind's workflow with the states and the roles that there are."""
    flow = kind.draft.workflow
    field = next((f for f in entity.fields if flow and f.key == flow.field), None)
    if flow is None or field is None or field.type != "enum":
        return None
    initial = flow.initial if flow.initial in field.options else field.options[0]
    steps = [
        step
        for each in flow.transitions
        if (step := _step(each, flow, entity, field.options, roles | _PEOPLE))
    ]
    reached = {initial, *(step.target for step in steps)}
    for option in field.options:
        if option not in reached:
            sources = tuple(o for o in field.options if o != option)
            name = f"Mark as {option.replace('_', ' ')}"
            steps.append(Transition(name=name, sources=sources, target=option))
    return Workflow(field=flow.field, initial=initial, transitions=tuple(steps)) if steps else None


def _step(
    step: Transition,
    flow: Workflow,
    entity: Entity,
    options: Sequence[str],
    roles: AbstractSet[str],
) -> Transition | None:
    sources = tuple(source for source in step.sources if source in options)
    if step.target not in options or not sources:
        return None
    named = tuple(role for role in step.roles if role in roles)
    if step.roles and not named:
        named = ("admin",)
    effects = kept_effects(step, entity, flow, roles)
    return msgspec.structs.replace(step, sources=sources, roles=named, effects=effects)


def rules(sketch: Sketch) -> None:
    """Give every entity the rules of its pattern that can still be kept."""
    for key, kind in sketch.kinds.items():
        if not kind.draft.rules:
            continue
        renamed = [_renamed(rule, kind) for rule in kind.draft.rules]
        kept = tuple(rule for rule in renamed if not problem(sketch, key, rule))
        if kept:
            sketch.change(key, rules=kept)


def problem(sketch: Sketch, key: str, rule: Rule) -> str:
    """What is wrong with a rule for this entity; "" when it can be kept."""
    within = rule_rules.scope(sketch.entities[key], sketch.relations, sketch.entities)
    return rule_rules.problem(rule, within)


def _renamed(rule: Rule, kind: Kind) -> Rule:
    """The rule in the words that the kind's references have now."""
    text, when, condition = rule.expr.partition(" when ")
    text = _NAME.sub(lambda match: kind.moved.get(match[0], match[0]), text)
    condition = _NAME.sub(lambda match: kind.moved.get(match[0], match[0]), condition, count=1)
    return msgspec.structs.replace(rule, expr=f"{text}{when}{condition}")
