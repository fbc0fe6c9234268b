"""The SQL migrations of a generated app: accounts first, then a file for each table. Pure.

A file holds `-- migrate:up` and `-- migrate:down`. It names no login role and grants nothing:
whoever applies it has set default privileges for the role that the app runs as.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agents.build.render.accounts import accounts
from agents.build.render.columns import TEXTS, bounds, column, number
from agents.build.render.expressions import applies
from agents.build.render.literals import name, short_name
from agents.build.render.policies import link_policies, policies
from agents.build.structure import Comparison, Design, Reference, Table


def migrations(design: Design, added: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """File texts by name, in the order in which they are applied; `added` are the features'."""
    parts = [("accounts", *accounts(design))]
    made: set[str] = set()
    late: list[tuple[Table, Reference]] = []
    for key in design.order:
        table = design.table(key)
        made.add(key)
        parts.append((table.name, _table(design, table, made), _drop(table)))
        late += [(table, each) for each in table.references if each.target not in made]
    if late:
        parts.append(("references", _references(design, late), _drop_references(late)))
    parts += [(title, up, down) for title, (up, down) in added.items()]
    return {
        f"{number:03}_{title}.sql": f"-- migrate:up\n{up}\n-- migrate:down\n{down}"
        for number, (title, up, down) in enumerate(parts, start=1)
    }


def _table(design: Design, table: Table, made: set[str]) -> str:
    single = [each for each in table.references if not each.join]
    lines = ["id uuid primary key default app_uuid()"]
    if table.owned:
        needed = "" if "guest" in table.access.create else " not null"
        lines.append(
            f"owner_id uuid{needed} default app_user_id()"
            " references app_users (id) on delete cascade"
        )
    if table.org:
        lines.append(
            "org_id uuid not null default app_org_id()"
            " references app_organisations (id) on delete cascade"
        )
    lines += [column(field, table.formulas.get(field.key)) for field in table.fields]
    for each in single:
        known = each.target in made and not _both_inside(design, table, each)
        target = f" {_target(design, each)}" if known else ""
        lines.append(f"{name(each.key)} uuid{' not null' if each.required else ''}{target}")
    lines += [
        "created_at timestamptz not null default now()",
        "updated_at timestamptz not null default now()",
    ]
    if table.entity.soft_delete:
        lines.append("deleted_at timestamptz")
    if table.org:
        lines.append("unique (id, org_id)")
    lines += [
        _foreign_key(design, table, each)
        for each in single
        if each.target in made and _both_inside(design, table, each)
    ]
    lines += [
        f"constraint {name(each.name)} check ({_comparison(each.check)})"
        for each in table.constraints
        if each.check
    ]
    body = ",\n".join(f"  {line}" for line in lines)
    statements = [f"create table {name(table.name)} (\n{body}\n);", *_indexes(table), ""]
    statements.append(policies(design, table))
    for each in table.references:
        if each.join and each.target in made:
            statements += ["", _links(design, table, each)]
    return "\n".join(statements) + "\n"


def _comparison(rule: Comparison) -> str:
    left = name(rule.left)
    unless = f" or ({applies(rule.when)}) is not true" if rule.when else ""
    if rule.right is None:
        return f"{left} is {'not ' if rule.operator == 'filled' else ''}null{unless}"
    right = name(rule.right) if isinstance(rule.right, str) else number(rule.right)
    return f"{left} {rule.operator} {right}{unless}"


def _target(design: Design, reference: Reference) -> str:
    target = design.table(reference.target)
    return f"references {name(target.name)} (id) on delete {reference.on_delete.replace('_', ' ')}"


_BYTES_OF_INDEX = 2_600
"""About what fits into an entry of a B-tree; a character takes up to 4 of them."""


def _orders(table: Table) -> Iterable[tuple[str, str]]:
    """What records are often asked for in order of: a name for it, and the columns."""
    yield "newest", "created_at desc nulls last, id"
    key = table.sort.removeprefix("-")
    fields = {field.key: field for field in table.fields}
    label = fields.get(table.label)
    short = label and label.type in (*TEXTS, "enum")
    short = short and 4 * (bounds(label)[1] or 0) <= _BYTES_OF_INDEX if label else False
    if short:
        yield "label", f"{name(table.label)}, id"
    if key in fields and fields[key].type not in (*TEXTS, "tags", "json"):
        direction = "desc" if table.sort.startswith("-") else "asc"
        yield "order", f"{name(key)} {direction} nulls last, id"


def _both_inside(design: Design, table: Table, reference: Reference) -> bool:
    """Whether the key must hold that both records are of one organisation."""
    return table.org and design.table(reference.target).org


def _foreign_key(design: Design, table: Table, reference: Reference) -> str:
    constraint = name(short_name(table.name, reference.key, "fkey"))
    column = name(reference.key)
    if not _both_inside(design, table, reference):
        return f"constraint {constraint} foreign key ({column}) {_target(design, reference)}"
    target, action = name(design.table(reference.target).name), reference.on_delete
    # The organisation stays when the record referred to goes.
    ending = f"set null ({column})" if action == "set_null" else action
    return (
        f"constraint {constraint} foreign key ({column}, org_id)"
        f" references {target} (id, org_id) on delete {ending}"
    )


def _indexes(table: Table) -> list[str]:
    quoted = name(table.name)
    # Of records that each sees their own of, only those are in order.
    alone = table.entity.ownership == "user" and not {"guest", "member"} & set(table.access.list)
    first = "org_id, " if table.org else "owner_id, " if alone else ""
    lines = [
        f"create index {name(short_name(table.name, title))} on {quoted} ({first}{columns});"
        for title, columns in _orders(table)
    ]
    if table.owned and not alone:
        lines.append(
            f"create index {name(short_name(table.name, 'owner'))} on {quoted} (owner_id);"
        )
    lines += [
        f"create index {name(short_name(table.name, each.key, 'idx'))}"
        f" on {quoted} ({name(each.key)});"
        for each in table.references
        if not each.join
    ]
    alive = " where deleted_at is null" if table.entity.soft_delete else ""
    lines += [
        f"create unique index {name(each.name)} on {quoted}"
        f" ({', '.join(name(key) for key in each.columns)}){alive};"
        for each in table.constraints
        if each.columns
    ]
    return lines


def link_columns(table: Table, reference: Reference) -> tuple[str, str]:
    """The two columns of a pair: where it comes from and where it leads."""
    return f"{table.key}_id", f"{reference.relation}_{reference.target}_id"


def _links(design: Design, table: Table, reference: Reference) -> str:
    source, target = link_columns(table, reference)
    join = reference.join
    owner, other = name(table.name), name(design.table(reference.target).name)
    first, second = (f"references {each} (id) on delete cascade" for each in (owner, other))
    inside: tuple[str, ...] = ()
    if _both_inside(design, table, reference):
        first = second = ""
        inside = (
            "  org_id uuid not null default app_org_id(),",
            *(
                f"  foreign key ({name(key)}, org_id) references {each} (id, org_id)"
                " on delete cascade,"
                for key, each in ((source, owner), (target, other))
            ),
        )
    return "\n".join(
        (
            f"create table {name(join)} (",
            f"  {name(source)} uuid not null {first}".rstrip() + ",",
            f"  {name(target)} uuid not null {second}".rstrip() + ",",
            *inside,
            f"  primary key ({name(source)}, {name(target)})",
            ");",
            f"create index {name(short_name(join, 'idx'))} on {name(join)} ({name(target)});",
            link_policies(design, table, join, source),
        )
    )


def _references(design: Design, late: list[tuple[Table, Reference]]) -> str:
    statements = []
    for table, each in late:
        if each.join:
            statements.append(_links(design, table, each))
            continue
        statements.append(
            f"alter table {name(table.name)}\n  add {_foreign_key(design, table, each)};"
        )
    return "\n".join(statements) + "\n"


def _drop_references(late: list[tuple[Table, Reference]]) -> str:
    return "".join(
        f"drop table {name(each.join)};\n"
        if each.join
        else f"alter table {name(table.name)}"
        f" drop constraint {name(short_name(table.name, each.key, 'fkey'))};\n"
        for table, each in reversed(late)
    )


def _drop(table: Table) -> str:
    """Join tables made in the last file are gone when this runs, hence `if exists`."""
    joins = [each.join for each in table.references if each.join]
    dropped = "".join(f"drop table if exists {name(join)};\n" for join in joins)
    return f"{dropped}drop table {name(table.name)};\n"
