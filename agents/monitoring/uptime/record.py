"""Keeps what looks saw, and opens and resolves the incidents of their monitors.

One transaction for all looks of a round. A look that came too late, or at an app that is watched
differently by now, is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from agents.monitoring import incidents
from agents.monitoring.findings import report
from agents.monitoring.uptime import certificate, windows, witnesses
from agents.monitoring.uptime.judging import (
    State,
    Verdict,
    being_deployed,
    forgiven,
    is_flapping,
    next_look,
    step,
)
from agents.monitoring.uptime.probe import Look
from agents.monitoring.uptime.turns import Turn

DETAIL = 500


class Seen(Struct, frozen=True):
    """What came of a turn."""

    turn: Turn
    look: Look


class _Kept(Struct, frozen=True, kw_only=True):
    """A look that counts for its monitor, with what is known of it."""

    seen: Seen
    state: State
    since: float
    is_open: bool
    maintained: bool


class _Outcome(Struct, frozen=True, kw_only=True):
    """What becomes of a monitor: `sooner` is seconds until the next look, None for its turn."""

    state: State
    verdict: Verdict | None
    counted: bool = True
    detail: str = ""
    sooner: float | None = None


async def record(connection: asyncpg.Connection, seen: Sequence[Seen], now: float) -> None:
    """Keep looks, and do to incidents what they say."""
    if not seen:
        return
    async with connection.transaction():
        kept = await _returned(connection, seen, now)
        outcomes = [await _outcome(connection, each, now) for each in kept]
        await _insert(connection, kept, outcomes, now)
        await _update(connection, kept, outcomes, now)
        for each, outcome in zip(kept, outcomes, strict=True):
            await _apply(connection, each, outcome, now)


_RETURN = """
update monitoring.monitors m
set lease = null, looked_at = to_timestamp($5),
    answered_at = case when s.answered then to_timestamp($5) else m.answered_at end
from unnest($1::text[], $2::text[], $3::uuid[], $4::boolean[])
    as s (app, environment, lease, answered)
where m.app = s.app and m.environment = s.environment and m.lease = s.lease
returning m.lease, m.app, m.environment, m.state, extract(epoch from m.since)::float8 as since,
    exists (select from monitoring.incidents i where i.app = m.app
        and i.environment = m.environment and i.key = 'uptime' and i.resolved_at is null) as is_open
"""


async def _returned(
    connection: asyncpg.Connection, seen: Sequence[Seen], now: float
) -> list[_Kept]:
    """Give the turns back; those that were still ours."""
    by_place = {_place(each): each for each in seen}
    rows = await connection.fetch(
        _RETURN, [each.turn.monitor.app for each in seen],
        [each.turn.monitor.environment for each in seen], [each.turn.lease for each in seen],
        [each.look.status is not None for each in seen], now,
    )  # fmt: skip
    active = await windows.active(connection, now)
    return [
        _Kept(
            seen=by_place[row["app"], row["environment"]],
            state=msgspec.json.decode(row["state"], type=State),
            since=row["since"], is_open=row["is_open"],
            maintained=windows.covers(active, row["app"], row["environment"]),
        )
        for row in rows
    ]  # fmt: skip


def _place(seen: Seen) -> tuple[str, str]:
    return seen.turn.monitor.app, seen.turn.monitor.environment


async def _outcome(connection: asyncpg.Connection, kept: _Kept, now: float) -> _Outcome:
    look, state = kept.seen.look, kept.state
    if kept.maintained and not look.up:
        detail = f"maintenance: {look.detail}"
        return _Outcome(state=forgiven(state), verdict=None, counted=False, detail=detail)
    if look.fault == "build":
        state, waits = being_deployed(state, now)
        if waits and not kept.is_open:
            detail = f"being deployed: {look.detail}"
            return _Outcome(state=forgiven(state), verdict=None, counted=False, detail=detail)
    elif state.other:
        state = replace(state, other=0)
    policy, every = kept.seen.turn.monitor.options.policy, kept.seen.turn.every
    after, verdict = step(state, policy, up=look.up, at=now, is_open=kept.is_open)
    if verdict == "opens" and not await witnesses.testify(
        connection, kept.seen.turn.monitor, look.fault, since=after.since, now=now
    ):
        # Nothing is remembered of it, so that the next look asks the same again.
        detail = f"inconclusive: {look.detail}"
        return _Outcome(
            state=state, verdict=None, counted=False, detail=detail,
            sooner=next_look(state, policy, every, is_open=False),
        )  # fmt: skip
    is_open = kept.is_open if verdict == "stays" else verdict == "opens"
    wait = next_look(after, policy, every, is_open=is_open)
    return _Outcome(
        state=after, verdict=verdict, counted=not kept.maintained, detail=look.detail,
        sooner=wait if wait < every else None,
    )  # fmt: skip


async def _insert(
    connection: asyncpg.Connection, kept: Sequence[_Kept], outcomes: Sequence[_Outcome], now: float
) -> None:
    looks = [each.seen.look for each in kept]
    await connection.execute(
        """insert into monitoring.checks
               (app, environment, up, status, milliseconds, detail, counted, at)
           select *, to_timestamp($8) from unnest($1::text[], $2::text[], $3::boolean[],
               $4::integer[], $5::float8[], $6::text[], $7::boolean[])""",
        [each.seen.turn.monitor.app for each in kept],
        [each.seen.turn.monitor.environment for each in kept],
        [look.up for look in looks], [look.status for look in looks],
        [look.milliseconds for look in looks], [_text(each.detail) for each in outcomes],
        [each.counted for each in outcomes], now,
    )  # fmt: skip


async def _update(
    connection: asyncpg.Connection, kept: Sequence[_Kept], outcomes: Sequence[_Outcome], now: float
) -> None:
    """Remember what changed; most looks change nothing."""
    changed = [
        (each, outcome)
        for each, outcome in zip(kept, outcomes, strict=True)
        if outcome.state != each.state or outcome.sooner is not None
    ]
    if not changed:
        return
    await connection.execute(
        """update monitoring.monitors m
           set state = s.state::jsonb,
               next_check = case when s.sooner is null then m.next_check
                   else least(m.next_check, to_timestamp($5 + s.sooner)) end
           from unnest($1::text[], $2::text[], $3::text[], $4::float8[])
               as s (app, environment, state, sooner)
           where m.app = s.app and m.environment = s.environment""",
        [each.seen.turn.monitor.app for each, _ in changed],
        [each.seen.turn.monitor.environment for each, _ in changed],
        [msgspec.json.encode(outcome.state).decode() for _, outcome in changed],
        [outcome.sooner for _, outcome in changed], now,
    )  # fmt: skip


async def _apply(
    connection: asyncpg.Connection, kept: _Kept, outcome: _Outcome, now: float
) -> None:
    app, environment = _place(kept.seen)
    monitor, look = kept.seen.turn.monitor, kept.seen.look
    if outcome.verdict == "opens":
        detail = outcome.detail or "it is not up"
        if is_flapping(outcome.state, now):
            detail += "; it comes and goes"
        trouble = incidents.Trouble(
            app=app, environment=environment, kind="uptime", key="uptime",
            title=f"{app} ({environment}) is down", detail=detail, url=monitor.url,
        )  # fmt: skip
        await incidents.begin(connection, trouble, now)
    elif outcome.verdict == "resolves":
        await incidents.end(connection, app, environment, "uptime", "is up again", now)
    elif kept.is_open and not look.up:
        await _changed(connection, kept, now)
    await _certificate(connection, kept, outcome, now)


async def _changed(connection: asyncpg.Connection, kept: _Kept, now: float) -> None:
    """An incident goes on; its timeline has what is seen now, when that is something else."""
    app, environment = _place(kept.seen)
    incident = await connection.fetchval(
        """select id::text from monitoring.incidents
           where app = $1 and environment = $2 and key = 'uptime' and resolved_at is null""",
        app, environment,
    )  # fmt: skip
    if incident is not None:
        await incidents.happened(connection, incident, "seen", kept.seen.look.detail, now)


async def _certificate(
    connection: asyncpg.Connection, kept: _Kept, outcome: _Outcome, now: float
) -> None:
    ends = kept.seen.look.certificate
    if ends is None:
        return
    app, environment = _place(kept.seen)
    monitor = kept.seen.turn.monitor
    told, finding = certificate.change(
        app, environment, monitor.url, outcome.state.certificate, ends, now,
        monitor.options.certificate_days,
    )  # fmt: skip
    if finding is None:
        return
    await report(connection, finding)
    await connection.execute(
        """update monitoring.monitors
           set state = state || jsonb_build_object('certificate', $3::text)
           where app = $1 and environment = $2""",
        app, environment, told,
    )  # fmt: skip


def _text(text: str) -> str:
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()[:DETAIL]
