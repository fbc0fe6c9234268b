"""Row-level security of the generated tables, from access and ownership. Pure.

Every table has it enabled and forced, so that even the tables' owner is bound; what no policy
allows is refused. Policies of a child look at its parent and never the other way round, so
they cannot recurse.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agents.build.render.literals import name, short_name, sql
from agents.build.structure import Design, Table

ME = "(select app_user_id())"
_ORG = "org_id = (select app_org_id())"
_SYSTEM = "(select app_role()) = 'system'"


def policies(design: Design, table: Table) -> str:
    """The statements that close a table and open it to those whom the model names."""
    quoted = name(table.name)
    access = table.access
    reading = _anyone(design, table, (*access.list, *access.read))
    creating = _anyone(design, table, access.create)
    changing = access.update
    if table.entity.soft_delete:
        # To delete softly is to change a column.
        changing = (*changing, *access.delete)
    updating = _anyone(design, table, changing)
    deleting = _anyone(design, table, access.delete)
    if creating and table.owned:
        creating = f"owner_id is not distinct from {ME}" + (
            "" if creating == "true" else f" and ({creating})"
        )
    if not table.owned or not access.create:
        # Records that no person makes are made by the app itself.
        reading, creating = _also(reading), _also(creating)
    if table.org:
        reading, creating, updating, deleting = map(
            _inside, (reading, creating, updating, deleting)
        )
    lines = [
        f"alter table {quoted} enable row level security;",
        f"alter table {quoted} force row level security;",
        *_policy(table, "select", f"using ({reading})" if reading else ""),
        *_policy(table, "insert", f"with check ({creating})" if creating else ""),
        *_policy(table, "update", f"using ({updating})" if updating else ""),
        *_policy(table, "delete", f"using ({deleting})" if deleting else ""),
    ]
    return "\n".join(lines)


def holds(design: Design, table: Table, words: Sequence[str], row: str) -> str:
    """The condition under which one of the words holds for the row called `row`."""
    return _anyone(design, table, words, row) or "false"


def link_policies(design: Design, table: Table, join: str, column: str) -> str:
    """A pair is seen with the record it belongs to; its author and who may change that write it."""
    quoted, source = name(join), name(table.name)
    owner = f"from {source} t where t.id = {quoted}.{name(column)}"
    changing = _anyone(design, table, table.access.update, alias="t")
    creating = f"t.owner_id = {ME}" if table.owned else _anyone(design, table, table.access.create)
    may = " or ".join(filter(None, (changing, creating if table.access.create else "")))
    if not table.owned or not table.access.create:
        may = _also(may)
    seen, writing = f"exists (select 1 {owner})", f"exists (select 1 {owner} and ({may}))"
    statements = [
        f"alter table {quoted} enable row level security;",
        f"alter table {quoted} force row level security;",
    ]
    for action, rule in (
        ("select", f"using ({seen})"),
        ("insert", f"with check ({writing})"),
        ("delete", f"using ({writing})"),
    ):
        label = name(short_name(join, action))
        statements.append(f"create policy {label} on {quoted} for {action}\n  {rule};")
    return "\n".join(statements)


def _policy(table: Table, action: str, body: str) -> Iterable[str]:
    if body:
        label = name(short_name(table.name, action))
        yield f"create policy {label} on {name(table.name)} for {action}\n  {body};"


def _inside(condition: str) -> str:
    """Whatever else holds: of another organisation nothing is seen or touched, by no role."""
    return condition and (_ORG if condition == "true" else f"{_ORG} and ({condition})")


def _also(condition: str) -> str:
    return (
        f"{condition} or {_SYSTEM}" if condition and condition != "true" else condition or _SYSTEM
    )


def _anyone(design: Design, table: Table, words: Sequence[str], alias: str | None = None) -> str:
    """The condition under which one of the words holds; "" for nobody."""
    if "guest" in words:
        return "true"
    conditions: list[str] = []
    roles = [word for word in dict.fromkeys(words) if word not in ("member", "owner")]
    if "member" in words:
        # Whoever has a role is a member.
        return f"{ME} is not null"
    if "owner" in words:
        owner = _owner(design, table, alias or table.name)
        conditions += [owner] if owner else []
    if roles:
        conditions.append(f"(select app_role()) in ({', '.join(sql(role) for role in roles)})")
    return " or ".join(conditions)


def _owner(design: Design, table: Table, alias: str, depth: int = 1) -> str:
    if table.org:
        # All of an organisation own its rows; the policy asks for the organisation anyway.
        return f"{ME} is not null"
    match table.entity.ownership:
        case "system":
            return ""
        case "parent" if table.parent:
            parent = design.table(table.parent.target)
            above = _owner(design, parent, f"above{depth}", depth + 1) or "false"
            child, up = f"{name(alias)}.{name(table.parent.key)}", f"above{depth}"
            rows = f"{name(parent.name)} {up} where {up}.id = {child} and {above}"
            return f"exists (select 1 from {rows})"  # noqa: S608  quoted names alone
        case _:
            return f"{name(alias)}.owner_id = {ME}"
