-- What was found out, in the order in which it was; alerts read on from where they were.
create table if not exists monitoring.findings (
    id          bigint generated always as identity primary key,
    app         text not null,
    environment text not null,
    kind        text not null,
    key         text not null,
    firing      boolean not null,
    severity    text not null,
    title       text not null,
    detail      text not null default '',
    url         text not null default '',
    at          timestamptz not null
);
create index if not exists findings_by_app on monitoring.findings (app, environment, id desc);
