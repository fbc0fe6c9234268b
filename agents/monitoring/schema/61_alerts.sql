-- Who is to be told of findings, who was, and how that went. Safe to run again.
alter table monitoring.findings add column if not exists alerted boolean not null default false;
-- A mark on each row and not a number read up to: findings are committed in another order than
-- that of their numbers, and none may be passed over.
create index if not exists findings_to_alert on monitoring.findings (id) where not alerted;

-- One time in which a thing was not well: from the finding that began it until it was settled.
create table if not exists monitoring.alerts (
    id          bigint generated always as identity primary key,
    app         text not null,
    environment text not null,
    kind        text not null,
    key         text not null,
    severity    text not null,
    title       text not null,
    detail      text not null default '',
    url         text not null default '',
    -- What was said when it was over.
    ending      text not null default '',
    -- firing, over (somebody is still to be told) or resolved
    state       text not null,
    opened      double precision not null,
    over        double precision,
    -- Seconds since 1970 of its findings, and of its beginnings; the newest only.
    seen        double precision[] not null default '{}',
    fired       double precision[] not null default '{}',
    findings    integer not null default 1,
    -- When it has to be thought about again; null when only a finding or a change can matter.
    due         double precision
);
create unique index if not exists one_live_alert
    on monitoring.alerts (app, environment, key) where state <> 'resolved';
create index if not exists alerts_due on monitoring.alerts (due) where due is not null;
create index if not exists alerts_by_app on monitoring.alerts (app, environment, due);
create index if not exists alerts_by_end on monitoring.alerts (over) where state = 'resolved';
create index if not exists alerts_by_key on monitoring.alerts (app, environment, key, id desc);

-- What one channel knows of an alert: `at` null when it was never told, `held` by what.
create table if not exists monitoring.alert_told (
    alert    bigint not null references monitoring.alerts (id) on delete cascade,
    channel  text not null,
    at       double precision,
    severity text not null default '',
    flapping boolean not null default false,
    -- The message was given up, or said that it is over.
    failed   boolean not null default false,
    ended    boolean not null default false,
    held     text not null default '',
    primary key (alert, channel)
);

-- A message to one channel. The channel is a name: its address is a secret and not kept.
create table if not exists monitoring.deliveries (
    id          bigint generated always as identity primary key,
    uuid        uuid not null default gen_random_uuid(),
    channel     text not null,
    app         text not null,
    environment text not null,
    notice      text not null,
    -- queued, sending, failed (tried again at next_at), sent, given_up
    state       text not null default 'queued',
    attempts    integer not null default 0,
    -- Attempts after which nobody knows whether the message arrived.
    unanswered  integer not null default 0,
    plain       boolean not null default false,
    error       text not null default '',
    queued      double precision not null,
    next_at     double precision not null,
    ended       double precision
);
create index if not exists deliveries_to_send on monitoring.deliveries (channel, id) where ended is null;
create index if not exists deliveries_by_time on monitoring.deliveries (channel, ended);
create index if not exists deliveries_by_end on monitoring.deliveries (ended);
create index if not exists deliveries_by_app on monitoring.deliveries (channel, app, environment, queued desc);
create table if not exists monitoring.delivery_alerts (
    delivery bigint not null references monitoring.deliveries (id) on delete cascade,
    alert    bigint not null references monitoring.alerts (id) on delete cascade,
    what     text not null,
    primary key (delivery, alert)
);
create index if not exists deliveries_of_alert on monitoring.delivery_alerts (alert);

-- How each channel is: whose turn it is, until when it asked for quiet, whether it is dead.
create table if not exists monitoring.alert_channels (
    channel     text primary key,
    -- Of its address, keyed, so that the address cannot be guessed from it.
    fingerprint text not null,
    kind        text not null,
    dead        text not null default '',
    not_before  double precision not null default 0,
    lease       uuid,
    lease_until double precision
);

-- One row: the time at which alerts were last thought about, to notice a clock that was set back.
create table if not exists monitoring.alert_clock (
    one  boolean primary key default true check (one),
    at   double precision not null,
    -- Of the configuration that was used.
    made text not null default ''
);
