"""The first sketch of a model: the merged kinds as entities, with owners and access. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

import msgspec

from agents.plan import access as rights
from agents.plan import workflows
from agents.plan.kinds import Kind
from agents.plan.merge import Merged
from agents.plan.sketch import Sketch
from contracts.computed import formulas
from contracts.model import Access, Entity, Field, ModelError, Ownership, Relation, Role
from contracts.scouting import ScoutReport, Sharing

_SEARCHED = frozenset({"text", "longtext", "markdown", "email", "phone", "url"})


def sketched(report: ScoutReport, merged: Merged, roles: tuple[Role, ...]) -> Sketch:
    """Entities and relations with all that their patterns and the idea say of them."""
    kinds = {kind.key: kind for kind in merged.kinds}
    sketch = Sketch(report=report, kinds=kinds, names=dict(merged.names), roles=roles)
    sketch.relations = [relation for kind in merged.kinds for relation in _relations(kind)]
    sharing: dict[str, Sharing] = {
        key: rights.sharing_of(kind, report, merged.names) for key, kind in kinds.items()
    }
    lists = {
        key: rights.rights(kind, report, merged.names, sketch.role_keys, sharing[key])
        for key, kind in kinds.items()
    }
    alone = any(e.kind == "feature" and e.key == "auth" for e in report.exclusions)
    for key, kind in kinds.items():
        parent = _parent(kind, kinds)
        entity = _entity(kind, lists[key], rights.ownership(sharing[key]), sketch.role_keys)
        flow = workflows.workflow(kind, entity, sketch.role_keys)
        sketch.entities[key] = msgspec.structs.replace(
            entity, workflow=flow, ownership="parent" if parent else entity.ownership
        )
    for key in kinds:
        _inherit(sketch, key, lists, set())
    if alone:
        for key, entity in sketch.entities.items():
            personal = any(f.pii for f in entity.fields)
            open_ = rights.without_accounts(entity.access, personal=personal)
            sketch.change(key, access=open_)
    workflows.rules(sketch)
    return sketch


def _parent(kind: Kind, kinds: Mapping[str, Kind]) -> str:
    """The entity that the kind's rows are a part of; "" when it is on its own."""
    name = kind.moved.get(kind.draft.parent, kind.draft.parent)
    reference = kind.references.get(name)
    if reference is None or not reference.required or reference.kind == "many_to_many":
        return ""
    return reference.to if reference.to in kinds and reference.to != kind.key else ""


def _inherit(sketch: Sketch, key: str, lists: Mapping[str, Access], above: set[str]) -> Access:
    """The access of a part from that of its whole, wholes first."""
    entity = sketch.entities[key]
    parent = _parent(sketch.kinds[key], sketch.kinds)
    if entity.ownership != "parent" or not parent or key in above:
        return entity.access
    access = rights.with_parent(lists[key], _inherit(sketch, parent, lists, above | {key}))
    return sketch.change(key, access=access).access


def _entity(kind: Kind, access: Access, ownership: Ownership, roles: AbstractSet[str]) -> Entity:
    fields = tuple(_for_roles(field, roles) for field in kind.fields.values())
    label = kind.draft.label
    wanted = dict.fromkeys((label, *kind.draft.search))
    search = tuple(
        name for name in wanted if name in kind.fields and kind.fields[name].type in _SEARCHED
    )
    sort = kind.sort if kind.sort.lstrip("-") in {*kind.fields, "created_at"} else "-created_at"
    there = {*kind.fields, *kind.references}
    entity = Entity(
        key=kind.key,
        plural=kind.plural,
        title=kind.title,
        title_plural=kind.title_plural,
        ownership=ownership,
        access=access,
        label_field=label,
        fields=fields,
        search=search,
        default_sort=sort,
        unique_together=tuple(u for u in kind.draft.unique_together if set(u) <= there),
        seed=kind.seed,
    )
    return msgspec.structs.replace(entity, fields=_computable(entity))


def _for_roles(field: Field, roles: AbstractSet[str]) -> Field:
    """The field for those of its roles that there are; closed to all but administrators at worst.

    The roles of a pattern that is not the first are only there when the idea speaks of them.
    """
    there = roles | {"owner"}
    read, write = (
        tuple(word for word in words if word in there) or ("admin",) * bool(words)
        for words in (field.read_roles, field.write_roles)
    )
    return msgspec.structs.replace(field, read_roles=read, write_roles=write)


def _computable(entity: Entity) -> tuple[Field, ...]:
    """The fields; where a formula names what is gone, people fill in what it computed."""
    try:
        formulas(entity)
    except ModelError:
        return tuple(msgspec.structs.replace(f, computed=None) for f in entity.fields)
    return entity.fields


def _relations(kind: Kind) -> list[Relation]:
    return [
        Relation(
            key=name, source=kind.key, target=reference.to, kind=reference.kind,
            required=reference.required and reference.kind != "many_to_many",
            on_delete="restrict" if reference.required and reference.on_delete == "set_null"
            else reference.on_delete,
            inverse=kind.plural, title=reference.title,
        )
        for name, reference in kind.references.items()
    ]  # fmt: skip
