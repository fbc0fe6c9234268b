-- Up to when each part was rolled up, so that it is looked at once.
create table if not exists monitoring.rolled_up (
    part  text primary key,
    until timestamptz not null
);
