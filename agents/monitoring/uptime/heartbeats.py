"""Jobs that report by themselves: a request to their own address, or a check-in of a Sentry SDK.

A job that says that it failed, that does not report in time or that runs too long opens an
incident; its next good report resolves it. Nothing is expected before the first report.
"""

from __future__ import annotations

import secrets
from typing import Literal

import asyncpg
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from agents.monitoring import incidents
from agents.monitoring.uptime import windows
from agents.monitoring.uptime.judging import State, step
from agents.monitoring.uptime.schedules import (
    Schedule,
    checked,
    is_missed,
    is_overlong,
    next_due,
)

Said = Literal["ok", "error", "started"]
MOST = 2_000
"""Jobs that are kept at a time, whoever names them."""
AT_ONCE = 500


class Job(Struct, frozen=True, kw_only=True):
    """A job as it is kept; times are seconds since 1970."""

    app: str
    environment: str
    name: str
    key: str
    source: Literal["ping", "check_in"]
    schedule: Schedule
    created: float
    last: float | None
    said: str
    started: float | None
    due: float | None
    state: State
    is_open: bool

    @property
    def incident_key(self) -> str:
        """What its incidents are known by."""
        return f"heartbeat:{self.name}"


_JOBS = """
select h.app, h.environment, h.name, h.key, h.source, h.schedule, h.state, h.said,
    extract(epoch from h.created)::float8 as created, extract(epoch from h.last)::float8 as last,
    extract(epoch from h.started)::float8 as started, extract(epoch from h.due)::float8 as due,
    exists (select from monitoring.incidents i where i.app = h.app
        and i.environment = h.environment and i.key = 'heartbeat:' || h.name
        and i.resolved_at is null) as is_open
from monitoring.heartbeats h
"""


def _job(row: asyncpg.Record) -> Job:
    fields = dict(row)
    fields["schedule"] = msgspec.json.decode(row["schedule"], type=Schedule)
    fields["state"] = msgspec.json.decode(row["state"], type=State)
    return Job(**fields)


async def jobs(connection: asyncpg.Connection) -> list[Job]:
    """Every job by name."""
    return [_job(row) for row in await connection.fetch(_JOBS + "order by 1, 2, 3")]


async def add(
    connection: asyncpg.Connection, app: str, environment: str, name: str, schedule: Schedule,
    *, source: Literal["ping", "check_in"] = "ping", now: float,
) -> str | None:  # fmt: skip
    """Expect a job's reports, or expect them as `schedule` says from now on; the job's key.

    None when there are too many jobs already. Raises BadSchedule.
    """
    key: str | None = await connection.fetchval(
        """insert into monitoring.heartbeats as h
               (app, environment, name, key, source, schedule, created)
           select $1, $2, $3, $4, $5, $6, to_timestamp($7)
           where (select count(*) from monitoring.heartbeats) < $8
               or exists (select from monitoring.heartbeats
                   where app = $1 and environment = $2 and name = $3)
           on conflict (app, environment, name) do update
           set schedule = excluded.schedule,
               due = case when h.schedule = excluded.schedule then h.due end
           returning key""",
        app, environment, name, secrets.token_urlsafe(18), source,
        msgspec.json.encode(checked(schedule)).decode(), now, MOST,
    )  # fmt: skip
    return key


async def remove(
    connection: asyncpg.Connection, app: str, environment: str, name: str, now: float
) -> bool:
    """Expect nothing of a job any more; whether anything was."""
    async with connection.transaction():
        done = await connection.execute(
            """delete from monitoring.heartbeats
               where app = $1 and environment = $2 and name = $3""",
            app, environment, name,
        )  # fmt: skip
        why = f"does not wait for {name} any more"
        await incidents.end(connection, app, environment, f"heartbeat:{name}", why, now)
    return bool(done != "DELETE 0")


async def forget_check_ins(
    connection: asyncpg.Connection, app: str, environment: str, now: float
) -> None:
    """Expect nothing of jobs that an app's SDK told of: the app is gone. Those of people stay."""
    rows = await connection.fetch(
        """select name from monitoring.heartbeats
           where app = $1 and environment = $2 and source = 'check_in'""",
        app, environment,
    )  # fmt: skip
    for row in rows:
        await remove(connection, app, environment, row["name"], now)


async def report(connection: asyncpg.Connection, key: str, said: Said, at: float) -> bool:
    """Take a job's report; False when nobody has that key."""
    async with connection.transaction():
        row = await connection.fetchrow(_JOBS + "where h.key = $1 for update of h", key)
        if row is None:
            return False
        await _heard(connection, _job(row), said, at)
    return True


async def check_in(
    connection: asyncpg.Connection, app: str, environment: str, name: str,
    said: Said, schedule: Schedule | None, at: float,
) -> None:  # fmt: skip
    """Take a check-in of a Sentry SDK, which may bring the job's schedule. Raises BadSchedule."""
    async with connection.transaction():
        where = "where h.app = $1 and h.environment = $2 and h.name = $3 for update of h"
        row = await connection.fetchrow(_JOBS + where, app, environment, name)
        if row is None or (schedule is not None and _job(row).schedule != schedule):
            await add(
                connection, app, environment, name, schedule or Schedule(),
                source="check_in", now=at,
            )  # fmt: skip
            row = await connection.fetchrow(_JOBS + where, app, environment, name)
        if row is not None:
            await _heard(connection, _job(row), said, at)


async def _heard(connection: asyncpg.Connection, job: Job, said: Said, at: float) -> None:
    if job.last is not None and at < job.last:
        # It was overtaken by a later one.
        return
    if said == "started":
        await _keep(connection, replace(job, started=at, said=said))
        return
    # The next is due after this one also when it failed: the job itself goes on.
    heard = replace(job, last=at, said=said, started=None, due=next_due(job.schedule, at))
    await _judge(connection, heard, up=said == "ok", why="it says that it failed", now=at)


async def overdue(connection: asyncpg.Connection, awake: float, now: float) -> None:
    """Look for jobs that did not report, or do not end; `awake` as in `schedules.is_missed`."""
    async with connection.transaction():
        rows = await connection.fetch(
            _JOBS
            + """where h.due < to_timestamp($1) or h.started < to_timestamp($1)
                 order by h.due limit $2 for update of h skip locked""",
            now, AT_ONCE,
        )  # fmt: skip
        active = await windows.active(connection, now) if rows else []
        for job in map(_job, rows):
            quiet = windows.covers(active, job.app, job.environment)
            await _late(connection, job, awake, now, quiet=quiet)


async def _late(
    connection: asyncpg.Connection, job: Job, awake: float, now: float, *, quiet: bool
) -> None:
    schedule = job.schedule
    if is_overlong(schedule, started=job.started, awake=awake, now=now):
        why = f"it has been running for more than {schedule.runs:g} s"
        job = replace(job, started=None)
    elif is_missed(schedule, due=job.due, awake=awake, now=now):
        why = "it did not report in time"
        # Counted once for each time that it should have.
        job = replace(job, due=next_due(schedule, now))
    else:
        return
    if quiet:
        await _keep(connection, job)
    else:
        await _judge(connection, job, up=False, why=why, now=now)


async def _judge(
    connection: asyncpg.Connection, job: Job, *, up: bool, why: str, now: float
) -> None:
    state, verdict = step(job.state, job.schedule.policy, up=up, at=now, is_open=job.is_open)
    await _keep(connection, replace(job, state=state))
    where = f"{job.app} ({job.environment})"
    if verdict == "opens":
        trouble = incidents.Trouble(
            app=job.app, environment=job.environment, kind="heartbeat", key=job.incident_key,
            title=f"{job.name} of {where} is not well", detail=why,
        )  # fmt: skip
        await incidents.begin(connection, trouble, now)
    elif verdict == "resolves":
        said = f"hears of {job.name} again"
        await incidents.end(connection, job.app, job.environment, job.incident_key, said, now)


async def _keep(connection: asyncpg.Connection, job: Job) -> None:
    await connection.execute(
        """update monitoring.heartbeats set last = to_timestamp($4), said = $5,
               started = to_timestamp($6), due = to_timestamp($7), state = $8
           where app = $1 and environment = $2 and name = $3""",
        job.app, job.environment, job.name, job.last, job.said, job.started, job.due,
        msgspec.json.encode(job.state).decode(),
    )  # fmt: skip
