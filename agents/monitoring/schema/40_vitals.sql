-- Web Vitals. A visit's values while later ones may still replace them, by the hash of their id …
create table if not exists monitoring.vitals_recent (
    app         text not null,
    environment text not null,
    number      bigint not null,
    metric      text not null,
    page        text not null,
    device      text not null,
    value       double precision not null,
    first_at    timestamptz not null,
    last_at     timestamptz not null,
    primary key (app, environment, number)
);
create index if not exists vitals_recent_by_time on monitoring.vitals_recent (last_at);
-- … then how they were spread in an hour or a day: vitals/histogram.py packs the buckets.
create table if not exists monitoring.vitals_spread (
    app         text not null,
    environment text not null,
    span        text not null check (span in ('hour', 'day')),
    since       timestamptz not null,
    page        text not null,
    device      text not null,
    metric      text not null,
    good        integer not null,
    middling    integer not null,
    poor        integer not null,
    buckets     bytea not null,
    primary key (app, environment, span, since, page, device, metric)
);
create index if not exists vitals_spread_by_time on monitoring.vitals_spread (span, since);
-- What is poor and was reported as that.
create table if not exists monitoring.vitals_poor (
    app         text not null,
    environment text not null,
    metric      text not null,
    page        text not null,
    device      text not null,
    since       timestamptz not null,
    primary key (app, environment, metric, page, device)
);
