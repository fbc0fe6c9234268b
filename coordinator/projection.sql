-- The projection: what `genesis list` and the dashboard read. Disposable; rebuilt from the log.
create table if not exists pipelines (
    id          text primary key,
    kind        text not null,
    subject     text not null,          -- the idea, or the app that is deployed
    app         text not null default '',
    environment text not null default '',
    status      text not null,
    step        text not null default '',
    url         text,
    error       text,
    started_at  timestamptz not null,
    updated_at  timestamptz not null,
    last        bigint not null          -- sequence of the newest entry read
);
drop index if exists pipelines_by_start;
create index if not exists pipelines_by_key on pipelines (started_at desc, id desc);
create index if not exists pipelines_by_status on pipelines (status, started_at desc, id desc);
create index if not exists pipelines_by_app
    on pipelines (app, environment, started_at desc, id desc);
create table if not exists projection_position (
    one  boolean primary key default true check (one),
    last bigint not null
);
insert into projection_position values (true, 0) on conflict do nothing;
