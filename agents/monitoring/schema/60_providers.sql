-- What a pipeline made at providers. `thing` is the provider's id, null while it is being made;
-- `previous` what is put back instead of removing it.
create table if not exists monitoring.things (
    number   bigint generated always as identity,
    pipeline text not null,
    provider text not null,
    kind     text not null,
    name     text not null,
    thing    text,
    previous text not null default '',
    primary key (pipeline, provider, kind, name)
);
-- By which variables an app sends to a provider, as each pipeline found it; the newest counts.
create table if not exists monitoring.receivers (
    number      bigint generated always as identity,
    pipeline    text not null,
    app         text not null,
    environment text not null,
    provider    text not null,
    variables   jsonb not null,
    primary key (pipeline, provider)
);
create index if not exists receivers_by_app on monitoring.receivers (app, environment, number desc);
