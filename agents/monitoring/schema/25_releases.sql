-- Releases that are watched for a while after they were deployed. Safe to run again.
create table if not exists monitoring.deploys (
    pipeline      text primary key,
    app           text not null,
    environment   text not null,
    build_id      text not null,
    -- The build before it; '' for none.
    previous      text not null,
    at            timestamptz not null,
    until         timestamptz not null,
    -- watched, regressed, recovered, passed, or gone: another release is live.
    state         text not null default 'watched',
    -- off: nobody wants it; ready: asked for when it does worse; wanted, asked; unsafe: it would
    -- not help.
    rollback      text not null,
    since         timestamptz,
    incident      uuid,
    why           text not null default '',
    telling_until timestamptz
);
create index if not exists deploys_at_work on monitoring.deploys (app, environment)
    where state in ('watched', 'regressed');
create index if not exists deploys_to_ask on monitoring.deploys (at) where rollback = 'wanted';
create index if not exists deploys_by_time on monitoring.deploys (at);
