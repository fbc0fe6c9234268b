"""What a model means for an app: tables, references, owners, order. Pure.

Everything that the renderers need is decided here once. What the generator does not build is
a *note*: a sentence for the report and the README, so that nothing is missing silently.

Errors:
    ModelError   the model contradicts itself; names the part
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from agents.build.order import in_order
from agents.build.render.literals import short_name
from contracts.model import Access, AppModel, Entity, Field, ModelError, Relation, Role

ACTIONS = ("list", "read", "create", "update", "delete")
BUILT_IN = frozenset({"created_at", "updated_at"})
"""Fields that every record has anyway."""

_RESERVED_KEYS = frozenset({"id", "owner_id", "deleted_at", "constructor"})
_RESERVED_TABLES = frozenset(
    {"app_users", "app_sessions", "app_login_attempts", "app_claims", "app_migrations"}
)
_RESERVED_PATHS = frozenset({"auth", "health"})
_RULE = re.compile(
    r"\s*([a-z][a-z0-9_]*)\s*(<=|>=|<>|!=|<|>|=)\s*([a-z][a-z0-9_]*|-?\d+(?:\.\d+)?)\s*"
)
BUILT_FEATURES = frozenset(
    {"auth", "search", "filters", "roles", "admin", "sort", "paging", "crud"}
)


class Reference(Struct, frozen=True, kw_only=True):
    """A field that points to records of `target`; `join` is the pairs' table of many."""

    key: str
    title: str
    target: str
    required: bool
    on_delete: str
    unique: bool = False
    join: str = ""
    relation: str = ""


class Comparison(Struct, frozen=True, kw_only=True):
    """`left operator right`: a field, and another field or a number."""

    left: str
    operator: str
    right: str | float


class Constraint(Struct, frozen=True, kw_only=True):
    """A rule in the database, either unique `columns` or a `check`; told at `field`."""

    name: str
    field: str
    message: str
    columns: tuple[str, ...] = ()
    check: Comparison | None = None


class Table(Struct, frozen=True, kw_only=True):
    """An entity as a table, an API and pages."""

    entity: Entity
    access: Access
    path: str
    fields: tuple[Field, ...]
    references: tuple[Reference, ...]
    label: str
    search: tuple[str, ...]
    sort: str
    parent: Reference | None
    constraints: tuple[Constraint, ...]

    @property
    def key(self) -> str:
        return self.entity.key

    @property
    def name(self) -> str:
        return self.entity.plural

    @property
    def owned(self) -> bool:
        """Whether a row names the account that made it."""
        return self.entity.ownership != "system"

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that a form fills."""
        single = [reference.key for reference in self.references if not reference.join]
        return (*(field.key for field in self.fields), *single)


class Design(Struct, frozen=True, kw_only=True):
    """A whole app, decided. `tables` is the model's order, `order` that of creation."""

    model: AppModel
    roles: tuple[Role, ...]
    default_role: str
    tables: tuple[Table, ...]
    order: tuple[str, ...]
    notes: tuple[str, ...]

    def table(self, key: str) -> Table:
        return next(table for table in self.tables if table.key == key)


def design(model: AppModel) -> Design:
    """Decide everything. Raises ModelError."""
    roles = _roles(model)
    notes: list[str] = []
    _check_names(model)
    entities = {entity.key: entity for entity in model.entities}
    tables = tuple(_table(entity, model, entities, roles, notes) for entity in model.entities)
    order = in_order({table.key: _needs(table) for table in tables})
    _note_features(model, notes)
    default = next(
        (role.key for role in roles if role.is_default and role.key != "admin"), "member"
    )
    return Design(
        model=model, roles=roles, default_role=default, tables=tables, order=order,
        notes=tuple(dict.fromkeys(notes)),
    )  # fmt: skip


def _roles(model: AppModel) -> tuple[Role, ...]:
    known = {role.key: role for role in model.roles}
    for key, title in (("admin", "Administrator"), ("member", "Member")):
        known.setdefault(key, Role(key=key, title=title))
    for key in ("guest", "owner", "system"):
        if key in known:
            raise ModelError(f"role {key}: this word has a meaning of its own; choose another key")
    return tuple(known.values())


def _check_names(model: AppModel) -> None:
    for what, values in (
        ("key", [entity.key for entity in model.entities]),
        ("plural", [entity.plural for entity in model.entities]),
    ):
        twice = _first_twice(values)
        if twice:
            raise ModelError(f"two entities have the {what} {twice}")
    for entity in model.entities:
        if entity.plural in _RESERVED_TABLES:
            raise ModelError(f"entity {entity.key}: the plural {entity.plural} is reserved")
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
) -> Table:
    references = tuple(
        _reference(relation, entities)
        for relation in model.relations
        if relation.source == entity.key
    )
    taken = {reference.key for reference in references}
    fields = tuple(
        _field(field, entity, notes)
        for field in entity.fields
        if field.key not in BUILT_IN and field.key not in taken
    )
    keys = [field.key for field in fields] + [reference.key for reference in references]
    twice = _first_twice(keys)
    if twice:
        raise ModelError(f"entity {entity.key}: two fields are called {twice}")
    fields = _with_workflow(entity, fields)
    parent = _parent(entity, references, entities)
    if entity.ownership == "parent" and parent is None:
        raise ModelError(
            f"entity {entity.key}: its records belong to a parent, but no relation leads to one"
        )
    _note_parts(entity, notes)
    return Table(
        entity=entity,
        access=_access(entity, roles),
        path=entity.plural.replace("_", "-")
        + ("-records" if entity.plural in _RESERVED_PATHS else ""),
        fields=fields,
        references=references,
        label=_label(entity, fields, references),
        search=_search(entity, fields),
        sort=_sort(entity, keys),
        parent=parent,
        constraints=_constraints(entity, fields, references, parent, notes),
    )


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


def _field(field: Field, entity: Entity, notes: list[str]) -> Field:
    place = f"entity {entity.key}, field {field.key}"
    if field.key in _RESERVED_KEYS:
        raise ModelError(f"{place}: this key is reserved; choose another")
    if field.type == "enum" and not field.options:
        raise ModelError(f"{place}: an enum needs options")
    if field.pattern is not None:
        field = _with_pattern(field, place)
    if field.computed:
        notes.append(f"{entity.title}: “{field.title}” is filled in by people, not computed")
    if field.type in ("image", "file"):
        notes.append(f"{entity.title}: “{field.title}” holds a web address; files are not uploaded")
    if field.required and field.default is None and (field.read_roles or field.write_roles):
        notes.append(
            f"{entity.title}: “{field.title}” is open to everyone who may write, as it is required"
        )
        changes: dict[str, Any] = {"read_roles": (), "write_roles": ()}
        return _replace(field, changes)
    return field


def _with_workflow(entity: Entity, fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields, with the one of the workflow starting in its first state."""
    flow = entity.workflow
    if flow is None:
        return fields
    field = next((field for field in fields if field.key == flow.field), None)
    if field is None or field.type != "enum":
        raise ModelError(f"entity {entity.key}: its workflow needs {flow.field} as an enum field")
    states = {
        flow.initial,
        *(state for step in flow.transitions for state in (*step.sources, step.target)),
    }
    unknown = states - set(field.options)
    if unknown:
        raise ModelError(
            f"entity {entity.key}: the workflow knows {sorted(unknown)}, {flow.field} does not"
        )
    started = _replace(field, {"default": flow.initial})
    return tuple(started if each is field else each for each in fields)


def _replace(field: Field, changes: dict[str, Any]) -> Field:
    return Field(**{name: getattr(field, name) for name in field.__struct_fields__} | changes)


_SAMPLES = (
    "Example", "example", "EXAMPLE", "ABC-123", "ABC123", "AB12", "A1", "ABC", "abc", "123", "1234",
    "12345", "123456", "1234567890", "12", "1", "12:30", "2026-01-31", "#2563eb",
    "https://example.com", "someone@example.com", "+49 30 1234567", "978-3-16-148410-0",
    "9783161484100", "AB-1234", "AB 1234", "A-1", "12.50", "DE89370400440532013000",
)  # fmt: skip


def _with_pattern(field: Field, place: str) -> Field:
    pattern = field.pattern or ""
    try:
        whole = re.compile(pattern)
    except re.error as error:
        raise ModelError(f"{place}: the pattern is no regular expression: {error}") from None
    sample = next(
        (text for text in (field.example, *_SAMPLES) if text and whole.fullmatch(text)), None
    )
    if sample is None:
        raise ModelError(f"{place}: the pattern needs an example that matches it")
    return _replace(field, {"example": sample})


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


def _label(entity: Entity, fields: Sequence[Field], references: Sequence[Reference]) -> str:
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


def _constraints(
    entity: Entity,
    fields: Sequence[Field],
    references: Sequence[Reference],
    parent: Reference | None,
    notes: list[str],
) -> tuple[Constraint, ...]:
    titles = {field.key: field.title for field in fields}
    columns = {each.relation: each for each in references if not each.join}
    titles |= {each.key: each.title for each in columns.values()}
    found: list[Constraint] = []
    singles = [field.key for field in fields if field.unique]
    singles += [each.key for each in references if each.unique]
    scope = ("owner_id",) if entity.ownership == "user" else (parent.key,) if parent else ()
    for key in singles:
        within = () if (key,) == scope[-1:] else scope
        found.append(
            Constraint(
                name=short_name(entity.plural, key, "key"),
                field=key,
                message=f"{titles[key]} is already used",
                columns=(*within, key),
            )  # fmt: skip
        )
    for keys in entity.unique_together:
        together = tuple(columns[key].key if key in columns else key for key in keys)
        unknown = [key for key in together if key not in titles]
        if unknown or not together:
            raise ModelError(f"entity {entity.key}: unique_together names {unknown}, no field")
        words = " and ".join(titles[key] for key in together)
        within = scope if entity.ownership == "user" else ()
        found.append(
            Constraint(
                name=short_name(entity.plural, *together, "key"),
                field=together[-1],
                message=f"There is already one with this {words}",
                columns=(*within, *together),
            )  # fmt: skip
        )
    return (*found, *_rules(entity, titles, notes))


def _rules(entity: Entity, titles: dict[str, str], notes: list[str]) -> Iterable[Constraint]:
    for number, rule in enumerate(entity.rules, start=1):
        parts = _RULE.fullmatch(rule.expr) if rule.kind == "check" else None
        left, operator, right = parts.groups() if parts else ("", "", "")
        known = left in titles and (right in titles or not right[:1].isalpha())
        if not known:
            notes.append(f"{entity.title}: the rule “{rule.message or rule.expr}” is not enforced")
            continue
        other: str | float = right if right in titles else float(right)
        words = f"{titles[left]} must be {operator} {titles.get(right, right)}"
        yield Constraint(
            name=short_name(entity.plural, f"rule_{number}"), field=left,
            message=rule.message or words, check=Comparison(left=left, operator="!=" if operator == "<>" else operator, right=other),
        )  # fmt: skip


def _note_parts(entity: Entity, notes: list[str]) -> None:
    for transition in entity.workflow.transitions if entity.workflow else ():
        if transition.effects:
            notes.append(
                f"{entity.title}: “{transition.name}” has no effects besides the new state"
            )


def _note_features(model: AppModel, notes: list[str]) -> None:
    titles = {entity.key: entity.title for entity in model.entities}
    for feature in model.features:
        if feature.key in BUILT_FEATURES:
            continue
        where = ", ".join(titles.get(key, key) for key in feature.entities)
        suffix = f" ({where})" if where else ""
        notes.append(f"The feature “{feature.key}”{suffix} is not built; its records can be kept")
