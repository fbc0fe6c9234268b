"""Tables as a copied backup keeps them: how they are made, and the sequences that belong to them.

For the case that a copied table is gone when its backup is restored. Policies, triggers, grants
and comments are not kept here: a dump keeps them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from agents.migration.identifiers import literal, qualified, quoted
from agents.migration.session import Connection


class Column(Struct, frozen=True, kw_only=True):
    """A column; `default` is an expression, also that of a generated column."""

    name: str
    type: str
    not_null: bool = False
    default: str | None = None
    identity: str = ""
    generated: bool = False


class Constraint(Struct, frozen=True, kw_only=True):
    """A constraint, as `pg_get_constraintdef` writes it."""

    name: str
    kind: str
    sql: str


class OwnedSequence(Struct, frozen=True, kw_only=True):
    """A sequence that a column owns, and where it stands."""

    schema: str
    name: str
    column: str
    is_identity: bool
    type: str
    start: int
    increment: int
    minimum: int
    maximum: int
    cycle: bool
    last: int
    is_called: bool


class Definition(Struct, frozen=True, kw_only=True):
    """A table. `special` says why it cannot be made again from here ("" when it can)."""

    oid: int
    schema: str
    name: str
    special: str = ""
    columns: tuple[Column, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    indexes: tuple[str, ...] = ()
    sequences: tuple[OwnedSequence, ...] = ()
    row_security: bool = False
    forced_security: bool = False

    @property
    def sql(self) -> str:
        """Its qualified name."""
        return qualified(self.schema, self.name)

    @property
    def stored(self) -> tuple[str, ...]:
        """The columns that hold values of their own."""
        return tuple(column.name for column in self.columns if not column.generated)


_TABLES = """
select c.oid::bigint as oid, n.nspname::text as schema, c.relname::text as name,
       case when c.relispartition then 'a partition' when c.relhassubclass then 'inherited from'
            when exists (select from pg_inherits i where i.inhrelid = c.oid) then 'inherited'
            when c.reloftype <> 0 then 'of a composite type' else '' end as special,
       c.relrowsecurity as row_security, c.relforcerowsecurity as forced_security
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.oid = any($1::bigint[]::oid[]) order by 2, 3
"""
_COLUMNS = """
select a.attrelid::bigint as oid, a.attname::text as name,
       format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as not_null,
       pg_get_expr(d.adbin, d.adrelid) as default, a.attidentity::text as identity,
       a.attgenerated::text <> '' as generated
from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where a.attrelid = any($1::bigint[]::oid[]) and a.attnum > 0 and not a.attisdropped
order by a.attrelid, a.attnum
"""
# NOT NULL has rows of its own since PostgreSQL 18, and stands with the column already.
_CONSTRAINTS = """
select conrelid::bigint as oid, conname::text as name, contype::text as kind,
       pg_get_constraintdef(oid) as sql
from pg_constraint
where conrelid = any($1::bigint[]::oid[]) and contype in ('p', 'u', 'x', 'c', 'f')
order by array_position(array['p', 'u', 'x', 'c', 'f'], contype::text), conname
"""
_INDEXES = """
select i.indrelid::bigint as oid, pg_get_indexdef(i.indexrelid) as sql
from pg_index i where i.indrelid = any($1::bigint[]::oid[]) and i.indisvalid
  and not exists (select from pg_constraint c where c.conindid = i.indexrelid
                  and c.conrelid = i.indrelid and c.contype in ('p', 'u', 'x'))
order by i.indexrelid
"""
_SEQUENCES = """
select d.refobjid::bigint as oid, n.nspname::text as schema, s.relname::text as name,
       a.attname::text as column, d.deptype = 'i' as is_identity,
       format_type(q.seqtypid, null) as type, q.seqstart as start, q.seqincrement as increment,
       q.seqmin as minimum, q.seqmax as maximum, q.seqcycle as cycle
from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S'
join pg_namespace n on n.oid = s.relnamespace join pg_sequence q on q.seqrelid = s.oid
join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
  and d.deptype in ('a', 'i') and d.refobjid = any($1::bigint[]::oid[])
order by 1, 2, 3
"""
_ENUMS = """
select n.nspname::text as schema, t.typname::text as name,
       array_agg(e.enumlabel::text order by e.enumsortorder) as labels
from pg_enum e join pg_type t on t.oid = e.enumtypid join pg_namespace n on n.oid = t.typnamespace
where not exists (select from pg_depend d where d.objid = t.oid and d.deptype = 'e')
group by 1, 2 order by 1, 2
"""


async def every(connection: Connection) -> list[int]:
    """The oids of all ordinary tables that no extension owns."""
    rows = await connection.fetch(
        "select c.oid::bigint as oid from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname !~ '^pg_'"
        " and n.nspname <> 'information_schema'"
        " and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')"
        " order by n.nspname, c.relname"
    )
    return [int(row["oid"]) for row in rows]


async def describe(connection: Connection, oids: Iterable[int]) -> list[Definition]:
    """Tables by oid, sorted by name."""
    wanted = list(oids)
    columns = await _grouped(connection, _COLUMNS, wanted)
    constraints = await _grouped(connection, _CONSTRAINTS, wanted)
    indexes = await _grouped(connection, _INDEXES, wanted)
    sequences = await _grouped(connection, _SEQUENCES, wanted)
    found: list[Definition] = []
    for row in await connection.fetch(_TABLES, wanted):
        oid = int(row["oid"])
        found.append(Definition(
            **dict(row),
            columns=tuple(Column(**each) for each in columns.get(oid, ())),
            constraints=tuple(Constraint(**each) for each in constraints.get(oid, ())),
            indexes=tuple(each["sql"] for each in indexes.get(oid, ())),
            sequences=tuple([
                await _sequence(connection, each) for each in sequences.get(oid, ())
            ]),
        ))  # fmt: skip
    return found


async def _grouped(
    connection: Connection, query: str, oids: Sequence[int]
) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in await connection.fetch(query, oids):
        values = dict(row)
        found.setdefault(int(values.pop("oid")), []).append(values)
    return found


async def _sequence(connection: Connection, row: dict[str, Any]) -> OwnedSequence:
    state = await connection.fetchrow(
        f"select last_value, is_called from {qualified(row['schema'], row['name'])}"
    )
    assert state is not None
    return OwnedSequence(**row, last=state["last_value"], is_called=state["is_called"])


async def enums(connection: Connection) -> list[dict[str, Any]]:
    """Every enum: `{"schema", "name", "labels"}`."""
    return [dict(row) for row in await connection.fetch(_ENUMS)]


def enum_sql(enum: dict[str, Any]) -> str:
    """How to make an enum."""
    labels = ", ".join(literal(label) for label in enum["labels"])
    return f"create type {qualified(enum['schema'], enum['name'])} as enum ({labels})"


def create_sql(table: Definition) -> list[str]:
    """How to make the table with its sequences, but without what waits for its rows."""
    found = [f"create schema if not exists {quoted(table.schema)}"]
    found += [
        f"create sequence {qualified(each.schema, each.name)} as {each.type}"
        f" increment {each.increment} minvalue {each.minimum} maxvalue {each.maximum}"
        f" start {each.start}{' cycle' if each.cycle else ''}"
        for each in table.sequences if not each.is_identity
    ]  # fmt: skip
    lines = ", ".join(_column_sql(table, column) for column in table.columns)
    found.append(f"create table {table.sql} ({lines})")
    found += [
        f"alter sequence {qualified(each.schema, each.name)} owned by"
        f" {table.sql}.{quoted(each.column)}"
        for each in table.sequences if not each.is_identity
    ]  # fmt: skip
    return found


def _column_sql(table: Definition, column: Column) -> str:
    text = f"{quoted(column.name)} {column.type}" + (" not null" if column.not_null else "")
    if column.identity:
        kind = "always" if column.identity == "a" else "by default"
        sequence = next(
            (each for each in table.sequences if each.is_identity and each.column == column.name),
            None,
        )
        options = (
            f" (sequence name {qualified(sequence.schema, sequence.name)}"
            f" increment {sequence.increment} minvalue {sequence.minimum}"
            f" maxvalue {sequence.maximum} start {sequence.start}"
            f"{' cycle' if sequence.cycle else ''})"
            if sequence else ""
        )  # fmt: skip
        return f"{text} generated {kind} as identity{options}"
    if column.generated:
        return f"{text} generated always as ({column.default}) stored"
    return text if column.default is None else f"{text} default {column.default}"


def finish_sql(table: Definition) -> list[str]:
    """What comes when all rows are there, but for foreign keys: keys, checks, indexes."""
    found = [add_sql(table, each) for each in table.constraints if each.kind != "f"]
    found += list(table.indexes)
    if table.row_security:
        found.append(f"alter table {table.sql} enable row level security")
    if table.forced_security:
        found.append(f"alter table {table.sql} force row level security")
    return found


def add_sql(table: Definition, constraint: Constraint) -> str:
    """How to add a constraint."""
    return f"alter table {table.sql} add constraint {quoted(constraint.name)} {constraint.sql}"


def sequence_sql(sequence: OwnedSequence) -> str:
    """How to put a sequence where it stood."""
    name = literal(qualified(sequence.schema, sequence.name))
    return f"select setval({name}, {sequence.last}, {str(sequence.is_called).lower()})"
