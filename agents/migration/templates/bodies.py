"""The SQL of each template, up and down. Pure.

Errors:
    InvalidInput `no_table` `no_column` `bad_expression`
    Refused `policy_recursion`   a policy that reads its own table
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from agents.migration.errors import InvalidInput, Refused
from agents.migration.policies import reads
from agents.migration.templates import words
from agents.migration.templates.columns import Column, definition, expression

_IDENTITY = "id bigint generated always as identity primary key"
_STAMPS = ("created_at", "updated_at")
SETTING = "app.user_id"
"""The setting in which an app tells the database for whom it acts."""


class Subject(Struct, frozen=True, kw_only=True):
    """What a template is about; not every template uses everything."""

    table: str | None = None
    columns: tuple[Column, ...] = ()
    thing: str | None = None
    unique: bool = False
    where: str | None = None
    using: str | None = None
    returns: str | None = None


class Body(Struct, frozen=True, kw_only=True):
    """Both directions, each a text that ends in a newline."""

    up: str
    down: str
    transaction: bool = True


def create_table(subject: Subject) -> Body:
    """A table with a key, timestamps, and an index for each foreign key."""
    table = _table(subject)
    named = {column.name for column in subject.columns}
    lines = [definition(column, nullable=False) for column in subject.columns]
    if "id" not in named and not any(column.primary for column in subject.columns):
        lines.insert(0, _IDENTITY)
    lines += [f"{each} timestamptz not null default now()" for each in _STAMPS if each not in named]
    inside = ",\n  ".join(lines)
    up = f"create table {table} (\n  {inside}\n);\n{_indexes(subject)}"
    return Body(up=up, down=f"drop table {table};\n")


def add_column(subject: Subject) -> Body:
    """Columns to a table that may have rows."""
    table = _table(subject)
    for column in _columns(subject):
        if column.nullable is False and column.default is None:
            raise InvalidInput(
                "no_default",
                f"the column {column.name!r} is notnull and has no default, which fails on a table "
                "with rows; nothing was written",
                hint=f"write {column.name}:{column.type}:notnull:default=…, or leave notnull out",
            )
    added = ",\n".join(
        f"  add column {definition(each, nullable=True)}" for each in subject.columns
    )
    dropped = ",\n".join(
        f"  drop column {words.name(each.name)}" for each in reversed(subject.columns)
    )
    return Body(
        up=f"alter table {table}\n{added};\n" + _indexes(subject),
        down=f"alter table {table}\n{dropped};\n",
    )


def add_index(subject: Subject) -> Body:
    """An index, made and dropped while others read and write."""
    table = _table(subject)
    columns = _columns(subject)
    *schema, plain = words.table_parts(subject.table or "")
    name = words.derived(plain, *(column.name for column in columns), "idx")
    listed = ", ".join(words.name(column.name) for column in columns)
    unique = "unique " if subject.unique else ""
    where = f"\n  where {expression(subject.where)}" if subject.where else ""
    qualified = ".".join([*(words.name(each) for each in schema), name])
    return Body(
        up=f"create {unique}index concurrently {name}\n  on {table} ({listed}){where};\n",
        down=f"drop index concurrently {qualified};\n", transaction=False,
    )  # fmt: skip


def create_function(subject: Subject) -> Body:
    """A function in SQL, with a search path of its own."""
    name = words.table(subject.thing or subject.table or "example")
    arguments = ", ".join(f"{words.name(each.name)} {each.type}" for each in subject.columns)
    types = ", ".join(each.type for each in subject.columns)
    returns = subject.returns or "text"
    return Body(
        up=f"create function {name}({arguments}) returns {returns}\n"
        "  language sql stable\n  set search_path = pg_catalog, pg_temp\n"
        f"as $function$\n  select null::{returns};\n$function$;\n",
        down=f"drop function {name}({types});\n",
    )


def create_trigger(subject: Subject) -> Body:
    """A trigger that keeps `updated_at`, with its function."""
    table = _table(subject)
    *schema, plain = words.table_parts(subject.table or "")
    thing = subject.thing or "touch"
    trigger = words.derived(plain, thing)
    function = ".".join([*(words.name(each) for each in schema), words.derived(thing, plain)])
    return Body(
        up=f"create function {function}() returns trigger\n  language plpgsql\n"
        "  set search_path = pg_catalog, pg_temp\nas $function$\nbegin\n"
        "  new.updated_at := now();\n  return new;\nend\n$function$;\n"
        f"create trigger {trigger}\n  before update on {table}\n  for each row\n"
        f"  execute function {function}();\n",
        down=f"drop trigger {trigger} on {table};\ndrop function {function}();\n",
    )


def add_rls(subject: Subject) -> Body:
    """Row-level security that also binds the owner, with one policy."""
    table = _table(subject)
    plain = words.table_parts(subject.table or "")[-1]
    owner = subject.columns[0].name if subject.columns else "id"
    default = f"{words.name(owner)}::text = current_setting('{SETTING}', true)"
    using = expression(subject.using) if subject.using else default
    if reads(subject.table or "", using) is not None:
        raise Refused(
            "policy_recursion",
            f"the policy would read {plain} itself, which PostgreSQL answers with `infinite "
            "recursion detected in policy`; nothing was written",
            hint="ask another table, or a SECURITY DEFINER function with its own search_path",
        )
    policy = words.derived(plain, "own")
    return Body(
        up=f"alter table {table} enable row level security;\n"
        f"alter table {table} force row level security;\n"
        f"create policy {policy} on {table}\n  using ({using})\n  with check ({using});\n",
        down=f"drop policy {policy} on {table};\n"
        f"alter table {table} no force row level security;\n"
        f"alter table {table} disable row level security;\n",
    )


def blank(_subject: Subject) -> Body:
    """Something that runs and does nothing."""
    return Body(
        up="-- The change.\nselect 1;\n", down="-- What takes it back exactly.\nselect 1;\n"
    )


TEMPLATES: dict[str, Callable[[Subject], Body]] = {
    "create_table": create_table,
    "add_column": add_column,
    "add_index": add_index,
    "create_function": create_function,
    "create_trigger": create_trigger,
    "add_rls": add_rls,
    "blank": blank,
}


def _indexes(subject: Subject) -> str:
    """For the columns that ask for one, and for foreign keys: deleting would scan without."""
    *_, plain = words.table_parts(subject.table or "")
    wanted = [
        each
        for each in subject.columns
        if (each.index or each.references) and not (each.unique or each.primary)
    ]
    return "".join(
        f"create index {words.derived(plain, each.name, 'idx')}"
        f" on {_table(subject)} ({words.name(each.name)});\n"
        for each in wanted
    )


def _table(subject: Subject) -> str:
    if not subject.table:
        raise InvalidInput(
            "no_table", "the migration's name does not say which table; nothing was written",
            hint="name it with --table, or like add_email_to_users",
        )  # fmt: skip
    return words.table(subject.table)


def _columns(subject: Subject) -> Sequence[Column]:
    if not subject.columns:
        raise InvalidInput(
            "no_column", "no column is named; nothing was written",
            hint="name one with --column email:text, or like add_email_to_users",
        )  # fmt: skip
    return subject.columns
