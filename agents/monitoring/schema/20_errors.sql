-- Errors that are one, with what was counted of them.
create table if not exists monitoring.error_groups (
    grp           bigint generated always as identity primary key,
    app           text not null,
    environment   text not null,
    -- What its errors have in common, 32 hex digits.
    key           text not null,
    title         text not null,
    culprit       text not null,
    level         text not null,
    status        text not null default 'unresolved',
    made          timestamptz not null,
    first         timestamptz not null,
    last          timestamptz not null,
    events        bigint not null default 0,
    users         integer not null default 0,
    release_first text not null default '',
    release_last  text not null default '',
    -- Who set the status, and when; of a resolved one, when the newest release then was first seen.
    status_who    text not null default '',
    status_at     timestamptz,
    status_born   timestamptz,
    -- In which hour how many events were kept whole.
    kept_hour     timestamptz,
    kept          integer not null default 0,
    spiking       boolean not null default false,
    unique (app, environment, key)
);
create index if not exists error_groups_newest
    on monitoring.error_groups (app, environment, status, last desc);
create index if not exists error_groups_by_age
    on monitoring.error_groups (app, environment, made);
create index if not exists error_groups_by_last on monitoring.error_groups (last desc, grp desc);
-- Every event's id, so that none counts twice; of some all that is known.
create table if not exists monitoring.error_events (
    app         text not null,
    environment text not null,
    event       uuid not null,
    grp         bigint not null references monitoring.error_groups on delete cascade,
    at          timestamptz not null,
    received    timestamptz not null,
    release     text not null,
    content     bytea,
    primary key (app, environment, event)
);
create index if not exists error_events_kept
    on monitoring.error_events (grp, at desc) where content is not null;
create index if not exists error_events_by_time on monitoring.error_events (received);
create table if not exists monitoring.error_hours (
    grp    bigint not null references monitoring.error_groups on delete cascade,
    hour   timestamptz not null,
    events bigint not null,
    primary key (grp, hour)
);
-- The smallest hashes of a group's users, which say how many there are.
create table if not exists monitoring.error_users (
    grp    bigint primary key references monitoring.error_groups on delete cascade,
    hashes bigint[] not null
);
create table if not exists monitoring.app_releases (
    app         text not null,
    environment text not null,
    release     text not null,
    -- When it was first heard of: which of two releases is newer.
    born        timestamptz not null,
    finalized   timestamptz,
    deployed    timestamptz,
    url         text not null default '',
    primary key (app, environment, release)
);
create index if not exists app_releases_newest
    on monitoring.app_releases (app, environment, born desc);
-- How far each session came, as long as it may still change.
create table if not exists monitoring.sessions (
    app         text not null,
    environment text not null,
    session     text not null,
    outcome     text not null,
    release     text not null,
    hour        timestamptz not null,
    at          timestamptz not null,
    primary key (app, environment, session)
);
create index if not exists sessions_by_time on monitoring.sessions (at);
create table if not exists monitoring.session_hours (
    app         text not null,
    environment text not null,
    release     text not null,
    hour        timestamptz not null,
    fine        bigint not null default 0,
    errored     bigint not null default 0,
    unhandled   bigint not null default 0,
    abnormal    bigint not null default 0,
    crashed     bigint not null default 0,
    primary key (app, environment, release, hour)
);
-- What jobs said of themselves: status is in_progress, ok or error. `schedule` is Sentry's
-- monitor_config, when one came along.
create table if not exists monitoring.check_ins (
    id          bigint generated always as identity primary key,
    app         text not null,
    environment text not null,
    slug        text not null,
    status      text not null,
    at          timestamptz not null,
    check_in    text not null default '',
    seconds     double precision,
    schedule    jsonb
);
-- One that is sent again is the same.
create unique index if not exists check_ins_once
    on monitoring.check_ins (app, environment, check_in, status) where check_in <> '';
create index if not exists check_ins_by_slug
    on monitoring.check_ins (app, environment, slug, at desc);
create index if not exists check_ins_by_time on monitoring.check_ins (at);
-- What is being uploaded, and the source maps that were.
create table if not exists monitoring.upload_chunks (
    app         text not null,
    environment text not null,
    sha1        text not null,
    content     bytea not null,
    at          timestamptz not null,
    primary key (app, environment, sha1)
);
create table if not exists monitoring.source_maps (
    app         text not null,
    environment text not null,
    debug_id    text not null,
    release     text not null default '',
    name        text not null,
    content     bytea not null,
    at          timestamptz not null,
    primary key (app, environment, debug_id)
);
create index if not exists source_maps_by_age
    on monitoring.source_maps (app, environment, at desc);
