"""Which tables SQL can touch, where only these are copied. Errs on the side of more.

Names are looked for as words anywhere in the text, strings and function bodies included. What is
named brings along: the bodies of functions, views and triggers, the tables that refer to it, its
partitions. Where SQL is put together at run time, or names a whole schema, everything counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from agents.migration.session import Connection

_WORD = re.compile(r'"((?:[^"]|"")+)"|([^\W\d][\w$]*)')
_HARMLESS = re.compile(r"\bexecute\s+(?:function|procedure)\b|\bgrant\s+execute\b", re.IGNORECASE)
_DYNAMIC = frozenset({"execute", "dblink", "query_to_xml"})

_RELATIONS = """
select c.oid::bigint as oid, c.relname as name, c.relkind::text as kind,
       case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) else '' end as body
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'S', 'i', 'I') and n.nspname !~ '^pg_'
  and n.nspname <> 'information_schema'
"""
_FUNCTIONS = """
select p.oid::bigint as oid, p.proname as name, coalesce(p.prosrc, '')
       || ' ' || coalesce(pg_get_function_sqlbody(p.oid), '') as body
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and p.prokind in ('f', 'p')
  and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
"""
# Whoever changes the first may change the second.
_EDGES = """
select confrelid::bigint as source, conrelid::bigint as target
  from pg_constraint where contype = 'f'
union select inhparent::bigint, inhrelid::bigint from pg_inherits
union select inhrelid::bigint, inhparent::bigint from pg_inherits
union select indexrelid::bigint, indrelid::bigint from pg_index
union select objid::bigint, refobjid::bigint from pg_depend
  where classid = 'pg_class'::regclass and refclassid = 'pg_class'::regclass
    and deptype in ('a', 'i')
union select tgrelid::bigint, tgfoid::bigint from pg_trigger where not tgisinternal
"""


class Thing(Struct, frozen=True):
    """Something in the database with a name, and text that it runs."""

    oid: int
    name: str
    is_table: bool
    body: str = ""


async def tables(connection: Connection, texts: Iterable[str]) -> set[int]:
    """The oids of the tables that the SQL texts can touch."""
    things = [
        Thing(int(row["oid"]), row["name"], row["kind"] == "r", row["body"])
        for row in await connection.fetch(_RELATIONS)
    ]
    things += [
        Thing(int(row["oid"]), row["name"], is_table=False, body=row["body"])
        for row in await connection.fetch(_FUNCTIONS)
    ]
    edges: dict[int, set[int]] = {}
    for row in await connection.fetch(_EDGES):
        edges.setdefault(int(row["source"]), set()).add(int(row["target"]))
    schemas = {
        row["nspname"]
        for row in await connection.fetch("select nspname::text from pg_namespace")
        if row["nspname"] != "public"
    }
    return reach(texts, things, edges, schemas)


def reach(
    texts: Iterable[str], things: Iterable[Thing], edges: Mapping[int, set[int]],
    schemas: set[str],
) -> set[int]:  # fmt: skip
    """The closure. Pure."""
    things = list(things)
    by_oid = {thing.oid: thing for thing in things}
    by_name: dict[str, list[Thing]] = {}
    for thing in things:
        by_name.setdefault(thing.name, []).append(thing)
    found: set[int] = set()
    todo = list(texts)
    while todo:
        text = todo.pop()
        words, keywords = _words(_HARMLESS.sub(" ", text))
        # A whole schema: DROP SCHEMA, GRANT … ON ALL TABLES IN SCHEMA, DROP OWNED.
        if (
            keywords & _DYNAMIC
            or ("schema" in keywords and words & {*schemas, "public"})
            or ({"drop", "owned", "by"} <= keywords)
        ):
            return {thing.oid for thing in things if thing.is_table}
        fresh = [thing.oid for word in words for thing in by_name.get(word, ())]
        while fresh:
            oid = fresh.pop()
            if oid in found:
                continue
            found.add(oid)
            fresh.extend(edges.get(oid, ()))
            if oid in by_oid and by_oid[oid].body:
                todo.append(by_oid[oid].body)
    return {oid for oid in found if oid in by_oid and by_oid[oid].is_table}


def _words(text: str) -> tuple[set[str], set[str]]:
    """Every name in a text, as the catalogs write it, and those that can be keywords.

    What stands in double quotes may be a name, or a string of PL/pgSQL with names in it.
    """
    found: set[str] = set()
    keywords: set[str] = set()
    for match in _WORD.finditer(text):
        if match[1] is not None:
            found.add(match[1].replace('""', '"'))
            found.update(word.lower() for word in re.findall(r"[^\W\d][\w$]*", match[1]))
        else:
            keywords.add(match[2].lower())
            found.add(match[2])
    return found | keywords, keywords
