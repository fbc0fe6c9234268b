-- What nobody is told of for a while. Safe to run again.
create table if not exists monitoring.silences (
    id          bigint generated always as identity primary key,
    -- '' in any of these is all of them
    app         text not null,
    environment text not null default '',
    key         text not null default '',
    since       double precision not null,
    until       double precision not null,
    why         text not null,
    who         text not null
);
create index if not exists silences_by_end on monitoring.silences (until);
