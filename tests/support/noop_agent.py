"""`python tests/support/noop_agent.py <area>`: an agent that does nothing, as a real process.

NOOP_MS is how long it does nothing, in milliseconds; NOOP_FAIL the percentage of `run`s that
fail instead. Undoing always works.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from pathlib import Path
from typing import cast

sys.path.insert(0, str(Path(__file__).parents[2]))

from agents.runner import Work, serve_works
from agents.work import AgentError, Context
from bus.nats import open_bus
from bus.process import run
from bus.settings import Settings
from contracts import messages as m

NOTHING = m.Artifact(sha256="0" * 64, size=0)


def completion(command: m.Command) -> m.PipelineMessage:
    """The answer of an agent whose work went well."""
    pipeline = command.pipeline
    match command:
        case m.ScoutRun():
            return m.ScoutCompleted(pipeline=pipeline, report=NOTHING)
        case m.PlanRun():
            return m.PlanCompleted(pipeline=pipeline, plan=NOTHING, app="noop", title="Noop")
        case m.BuildRun(app=app):
            return m.BuildCompleted(
                pipeline=pipeline, app=app, source=NOTHING, bundle=NOTHING, report=NOTHING,
                build_id="noop",
            )  # fmt: skip
        case m.MigrationRun():
            return m.MigrationCompleted(pipeline=pipeline)
        case m.DeploymentRun():
            return m.DeploymentCompleted(pipeline=pipeline, url="http://127.0.0.1", release="noop")
        case m.MonitoringRun():
            return m.MonitoringCompleted(pipeline=pipeline, monitor="noop", interval=5)
        case m.BuildRollback():
            return m.BuildRolledBack(pipeline=pipeline)
        case m.MigrationRollback():
            return m.MigrationRolledBack(pipeline=pipeline)
        case m.DeploymentRollback():
            return m.DeploymentRolledBack(pipeline=pipeline)
        case m.MonitoringRollback():
            return m.MonitoringRolledBack(pipeline=pipeline)
    raise AssertionError(m.tag(type(command)))


def functions(area: m.Area, *, milliseconds: float = 0, fail: float = 0) -> dict[str, Work]:
    """What such an agent answers, by command."""

    async def work(command: m.Command, _: Context) -> m.PipelineMessage:
        if milliseconds:
            await asyncio.sleep(milliseconds / 1000)
        if not isinstance(command, m.COMPENSATIONS) and random.random() * 100 < fail:
            raise AgentError("no_luck", "failed at random")
        return completion(command)

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
