-- What is watched, what was seen, what went wrong. Safe to run again.
create schema if not exists monitoring;
create table if not exists monitoring.monitors (
    app         text not null,
    environment text not null,
    url         text not null,
    build_id    text not null,
    pipeline    text not null,
    since       timestamptz not null default now(),
    next_check  timestamptz not null default now(),
    -- Who looks right now, and until when nobody else does.
    lease       uuid,
    lease_until timestamptz,
    primary key (app, environment)
);
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
create table if not exists monitoring.checks (
    app          text not null,
    environment  text not null,
    at           timestamptz not null default now(),
    up           boolean not null,
    status       integer,
    milliseconds double precision not null,
    detail       text not null default ''
);
create index if not exists checks_by_app on monitoring.checks (app, environment, at desc);
create index if not exists checks_by_time on monitoring.checks (at);
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
create unique index if not exists one_open_incident
    on monitoring.incidents (app, environment) where resolved_at is null;
create index if not exists incidents_to_tell on monitoring.incidents (opened_at) where told < 2;
