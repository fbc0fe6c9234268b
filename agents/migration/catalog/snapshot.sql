with
namespaces as (
  select n.oid, n.nspname as schema, n.nspowner, n.nspacl from pg_namespace n
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and n.nspname <> all ($2::text[])
    and not exists (select from pg_depend d where d.classid = 'pg_namespace'::regclass
                    and d.objid = n.oid and d.deptype = 'e')
),
relations as (
  select c.*, s.schema, quote_ident(s.schema) || '.' || quote_ident(c.relname) as id
  from pg_class c join namespaces s on s.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'c') and c.relname <> all ($1::text[])
    and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass
                    and d.objid = c.oid and d.deptype = 'e')
),
tables as (select * from relations where relkind in ('r', 'p', 'f')),
functions as (
  select p.*, s.schema, quote_ident(s.schema) || '.' || quote_ident(p.proname)
    || '(' || pg_get_function_identity_arguments(p.oid) || ')' as id
  from pg_proc p join namespaces s on s.oid = p.pronamespace
  where not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass
                    and d.objid = p.oid and d.deptype in ('e', 'i'))
),
types as (
  select t.*, s.schema, quote_ident(s.schema) || '.' || quote_ident(t.typname) as id
  from pg_type t join namespaces s on s.oid = t.typnamespace
  where t.typtype in ('e', 'd', 'r')
    and not exists (select from pg_depend d where d.classid = 'pg_type'::regclass
                    and d.objid = t.oid and d.deptype = 'e')
),
privileges as (
  select kind, id, owner, x.grantee, x.privilege_type, x.is_grantable from (
    select 'schema' as kind, quote_ident(schema) as id, nspowner as owner,
           coalesce(nspacl, acldefault('n', nspowner)) as acl from namespaces
    union all
    select case relkind when 'S' then 'sequence' else 'table' end, id, relowner,
           coalesce(relacl, acldefault(case relkind when 'S' then 's'::"char" else 'r' end, relowner))
      from relations where relkind <> 'c'
    union all
    select case prokind when 'p' then 'procedure' else 'function' end, id, proowner,
           coalesce(proacl, acldefault('f', proowner)) from functions
    union all
    select 'type', id, typowner, coalesce(typacl, acldefault('T', typowner)) from types
  ) o, lateral aclexplode(o.acl) x
  where x.grantee <> o.owner
),
items (kind, parent, name, definition, detail) as (
  select 'schema'::text, ''::text, quote_ident(schema), ''::text, '{}'::jsonb from namespaces

  union all
  select 'extension', '', quote_ident(e.extname), n.nspname::text, '{}'
  from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname <> 'plpgsql'

  union all
  select 'enum', '', id, (
      select string_agg(quote_literal(enumlabel), ', ' order by enumsortorder)
      from pg_enum where enumtypid = types.oid), (
      select jsonb_build_object('labels', jsonb_agg(enumlabel order by enumsortorder))
      from pg_enum where enumtypid = types.oid)
  from types where typtype = 'e'

  union all
  select 'domain', '', id, concat_ws(' ',
      format_type(typbasetype, typtypmod),
      case when typcollation <> 0 and typcollation <> (select typcollation from pg_type b where b.oid = types.typbasetype)
        then 'collate ' || typcollation::regcollation end,
      'default ' || typdefault, case when typnotnull then 'not null' end,
      (select string_agg('constraint ' || quote_ident(conname) || ' ' || pg_get_constraintdef(k.oid), ' ' order by conname)
       from pg_constraint k where k.contypid = types.oid and k.contype = 'c')),
    jsonb_build_object('base', concat_ws(' ', format_type(typbasetype, typtypmod), typcollation::regcollation),
      'default', typdefault, 'not_null', typnotnull,
      'constraints', (select jsonb_object_agg(quote_ident(conname), pg_get_constraintdef(k.oid))
        from pg_constraint k where k.contypid = types.oid and k.contype = 'c'))
  from types where typtype = 'd'

  union all
  select 'range', '', id, 'subtype = ' || format_type(r.rngsubtype, null), '{}'
  from types join pg_range r on r.rngtypid = types.oid where typtype = 'r'

  union all
  select 'composite', '', id, coalesce((
      select string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' order by a.attnum)
      from pg_attribute a where a.attrelid = relations.oid and a.attnum > 0 and not a.attisdropped), ''), '{}'
  from relations where relkind = 'c'

  union all
  select 'sequence', '', c.id, format(
      'as %s increment by %s minvalue %s maxvalue %s start with %s cache %s%s', format_type(s.seqtypid, null),
      s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache, case when s.seqcycle then ' cycle' else ' no cycle' end), '{}'
  from relations c join pg_sequence s on s.seqrelid = c.oid
  where c.relkind = 'S' and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass
    and d.objid = c.oid and d.deptype = 'i')

  union all
  select 'sequence owner', c.id, c.id, t.id || '.' || quote_ident(a.attname), '{}'
  from relations c join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'a'
  join tables t on t.oid = d.refobjid join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
  where c.relkind = 'S'

  union all
  select 'table', '', id, concat_ws(' ',
      case relpersistence when 'u' then 'unlogged' end,
      'partition by ' || pg_get_partkeydef(oid),
      (select case when relations_parent.relispartition then 'partition of ' else 'inherits ' end
         || string_agg(i.inhparent::regclass::text, ', ' order by i.inhseqno)
       from pg_inherits i join pg_class relations_parent on relations_parent.oid = i.inhrelid
       where i.inhrelid = tables.oid group by relations_parent.relispartition),
      pg_get_expr(relpartbound, oid),
      'with (' || array_to_string(reloptions, ', ') || ')'),
    jsonb_build_object('unlogged', relpersistence = 'u', 'partition_by', pg_get_partkeydef(oid),
      'parents', (select jsonb_agg(i.inhparent::regclass::text order by i.inhseqno) from pg_inherits i where i.inhrelid = tables.oid),
      'bound', pg_get_expr(relpartbound, oid), 'options', array_to_string(reloptions, ', '), 'foreign', relkind = 'f')
  from tables

  union all
  select 'column order', id, id, (
      select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
      where attrelid = tables.oid and attnum > 0 and not attisdropped), '{}'
  from tables

  union all
  select 'column', t.id, quote_ident(a.attname), concat_ws(' ',
      format_type(a.atttypid, a.atttypmod),
      case when a.attcollation <> y.typcollation then 'collate ' || a.attcollation::regcollation end,
      case a.attgenerated when 's' then 'generated always as (' || pg_get_expr(d.adbin, d.adrelid) || ') stored'
        when 'v' then 'generated always as (' || pg_get_expr(d.adbin, d.adrelid) || ') virtual'
        else 'default ' || pg_get_expr(d.adbin, d.adrelid) end,
      case a.attidentity when 'a' then 'generated always as identity' when 'd' then 'generated by default as identity' end,
      case when a.attidentity <> '' then (
        select format('(as %s increment by %s minvalue %s maxvalue %s start with %s cache %s%s)', format_type(s.seqtypid, null),
          s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache, case when s.seqcycle then ' cycle' else ' no cycle' end)
        from pg_depend g join pg_sequence s on s.seqrelid = g.objid
        where g.classid = 'pg_class'::regclass and g.refobjid = t.oid and g.refobjsubid = a.attnum and g.deptype = 'i') end,
      case when a.attnotnull then 'not null' end,
      case when a.attstorage <> y.typstorage then 'storage ' || case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end end,
      case when a.attcompression <> '' then 'compression ' || case a.attcompression when 'l' then 'lz4' else 'pglz' end end,
      case when coalesce(a.attstattarget, -1) >= 0 then 'statistics ' || a.attstattarget end,
      case when not a.attislocal then 'inherited' end),
    jsonb_build_object('number', a.attnum, 'type', format_type(a.atttypid, a.atttypmod),
      'collation', case when a.attcollation <> y.typcollation then (a.attcollation::regcollation)::text end,
      'default', pg_get_expr(d.adbin, d.adrelid), 'generated', a.attgenerated, 'identity', a.attidentity,
      'identity_options', (select format('as %s increment by %s minvalue %s maxvalue %s start with %s cache %s%s', format_type(s.seqtypid, null),
          s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache, case when s.seqcycle then ' cycle' else ' no cycle' end)
        from pg_depend g join pg_sequence s on s.seqrelid = g.objid
        where a.attidentity <> '' and g.classid = 'pg_class'::regclass and g.refobjid = t.oid and g.refobjsubid = a.attnum and g.deptype = 'i'),
      'not_null', a.attnotnull,
      'storage', case when a.attstorage <> y.typstorage then case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end end,
      'compression', case a.attcompression when 'l' then 'lz4' when 'p' then 'pglz' end,
      'statistics', case when coalesce(a.attstattarget, -1) >= 0 then a.attstattarget end, 'local', a.attislocal)
  from tables t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  join pg_type y on y.oid = a.atttypid
  left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum

  union all
  select case k.contype when 'f' then 'foreign key' else 'constraint' end, t.id, quote_ident(k.conname),
    pg_get_constraintdef(k.oid), jsonb_build_object('key', k.contype in ('p', 'u'))
  from pg_constraint k join tables t on t.oid = k.conrelid
  where k.contype in ('p', 'u', 'c', 'f', 'x') and k.conparentid = 0 and k.conislocal

  union all
  select 'index', t.id, quote_ident(t.schema) || '.' || quote_ident(c.relname),
    case c.relkind when 'I' then replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') else pg_get_indexdef(i.indexrelid) end,
    jsonb_build_object('valid', i.indisvalid, 'clustered', i.indisclustered, 'replica', i.indisreplident, 'on_view', t.relkind = 'm')
  from pg_index i join pg_class c on c.oid = i.indexrelid
  join relations t on t.oid = i.indrelid and t.relkind in ('r', 'p', 'm')
  where not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
    and not exists (select from pg_inherits h where h.inhrelid = i.indexrelid)

  union all
  select case relkind when 'v' then 'view' else 'materialized view' end, '', id, pg_get_viewdef(oid),
    jsonb_build_object('options', array_to_string(reloptions, ', '))
  from relations where relkind in ('v', 'm')

  union all
  select case prokind when 'p' then 'procedure' else 'function' end, '', id, pg_get_functiondef(oid),
    jsonb_build_object('result', pg_get_function_result(oid), 'needs_tables', exists (
      select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = functions.oid and (
        (d.refclassid = 'pg_class'::regclass) or (d.refclassid = 'pg_type'::regclass
          and exists (select from pg_type y where y.oid = d.refobjid and y.typrelid in (select oid from relations where relkind <> 'c'))))))
  from functions where prokind <> 'a'

  union all
  select 'aggregate', '', f.id, concat_ws(', ', 'sfunc = ' || g.aggtransfn::regproc, 'stype = ' || format_type(g.aggtranstype, null),
      case when g.aggfinalfn <> 0 then 'finalfunc = ' || g.aggfinalfn::regproc end,
      'initcond = ' || quote_literal(g.agginitval)), '{}'
  from functions f join pg_aggregate g on g.aggfnoid = f.oid where prokind = 'a'

  union all
  select 'trigger', t.id, quote_ident(g.tgname), pg_get_triggerdef(g.oid), jsonb_build_object('enabled', g.tgenabled)
  from pg_trigger g join relations t on t.oid = g.tgrelid where not g.tgisinternal and g.tgparentid = 0

  union all
  select 'rule', t.id, quote_ident(r.rulename), pg_get_ruledef(r.oid), '{}'
  from pg_rewrite r join relations t on t.oid = r.ev_class where r.rulename <> '_RETURN'

  union all
  select 'row security', id, id, case when relrowsecurity then 'enabled' else 'disabled' end
    || case when relforcerowsecurity then ', forced' else '' end,
    jsonb_build_object('enabled', relrowsecurity, 'forced', relforcerowsecurity)
  from tables where relrowsecurity or relforcerowsecurity

  union all
  select 'policy', t.id, quote_ident(p.polname), concat_ws(' ', case when p.polpermissive then 'as permissive' else 'as restrictive' end,
      'for ' || case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
      'to ' || (select string_agg(case when r = 0 then 'public' else quote_ident(pg_get_userbyid(r)) end, ', ' order by r)
                from unnest(p.polroles) r),
      'using (' || pg_get_expr(p.polqual, p.polrelid) || ')', 'with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')'), '{}'
  from pg_policy p join tables t on t.oid = p.polrelid

  union all
  select 'statistics', '', quote_ident(s.schema) || '.' || quote_ident(x.stxname), pg_get_statisticsobjdef(x.oid), '{}'
  from pg_statistic_ext x join namespaces s on s.oid = x.stxnamespace

  union all
  select 'grant', kind || ' ' || id, case when grantee = 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end,
    string_agg(lower(privilege_type) || case when is_grantable then ' with grant option' else '' end, ', ' order by privilege_type),
    jsonb_build_object('kind', kind, 'object', id)
  from privileges group by kind, id, grantee

  union all
  select 'grant', 'column ' || t.id || '.' || quote_ident(a.attname),
    case when x.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(x.grantee)) end,
    string_agg(lower(x.privilege_type) || case when x.is_grantable then ' with grant option' else '' end, ', ' order by x.privilege_type),
    jsonb_build_object('kind', 'column', 'object', t.id, 'column', quote_ident(a.attname))
  from relations t join pg_attribute a on a.attrelid = t.oid and a.attacl is not null, lateral aclexplode(a.attacl) x
  group by t.id, a.attname, x.grantee

  union all
  select 'default privileges', concat_ws(' ', quote_ident(pg_get_userbyid(f.defaclrole)), quote_ident(n.nspname),
      case f.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types' else 'schemas' end),
    case when x.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(x.grantee)) end,
    string_agg(lower(x.privilege_type) || case when x.is_grantable then ' with grant option' else '' end, ', ' order by x.privilege_type),
    jsonb_build_object('role', quote_ident(pg_get_userbyid(f.defaclrole)), 'schema', quote_ident(n.nspname),
      'objects', case f.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types' else 'schemas' end)
  from pg_default_acl f left join namespaces s on s.oid = f.defaclnamespace left join pg_namespace n on n.oid = f.defaclnamespace,
    lateral aclexplode(f.defaclacl) x
  where (f.defaclnamespace = 0 or s.oid is not null) and x.grantee <> f.defaclrole
  group by f.defaclrole, n.nspname, f.defaclobjtype, x.grantee

  union all
  select 'owner', kind || ' ' || id, id, quote_ident(pg_get_userbyid(owner)), jsonb_build_object('kind', kind) from (
    select 'schema' as kind, quote_ident(schema) as id, nspowner as owner from namespaces
    union all
    select case relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' when 'c' then 'type' else 'table' end,
      id, relowner from relations where relkind <> 'S' or not exists (select from pg_depend d
        where d.classid = 'pg_class'::regclass and d.objid = relations.oid and d.deptype in ('i', 'a'))
    union all
    select case prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end, id, proowner from functions
    union all
    select case typtype when 'd' then 'domain' else 'type' end, id, typowner from types) o

  union all
  select 'comment', o.type, o.identity, d.description, jsonb_build_object('table', r.id)
  from pg_description d, lateral pg_identify_object(d.classoid, d.objoid, d.objsubid) o,
    lateral (select case
      when d.classoid = 'pg_class'::regclass then (select t.id from relations t where t.oid = d.objoid)
      when d.classoid = 'pg_constraint'::regclass then (select t.id from pg_constraint k join relations t on t.oid = k.conrelid where k.oid = d.objoid)
      when d.classoid = 'pg_trigger'::regclass then (select t.id from pg_trigger g join relations t on t.oid = g.tgrelid where g.oid = d.objoid)
      when d.classoid = 'pg_policy'::regclass then (select t.id from pg_policy p join relations t on t.oid = p.polrelid where p.oid = d.objoid)
      end as id) r
  where (d.classoid = 'pg_class'::regclass and (d.objoid in (select oid from relations)
           or d.objoid in (select i.indexrelid from pg_index i join relations t on t.oid = i.indrelid)))
     or (d.classoid = 'pg_proc'::regclass and d.objoid in (select oid from functions))
     or (d.classoid = 'pg_type'::regclass and d.objoid in (select oid from types))
     or (d.classoid = 'pg_namespace'::regclass and d.objoid in (select oid from namespaces)
         and not (o.identity = 'public' and d.description = 'standard public schema'))
     or (d.classoid in ('pg_constraint'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass) and r.id is not null)
)
select kind, parent, name, coalesce(definition, '') as definition, detail::text as detail from items
order by kind, parent, name
