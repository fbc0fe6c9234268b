"""What a model means for an app: tables, references, owners, order. Pure.

Everything that the renderers need is decided here once. What the generator does not build is
a *note*: a sentence for the report and the README, so that nothing is missing silently.

Errors:
    ModelError   the model contradicts itself; names the part
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agents.build.children import with_children
from agents.build.constraints import constraints, settled
from agents.build.fields import checked, started
from agents.build.order import in_order
from agents.build.render.literals import short_name
from agents.build.rules import rules
from agents.build.structure import ACTIONS, BUILT_IN, Design, Reference, Table
from contracts.computed import formulas
from contracts.model import Access, AppModel, Entity, Field, ModelError, Relation, Role

_RESERVED_PATHS = frozenset({"auth", "health", "app", "openapi"})


def design(model: AppModel) -> Design:
    """Decide everything. Raises ModelError."""
    roles = _roles(model)
    notes: list[str] = []
    _check_names(model)
    entities = {entity.key: entity for entity in model.entities}
    inside = _inside(model, entities)
    tables = with_children(
        settled(
            [
                _table(entity, model, entities, roles, notes, org=entity.key in inside)
                for entity in model.entities
            ]
        )
    )
    order = in_order({table.key: _needs(table) for table in tables})
    return Design(
        model=model, roles=roles, default_role=_default(model), tables=tables, order=order,
        notes=tuple(dict.fromkeys(notes)),
    )  # fmt: skip


def _roles(model: AppModel) -> tuple[Role, ...]:
    known = {role.key: role for role in model.roles}
    known.setdefault("admin", Role(key="admin", title="Administrator"))
    # A model without roles of its own is open; one with roles says itself who may come in.
    alone = len(known) == 1
    known.setdefault(
        "member", Role(key="member", title="Member", signup="open" if alone else "none")
    )
    for key in ("guest", "owner", "system"):
        if key in known:
            raise ModelError(f"role {key}: this word has a meaning of its own; choose another key")
    return tuple(known.values())


def _default(model: AppModel) -> str:
    """The role of whoever says nothing: the one marked so, `member`, or the first open one."""
    roles = [role for role in model.roles if role.key != "admin"]
    marked = [role.key for role in roles if role.is_default]
    member = [role.key for role in roles if role.key == "member"]
    return next(
        iter((*marked, *member, *(role.key for role in roles if role.signup == "open"))), "member"
    )


def _inside(model: AppModel, entities: dict[str, Entity]) -> frozenset[str]:
    """Entities whose rows are inside of an organisation: its own, and parts of those."""
    inside = {entity.key for entity in model.entities if entity.ownership == "org"}
    above = {
        entity.key: parent.target
        for entity in model.entities
        if (parent := _parent(entity, _references(entity, model, entities), entities))
    }
    for _ in above:
        inside |= {key for key, parent in above.items() if parent in inside}
    return frozenset(inside)


def _check_names(model: AppModel) -> None:
    for what, values in (
        ("key", [entity.key for entity in model.entities]),
        ("plural", [entity.plural for entity in model.entities]),
    ):
        twice = _first_twice(values)
        if twice:
            raise ModelError(f"two entities have the {what} {twice}")
    for entity in model.entities:
        if "constructor" in (entity.key, entity.plural):
            # Every object of JavaScript has something of this name.
            raise ModelError(f"entity {entity.key}: the word constructor is reserved; use another")
        if entity.plural.startswith("app_"):
            raise ModelError(
                f"entity {entity.key}: the plural {entity.plural} is reserved, as the app's own"
                " tables begin with app_; choose another"
            )
    known = {entity.key for entity in model.entities}
    for relation in model.relations:
        for end in (relation.source, relation.target):
            if end not in known:
                raise ModelError(f"relation {relation.key}: there is no entity {end}")


def _first_twice(values: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return None


def _table(
    entity: Entity,
    model: AppModel,
    entities: dict[str, Entity],
    roles: Sequence[Role],
    notes: list[str],
    *,
    org: bool,
) -> Table:
    references = _references(entity, model, entities)
    taken = {reference.key for reference in references}
    fields = tuple(
        checked(field, entity, notes)
        for field in entity.fields
        if field.key not in BUILT_IN and field.key not in taken
    )
    keys = [field.key for field in fields] + [reference.key for reference in references]
    twice = _first_twice(keys)
    if twice:
        raise ModelError(f"entity {entity.key}: two fields are called {twice}")
    if org and "org_id" in keys:
        raise ModelError(
            f"entity {entity.key}: org_id is the column of the organisation that its records are"
            " inside of; give the field org_id, or the relation org, another key"
        )
    fields = started(entity, fields)
    parent = _parent(entity, references, entities)
    if entity.ownership == "parent" and parent is None:
        raise ModelError(
            f"entity {entity.key}: its records belong to a parent, but no relation leads to one"
        )
    ruled = rules(entity, fields, references, entities)
    if org and any("guest" in getattr(entity.access, action) for action in ACTIONS):
        notes.append(
            f"{entity.title_plural} are inside of an organisation: guests, who are in none, do"
            " not get to them"
        )
    return Table(
        entity=entity,
        access=_access(entity, roles),
        path=entity.plural.replace("_", "-")
        + ("-records" if entity.plural in _RESERVED_PATHS else ""),
        fields=fields,
        references=references,
        label=_label(entity, fields),
        search=_search(entity, fields),
        sort=_sort(entity, keys),
        parent=parent,
        constraints=constraints(entity, fields, references, parent, ruled, org=org),
        rules=ruled,
        formulas=formulas(entity),
        org=org,
        approvers=_approvers(entity, model),
    )


def _approvers(entity: Entity, model: AppModel) -> tuple[str, ...]:
    """Who approves an entity's records; the feature itself checks what it is given."""
    feature = next((each for each in model.features if each.key == "approvals"), None)
    if feature is None or entity.key not in feature.entities:
        return ()
    wanted = feature.params.get("roles", ["admin"])
    return tuple(map(str, wanted)) if isinstance(wanted, list | tuple) else ()


def _access(entity: Entity, roles: Sequence[Role]) -> Access:
    known = {"guest", "member", "owner"} | {role.key for role in roles}
    lists: dict[str, tuple[str, ...]] = {}
    for action in ACTIONS:
        words: tuple[str, ...] = getattr(entity.access, action)
        for word in words:
            if word not in known:
                raise ModelError(f"entity {entity.key}: access.{action} names {word}, no role")
        lists[action] = tuple(dict.fromkeys(words))
    return Access(**lists)


def _references(
    entity: Entity, model: AppModel, entities: dict[str, Entity]
) -> tuple[Reference, ...]:
    return tuple(
        _reference(relation, entities)
        for relation in model.relations
        if relation.source == entity.key
    )


def _reference(relation: Relation, entities: dict[str, Entity]) -> Reference:
    target = entities[relation.target]
    many = relation.kind == "many_to_many"
    title = relation.title or (
        target.title_plural if many else relation.key.replace("_", " ").capitalize()
    )
    on_delete = relation.on_delete
    if relation.required and on_delete == "set_null":
        on_delete = "restrict"
    return Reference(
        key=f"{relation.key}_ids" if many else f"{relation.key}_id",
        title=title,
        target=relation.target,
        required=relation.required,
        on_delete=on_delete,
        unique=relation.kind == "one_to_one",
        join=short_name(entities[relation.source].plural, relation.key, "links") if many else "",
        relation=relation.key,
    )


_OWNERS = {"user": 0, "parent": 1, "shared": 2, "org": 3, "system": 4}


def _parent(
    entity: Entity, references: Sequence[Reference], entities: dict[str, Entity]
) -> Reference | None:
    if entity.ownership != "parent":
        return None
    above = [each for each in references if not each.join and each.target != entity.key]
    return min(
        above,
        key=lambda each: (
            not each.required,
            _OWNERS[entities[each.target].ownership],
            each.on_delete != "cascade",
        ),
        default=None,
    )


def _needs(table: Table) -> tuple[frozenset[str], frozenset[str]]:
    single = [each for each in table.references if each.target != table.key]
    must = {each.target for each in single if each.required}
    if table.parent:
        must.add(table.parent.target)
    if any(each.required and each.target == table.key for each in table.references):
        raise ModelError(f"entity {table.key}: it requires one of its own, so none can be made")
    return frozenset(must), frozenset(each.target for each in single)


_NAMES = ("text", "email", "longtext", "markdown", "phone", "url", "enum")


def _label(entity: Entity, fields: Sequence[Field]) -> str:
    keys = {field.key for field in fields} | BUILT_IN
    if entity.label_field in keys:
        return entity.label_field
    for kind in _NAMES:
        for field in fields:
            if field.type == kind and not field.read_roles:
                return field.key
    return fields[0].key if fields else "created_at"


_SEARCHABLE = frozenset(
    {"text", "longtext", "markdown", "email", "phone", "url", "tags", "enum", "integer", "decimal"}
)


def _search(entity: Entity, fields: Sequence[Field]) -> tuple[str, ...]:
    known = {field.key: field for field in fields}
    wanted = tuple(key for key in entity.search if key in known)
    if wanted:
        return wanted
    return tuple(field.key for field in fields if field.type in ("text", "longtext", "markdown"))


def _sort(entity: Entity, keys: Sequence[str]) -> str:
    return (
        entity.default_sort
        if entity.default_sort.lstrip("-") in {*keys, *BUILT_IN}
        else "-created_at"
    )
