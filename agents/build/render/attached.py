"""Tables of features whose rows belong to a record: comments, ratings, favourites. Pure.

Such a row is seen by whoever sees the record, is made by someone who sees it and in their own
name only, and goes with the record.
"""

from __future__ import annotations

from collections.abc import Sequence

from agents.build.render.literals import name, short_name
from agents.build.render.policies import ME
from agents.build.structure import Table


def attached_name(table: Table, suffix: str) -> str:
    """The table's name, such as `app_comments_recipes`."""
    return short_name("app", suffix, table.name)


def attached(
    table: Table,
    suffix: str,
    columns: Sequence[str],
    *,
    once: bool = False,
    private: bool = False,
    of_others: bool = False,
) -> tuple[str, str]:
    """The table's SQL, up and down.

    `columns` are lines of the CREATE TABLE. `once` permits one row for each record and person;
    `private` shows a row to its author alone; `of_others` refuses rows of the record's owner.
    """
    own = attached_name(table, suffix)
    quoted, target = name(own), name(table.name)
    lines = [
        "id uuid primary key default app_uuid()",
        f"record_id uuid not null references {target} (id) on delete cascade",
        "owner_id uuid not null default app_user_id() references app_users (id) on delete cascade",
        *columns,
        "created_at timestamptz not null default now()",
        *(["unique (record_id, owner_id)"] if once else []),
    ]
    body = ",\n".join(f"  {line}" for line in lines)
    alive = " and t.deleted_at is null" if table.entity.soft_delete else ""
    record = f"select 1 from {target} t where t.id = {quoted}.record_id{alive}"  # noqa: S608  quoted names alone
    strangers = f" and t.owner_id is distinct from {ME}" if of_others else ""
    visible, mine = f"exists ({record})", f"owner_id = {ME}"
    writing = f"{mine} and exists ({record}{strangers})"
    rules = (
        ("select", f"using ({mine if private else visible})"),
        ("insert", f"with check ({writing})"),
        ("update", f"using ({mine}) with check ({writing})"),
        ("delete", f"using ({mine} or (select app_role()) = 'admin')"),
    )
    statements = [
        f"create table {quoted} (\n{body}\n);",
        f"create index {name(short_name(own, 'record'))} on {quoted} (record_id, created_at);",
        f"create index {name(short_name(own, 'owner'))} on {quoted} (owner_id);",
        f"alter table {quoted} enable row level security;",
        f"alter table {quoted} force row level security;",
        *(
            f"create policy {name(short_name(own, action))} on {quoted} for {action}\n  {rule};"
            for action, rule in rules
        ),
    ]
    return "\n".join(statements) + "\n", f"drop table {quoted};\n"
