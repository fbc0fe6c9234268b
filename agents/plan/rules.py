"""What must hold in every model before anything is built of it.

Each rule is a function from the model to problems: sentences that name the element and say
what to change. An empty list means that the model can be built.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from agents.plan.entity_rules import entity_problems
from agents.plan.features import BUILT, OFFERED
from agents.plan.needs import Parts, unmet
from agents.plan.page_rules import page_problems
from agents.plan.rule_rules import Scope, counted, problem, scope
from contracts.computed import formulas
from contracts.model import AppModel, ModelError
from contracts.model import Rule as Kept
from contracts.scouting import RESERVED_ENTITIES, RESERVED_FIELDS

_SPECIAL = frozenset({"guest", "owner", "system"})
Rule = Callable[[AppModel], Iterator[str]]


def problems(model: AppModel) -> list[str]:
    """Everything that is wrong with a model, in the order of the file."""
    return [problem for rule in RULES for problem in rule(model)]


def repeated(values: Iterable[str]) -> list[str]:
    """The values that are there more than once."""
    return [value for value, count in Counter(values).items() if count > 1]


def roles(model: AppModel) -> Iterator[str]:
    keys = [role.key for role in model.roles]
    for key in repeated(keys):
        yield f"role {key}: it is there twice; remove one"
    for key in _SPECIAL.intersection(keys):
        yield f"role {key}: this word has a meaning of its own; choose another key"
    if sum(role.is_default for role in model.roles) > 1:
        yield "roles: more than one is the default; keep one"


def entity_names(model: AppModel) -> Iterator[str]:
    if not model.entities:
        yield "entities: there is none; an app needs something to keep"
    for what in ("key", "plural"):
        for name in repeated(getattr(entity, what) for entity in model.entities):
            yield f"entity {name}: two entities have this {what}; rename one"
    keys = {entity.key for entity in model.entities}
    for entity in model.entities:
        for what, name in (("key", entity.key), ("plural", entity.plural)):
            if name in RESERVED_ENTITIES:
                yield (
                    f"entity {entity.key}: its {what} {name!r} is a reserved word of SQL,"
                    f" TypeScript or the app; use {name}_record, the title may stay"
                )
        if "constructor" in {entity.key, entity.plural} or entity.plural.startswith("app_"):
            yield (
                f"entity {entity.key}: `constructor`, and plurals that begin with app_, are the"
                " app's own; choose another name"
            )
        if entity.plural in keys - {entity.key}:
            yield f"entity {entity.key}: its plural {entity.plural!r} is another entity's key"


def entities(model: AppModel) -> Iterator[str]:
    known = {"guest", "member", "owner", "admin"} | {role.key for role in model.roles}
    for entity in model.entities:
        mine = [relation for relation in model.relations if relation.source == entity.key]
        yield from entity_problems(entity, mine, known)
    yield from _kept(model)


def _kept(model: AppModel) -> Iterator[str]:
    """Rules and formulas, which name fields of other entities too."""
    keys = {entity.key: entity for entity in model.entities}
    for entity in model.entities:
        within = scope(entity, model.relations, keys)
        for rule in entity.rules:
            wrong = problem(rule, within)
            if wrong:
                yield f"entity {entity.key}: rule {rule.kind} {rule.expr!r}: {wrong}"
            yield from _counted(rule, within)
        try:
            formulas(entity)
        except ModelError as error:
            yield f"{error}; mend the formula"


def _inside(model: AppModel) -> set[str]:
    """Entities whose records may be inside of an organisation: its own, and parts of those."""
    inside = {entity.key for entity in model.entities if entity.ownership == "org"}
    parts = {entity.key for entity in model.entities if entity.ownership == "parent"}
    for _ in parts:
        inside |= {r.source for r in model.relations if r.source in parts and r.target in inside}
    return inside


def organisations(model: AppModel) -> Iterator[str]:
    """The column of the organisation is the records' own."""
    inside = _inside(model)
    why = "the records are inside of an organisation, which has the column org_id; rename it"
    for relation in model.relations:
        if relation.source in inside and relation.key == "org":
            yield f"relation {relation.source}.org: {why}"
    for entity in model.entities:
        if entity.key in inside and any(field.key == "org_id" for field in entity.fields):
            yield f"field {entity.key}.org_id: {why}"


def relations(model: AppModel) -> Iterator[str]:
    keys = {entity.key: entity for entity in model.entities}
    for name in repeated(f"{r.source}.{r.key}" for r in model.relations):
        yield f"relation {name}: it is there twice; rename one"
    for relation in model.relations:
        where = f"relation {relation.source}.{relation.key}"
        for end, key in (("source", relation.source), ("target", relation.target)):
            if key not in keys:
                yield f"{where}: its {end} {key!r} is no entity"
        if relation.key in RESERVED_FIELDS:
            yield f"{where}: {relation.key!r} is a reserved word; rename it"
        if relation.required and relation.on_delete == "set_null":
            yield (
                f"{where}: it is required, so on_delete cannot be set_null; use restrict or cascade"
            )
        source = keys.get(relation.source)
        taken = {field.key for field in source.fields} if source else set()
        for name in {relation.key, f"{relation.key}_id", f"{relation.key}_ids"} & taken:
            yield f"{where}: the entity has a field {name!r} as well; rename one"


def _counted(rule: Kept, within: Scope) -> Iterator[str]:
    """What is counted down is never below nothing, not even at first."""
    for key, field in counted(rule, within):
        if isinstance(field.default, int | float) and field.default < 0:
            yield f"field {key}.{field.key}: it is counted, so its default cannot be below 0"
        if field.max is not None and field.max < 0:
            yield f"field {key}.{field.key}: it is counted, so its max cannot be below 0"


def required_cycles(model: AppModel) -> Iterator[str]:
    """Records that require each other could never be made, not even the first."""
    needs: dict[str, set[str]] = {entity.key: set() for entity in model.entities}
    for relation in model.relations:
        if relation.required and relation.kind != "many_to_many" and relation.source in needs:
            needs[relation.source].add(relation.target)
    while ready := [key for key, targets in needs.items() if not targets & needs.keys()]:
        for key in ready:
            del needs[key]
    # What is left leads into a circle; only what is led to from within is part of one.
    while loose := [k for k in needs if not any(k in targets for targets in needs.values())]:
        for key in loose:
            del needs[key]
    if needs:
        names = ", ".join(sorted(needs))
        yield f"entities {names}: they require each other in a circle; make one reference optional"


def pages(model: AppModel) -> Iterator[str]:
    yield from page_problems(model, parts_of(model))


def features(model: AppModel) -> Iterator[str]:
    keys = {entity.key for entity in model.entities}
    for name in repeated(feature.key for feature in model.features):
        yield f"feature {name}: it is there twice; remove one"
    for feature in model.features:
        if feature.key not in BUILT | OFFERED:
            built = ", ".join(sorted(BUILT | OFFERED))
            yield f"feature {feature.key}: Genesis does not build it; remove it (built: {built})"
        for entity in feature.entities:
            if entity not in keys:
                yield f"feature {feature.key}: {entity!r} is no entity"
    parts = parts_of(model)
    for feature in model.features:
        for lacking in unmet(feature, parts):
            yield f"feature {feature.key}: {lacking}"


def parts_of(model: AppModel) -> Parts:
    """What features and pages may ask for of a model."""
    return Parts(
        {entity.key: entity for entity in model.entities},
        model.relations,
        {feature.key: feature for feature in model.features},
        frozenset({"admin", "member"} | {role.key for role in model.roles}),
        frozenset(page.kind for page in model.pages),
    )


def acceptance(model: AppModel) -> Iterator[str]:
    for name in repeated(test.id for test in model.acceptance):
        yield f"acceptance {name}: this id is there twice; rename one"


RULES: Sequence[Rule] = (
    roles, entity_names, entities, relations, organisations, required_cycles, pages, features,
    acceptance,
)  # fmt: skip
