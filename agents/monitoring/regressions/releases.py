"""Watches a release after it was deployed: the incident when it does worse, and the rollback.

A release is `watched` until its time is over or it does worse. An app that is down in that time
has its incident already, which is the release's too; anything else opens one of its own. Both end
when the app does well again or another release is live. A rollback is wanted once at most for each
release, and only where the release before it was well.
"""

from __future__ import annotations

import asyncpg
import msgspec
from msgspec import Struct

from agents.monitoring import incidents
from agents.monitoring.regressions.compare import regressions
from agents.monitoring.regressions.measure import measured
from agents.monitoring.vitals.metrics import METRICS

BEFORE = 1800.0
"""Seconds before a deploy that stand for the release before; single looks are kept for longer."""
LONGEST = 1800.0
"""The longest that a release is watched, in seconds."""
CALM = 300.0
"""Seconds without anything worse after which a regression is over."""
EVERY = 5.0
"""Seconds between two comparisons."""
WELL = 0.9
"""The share of checks that must have been up for a release to be worth going back to."""
LEASE = 30.0
KEY = "regression"
THRESHOLDS = {name: metric.good for name, metric in METRICS.items()}


class Policy(Struct, frozen=True, kw_only=True):
    """How many seconds a release is watched (0: not at all), and whether it is rolled back."""

    seconds: float
    rollback: bool


class Deploy(Struct, frozen=True, kw_only=True):
    """A release that is watched; times are seconds since 1970."""

    pipeline: str
    app: str
    environment: str
    build_id: str
    previous: str
    at: float
    until: float
    state: str
    rollback: str
    since: float | None
    incident: str | None


class Wanted(Struct, frozen=True):
    """A rollback that is wanted and was not asked for yet."""

    pipeline: str
    why: str


async def begin(connection: asyncpg.Connection, pipeline: str, policy: Policy, now: float) -> None:
    """Watch the release of a pipeline that was just registered; nothing when it is already."""
    if policy.seconds <= 0:
        return
    row = await connection.fetchrow(
        """select m.app, m.environment, m.build_id, c.previous from monitoring.changes c
           join monitoring.monitors m using (app, environment, pipeline)
           where c.pipeline = $1 and not c.undone""",
        pipeline,
    )  # fmt: skip
    if row is None:
        return
    before = msgspec.json.decode(row["previous"]) if row["previous"] else {}
    previous = before.get("build_id", "") if before.get("pipeline") else ""
    if row["build_id"] == previous:
        return
    await connection.execute(
        """insert into monitoring.deploys
               (pipeline, app, environment, build_id, previous, at, until, rollback)
           values ($1, $2, $3, $4, $5, to_timestamp($6), to_timestamp($7), $8)
           on conflict do nothing""",
        pipeline, row["app"], row["environment"], row["build_id"], previous, now,
        now + min(policy.seconds, LONGEST), "ready" if policy.rollback and previous else "off",
    )  # fmt: skip


_AT_WORK = """
select d.pipeline, d.app, d.environment, d.build_id, d.previous, d.state, d.rollback,
    d.incident::text, extract(epoch from d.at)::float8 as at,
    extract(epoch from d.until)::float8 as until, extract(epoch from d.since)::float8 as since
from monitoring.deploys d where d.state in ('watched', 'regressed')
order by d.at for update skip locked
"""


async def compare_all(connection: asyncpg.Connection, now: float) -> None:
    """Look at every release that is being watched, each by one replica at a time."""
    async with connection.transaction():
        for row in await connection.fetch(_AT_WORK):
            deploy = Deploy(**dict(row))
            live = await connection.fetchval(
                "select pipeline from monitoring.monitors where app = $1 and environment = $2",
                deploy.app, deploy.environment,
            )  # fmt: skip
            if live != deploy.pipeline:
                await _gone(connection, deploy, now)
            elif deploy.state == "watched":
                await _watched(connection, deploy, now)
            else:
                await _regressed(connection, deploy, now)


async def _gone(connection: asyncpg.Connection, deploy: Deploy, now: float) -> None:
    why = f"does not run build {deploy.build_id} any more"
    await incidents.end(connection, deploy.app, deploy.environment, KEY, why, now)
    await connection.execute(
        """update monitoring.deploys set state = 'gone',
               rollback = case when rollback = 'ready' then 'off' else rollback end
           where pipeline = $1""",
        deploy.pipeline,
    )  # fmt: skip


async def _watched(connection: asyncpg.Connection, deploy: Deploy, now: float) -> None:
    down = await connection.fetchrow(
        """select id::text, summary from monitoring.incidents
           where app = $1 and environment = $2 and key = 'uptime' and resolved_at is null
               and opened_at >= to_timestamp($3)""",
        deploy.app, deploy.environment, deploy.at,
    )  # fmt: skip
    if down is not None:
        await _does_worse(connection, deploy, down["summary"], down["id"], now)
        return
    worse = await _worse(connection, deploy, deploy.at, now)
    if worse:
        incident = await incidents.begin(connection, _trouble(deploy, worse), now)
        await _does_worse(connection, deploy, "; ".join(worse), incident, now)
    elif now > deploy.until:
        await _is_now(connection, deploy, "passed")


async def _worse(
    connection: asyncpg.Connection, deploy: Deploy, begins: float, now: float
) -> tuple[str, ...]:
    if not deploy.previous:
        return ()
    where = (deploy.app, deploy.environment)
    before = await measured(connection, *where, deploy.previous, deploy.at - BEFORE, deploy.at)
    after = await measured(connection, *where, deploy.build_id, begins, now)
    return regressions(before, after, THRESHOLDS)


def _trouble(deploy: Deploy, worse: tuple[str, ...]) -> incidents.Trouble:
    return incidents.Trouble(
        app=deploy.app, environment=deploy.environment, kind="regression", key=KEY,
        title=f"build {deploy.build_id} of {deploy.app} ({deploy.environment}) does worse"
        f" than {deploy.previous}",
        detail="; ".join(worse),
    )  # fmt: skip


async def _does_worse(
    connection: asyncpg.Connection, deploy: Deploy, why: str, incident: str | None, now: float
) -> None:
    rollback, hindrance = deploy.rollback, ""
    if rollback == "ready":
        hindrance = await _hindrance(connection, deploy)
        rollback = "unsafe" if hindrance else "wanted"
    await connection.execute(
        """update monitoring.deploys set state = 'regressed', since = to_timestamp($2),
               incident = $3::text::uuid, why = $4, rollback = $5 where pipeline = $1""",
        deploy.pipeline, now, incident, why[:1000], rollback,
    )  # fmt: skip
    if incident is None:
        return
    said = f"build {deploy.build_id} was deployed {now - deploy.at:.0f} s ago"
    await incidents.happened(connection, incident, "release", said, now)
    if rollback == "wanted":
        said = f"going back to build {deploy.previous} is asked for"
        await incidents.happened(connection, incident, "rollback", said, now)
    elif rollback == "unsafe":
        said = f"nothing is rolled back: {hindrance}"
        await incidents.happened(connection, incident, "rollback", said, now)


async def _hindrance(connection: asyncpg.Connection, deploy: Deploy) -> str:
    """Why going back to the release before would not help; "" when it should."""
    where = (deploy.app, deploy.environment)
    if await connection.fetchval(_OTHERS_DOWN, *where, deploy.at):
        return "most of the other apps have begun to fail as well"
    before = await measured(connection, *where, deploy.previous, deploy.at - BEFORE, deploy.at)
    was_open = await connection.fetchval(_OPEN_THEN, *where, deploy.at)
    if was_open or (before.checks - before.failed) < WELL * before.checks:
        return f"build {deploy.previous} was not well either"
    return ""


_OTHERS_DOWN = """
select count(*) > 0 and 2 * count(*) filter (where (m.state->>'streak')::integer < 0
    and (m.state->>'since')::float8 >= $3) >= count(*)
from monitoring.monitors m where (m.app, m.environment) <> ($1, $2)
"""
_OPEN_THEN = """
select exists (select from monitoring.incidents
    where app = $1 and environment = $2 and key = 'uptime' and opened_at < to_timestamp($3)
        and (resolved_at is null or resolved_at > to_timestamp($3)))
"""


async def _regressed(connection: asyncpg.Connection, deploy: Deploy, now: float) -> None:
    kind = await connection.fetchval(
        """select kind from monitoring.incidents
           where id = $1::text::uuid and resolved_at is null""",
        deploy.incident,
    )  # fmt: skip
    if kind is None:
        await _is_now(connection, deploy, "recovered")
    elif kind == "regression" and now - (deploy.since or now) >= CALM:
        if await _worse(connection, deploy, now - CALM, now):
            return
        why = f"does as well with build {deploy.build_id} as before"
        await incidents.end(connection, deploy.app, deploy.environment, KEY, why, now)
        await _is_now(connection, deploy, "recovered")


async def _is_now(connection: asyncpg.Connection, deploy: Deploy, state: str) -> None:
    await connection.execute(
        """update monitoring.deploys set state = $2,
               rollback = case when rollback = 'ready' then 'off' else rollback end
           where pipeline = $1""",
        deploy.pipeline, state,
    )  # fmt: skip


async def take_wanted(connection: asyncpg.Connection, now: float) -> list[Wanted]:
    """The rollbacks that are wanted and were not asked for; nobody else gets them for a while.

    One whose release is not live any more is not wanted any more.
    """
    rows = await connection.fetch(
        """update monitoring.deploys d set telling_until = to_timestamp($1 + $2::float8)
           from (
               select d.pipeline from monitoring.deploys d
               join monitoring.monitors m using (app, environment, pipeline)
               where d.rollback = 'wanted' and (telling_until is null
                   or telling_until < to_timestamp($1)
                   or telling_until > to_timestamp($1 + 2 * $2::float8))
               for update of d skip locked
           ) taken where taken.pipeline = d.pipeline
           returning d.pipeline, d.why""",
        now, LEASE,
    )  # fmt: skip
    return [Wanted(row["pipeline"], row["why"]) for row in rows]


async def asked(connection: asyncpg.Connection, pipeline: str) -> None:
    """The rollback of a pipeline was asked for."""
    await connection.execute(
        "update monitoring.deploys set rollback = 'asked' where pipeline = $1", pipeline
    )
