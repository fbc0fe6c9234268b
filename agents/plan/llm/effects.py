"""What operations on the parts of a model do: fields, relations, rules, pages, features, roles.

Pure; raises `edits.Refused`. What would be left pointing nowhere is refused.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from agents.plan import rule_rules
from agents.plan.features import BUILT, OFFERED
from agents.plan.llm import operations as ops
from agents.plan.llm.edits import (
    Done,
    Refused,
    change,
    entity_of,
    field_of,
    forget,
    loosen,
    mentions,
    put_field,
)
from contracts.model import (
    AppModel,
    Feature,
    Page,
    Relation,
    Role,
    Rule,
    Transition,
    Workflow,
)


def add_field(model: AppModel, asked: ops.AddField) -> Done:
    entity = entity_of(model, asked.entity)
    if any(field.key == asked.field.key for field in entity.fields):
        raise Refused("the entity has such a field; use change_field")
    return change(model, put_field(entity, asked.field)), f"field.{entity.key}.{asked.field.key}"


def change_field(model: AppModel, asked: ops.ChangeField) -> Done:
    entity = entity_of(model, asked.entity)
    field_of(entity, asked.field.key)
    return change(model, put_field(entity, asked.field)), f"field.{entity.key}.{asked.field.key}"


def remove_field(model: AppModel, asked: ops.RemoveField) -> Done:
    entity = entity_of(model, asked.entity)
    key = field_of(entity, asked.field).key
    if key == entity.label_field:
        raise Refused("records are known by this field (label_field); it has to stay")
    if entity.workflow is not None and entity.workflow.field == key:
        raise Refused("the entity's workflow is about this field; it has to stay")
    if users := mentions(model, entity, key):
        raise Refused(f"it is used by {', '.join(users)}; it has to stay")
    kept = replace(
        entity,
        fields=tuple(field for field in entity.fields if field.key != key),
        search=tuple(name for name in entity.search if name != key),
        default_sort=entity.default_sort
        if entity.default_sort.lstrip("-") != key
        else "-created_at",
        unique_together=tuple(group for group in entity.unique_together if key not in group),
        seed=tuple({k: v for k, v in row.items() if k != key} for row in entity.seed),
    )
    return forget(change(model, kept), "field", f"{entity.key}.{key}"), f"excluded.{key}"


def add_relation(model: AppModel, asked: ops.AddRelation) -> Done:
    source = entity_of(model, asked.source)
    entity_of(model, asked.target)
    if any((r.source, r.key) == (asked.source, asked.key) for r in model.relations):
        raise Refused("there is such a relation; remove it before it is made anew")
    relation = Relation(
        key=asked.key, source=asked.source, target=asked.target, kind=asked.kind,
        required=asked.required, on_delete=asked.on_delete, inverse=source.plural,
        title=asked.title,
    )  # fmt: skip
    changed = replace(model, relations=(*model.relations, relation))
    return changed, f"relation.{source.key}.{asked.key}"


def remove_relation(model: AppModel, asked: ops.RemoveRelation) -> Done:
    for relation in model.relations:
        if (relation.source, relation.key) == (asked.source, asked.key):
            changed = loosen(model, relation)
            kept = tuple(each for each in changed.relations if each is not relation)
            return replace(changed, relations=kept), f"excluded.{asked.key}"
    raise Refused("there is no such relation")


def add_rule(model: AppModel, asked: ops.AddRule) -> Done:
    """The entity with one rule more, if it can be kept."""
    entity = entity_of(model, asked.entity)
    rule = Rule(kind=asked.kind, expr=asked.expr, message=asked.message)
    within = rule_rules.scope(entity, model.relations, {each.key: each for each in model.entities})
    if wrong := rule_rules.problem(rule, within):
        raise Refused(wrong)
    if rule in entity.rules:
        raise Refused("the entity has this rule already")
    changed = change(model, replace(entity, rules=(*entity.rules, rule)))
    return changed, f"rule.{entity.key}.{asked.kind}"


def set_workflow(model: AppModel, asked: ops.SetWorkflow) -> Done:
    entity = entity_of(model, asked.entity)
    flow = Workflow(
        field=field_of(entity, asked.field).key,
        initial=asked.initial,
        transitions=tuple(Transition(**msgspec.structs.asdict(s)) for s in asked.transitions),
    )
    return change(model, replace(entity, workflow=flow)), f"workflow.{entity.key}"


def add_page(model: AppModel, asked: ops.AddPage) -> Done:
    content = {k: v for k, v in msgspec.structs.asdict(asked).items() if k != "sentence"}
    page = msgspec.convert(content | {"entity": asked.entity or None}, Page)
    return replace(model, pages=(*model.pages, page)), f"page.{page.key}"


def set_feature(model: AppModel, asked: ops.SetFeature) -> Done:
    if asked.feature not in BUILT | OFFERED:
        raise Refused(f"Genesis has no such feature (it has: {', '.join(sorted(OFFERED))})")
    for key in asked.entities:
        entity_of(model, key)
    there = next((each for each in model.features if each.key == asked.feature), None)
    feature = replace(there or Feature(key=asked.feature), entities=asked.entities)
    others = tuple(each for each in model.features if each is not there)
    return replace(model, features=(*others, feature)), f"feature.{asked.feature}"


def remove_feature(model: AppModel, asked: ops.RemoveFeature) -> Done:
    if asked.feature in BUILT:
        raise Refused("every app has this feature; it cannot be switched off")
    if all(each.key != asked.feature for each in model.features):
        raise Refused("it is not switched on")
    kept = tuple(each for each in model.features if each.key != asked.feature)
    changed = forget(replace(model, features=kept), "feature", asked.feature)
    return changed, f"excluded.{asked.feature}"


def add_role(model: AppModel, asked: ops.AddRole) -> Done:
    if any(role.key == asked.key for role in model.roles):
        raise Refused("there is such a role")
    role = Role(key=asked.key, title=asked.title, signup=asked.signup)
    return replace(model, roles=(*model.roles, role)), f"role.{role.key}"
