"""What a database holds besides what every new one has."""

from __future__ import annotations

from agents.migration.identifiers import qualified
from agents.migration.session import Connection

_ANYTHING = """
select n.nspname::text as schema, c.relname::text as name
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  and not exists (select from pg_depend d where d.objid = c.oid and d.deptype in ('e', 'i', 'a')
                  and (d.deptype = 'e' or c.relkind = 'S'))
union all
select n.nspname::text, p.proname::text from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
union all
select n.nspname::text, t.typname::text from pg_type t
join pg_namespace n on n.oid = t.typnamespace
where t.typtype in ('e', 'd', 'r') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (select from pg_depend d where d.objid = t.oid and d.deptype = 'e')
order by 1, 2
"""


async def anything(connection: Connection) -> list[str]:
    """The qualified names of tables, views, sequences, functions and types that somebody made."""
    return [qualified(row["schema"], row["name"]) for row in await connection.fetch(_ANYTHING)]
