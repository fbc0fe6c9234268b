-- What the server for signals needs itself.
-- The number of each process' newest batch: one that is there is not stored again.
create table if not exists monitoring.signal_writers (
    writer uuid primary key,
    batch  bigint not null,
    at     timestamptz not null
);
-- Pages of which origins may send an app's signals; no row: any.
create table if not exists monitoring.signal_origins (
    app         text not null,
    environment text not null,
    origins     text[] not null,
    primary key (app, environment)
);
