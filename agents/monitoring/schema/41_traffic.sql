-- Visits of the day (UTC) that is running by page, by the site they came from, and events by name …
create table if not exists monitoring.traffic_live (
    app         text not null,
    environment text not null,
    day         date not null,
    kind        text not null check (kind in ('page', 'referrer', 'event')),
    name        text not null,
    count       bigint not null,
    primary key (app, environment, day, kind, name)
);
-- … and of days that are over. Apart, as most names do not last: an index that they leave stays wide.
create table if not exists monitoring.traffic (like monitoring.traffic_live including all);
create index if not exists traffic_by_day on monitoring.traffic (day);
create or replace view monitoring.traffic_all as
    select * from monitoring.traffic union all select * from monitoring.traffic_live;
-- The numbers of today's visitors, and the salt from which they come; both are gone tomorrow.
create table if not exists monitoring.traffic_visitors (
    app         text not null,
    environment text not null,
    day         date not null,
    visitor     bigint not null,
    primary key (app, environment, day, visitor)
);
create table if not exists monitoring.traffic_salts (
    day  date primary key,
    salt bytea not null
);
-- How many visitors a day had, once it is over.
create table if not exists monitoring.traffic_days (
    app         text not null,
    environment text not null,
    day         date not null,
    visitors    bigint not null,
    primary key (app, environment, day)
);
