"""What people decide about pipelines, as messages of their own account on the bus.

The command line and the dashboard both decide by these, so that a click and a command are one.

Errors:
    Declined   nothing was decided; says why, and what to do next
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from bus.errors import Conflict
from bus.port import Bus, Recorded
from contracts import messages as m
from contracts.naming import pipeline_id
from coordinator import saga

MAX_REASON = 4_000
"""Characters of a reason; a longer one could not be read back from the log."""

Why = Literal["unknown", "state", "stuck", "input"]


class Declined(Exception):
    """Nothing was decided.

    `why` is "unknown" when there is no such pipeline, "state" when it is not in a state for it,
    "stuck" when it first needs a person's word on its undo, "input" when what was said is wrong.
    """

    def __init__(self, message: str, *, hint: str, why: Why = "state") -> None:
        super().__init__(message)
        self.hint = hint
        self.why: Why = why


class Gate(Struct, frozen=True, kw_only=True):
    """A pipeline that waits for approval, and the request's place in the log."""

    state: saga.State
    asks: m.AwaitingApproval
    sequence: int


async def log_of(bus: Bus, pipeline: str) -> Sequence[Recorded]:
    """The log of a pipeline. Raises Declined when there is no such pipeline."""
    entries = await bus.read(pipeline) if re.fullmatch(r"[a-z0-9]{6,32}", pipeline) else ()
    if not entries:
        raise Declined(
            f"there is no pipeline {pipeline!r}", hint="see `genesis list`", why="unknown"
        )
    return entries


async def state_of(bus: Bus, pipeline: str) -> saga.State:
    """What the log of a pipeline comes to. Raises Declined when there is no such pipeline."""
    return folded(await log_of(bus, pipeline))


def folded(entries: Sequence[Recorded]) -> saga.State:
    """What a log comes to."""
    state = saga.State()
    for entry in entries:
        state = saga.fold(state, entry)
    return state


def gate_in(state: saga.State) -> Gate | None:
    """What waits for approval; None when nothing does."""
    if state.open is None or not isinstance(state.open.message, m.AwaitingApproval):
        return None
    return Gate(state=state, asks=state.open.message, sequence=state.open.sequence)


async def gate_of(bus: Bus, pipeline: str) -> Gate:
    """What waits for approval. Raises Declined when nothing does."""
    gate = gate_in(await state_of(bus, pipeline))
    if gate is None:
        raise Declined(f"{pipeline} does not wait for approval", hint=f"genesis explain {pipeline}")
    return gate


def check_reason(reason: str) -> None:
    """Raises Declined when a reason is too long to be kept."""
    if len(reason) > MAX_REASON:
        raise Declined(
            f"the reason has {len(reason)} characters; the limit is {MAX_REASON}. Nothing was done",
            hint="say it in fewer words",
            why="input",
        )


def check_skip(pipeline: str, *, skip: bool, reason: str) -> None:
    """Raises Declined when a step would be left as it is without a reason that can be kept."""
    if skip and not reason.strip():
        raise Declined(
            "--skip needs a --reason, for the record; nothing was skipped",
            hint=f'genesis retry {pipeline} --skip --reason "…"',
            why="input",
        )
    check_reason(reason)


async def decide(
    bus: Bus, who: str, gate: Gate, *, granted: bool, live: str | None, reason: str
) -> None:
    """Approve or refuse exactly what was seen; `live` is the release that was live then.

    Raises Declined when the pipeline moved on.
    """
    check_reason(reason)
    approval = m.Approval(
        pipeline=gate.asks.pipeline, who=who, granted=granted, seen=gate.sequence, live=live,
        reason=reason,
    )  # fmt: skip
    await _append(bus, approval, gate.state)


async def cancel(bus: Bus, who: str, pipeline: str, *, reason: str) -> bool:
    """Stop a pipeline; False when it is being taken back already. Raises Declined."""
    check_reason(reason)
    state = await state_of(bus, pipeline)
    if state.verdict is not None:
        undo = f"to take back what it did: genesis rollback {pipeline}"
        raise Declined(
            f"{pipeline} has ended: {state.verdict}; nothing was cancelled",
            hint=undo if state.verdict == "completed" else f"genesis explain {pipeline}",
        )
    if state.stuck is not None:
        raise Declined(
            f"{pipeline} is stuck taking back {state.stuck.area}; nothing was cancelled",
            hint=f"genesis retry {pipeline}   or   genesis retry {pipeline} --skip --reason …",
            why="stuck",
        )
    if state.failure is not None:
        # What is said now would only interrupt the undo.
        return False
    await bus.publish(m.Cancel(pipeline=pipeline, who=who, reason=reason))
    return True


class Retried(Struct, frozen=True, kw_only=True):
    """What goes on now: `pipeline`, the same one or a new one; its entries above `after` are."""

    pipeline: str
    after: int


async def retry(bus: Bus, who: str, pipeline: str, *, skip: bool, reason: str) -> Retried:
    """Try a stuck undo again, or `skip` it; ask for a failed pipeline again. Raises Declined."""
    check_skip(pipeline, skip=skip, reason=reason)
    state = await state_of(bus, pipeline)
    if state.stuck is not None:
        action: Literal["skip", "retry"] = "skip" if skip else "retry"
        resolution = m.Resolution(pipeline=pipeline, who=who, action=action, reason=reason)
        await _append(bus, resolution, state)
        return Retried(pipeline=pipeline, after=state.last)
    if skip:
        raise Declined(
            f"{pipeline} is not stuck, so there is nothing to skip; nothing was started",
            hint=f"genesis explain {pipeline}",
        )
    if state.verdict not in ("failed", "rolled_back") or state.started is None:
        raise Declined(
            f"{pipeline} is neither stuck nor failed; nothing was started",
            hint=f"genesis explain {pipeline}",
        )
    identity = str(uuid.uuid4())
    request = msgspec.structs.replace(state.started.request, request_id=identity, requested_by=who)
    await bus.publish(request)
    return Retried(pipeline=pipeline_id(identity), after=0)


async def completed(bus: Bus, pipeline: str) -> saga.State:
    """A pipeline that can be taken back. Raises Declined for any other."""
    state = await state_of(bus, pipeline)
    if state.verdict != "completed":
        raise Declined(
            f"{pipeline} is not completed, so there is nothing to roll back",
            hint=f"genesis explain {pipeline}",
        )
    return state


async def rollback(bus: Bus, who: str, pipeline: str, *, reason: str) -> None:
    """Ask for everything that a completed pipeline did to be taken back."""
    check_reason(reason)
    await bus.publish(
        m.RollbackRequested(
            pipeline=pipeline, reason=reason, requested_by=who, request_id=str(uuid.uuid4())
        )
    )


async def _append(bus: Bus, message: m.PipelineMessage, state: saga.State) -> None:
    try:
        await bus.publish(message, after=state.last)
    except Conflict:
        raise Declined(
            "the pipeline moved on while you looked; nothing was decided",
            hint=f"look again: genesis explain {message.pipeline}",
        ) from None
