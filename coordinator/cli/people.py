"""Commands by which people decide: approve, reject, cancel, retry, rollback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from coordinator.cli.output import CliError, Exit, note, say
from coordinator.cli.session import session

if TYPE_CHECKING:
    from bus.nats import NatsBus
    from bus.settings import Settings
    from coordinator.decisions import Gate


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
    from coordinator import decisions  # noqa: PLC0415

    with _told():
        decisions.check_reason(reason)
    async with session() as (settings, bus):
        with _told():
            gate = await decisions.gate_of(bus, pipeline)
        if seen and seen != gate.sequence:
            raise CliError(
                f"what you saw ({seen}) is not what waits now ({gate.sequence});"
                " nothing was approved",
                hint=f"look again: genesis approve {pipeline}",
            )
        live = await _live(settings, gate)
        _show_gate(gate, live)
        if not yes and not asked("Approve?"):
            raise CliError(
                "nothing was approved", hint="answer yes, or pass --yes", code=Exit.WAITING
            )
        with _told():
            await decisions.decide(
                bus, _who(settings), gate, granted=True, live=live, reason=reason
            )
        say("Approved.")
        if not watch:
            return Exit.DONE
        from coordinator.cli.outcome import follow  # noqa: PLC0415

        return await follow(bus, pipeline, as_json=False, after=gate.state.last)


async def reject(pipeline: str, /, *, reason: str = "") -> int:
    """Refuse what a pipeline wants to do to production; it is taken back."""
    from coordinator import decisions  # noqa: PLC0415

    with _told():
        decisions.check_reason(reason)
    async with session() as (settings, bus):
        with _told():
            gate = await decisions.gate_of(bus, pipeline)
            await decisions.decide(
                bus, _who(settings), gate, granted=False, live=None, reason=reason
            )
    say("Refused; the pipeline ends and production is untouched.")
    return Exit.DONE


async def cancel(pipeline: str, /, *, reason: str = "") -> int:
    """Stop a pipeline and take back what it did; works in every state."""
    from coordinator import decisions  # noqa: PLC0415

    with _told():
        decisions.check_reason(reason)
    async with session() as (settings, bus):
        with _told():
            stopped = await decisions.cancel(bus, _who(settings), pipeline, reason=reason)
    if stopped:
        say(f"Cancelled. Watch it being taken back with `genesis watch {pipeline}`.")
    else:
        say(f"It is being taken back already. Watch it with `genesis watch {pipeline}`.")
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
    from coordinator import decisions  # noqa: PLC0415
    from coordinator.cli.outcome import follow  # noqa: PLC0415

    with _told():
        decisions.check_skip(pipeline, skip=skip, reason=reason)
    async with session() as (settings, bus):
        with _told():
            going = await decisions.retry(bus, _who(settings), pipeline, skip=skip, reason=reason)
        return await follow(bus, going.pipeline, as_json=False, after=going.after)


async def rollback(pipeline: str, /, *, reason: str = "", yes: bool = False) -> int:
    """Take back everything that a completed pipeline did.

    Parameters
    ----------
    reason
        Why, for the record.
    yes
        Do not ask.

    """
    from coordinator import decisions  # noqa: PLC0415
    from coordinator.cli.live import view  # noqa: PLC0415
    from coordinator.cli.live import watch as watch_log  # noqa: PLC0415

    with _told():
        decisions.check_reason(reason)
    async with session() as (settings, bus):
        with _told():
            state = await decisions.completed(bus, pipeline)
        if not yes and not asked(f"Take back what {pipeline} did?"):
            raise CliError("nothing was rolled back", hint="answer yes, or pass --yes")
        await decisions.rollback(bus, settings.nats_account, pipeline, reason=reason)
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
    if board.state.unwell:
        raise CliError(
            f"what is live again is not healthy: {board.state.unwell}",
            hint="mend the app and deploy it again",
        )
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


@contextmanager
def _told() -> Iterator[None]:
    """What is declined, as the command line says it."""
    from coordinator.decisions import Declined  # noqa: PLC0415

    try:
        yield
    except Declined as error:
        code = {"input": Exit.USAGE, "stuck": Exit.STUCK}.get(error.why, Exit.FAILED)
        raise CliError(str(error), hint=error.hint, code=code) from None


async def _live(settings: Settings, gate: Gate) -> str | None:
    """The release that would be replaced, "" for none; None where that is not known."""
    from agents.deployment import cli as deployment  # noqa: PLC0415

    assert gate.state.started is not None
    platform, asks = gate.state.started.request.platform, gate.asks
    try:
        return await deployment.live_release(settings, platform, asks.app, asks.environment)
    except deployment.Refused as error:
        note(f"what is live is not known: {error}")
        return None


def _show_gate(gate: Gate, live: str | None) -> None:
    from contracts import messages as m  # noqa: PLC0415

    assert gate.state.started is not None
    asks, request = gate.asks, gate.state.started.request
    built = gate.state.answers.get("build")
    note(f"{asks.app} to {asks.environment} on {request.platform}")
    note(f"  build       {asks.build_id}")
    if live is not None:
        note(f"  live now    {live or 'nothing'}")
    note(f"  migrations  {', '.join(asks.migrations) or 'none'}")
    if isinstance(built, m.BuildCompleted):
        note(f"  size        {built.bundle.size / 1_000_000:.1f} MB, packed")
    if not isinstance(request, m.DeployRequested):
        return
    if request.skip_migrations:
        note("  left out    the migrations")
    rows = (("commit", (request.commit,)), ("changes", request.changes),
            ("variables", request.variables), ("not checked", request.skipped),
            ("not known", request.inconclusive))  # fmt: skip
    for label, texts in rows:
        for text in filter(None, texts):
            note(f"  {label:<11} {text}")


def asked(question: str) -> bool:
    """Whether a person on a terminal says yes."""
    return sys.stdin.isatty() and input(f"{question} Type yes: ").strip() == "yes"


def _who(settings: Settings) -> str:
    return settings.nats_account or "guest"
