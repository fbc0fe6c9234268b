"""What an agent's function is given, without a bus: artefacts in memory, progress in a list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from agents.work import Context
from bus.memory import MemoryArtifacts
from bus.port import Artifacts
from bus.settings import Settings
from contracts.messages import Area

Step = Callable[[str], Awaitable[None]]


def context(
    area: Area,
    pipeline: str,
    settings: Settings,
    *,
    artifacts: Artifacts | None = None,
    at_step: Step | None = None,
) -> Context:
    """A context; `at_step` is awaited with each step that the agent reports."""

    async def report(step: str, _percent: float | None, _lines: Sequence[str]) -> None:
        if at_step is not None:
            await at_step(step)

    return Context(
        area=area, pipeline=pipeline, sequence=1, settings=settings,
        artifacts=artifacts or MemoryArtifacts(), report=report,
    )  # fmt: skip
