"""Models to build, and the build agent's surroundings without a bus."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec

from bus import archive
from bus.memory import MemoryArtifacts
from bus.settings import Settings
from contracts.messages import Artifact, BuildRun
from contracts.model import AppModel, Plan, encode_plan
from tests.support.context import context

MODELS = Path(__file__).parents[1] / "agents" / "build" / "models"
NAMES = sorted(path.stem for path in MODELS.glob("*.json"))


def model(name: str) -> AppModel:
    """A model that lies in `models/`."""
    return msgspec.json.decode((MODELS / f"{name}.json").read_bytes(), type=AppModel)


class Builder:
    """The build agent's surroundings, without a bus."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.artifacts = MemoryArtifacts()
        self.steps: list[str] = []

    def context(self, pipeline: str = "pipeline", **changes):
        settings = msgspec.structs.replace(self.settings, **changes)
        return context("build", pipeline, settings, artifacts=self.artifacts, at_step=self.note)

    async def files(self, artifact: Artifact) -> dict[str, bytes]:
        """What is packed in a stored archive."""
        with tempfile.TemporaryDirectory() as folder:
            archive.unpack(await self.artifacts.get(artifact), Path(folder))
            return archive.read_folder(Path(folder))

    async def note(self, step: str) -> None:
        self.steps.append(step)

    async def command(self, app: AppModel, pipeline: str = "pipeline") -> BuildRun:
        """Build this model."""
        plan = await self.artifacts.put(encode_plan(Plan(model=app, tasks=())))
        return BuildRun(pipeline=pipeline, timeout=300, app=app.app.slug, plan=plan)
