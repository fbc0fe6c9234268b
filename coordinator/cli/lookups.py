"""Commands that look at pipelines: list, show, watch, explain, and source."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from coordinator.cli.outcome import follow, land
from coordinator.cli.output import CliError, Exit, ago, dump, duration, say
from coordinator.cli.session import session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bus.nats import NatsBus
    from bus.port import Recorded


async def list_(*, limit: int = 20, status: str = "", json: bool = False) -> int:
    """List pipelines, newest first.

    Parameters
    ----------
    limit: How many at most.
    status: Only those that are running, awaiting_approval, completed, failed, rolled_back, stuck.

    """
    import asyncpg  # noqa: PLC0415

    from coordinator.cli.session import quiet, reach  # noqa: PLC0415
    from coordinator.projection import recent  # noqa: PLC0415

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
    elif not rows:
        say('No pipelines yet. Start one with `genesis build "…"`.')
    for row in [] if json else rows:
        where = f"{row.environment} " if row.environment else ""
        what = " ".join(row.subject.split())[:60]
        say(f"{row.id}  {row.status:<17} {row.step:<11} {ago(row.started_at):<18} {where}{what}")
    return Exit.DONE


async def show(pipeline: str, /, *, json: bool = False) -> int:
    """Show the log of a pipeline: every command and event."""
    async with session() as (_, bus):
        entries = await known(bus, pipeline)
    if json:
        dump([{"sequence": e.sequence, "time": e.time, "message": e.message} for e in entries])
        return Exit.DONE
    from contracts import messages as m  # noqa: PLC0415
    from coordinator.cli.live import summary  # noqa: PLC0415

    first = entries[0].time
    for entry in entries:
        message = entry.message
        about = summary(message)
        if isinstance(message, m.Failed | m.PipelineFailed | m.PipelineRolledBack):
            about = f"{message.code}: {message.message}"
        elif isinstance(message, m.Approval | m.Cancel | m.Resolution):
            about = f"by {message.who}" + (f": {message.reason}" if message.reason else "")
        when = f"+{duration(entry.time - first)}"
        say(f"{entry.sequence:>6}  {when:<13} {m.tag(type(message)):<27} {about}")
    return Exit.DONE


async def watch(pipeline: str, /, *, json: bool = False) -> int:
    """Watch a pipeline until it ends, or waits for a person."""
    async with session() as (_, bus):
        await known(bus, pipeline)
        return await follow(bus, pipeline, as_json=json)


async def explain(pipeline: str, /, *, json: bool = False) -> int:
    """Say what a pipeline waits for, until when, what happens then, and who may act."""
    from coordinator import saga  # noqa: PLC0415
    from coordinator.explain import explain as explanation_of  # noqa: PLC0415

    async with session() as (_, bus):
        entries = await known(bus, pipeline)
    state = saga.State()
    for entry in entries:
        state = saga.fold(state, entry)
    found = explanation_of(pipeline, state)
    if json:
        dump(found)
        return Exit.DONE
    say(f"{found.pipeline} is {found.status}")
    say(f"waits for   {found.waits_for}")
    if found.since is not None and found.until is not None:
        import time  # noqa: PLC0415

        left = duration(max(0.0, found.until - time.time()))
        say(f"since       {ago(found.since)}; {left} left")
    for label, text in (("then", found.then), ("who", found.who)):
        if text:
            say(f"{label:<11} {text}")
    for step in found.what_to_do:
        say(f"you can     {step}")
    return Exit.DONE


async def source(pipeline: str, /, *, to: Path | None = None) -> int:
    """Write the source that a pipeline built into a folder.

    Parameters
    ----------
    to: The folder; ./<app>/ when not given. It must not be there yet.

    """
    from contracts import messages as m  # noqa: PLC0415

    async with session() as (_, bus):
        built = [
            entry.message
            for entry in await known(bus, pipeline)
            if isinstance(entry.message, m.BuildCompleted)
        ]
        if not built:
            raise CliError(
                f"pipeline {pipeline} has built nothing", hint=f"genesis show {pipeline}"
            )
        folder = await land(bus, built[-1], to)
    say(str(folder))
    return Exit.DONE


async def known(bus: NatsBus, pipeline: str) -> Sequence[Recorded]:
    """The log of a pipeline. Raises CliError when there is no such pipeline."""
    entries = await bus.read(pipeline) if re.fullmatch(r"[a-z0-9]{6,32}", pipeline) else ()
    if not entries:
        raise CliError(f"there is no pipeline {pipeline!r}", hint="see `genesis list`")
    return entries
