-- The schema of the app as text, one thing on each line: two databases with the same lines have the
-- same tables, columns, constraints, indexes, functions, triggers, policies and types.
with ours as (
    select oid from pg_namespace
    where nspname !~ '^pg_' and nspname <> 'information_schema'
)
select format('table %s row security %s forced %s', c.oid::regclass, relrowsecurity, relforcerowsecurity)
from pg_class c where relnamespace in (select oid from ours) and relkind in ('r', 'p') and relname <> 'app_migrations'
union all
select format('%s %s', case c.relkind when 'v' then 'view' else 'materialized view' end, c.oid::regclass) || ' ' || pg_get_viewdef(c.oid)
from pg_class c where relnamespace in (select oid from ours) and relkind in ('v', 'm')
union all
select format('sequence %s', c.oid::regclass)
from pg_class c where relnamespace in (select oid from ours) and relkind = 'S'
union all
select format('column %s.%I %s not null %s default %s generated %s identity %s', c.oid::regclass, attname,
    format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid), attgenerated, attidentity)
from pg_attribute a join pg_class c on c.oid = attrelid left join pg_attrdef d on adrelid = attrelid and adnum = attnum
where relnamespace in (select oid from ours) and relkind in ('r', 'p') and attnum > 0 and not attisdropped and relname <> 'app_migrations'
union all
select format('constraint %I on %s %s', conname, conrelid::regclass, pg_get_constraintdef(oid))
from pg_constraint where connamespace in (select oid from ours) and conrelid <> coalesce(to_regclass('app_migrations'), 0)
union all
select pg_get_indexdef(indexrelid)
from pg_index join pg_class c on c.oid = indexrelid
where relnamespace in (select oid from ours) and indrelid <> coalesce(to_regclass('app_migrations'), 0)
union all
select pg_get_functiondef(p.oid)
from pg_proc p where pronamespace in (select oid from ours) and prokind in ('f', 'p')
    and not exists (select from pg_depend where objid = p.oid and deptype = 'e')
union all
select pg_get_triggerdef(t.oid)
from pg_trigger t join pg_class c on c.oid = tgrelid where relnamespace in (select oid from ours) and not tgisinternal
union all
select format('policy %I on %I.%I %s %s to %s using %s check %s', policyname, schemaname, tablename, permissive, cmd, roles, qual, with_check)
from pg_policies where schemaname in (select nspname from pg_namespace where oid in (select oid from ours))
union all
select format('type %s of %s', t.oid::regtype, t.typtype) || ' ' || coalesce((select string_agg(enumlabel, ',' order by enumsortorder) from pg_enum where enumtypid = t.oid), '')
from pg_type t where typnamespace in (select oid from ours) and typtype in ('e', 'd')
union all
select format('schema %I', nspname) from pg_namespace where oid in (select oid from ours)
union all
select format('extension %I', extname) from pg_extension
order by 1;
