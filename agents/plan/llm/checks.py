"""The tests that a model names, after operations on it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from agents.plan import accepted
from contracts.model import Acceptance, AppModel, Entity


def tests(before: AppModel, after: AppModel) -> tuple[Acceptance, ...]:
    """Those of what stayed as they were, and fresh ones of what is new, changed or renamed."""
    same = {entity.key for entity in after.entities if entity in before.entities}
    was = {entity.key for entity in before.entities}
    features = {f"feature.{feature.key}" for feature in after.features}
    known = {test.id for test in before.acceptance}
    kept = [
        test
        for test in before.acceptance
        if (
            test.id in features
            if test.id.startswith("feature.")
            else _first(test) not in was - same
        )
    ]
    for entity in after.entities:
        if entity.key not in same:
            kept += _of_entity(entity, after)
    there = {feature.key for feature in before.features}
    new = [f.key for f in after.features if f.key not in there and f"feature.{f.key}" not in known]
    return (*kept, *(accepted.of_feature(key, _sentence(after, f"feature.{key}")) for key in new))


def _first(test: Acceptance) -> str:
    return test.id.partition(".")[0]


def _of_entity(entity: Entity, model: AppModel) -> Iterator[Acceptance]:
    yield from accepted.of_entity(entity, _sentence(model, f"entity.{entity.key}"))
    for kind in dict.fromkeys(rule.kind for rule in entity.rules):
        yield accepted.of_rule(entity, kind, _sentence(model, f"rule.{entity.key}.{kind}"))
    if entity.workflow:
        yield accepted.of_workflow(entity, _sentence(model, f"workflow.{entity.key}"))


def _sentence(model: AppModel, name: str) -> int | None:
    return next((trace.sentence for trace in model.trace if name in trace.maps_to), None)
