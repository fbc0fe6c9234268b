"""The live tables that seeds name, with their columns, keys and foreign keys.

Errors:
    SeedInvalid    no such table, more than one, or something that is no table
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import asyncpg

from agents.migration.identifiers import parse
from agents.migration.seeds.model import Column, Family, Key, Reference, Table

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_RELATIONS = """
select c.oid::bigint, n.nspname as schema, c.relname as name, c.relkind::text as kind,
       coalesce(array_position(current_schemas(false), n.nspname), 0) as place
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f')
  and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
  and n.nspname not like 'pg\\_temp%'
"""

# A domain is looked through to what it is made of.
_COLUMNS = """
with recursive base as (
  select a.attrelid, a.attnum, a.atttypid as type, a.atttypmod as modifier, false as hidden_not_null
  from pg_attribute a where a.attrelid = any($1::bigint[]::oid[]) and a.attnum > 0
    and not a.attisdropped
  union all
  select b.attrelid, b.attnum, t.typbasetype,
         case when b.modifier >= 0 then b.modifier else t.typtypmod end,
         b.hidden_not_null or t.typnotnull
  from base b join pg_type t on t.oid = b.type where t.typtype = 'd'
)
select a.attrelid::bigint as oid, a.attname as name, a.attnotnull as not_null,
       a.atthasdef and a.attgenerated = '' as has_default, a.attidentity::text as identity,
       a.attgenerated::text <> '' as generated,
       format_type(a.atttypid, a.atttypmod) as type,
       format_type(b.type, b.modifier) as base_type,
       b.hidden_not_null, b.modifier, t.typname, t.typtype::text, t.typcategory::text,
       (select array_agg(e.enumlabel::text order by e.enumsortorder)
        from pg_enum e where e.enumtypid = b.type) as labels,
       d.typdefault is not null as domain_default
from base b
join pg_type t on t.oid = b.type and t.typtype <> 'd'
join pg_attribute a on a.attrelid = b.attrelid and a.attnum = b.attnum
join pg_type d on d.oid = a.atttypid
order by a.attrelid, a.attnum
"""

_KEYS = """
select i.indrelid::bigint as oid, c.relname as name, i.indisprimary as primary,
       i.indimmediate as immediate,
       (select array_agg(a.attname::text order by k.place)
        from unnest(i.indkey[0:i.indnkeyatts - 1]) with ordinality as k(number, place)
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number) as columns
from pg_index i join pg_class c on c.oid = i.indexrelid
where i.indrelid = any($1::bigint[]::oid[]) and i.indisunique and i.indisvalid
  and i.indpred is null and i.indexprs is null
order by not i.indisprimary, c.relname
"""

_REFERENCES = """
select c.conrelid::bigint as oid, c.conname as name, c.confrelid::bigint as target,
       c.condeferrable as deferrable,
       (select array_agg(a.attname::text order by k.place)
        from unnest(c.conkey) with ordinality as k(number, place)
        join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.number) as columns,
       (select array_agg(a.attname::text order by k.place)
        from unnest(c.confkey) with ordinality as k(number, place)
        join pg_attribute a on a.attrelid = c.confrelid and a.attnum = k.number) as target_columns
from pg_constraint c
where c.contype = 'f' and c.conrelid = any($1::bigint[]::oid[])
order by c.conname
"""

# Serial and identity columns own theirs; other defaults only name one.
_SEQUENCES = """
select d.refobjid::bigint as oid, a.attname as column, d.objid::regclass::text as sequence
from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S'
join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
  and d.deptype in ('a', 'i') and d.refobjid = any($1::bigint[]::oid[])
union
select f.adrelid::bigint, a.attname, d.refobjid::regclass::text
from pg_attrdef f join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = f.oid
join pg_class s on s.oid = d.refobjid and s.relkind = 'S'
join pg_attribute a on a.attrelid = f.adrelid and a.attnum = f.adnum
where d.refclassid = 'pg_class'::regclass and f.adrelid = any($1::bigint[]::oid[])
"""

_KINDS = {"v": "a view", "m": "a materialised view", "f": "a foreign table"}
_BITS = {"int2": 16, "int4": 32, "int8": 64}
_TEXTS = frozenset({"text", "varchar", "bpchar", "citext", "name"})
_LENGTH_HEADER = 4
"""What a character type's modifier counts besides the characters."""


class NoTable(LookupError):
    """No table is meant by a name; the text says why, and what is there."""


async def find(
    connection: Connection, names: Iterable[tuple[str | None, str]]
) -> dict[tuple[str | None, str], Table]:
    """The tables meant by (schema or None, name). Raises NoTable."""
    relations = await connection.fetch(_RELATIONS)
    chosen = {each: _choose(relations, *each) for each in dict.fromkeys(names)}
    described = await describe(connection, {int(row["oid"]) for row in chosen.values()})
    return {each: described[int(row["oid"])] for each, row in chosen.items()}


async def describe(connection: Connection, oids: Iterable[int]) -> dict[int, Table]:
    """Tables by oid."""
    wanted = list(oids)
    places = await connection.fetch(
        "select c.oid::bigint, n.nspname, c.relname from pg_class c"
        " join pg_namespace n on n.oid = c.relnamespace where c.oid = any($1::bigint[]::oid[])",
        wanted,
    )
    sequences = {
        (row["oid"], row["column"]): row["sequence"]
        for row in await connection.fetch(_SEQUENCES, wanted)
    }
    columns = await connection.fetch(_COLUMNS, wanted)
    keys = await connection.fetch(_KEYS, wanted)
    references = await connection.fetch(_REFERENCES, wanted)
    return {
        int(row["oid"]): Table(
            oid=int(row["oid"]), schema=row["nspname"], name=row["relname"],
            columns=tuple(
                _column(each, sequences.get((each["oid"], each["name"])))
                for each in columns if each["oid"] == row["oid"]
            ),
            keys=tuple(
                Key(
                    name=each["name"], columns=tuple(each["columns"]), primary=each["primary"],
                    immediate=each["immediate"],
                )
                for each in keys if each["oid"] == row["oid"]
            ),
            references=tuple(
                Reference(
                    name=each["name"], columns=tuple(each["columns"]), target=each["target"],
                    target_columns=tuple(each["target_columns"]), deferrable=each["deferrable"],
                )
                for each in references if each["oid"] == row["oid"]
            ),
        )
        for row in places
    }  # fmt: skip


def _choose(relations: list[asyncpg.Record], schema: str | None, name: str) -> asyncpg.Record:
    found = _named(relations, schema, name)
    if not found and schema is None:
        try:
            parts = parse(name)
        except ValueError:
            parts = ()
        found = (
            _named(relations, *parts) if len(parts) == 2  # noqa: PLR2004  schema and name
            else _named(relations, None, *parts) if len(parts) == 1 else []
        )  # fmt: skip
    label = name if schema is None else f"{schema}.{name}"
    if not found:
        raise NoTable(f"there is no table {label!r}{_similar(relations, name)}")
    first = found[0]
    if first["kind"] in _KINDS:
        raise NoTable(f"{label!r} is {_KINDS[first['kind']]}; seeds go to tables")
    return first


def _named(relations: list[asyncpg.Record], schema: str | None, name: str) -> list[asyncpg.Record]:
    found = [
        row for row in relations
        if row["name"] == name and (row["schema"] == schema if schema else row["place"] > 0)
    ]  # fmt: skip
    return sorted(found, key=lambda row: int(row["place"]))


def _similar(relations: list[asyncpg.Record], name: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415  only an error needs it

    labels = {
        row["name"] if row["place"] else f"{row['schema']}.{row['name']}": None
        for row in relations
        if row["kind"] in "rp" and row["schema"] != "genesis"
    }
    close = get_close_matches(name, labels, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; there are {', '.join(sorted(labels)[:10])}" if labels else "; there is none at all"


def _column(row: asyncpg.Record, sequence: str | None) -> Column:
    family = _family(row["typname"], row["typtype"], row["typcategory"])
    is_text = family is Family.TEXT and row["typname"] in ("varchar", "bpchar")
    modifier = int(row["modifier"])
    nullable = not row["not_null"] and not row["hidden_not_null"]
    return Column(
        name=row["name"], type=row["type"], family=family, nullable=nullable,
        copy_type=row["base_type"] if row["hidden_not_null"] else row["type"],
        has_default=row["has_default"] or row["domain_default"], identity=row["identity"],
        generated=row["generated"], labels=tuple(row["labels"] or ()),
        length=modifier - _LENGTH_HEADER if is_text and modifier >= _LENGTH_HEADER else None,
        bits=_BITS.get(row["typname"]), sequence=sequence,
    )  # fmt: skip


def _family(name: str, kind: str, category: str) -> Family:  # noqa: PLR0911  one per family
    if kind == "e":
        return Family.ENUM
    if name in _BITS:
        return Family.INTEGER
    if name in ("json", "jsonb"):
        return Family.JSON
    if name == "uuid":
        return Family.UUID
    if name in ("vector", "halfvec"):
        return Family.VECTOR
    if name in _TEXTS:
        return Family.TEXT
    known = {"N": Family.NUMBER, "B": Family.BOOLEAN, "A": Family.ARRAY, "D": Family.TIME}
    if name == "money" or (category == "N" and name.startswith("reg")) or name == "oid":
        return Family.OTHER
    return known.get(category, Family.OTHER)
