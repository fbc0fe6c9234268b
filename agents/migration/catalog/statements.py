"""SQL that makes, changes and removes one item of a schema. Pure.

`create` and `drop` give statements; `alter` gives those that turn one version of an item into
the other, dropping and making it again where PostgreSQL has no other way. None of them ends
with a semicolon.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agents.migration.catalog.schema import Item, Schema
from agents.migration.identifiers import literal

_REPLACED = ("row security", "comment", "owner", "column order", "sequence owner")
"""Kinds that are changed by saying them again."""
_TYPES = {
    "enum": "create type {name} as enum ({definition})",
    "composite": "create type {name} as ({definition})",
    "range": "create type {name} as range ({definition})",
    "domain": "create domain {name} as {definition}",
}
_COMMENTED = {
    "table column": "column", "table constraint": "constraint", "domain constraint": "constraint",
    "view column": "column", "composite type": "type", "materialized view column": "column",
}  # fmt: skip


def create(item: Item, schema: Schema) -> list[str]:
    """What makes an item of `schema`."""
    make = _CREATE.get(item.kind)
    if make is not None:
        return make(item, schema)
    if item.kind in _TYPES:
        return [_TYPES[item.kind].format(name=item.name, definition=item.definition)]
    return [item.definition]


def drop(item: Item) -> list[str]:
    """What removes an item."""
    remove = _DROP.get(item.kind)
    return remove(item) if remove else [f"drop {item.kind} {item.name}"]


def alter(before: Item, after: Item, schema: Schema) -> list[str] | None:
    """What turns `before` into `after`, an item of `schema`; None when it must be made anew."""
    change = _ALTER.get(after.kind)
    if change is not None:
        return change(before, after)
    if after.kind in _REPLACED:
        return create(after, schema)
    return None


def column_definition(item: Item, *, deferred: bool = False) -> str:
    """A column as `create table` and `add column` write it; `deferred` leaves its default out."""
    d = item.detail
    parts = [item.name, d["type"]]
    if d.get("collation"):
        parts.append(f"collate {d['collation']}")
    if d.get("generated"):
        kind = "stored" if d["generated"] == "s" else "virtual"
        parts.append(f"generated always as ({d['default']}) {kind}")
    elif d.get("default") is not None and not deferred:
        parts.append(f"default {d['default']}")
    if d.get("identity"):
        parts.append(_identity(d))
    if d.get("not_null"):
        parts.append("not null")
    return " ".join(parts)


def _identity(detail: dict[str, Any]) -> str:
    how = "always" if detail["identity"] == "a" else "by default"
    # The type of the sequence is that of the column.
    options = str(detail.get("identity_options") or "").partition(" increment ")[2]
    return f"generated {how} as identity" + (f" (increment {options})" if options else "")


def is_deferred(item: Item) -> bool:
    """Whether a column's default calls a function of the schema, which is made later."""
    default = item.detail.get("default") or ""
    return not item.detail.get("generated") and "." in default.partition("(")[0]


def _column_extras(item: Item) -> list[str]:
    d, at = item.detail, f"alter table {item.parent} alter column {item.name}"
    made = []
    if d.get("storage"):
        made.append(f"{at} set storage {d['storage']}")
    if d.get("compression"):
        made.append(f"{at} set compression {d['compression']}")
    if d.get("statistics") is not None:
        made.append(f"{at} set statistics {d['statistics']}")
    return made


def _create_table(item: Item, schema: Schema) -> list[str]:
    d = item.detail
    columns = schema.of("column", item.name)
    own = [column for column in columns if column.detail.get("local", True)]
    unlogged = "unlogged " if d.get("unlogged") else ""
    head = f"create {unlogged}table {item.name}"
    if d.get("bound"):
        text = f"{head} partition of {d['parents'][0]} {d['bound']}"
    else:
        lines = ",\n  ".join(column_definition(c, deferred=is_deferred(c)) for c in own)
        text = f"{head} (\n  {lines}\n)" if own else f"{head} ()"
        if d.get("parents"):
            text += f" inherits ({', '.join(d['parents'])})"
    if d.get("partition_by"):
        text += f" partition by {d['partition_by']}"
    if d.get("options"):
        text += f" with ({d['options']})"
    return [text, *(each for column in own for each in _column_extras(column))]


def _create_column(item: Item, _: Schema) -> list[str]:
    text = column_definition(item)
    return [f"alter table {item.parent} add column {text}", *_column_extras(item)]


def _alter_column(before: Item, after: Item) -> list[str] | None:
    old, new = before.detail, after.detail
    if old.get("generated") != new.get("generated") or (
        new.get("generated") and old.get("default") != new.get("default")
    ):
        return None
    at = f"alter table {after.parent} alter column {after.name}"
    made: list[str] = []
    retyped = (old["type"], old.get("collation")) != (new["type"], new.get("collation"))
    if retyped and old.get("default") is not None:
        made.append(f"{at} drop default")
    if old.get("identity") and not new.get("identity"):
        made.append(f"{at} drop identity")
    if retyped:
        collation = f" collate {new['collation']}" if new.get("collation") else ""
        using = f" using {after.name}::{new['type']}"
        made.append(f"{at} type {new['type']}{collation}{using}")
    if old.get("default") != new.get("default") or retyped:
        default = new.get("default")
        if default is not None:
            made.append(f"{at} set default {default}")
        elif not retyped:
            made.append(f"{at} drop default")
    if bool(old.get("not_null")) != bool(new.get("not_null")):
        made.append(f"{at} {'set' if new.get('not_null') else 'drop'} not null")
    made += _alter_identity(at, old, new)
    return made + _alter_extras(at, old, new)


def _alter_identity(at: str, old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    if not new.get("identity"):
        return []
    if not old.get("identity"):
        return [f"{at} add {_identity(new)}"]
    if old["identity"] != new["identity"]:
        return [f"{at} set generated {'always' if new['identity'] == 'a' else 'by default'}"]
    return []


def _alter_extras(at: str, old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    made = []
    for name, otherwise in (("storage", "default"), ("compression", "default"), ("statistics", -1)):
        if old.get(name) != new.get(name):
            value = otherwise if new.get(name) is None else new[name]
            made.append(f"{at} set {name} {value}")
    return made


def _alter_enum(before: Item, after: Item) -> list[str] | None:
    old, new = before.detail["labels"], after.detail["labels"]
    if [label for label in new if label in old] != old:
        return None
    made, last = [], ""
    for label in new:
        if label not in old:
            where = f" after {literal(last)}" if last else f" before {literal(new[1])}"
            made.append(f"alter type {after.name} add value {literal(label)}{where}")
        last = label
    return made


def _alter_table(before: Item, after: Item) -> list[str] | None:
    made = []
    if before.detail.get("unlogged") != after.detail.get("unlogged"):
        how = "unlogged" if after.detail.get("unlogged") else "logged"
        made.append(f"alter table {after.name} set {how}")
    old, new = before.detail.get("options") or "", after.detail.get("options") or ""
    if old != new:
        gone = [each.partition("=")[0] for each in old.split(", ") if each]
        if gone:
            made.append(f"alter table {after.name} reset ({', '.join(gone)})")
        if new:
            made.append(f"alter table {after.name} set ({new})")
    rest = ("partition_by", "parents", "bound", "foreign")
    return made if all(before.detail.get(k) == after.detail.get(k) for k in rest) else None


def _alter_sequence(_: Item, after: Item) -> list[str]:
    return [f"alter sequence {after.name} {after.definition}"]


def _alter_function(before: Item, after: Item) -> list[str] | None:
    return [after.definition] if before.detail == after.detail else None


def _create_trigger(item: Item, _: Schema) -> list[str]:
    how = {"D": "disable", "R": "enable replica", "A": "enable always"}.get(item.detail["enabled"])
    more = [f"alter table {item.parent} {how} trigger {item.name}"] if how else []
    return [item.definition, *more]


def _alter_trigger(before: Item, after: Item) -> list[str] | None:
    if before.definition != after.definition:
        return None
    how = {"D": "disable", "R": "enable replica", "A": "enable always", "O": "enable"}
    return [f"alter table {after.parent} {how[after.detail['enabled']]} trigger {after.name}"]


def _create_index(item: Item, _: Schema) -> list[str]:
    made = [item.definition]
    bare = item.name.rpartition(".")[2]
    if item.detail.get("clustered"):
        made.append(f"alter table {item.parent} cluster on {bare}")
    if item.detail.get("replica"):
        made.append(f"alter table {item.parent} replica identity using index {bare}")
    return made


def _create_view(item: Item, _: Schema) -> list[str]:
    options = f" with ({item.detail['options']})" if item.detail.get("options") else ""
    return [f"create {item.kind} {item.name}{options} as\n{item.definition.strip().rstrip(';')}"]


def _row_security(table: str, wanted: dict[str, Any]) -> list[str]:
    return [
        f"alter table {table} {'enable' if wanted['enabled'] else 'disable'} row level security",
        f"alter table {table} {'force' if wanted['forced'] else 'no force'} row level security",
    ]


def _on(item: Item) -> str:
    kind, name = item.detail["kind"], item.detail["object"]
    return f"table {name}" if kind == "column" else f"{kind} {name}"


def _split(privileges: str) -> list[tuple[str, bool]]:
    found = []
    for each in privileges.split(", "):
        name = each.removesuffix(" with grant option")
        found.append((name, name != each))
    return found


def _alter_grant(before: Item, after: Item) -> list[str]:
    kept = set(_split(after.definition))
    lost = [name for name, option in _split(before.definition) if (name, option) not in kept]
    column = after.detail.get("column")
    listed = ", ".join(f"{name} ({column})" if column else name for name in lost)
    revoke = [f"revoke {listed} on {_on(after)} from {after.name}"] if lost else []
    return [*revoke, *_create_grant(after, Schema({}))]


def _alter_domain(before: Item, after: Item) -> list[str] | None:
    old, new = before.detail, after.detail
    if old["base"] != new["base"]:
        return None
    at, made = f"alter domain {after.name}", []
    if old["default"] != new["default"]:
        default = new["default"]
        made.append(f"{at} drop default" if default is None else f"{at} set default {default}")
    if old["not_null"] != new["not_null"]:
        made.append(f"{at} {'set' if new['not_null'] else 'drop'} not null")
    first, second = old["constraints"] or {}, new["constraints"] or {}
    made += [f"{at} drop constraint {k}" for k, v in first.items() if second.get(k) != v]
    made += [f"{at} add constraint {k} {v}" for k, v in second.items() if first.get(k) != v]
    return made


def _create_grant(item: Item, _: Schema) -> list[str]:
    made = []
    for option in (False, True):
        names = [name for name, grantable in _split(item.definition) if grantable is option]
        if names:
            column = item.detail.get("column")
            listed = ", ".join(f"{name} ({column})" if column else name for name in names)
            tail = " with grant option" if option else ""
            made.append(f"grant {listed} on {_on(item)} to {item.name}{tail}")
    return made


def _revoke(item: Item) -> str:
    column = item.detail.get("column")
    what = f"all ({column})" if column else "all"
    return f"revoke {what} on {_on(item)} from {item.name}"


def _default_privileges(item: Item, action: str) -> str:
    d = item.detail
    where = f" in schema {d['schema']}" if d.get("schema") else ""
    body = action.format(objects=d["objects"], who=item.name)
    return f"alter default privileges for role {d['role']}{where} {body}"


def _create_default_privileges(item: Item, _: Schema) -> list[str]:
    made = []
    for option in (False, True):
        names = [name for name, grantable in _split(item.definition) if grantable is option]
        if names:
            tail = " with grant option" if option else ""
            action = f"grant {', '.join(names)} on {{objects}} to {{who}}{tail}"
            made.append(_default_privileges(item, action))
    return made


def _commented(item: Item) -> str:
    return f"{_COMMENTED.get(item.parent, item.parent)} {item.name}"


_CREATE: dict[str, Callable[[Item, Schema], list[str]]] = {
    "schema": lambda item, _: [f"create schema {item.name}"],
    "extension": lambda item, _: [f"create extension {item.name} with schema {item.definition}"],
    "sequence": lambda item, _: [f"create sequence {item.name} {item.definition}"],
    "sequence owner": lambda item, _: [f"alter sequence {item.parent} owned by {item.definition}"],
    "table": _create_table,
    "column": _create_column,
    "column order": lambda *_: [],
    "constraint": lambda item, _: [
        f"alter table {item.parent} add constraint {item.name} {item.definition}"
    ],
    "foreign key": lambda item, _: [
        f"alter table {item.parent} add constraint {item.name} {item.definition}"
    ],
    "index": _create_index,
    "view": _create_view,
    "materialized view": _create_view,
    "aggregate": lambda item, _: [f"create aggregate {item.name} ({item.definition})"],
    "trigger": _create_trigger,
    "row security": lambda item, _: _row_security(item.name, item.detail),
    "policy": lambda item, _: [f"create policy {item.name} on {item.parent} {item.definition}"],
    "grant": _create_grant,
    "default privileges": _create_default_privileges,
    "comment": lambda item, _: [f"comment on {_commented(item)} is {literal(item.definition)}"],
    "owner": lambda item, _: [
        f"alter {item.detail['kind']} {item.name} owner to {item.definition}"
    ],
}
_DROP: dict[str, Callable[[Item], list[str]]] = {
    "table": lambda item: [
        f"drop {'foreign ' if item.detail.get('foreign') else ''}table {item.name}"
    ],
    "column": lambda item: [f"alter table {item.parent} drop column {item.name}"],
    **dict.fromkeys(
        ("constraint", "foreign key"),
        lambda item: [f"alter table {item.parent} drop constraint {item.name}"],
    ),
    **dict.fromkeys(
        ("trigger", "policy", "rule"),
        lambda item: [f"drop {item.kind} {item.name} on {item.parent}"],
    ),
    **dict.fromkeys(("enum", "composite", "range"), lambda item: [f"drop type {item.name}"]),
    **dict.fromkeys(("owner", "column order"), lambda _: []),
    "row security": lambda item: _row_security(item.name, {"enabled": False, "forced": False}),
    "grant": lambda item: [_revoke(item)],
    "default privileges": lambda item: [
        _default_privileges(item, "revoke all on {objects} from {who}")
    ],
    "comment": lambda item: [f"comment on {_commented(item)} is null"],
    "sequence owner": lambda item: [f"alter sequence {item.parent} owned by none"],
}
_ALTER: dict[str, Callable[[Item, Item], list[str] | None]] = {
    "column": _alter_column,
    "domain": _alter_domain,
    "grant": _alter_grant,
    "enum": _alter_enum,
    "table": _alter_table,
    "sequence": _alter_sequence,
    "function": _alter_function,
    "procedure": _alter_function,
    "trigger": _alter_trigger,
}
