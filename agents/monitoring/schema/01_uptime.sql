-- What is watched, what was seen, what went wrong. Safe to run again.
create schema if not exists monitoring;
create table if not exists monitoring.monitors (
    app         text not null,
    environment text not null,
    url         text not null,
    build_id    text not null,
    -- The pipeline that had it watched; '' for what a person added.
    pipeline    text not null,
    since       timestamptz not null default now(),
    next_check  timestamptz not null default now(),
    -- Who looks right now, and until when nobody else does.
    lease       uuid,
    lease_until timestamptz,
    primary key (app, environment)
) with (fillfactor = 50);
-- How it is asked, what is remembered of its looks, when it was asked and when it answered last.
alter table monitoring.monitors
    add column if not exists options jsonb not null default '{}',
    add column if not exists state jsonb not null default '{}',
    add column if not exists looked_at timestamptz,
    add column if not exists answered_at timestamptz;
-- What each pipeline found before it changed anything: what its rollback restores. `undone` bars
-- it from beginning again, `said` is what its rollback answered.
create table if not exists monitoring.changes (
    pipeline    text primary key,
    app         text not null,
    environment text not null,
    previous    jsonb,
    undone      boolean not null default false,
    said        text[] not null default '{}'
);
-- The looks of the last hours. One that is not `counted` says nothing about the app: it was made
-- in a maintenance window, or without a network of our own.
create table if not exists monitoring.checks (
    app          text not null,
    environment  text not null,
    at           timestamptz not null default now(),
    up           boolean not null,
    status       integer,
    milliseconds double precision not null,
    detail       text not null default ''
);
alter table monitoring.checks add column if not exists counted boolean not null default true;
create index if not exists checks_by_app on monitoring.checks (app, environment, at desc);
create index if not exists checks_by_time on monitoring.checks (at);
-- Older looks, counted together by minutes, hours and days (`step` in seconds). `bins` and
-- `counts` are a histogram of how long those took that were up.
create table if not exists monitoring.rollups (
    app         text not null,
    environment text not null,
    step        integer not null,
    at          timestamptz not null,
    checks      integer not null,
    failed      integer not null,
    bins        smallint[] not null,
    counts      integer[] not null,
    primary key (app, environment, step, at)
);
create index if not exists rollups_by_time on monitoring.rollups (step, at);
create or replace function monitoring.merged(
    a smallint[], n integer[], b smallint[], m integer[], out bins smallint[], out counts integer[]
) language sql immutable as $$
    select coalesce(array_agg(bin order by bin), '{}'), coalesce(array_agg(total order by bin), '{}')
    from (
        select bin, sum(count)::integer as total
        from (
            select * from unnest(a, n) as one (bin, count)
            union all select * from unnest(b, m) as two (bin, count)
        ) both_
        group by bin
    ) merged
$$;
create table if not exists monitoring.incidents (
    id          uuid primary key default gen_random_uuid(),
    app         text not null,
    environment text not null,
    opened_at   timestamptz not null default now(),
    resolved_at timestamptz,
    summary     text not null,
    resolution  text not null default '',
    -- How much of it was published: 0 nothing, 1 that it opened, 2 that it was resolved.
    told        smallint not null default 0
);
-- `key` is what is wrong, once at a time; `telling_until` is when whoever publishes it has failed.
alter table monitoring.incidents
    add column if not exists kind text not null default 'uptime',
    add column if not exists key text not null default 'uptime',
    add column if not exists telling_until timestamptz;
drop index if exists monitoring.one_open_incident;
create unique index if not exists one_open_incident_of_a_kind
    on monitoring.incidents (app, environment, key) where resolved_at is null;
create index if not exists incidents_to_tell on monitoring.incidents (opened_at) where told < 2;
create index if not exists incidents_by_app on monitoring.incidents (app, environment, opened_at desc);
-- What happened in an incident, in its order.
create table if not exists monitoring.incident_events (
    id       bigint generated always as identity primary key,
    incident uuid not null references monitoring.incidents on delete cascade,
    at       timestamptz not null,
    what     text not null,
    detail   text not null default ''
);
create index if not exists events_by_incident on monitoring.incident_events (incident, id);
-- Windows in which nobody is told that an app is down; '' is every app, or every environment.
create table if not exists monitoring.maintenance (
    id          integer generated always as identity primary key,
    app         text not null,
    environment text not null,
    the_window  jsonb not null,
    why         text not null,
    who         text not null,
    created     timestamptz not null
);
-- Jobs that report by themselves. `due` is when the next report is due, before the grace; null
-- until the first. `started` is when a run began that has not ended.
create table if not exists monitoring.heartbeats (
    app         text not null,
    environment text not null,
    name        text not null,
    key         text not null unique,
    source      text not null,
    schedule    jsonb not null,
    created     timestamptz not null,
    last        timestamptz,
    said        text not null default '',
    started     timestamptz,
    due         timestamptz,
    state       jsonb not null default '{}',
    primary key (app, environment, name)
);
-- Since when somebody has been watching without a break. One row.
create table if not exists monitoring.presence (
    one   boolean primary key default true check (one),
    at    timestamptz not null,
    since timestamptz not null
);
