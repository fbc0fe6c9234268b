"""Commands that look at pipelines: list, show, watch, explain, and source."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from coordinator.cli.outcome import follow, land
from coordinator.cli.output import CliError, Exit, ago, dump, duration, say
from coordinator.cli.session import session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bus.nats import NatsBus
    from bus.port import Recorded
    from coordinator.explain import Explanation
    from coordinator.projection import Row


STATUSES = (
    "running", "awaiting_approval", "rolling_back", "stuck", "completed", "failed", "rolled_back",
)  # fmt: skip
"""What a pipeline in a list can be; see `coordinator.explain.status_of`."""


async def list_(*, limit: int = 20, status: str = "", json: bool = False) -> int:
    """List pipelines, newest first.

    Parameters
    ----------
    limit
        How many at most.
    status
        Only those that are running, awaiting_approval, rolling_back, stuck, completed, failed,
        rolled_back.

    """
    import asyncpg  # noqa: PLC0415

    from coordinator.cli.session import quiet, reach  # noqa: PLC0415
    from coordinator.projection import recent  # noqa: PLC0415

    if status and status not in STATUSES:
        raise CliError(
            f"no pipeline is ever {status!r}", hint=f"known: {', '.join(STATUSES)}", code=Exit.USAGE
        )
    if limit < 1:
        raise CliError(
            f"--limit {limit} leaves nothing to list", hint="use 1 or more", code=Exit.USAGE
        )
    quiet()
    settings = await reach(start=False)
    try:
        rows = await recent(settings.database_url.reveal(), limit=limit, status=status)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise CliError(
            f"the list is not readable: {error}", hint="pipelines go on; see `genesis doctor`"
        ) from None
    if json:
        dump(rows)
    elif not rows and status:
        say(f"No pipeline is {status}.")
    elif not rows:
        say('No pipelines yet. Start one with `genesis build "…"`.')
    for row in [] if json else rows:
        say(_listed(row))
    return Exit.DONE


def _listed(row: Row) -> str:
    where = f"{row.environment} " if row.environment else ""
    what = " ".join(row.subject.split())[:60]
    return f"{row.id}  {row.status:<17} {row.step:<11} {ago(row.started_at):<18} {where}{what}"


async def show(pipeline: str, /, *, trace: bool = False, json: bool = False) -> int:
    """Show the log of a pipeline: every command and event.

    Parameters
    ----------
    trace
        Show what became of every sentence of the idea instead: tasks, files, tests.
    json
        Print it as JSON.

    """
    async with session() as (_, bus):
        entries = await known(bus, pipeline)
        if trace:
            return await _show_trace(bus, pipeline, entries, as_json=json)
    if json:
        dump([{"sequence": e.sequence, "time": e.time, "message": e.message} for e in entries])
        return Exit.DONE
    from contracts import messages as m  # noqa: PLC0415
    from coordinator.board import about  # noqa: PLC0415

    first = entries[0].time
    for entry in entries:
        when = f"+{duration(max(0.0, entry.time - first))}"
        kind = m.tag(type(entry.message))
        say(f"{entry.sequence:>6}  {when:<13} {kind:<27} {about(entry.message)}".rstrip())
    return Exit.DONE


async def _show_trace(
    bus: NatsBus, pipeline: str, entries: Sequence[Recorded], *, as_json: bool
) -> int:
    from contracts import messages as m  # noqa: PLC0415
    from coordinator.cli import traced  # noqa: PLC0415

    said = (entry.message for entry in entries)
    built = [each for each in said if isinstance(each, m.BuildCompleted | m.BuildFailed)]
    report = built[-1].report if built else None
    found = await traced.trace_of(bus, report) if report is not None else ()
    if not found:
        raise CliError(
            f"no build of {pipeline} says what became of an idea",
            hint=f"genesis explain {pipeline}",
        )
    if as_json:
        dump(found)
    else:
        traced.sheet_of(found).show()
    return Exit.DONE


async def watch(pipeline: str, /, *, json: bool = False) -> int:
    """Watch a pipeline until it ends, or waits for a person."""
    async with session() as (_, bus):
        await known(bus, pipeline)
        return await follow(bus, pipeline, as_json=json)


async def explain(pipeline: str, /, *, json: bool = False) -> int:
    """Say what a pipeline waits for, until when, what happens then, and who may act."""
    import time  # noqa: PLC0415

    from coordinator.explain import explain as explanation_of  # noqa: PLC0415

    async with session() as (_, bus):
        entries = await known(bus, pipeline)
    found = explanation_of(pipeline, entries)
    if json:
        dump(found)
    for line in [] if json else explained(found, time.time()):
        say(line)
    return Exit.DONE


def explained(found: Explanation, now: float) -> list[str]:
    """An explanation for people, at `now` in seconds since 1970."""
    since = ""
    if found.since is not None:
        since = f"{duration(max(0.0, now - found.since))} ago"
    if found.until is not None:
        since += f"; {duration(max(0.0, found.until - now))} left"
    rows = (
        ("waits for", found.waits_for),
        ("since", since),
        ("then", found.then),
        ("who", found.who),
        *(("you can", step) for step in found.what_to_do),
    )
    return [
        f"{found.pipeline} is {found.status}",
        *(f"{label:<11} {text}" for label, text in rows if text),
    ]


async def source(pipeline: str, /, *, to: Path | None = None) -> int:
    """Write the source that a pipeline built into a folder.

    Parameters
    ----------
    to
        The folder; ./<app>/ when not given. It must not be there yet.

    """
    from contracts import messages as m  # noqa: PLC0415

    async with session() as (_, bus):
        said = [entry.message for entry in await known(bus, pipeline)]
        built = [message for message in said if isinstance(message, m.BuildCompleted)]
        plans = [message.plan for message in said if isinstance(message, m.PlanCompleted)]
        if not built:
            raise CliError(
                f"pipeline {pipeline} has built nothing", hint=f"genesis explain {pipeline}"
            )
        plan = plans[-1] if plans else None
        folder = await land(bus, pipeline, built[-1], to, plan=plan)
    say(str(folder))
    return Exit.DONE


async def known(bus: NatsBus, pipeline: str) -> Sequence[Recorded]:
    """The log of a pipeline. Raises CliError when there is no such pipeline."""
    from coordinator.decisions import Declined, log_of  # noqa: PLC0415

    try:
        return await log_of(bus, pipeline)
    except Declined as error:
        raise CliError(str(error), hint=error.hint) from None
