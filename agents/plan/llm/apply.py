"""Operations applied to a model, one by one. Pure; `agents.plan.rules` judges the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from agents.plan.llm import effects, entity_effects
from agents.plan.llm import operations as ops
from agents.plan.llm.edits import Done, Refused, recall
from agents.plan.llm.operations import Numbered, OperationError
from contracts.model import AppModel


def apply(model: AppModel, operations: Sequence[Numbered]) -> AppModel:
    """The model after all operations, in order. Raises OperationError of the first that fails."""
    for numbered in operations:
        model = apply_one(model, numbered)
    return model


def apply_one(model: AppModel, numbered: Numbered) -> AppModel:
    """The model after an operation, and its trace with it. Raises OperationError."""
    operation = numbered.operation
    number = operation.sentence
    if number and number not in {trace.sentence for trace in model.trace}:
        why = f"the idea has no sentence {number}; use 0 for none"
        raise OperationError(numbered.number, element(operation), why)
    try:
        changed, name = _EFFECTS[type(operation)](model, operation)
    except (Refused, msgspec.ValidationError) as error:
        raise OperationError(numbered.number, element(operation), str(error)) from None
    return recall(changed, number, name)


def element(operation: ops.Operation) -> str:
    """What an operation is about, such as `add_field recipe.title`."""
    match operation:
        case ops.AddField(entity=entity, field=field) | ops.ChangeField(entity=entity, field=field):
            what = f"{entity}.{field.key}"
        case ops.RemoveField(entity=entity, field=key) | ops.SetWorkflow(entity=entity, field=key):
            what = f"{entity}.{key}"
        case ops.AddRelation(source=source, key=key) | ops.RemoveRelation(source=source, key=key):
            what = f"{source}.{key}"
        case ops.AddRule(entity=entity, kind=rule):
            what = f"{entity} {rule}"
        case ops.SetFeature(feature=key) | ops.RemoveFeature(feature=key):
            what = key
        case (
            ops.RemoveEntity(entity=key) | ops.RenameEntity(entity=key) | ops.SetAccess(entity=key)
        ):
            what = key
        case ops.AddEntity(key=key) | ops.AddPage(key=key) | ops.AddRole(key=key):
            what = key
    return f"{operation.__struct_config__.tag} {what}"


_EFFECTS: dict[type, Callable[[AppModel, Any], Done]] = {
    ops.AddEntity: entity_effects.add_entity,
    ops.RemoveEntity: entity_effects.remove_entity,
    ops.RenameEntity: entity_effects.rename_entity,
    ops.SetAccess: entity_effects.set_access,
    ops.AddField: effects.add_field,
    ops.ChangeField: effects.change_field,
    ops.RemoveField: effects.remove_field,
    ops.AddRelation: effects.add_relation,
    ops.RemoveRelation: effects.remove_relation,
    ops.AddRule: effects.add_rule,
    ops.SetWorkflow: effects.set_workflow,
    ops.AddPage: effects.add_page,
    ops.SetFeature: effects.set_feature,
    ops.RemoveFeature: effects.remove_feature,
    ops.AddRole: effects.add_role,
}
