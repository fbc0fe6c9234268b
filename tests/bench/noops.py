"""Six agents that do nothing, and the chain of them that needs no coordinator."""

from __future__ import annotations

from agents.runner import Work
from agents.work import Context
from contracts import messages as m

ARTIFACT = m.Artifact(sha256="0" * 64, size=1024, name="nothing")
APP = "nothing"
TIMEOUT = 60.0


async def scout(command: m.ScoutRun, context: Context) -> m.ScoutCompleted:
    return m.ScoutCompleted(pipeline=command.pipeline, report=ARTIFACT, patterns=("nothing",))


async def plan(command: m.PlanRun, context: Context) -> m.PlanCompleted:
    return m.PlanCompleted(
        pipeline=command.pipeline, plan=ARTIFACT, app=APP, title="Nothing", entities=("nothing",)
    )


async def build(command: m.BuildRun, context: Context) -> m.BuildCompleted:
    return m.BuildCompleted(
        pipeline=command.pipeline, app=APP, source=ARTIFACT, bundle=ARTIFACT, report=ARTIFACT,
        build_id="nothing",
    )  # fmt: skip


async def migration(command: m.MigrationRun, context: Context) -> m.MigrationCompleted:
    return m.MigrationCompleted(pipeline=command.pipeline, database="nothing")


async def deployment(command: m.DeploymentRun, context: Context) -> m.DeploymentCompleted:
    return m.DeploymentCompleted(
        pipeline=command.pipeline, url="http://127.0.0.1/", release="nothing"
    )


async def monitoring(command: m.MonitoringRun, context: Context) -> m.MonitoringCompleted:
    return m.MonitoringCompleted(pipeline=command.pipeline, monitor="nothing", interval=5.0)


WORKS: dict[m.Area, Work] = {
    "scout": scout, "plan": plan, "build": build,
    "migration": migration, "deployment": deployment, "monitoring": monitoring,
}  # fmt: skip


def follows(command: m.Command) -> m.PipelineMessage:
    """What comes after a command when the agents chain themselves: the saga's words by heart."""
    pipeline = command.pipeline
    match command:
        case m.ScoutRun():
            return m.PlanRun(pipeline=pipeline, timeout=TIMEOUT, report=ARTIFACT)
        case m.PlanRun():
            return m.BuildRun(pipeline=pipeline, timeout=TIMEOUT, app=APP, plan=ARTIFACT)
        case m.BuildRun():
            return m.MigrationRun(
                pipeline=pipeline, timeout=TIMEOUT, app=APP, environment="staging",
                bundle=ARTIFACT,
            )  # fmt: skip
        case m.MigrationRun():
            return m.DeploymentRun(
                pipeline=pipeline, timeout=TIMEOUT, app=APP, environment="staging",
                platform="local", bundle=ARTIFACT, build_id="nothing",
            )  # fmt: skip
        case m.DeploymentRun():
            return m.MonitoringRun(
                pipeline=pipeline, timeout=TIMEOUT, app=APP, environment="staging",
                url="http://127.0.0.1/", build_id="nothing",
            )  # fmt: skip
        case m.MonitoringRun():
            return m.PipelineCompleted(pipeline=pipeline, app=APP, url="http://127.0.0.1/")
        case _:
            raise AssertionError(f"nothing follows {m.tag(type(command))}")
