"""`python tests/support/noop_agent.py <area>`: an agent that does nothing, as a real process.

NOOP_MS is how long it does nothing, in milliseconds; NOOP_FAIL the percentage of `run`s that
fail instead. Undoing always works.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

# In place of this folder, whose nats.py would hide the client of that name.
sys.path[0] = str(Path(__file__).parents[2])

from agents.runner import Work, serve_works
from agents.work import AgentError, Context
from bus.nats import open_bus
from bus.process import run
from bus.settings import Settings
from contracts import messages as m

NOTHING = m.Artifact(sha256="0" * 64, size=0)


ANSWERS: dict[type[m.Command], Callable[[str], m.PipelineMessage]] = {
    m.ScoutRun: lambda to: m.ScoutCompleted(pipeline=to, report=NOTHING),
    m.PlanRun: lambda to: m.PlanCompleted(pipeline=to, plan=NOTHING, app="noop", title="Noop"),
    m.BuildRun: lambda to: m.BuildCompleted(
        pipeline=to, app="noop", source=NOTHING, bundle=NOTHING, report=NOTHING, build_id="noop"
    ),
    m.MigrationRun: lambda to: m.MigrationCompleted(pipeline=to),
    m.DeploymentRun: lambda to: m.DeploymentCompleted(
        pipeline=to, url="http://127.0.0.1", release="noop"
    ),
    m.MonitoringRun: lambda to: m.MonitoringCompleted(pipeline=to, monitor="noop", interval=5),
    m.BuildRollback: lambda to: m.BuildRolledBack(pipeline=to),
    m.MigrationRollback: lambda to: m.MigrationRolledBack(pipeline=to),
    m.DeploymentRollback: lambda to: m.DeploymentRolledBack(pipeline=to),
    m.MonitoringRollback: lambda to: m.MonitoringRolledBack(pipeline=to),
}
"""What an agent answers whose work went well."""


def functions(area: m.Area, *, milliseconds: float = 0, fail: float = 0) -> dict[str, Work]:
    """What such an agent answers, by command."""

    async def work(command: m.Command, _: Context) -> m.PipelineMessage:
        if milliseconds:
            await asyncio.sleep(milliseconds / 1000)
        if not isinstance(command, m.COMPENSATIONS) and random.random() * 100 < fail:
            raise AgentError("no_luck", "failed at random")
        return ANSWERS[type(command)](command.pipeline)

    orders = (*m.COMMANDS, *m.COMPENSATIONS)
    return {m.tag(kind): work for kind in orders if m.area_of(kind) == area}


def main(area: m.Area) -> int:
    """Serve until told to stop."""
    milliseconds = float(os.environ.get("NOOP_MS", "0"))
    fail = float(os.environ.get("NOOP_FAIL", "0"))

    async def process(settings: Settings, stop: asyncio.Event) -> None:
        async with open_bus(settings, name=area, wait=True) as bus:
            works = functions(area, milliseconds=milliseconds, fail=fail)
            await serve_works(area, works, bus, settings, stop)

    return run(process)


if __name__ == "__main__":
    sys.exit(main(cast("m.Area", sys.argv[1])))
