"""Commands by which people decide: approve, reject, cancel, retry, rollback."""

from __future__ import annotations

import sys
import uuid
from typing import TYPE_CHECKING

from coordinator.cli.output import CliError, Exit, note, say
from coordinator.cli.session import session

if TYPE_CHECKING:
    from bus.nats import NatsBus
    from bus.settings import Settings
    from contracts import messages as m
    from coordinator import saga


MAX_REASON = 4_000
"""Characters of a reason; a longer one could not be read back from the log."""


async def approve(
    pipeline: str, /, *, reason: str = "", yes: bool = False, seen: int = 0, watch: bool = True
) -> int:
    """Approve what a pipeline wants to do to production, after showing it.

    Parameters
    ----------
    reason
        Why, for the record.
    yes
        Do not ask.
    seen
        Refuse unless this is still the request to approve (its sequence in `genesis show`).
    watch
        Go on watching the pipeline.

    """
    from agents.deployment import cli as deployment  # noqa: PLC0415

    _check_reason(reason)
    async with session() as (settings, bus):
        state, gate, sequence = await _gate(bus, pipeline)
        if seen and seen != sequence:
            raise CliError(
                f"what you saw ({seen}) is not what waits now ({sequence}); nothing was approved",
                hint=f"look again: genesis approve {pipeline}",
            )
        assert state.started is not None
        platform, live = state.started.request.platform, None
        try:
            live = await deployment.live_release(settings, platform, gate.app, gate.environment)
        except deployment.Refused as error:
            note(f"what is live is not known: {error}")
        _show_gate(gate, state, live)
        if not yes and not asked("Approve?"):
            raise CliError(
                "nothing was approved", hint="answer yes, or pass --yes", code=Exit.WAITING
            )
        await _decide(settings, bus, state, granted=True, seen=sequence, live=live, reason=reason)
        say("Approved.")
        if not watch:
            return Exit.DONE
        from coordinator.cli.outcome import follow  # noqa: PLC0415

        return await follow(bus, pipeline, as_json=False, after=state.last)


async def reject(pipeline: str, /, *, reason: str = "") -> int:
    """Refuse what a pipeline wants to do to production; it is taken back."""
    _check_reason(reason)
    async with session() as (settings, bus):
        state, _, sequence = await _gate(bus, pipeline)
        await _decide(settings, bus, state, granted=False, seen=sequence, live=None, reason=reason)
    say("Refused; the pipeline ends and production is untouched.")
    return Exit.DONE


async def cancel(pipeline: str, /, *, reason: str = "") -> int:
    """Stop a pipeline and take back what it did; works in every state."""
    from contracts import messages as m  # noqa: PLC0415

    _check_reason(reason)
    async with session() as (settings, bus):
        state = await _state(bus, pipeline)
        if state.verdict is not None:
            undo = f"to take back what it did: genesis rollback {pipeline}"
            raise CliError(
                f"{pipeline} has ended: {state.verdict}; nothing was cancelled",
                hint=undo if state.verdict == "completed" else f"genesis explain {pipeline}",
            )
        if state.stuck is not None:
            raise CliError(
                f"{pipeline} is stuck taking back {state.stuck.area}; nothing was cancelled",
                hint=f"genesis retry {pipeline}   or   genesis retry {pipeline} --skip --reason …",
                code=Exit.STUCK,
            )
        if state.failure is not None:
            # What is said now would only interrupt the undo.
            say(f"It is being taken back already. Watch it with `genesis watch {pipeline}`.")
            return Exit.DONE
        await bus.publish(m.Cancel(pipeline=pipeline, who=_who(settings), reason=reason))
    say(f"Cancelled. Watch it being taken back with `genesis watch {pipeline}`.")
    return Exit.DONE


async def retry(pipeline: str, /, *, skip: bool = False, reason: str = "") -> int:
    """Try a stuck pipeline again; run the request of a failed one again.

    Parameters
    ----------
    skip
        Leave the step that is stuck as it is, and go on; needs --reason.
    reason
        Why, for the record.

    """
    import msgspec  # noqa: PLC0415

    from contracts import messages as m  # noqa: PLC0415
    from contracts.naming import pipeline_id  # noqa: PLC0415
    from coordinator.cli.outcome import follow  # noqa: PLC0415

    if skip and not reason.strip():
        raise CliError(
            "--skip needs a --reason, for the record; nothing was skipped",
            hint=f'genesis retry {pipeline} --skip --reason "…"',
            code=Exit.USAGE,
        )
    _check_reason(reason)
    async with session() as (settings, bus):
        state = await _state(bus, pipeline)
        if state.stuck is not None:
            resolution = m.Resolution(
                pipeline=pipeline,
                who=_who(settings),
                action="skip" if skip else "retry",
                reason=reason,
            )
            await _publish(bus, resolution, state)
            return await follow(bus, pipeline, as_json=False, after=state.last)
        if skip:
            raise CliError(
                f"{pipeline} is not stuck, so there is nothing to skip; nothing was started",
                hint=f"genesis explain {pipeline}",
            )
        if state.verdict not in ("failed", "rolled_back") or state.started is None:
            raise CliError(
                f"{pipeline} is neither stuck nor failed; nothing was started",
                hint=f"genesis explain {pipeline}",
            )
        request = msgspec.structs.replace(
            state.started.request,
            request_id=str(uuid.uuid4()),
            requested_by=settings.nats_account,
        )
        await bus.publish(request)
        return await follow(bus, pipeline_id(request.request_id or ""), as_json=False)


async def rollback(pipeline: str, /, *, reason: str = "", yes: bool = False) -> int:
    """Take back everything that a completed pipeline did.

    Parameters
    ----------
    reason
        Why, for the record.
    yes
        Do not ask.

    """
    from contracts import messages as m  # noqa: PLC0415
    from coordinator.cli.live import view  # noqa: PLC0415
    from coordinator.cli.live import watch as watch_log  # noqa: PLC0415

    _check_reason(reason)
    async with session() as (settings, bus):
        state = await _state(bus, pipeline)
        if state.verdict != "completed":
            raise CliError(
                f"{pipeline} is not completed, so there is nothing to roll back",
                hint=f"genesis explain {pipeline}",
            )
        if not yes and not asked(f"Take back what {pipeline} did?"):
            raise CliError("nothing was rolled back", hint="answer yes, or pass --yes")
        await bus.publish(
            m.RollbackRequested(
                pipeline=pipeline,
                reason=reason,
                requested_by=settings.nats_account,
                request_id=str(uuid.uuid4()),
            )
        )
        board = await watch_log(bus, pipeline, view(as_json=False), after=state.last)
    if board.state.stuck is not None:
        raise CliError(
            f"stuck: {board.state.stuck.why}",
            hint=f"genesis explain {pipeline}",
            code=Exit.STUCK,
        )
    if board.state.verdict != "rolled_back":
        raise CliError(
            f"{pipeline} is not rolled back: somebody else spoke to it meanwhile",
            hint=f"genesis explain {pipeline}",
        )
    say(f"Rolled back: {', '.join(board.state.undone) or 'nothing'}.")
    if board.state.skipped:
        say(f"Left as it is: {', '.join(board.state.skipped)}.")
    return Exit.DONE


async def approve_in_advance(settings: Settings, bus: NatsBus, pipeline: str) -> None:
    """Record `--yes`: an approval before anything was seen.

    To be given before the request: later it would overtake a command, which is then asked again.
    """
    from contracts import messages as m  # noqa: PLC0415

    approval = m.Approval(
        pipeline=pipeline, who=_who(settings), granted=True, seen=0, automatic=True, reason="--yes"
    )
    await bus.publish(approval, after=0)


async def _gate(bus: NatsBus, pipeline: str) -> tuple[saga.State, m.AwaitingApproval, int]:
    from contracts import messages as m  # noqa: PLC0415

    state = await _state(bus, pipeline)
    if state.open is None or not isinstance(state.open.message, m.AwaitingApproval):
        raise CliError(f"{pipeline} does not wait for approval", hint=f"genesis explain {pipeline}")
    return state, state.open.message, state.open.sequence


async def _state(bus: NatsBus, pipeline: str) -> saga.State:
    from coordinator import saga  # noqa: PLC0415
    from coordinator.cli.lookups import known  # noqa: PLC0415

    state = saga.State()
    for entry in await known(bus, pipeline):
        state = saga.fold(state, entry)
    return state


async def _decide(
    settings: Settings,
    bus: NatsBus,
    state: saga.State,
    *,
    granted: bool,
    seen: int,
    live: str | None,
    reason: str,
) -> None:
    from contracts import messages as m  # noqa: PLC0415

    assert state.started is not None
    approval = m.Approval(
        pipeline=state.started.pipeline, who=_who(settings), granted=granted, seen=seen,
        live=live, reason=reason,
    )  # fmt: skip
    await _publish(bus, approval, state)


async def _publish(bus: NatsBus, message: m.PipelineMessage, state: saga.State) -> None:
    from bus.errors import Conflict  # noqa: PLC0415

    try:
        await bus.publish(message, after=state.last)
    except Conflict:
        raise CliError(
            "the pipeline moved on while you looked; nothing was decided",
            hint=f"look again: genesis explain {message.pipeline}",
        ) from None


def _check_reason(reason: str) -> None:
    if len(reason) > MAX_REASON:
        raise CliError(
            f"the reason has {len(reason)} characters; the limit is {MAX_REASON}. Nothing was done",
            hint="say it in fewer words",
            code=Exit.USAGE,
        )


def _show_gate(gate: m.AwaitingApproval, state: saga.State, live: str | None) -> None:
    from contracts import messages as m  # noqa: PLC0415

    assert state.started is not None
    request, built = state.started.request, state.answers.get("build")
    note(f"{gate.app} to {gate.environment} on {request.platform}")
    note(f"  build       {gate.build_id}")
    if live is not None:
        note(f"  live now    {live or 'nothing'}")
    note(f"  migrations  {', '.join(gate.migrations) or 'none'}")
    if isinstance(built, m.BuildCompleted):
        note(f"  size        {built.bundle.size / 1_000_000:.1f} MB, packed")
    if not isinstance(request, m.DeployRequested):
        return
    if request.skip_migrations:
        note("  left out    the migrations")
    rows = (("commit", (request.commit,)), ("changes", request.changes),
            ("variables", request.variables), ("not checked", request.skipped))  # fmt: skip
    for label, texts in rows:
        for text in filter(None, texts):
            note(f"  {label:<11} {text}")


def asked(question: str) -> bool:
    """Whether a person on a terminal says yes."""
    return sys.stdin.isatty() and input(f"{question} Type yes: ").strip() == "yes"


def _who(settings: Settings) -> str:
    return settings.nats_account or "guest"
