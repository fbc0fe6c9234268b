"""Pipelines told as words: what agents, people and the clock say, and the saga in between."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from bus.port import Bus, Recorded
from contracts import messages as m
from coordinator import saga

ID = "pipeline"
FILE = m.Artifact(sha256="0" * 64, size=1)
BUILD = m.BuildRequested(idea="a shop")
STAGING = m.BuildRequested(idea="a shop", deploy=True)
PRODUCTION = m.DeployRequested(app="shop", source=FILE, environment="production")

COMPLETED: dict[str, m.PipelineMessage] = {
    "scout": m.ScoutCompleted(pipeline=ID, report=FILE),
    "plan": m.PlanCompleted(pipeline=ID, plan=FILE, app="shop", title="Shop"),
    "build": m.BuildCompleted(
        pipeline=ID, app="shop", source=FILE, bundle=FILE, report=FILE, build_id="b1",
        migrations=("0001",),
    ),
    "migration": m.MigrationCompleted(pipeline=ID, applied=("0001",)),
    "deployment": m.DeploymentCompleted(pipeline=ID, url="http://127.0.0.1:1", release="r1"),
    "monitoring": m.MonitoringCompleted(pipeline=ID, monitor="m1", interval=5),
}  # fmt: skip
FAILED = {m.area_of(k): k(pipeline=ID, code="broken", message="it broke") for k in m.FAILURES}
UNDONE = {m.area_of(k): k(pipeline=ID) for k in m.UNDONE}


class Story:
    """A log that grows word by word; the saga speaks whenever it has something to say."""

    def __init__(
        self,
        request: m.BuildRequested | m.DeployRequested,
        completed: Mapping[str, m.PipelineMessage] = COMPLETED,
    ) -> None:
        self.log: list[Recorded] = []
        self.completed = completed
        self.state = saga.State()
        steps = saga.steps_of(request)
        self.say(m.PipelineStarted(pipeline=ID, saga=1, request=request, steps=steps))

    def say(self, message: m.Message | None) -> None:
        while message is not None:
            entry = Recorded(len(self.log) + 1, 1000.0 + len(self.log), message)
            self.log.append(entry)
            self.state = saga.fold(self.state, entry)
            message = saga.decide(self.state)

    def tell(self, words: str) -> Story:
        for word in words.split():
            self.say(self._message(word))
        return self

    def _message(self, word: str) -> m.Message:
        question = self.state.open
        area = m.area_of(question.message) if question else ""
        back = question is not None and isinstance(question.message, m.COMPENSATIONS)
        seen = question.sequence if question else 0
        if word == "done":
            return (UNDONE if back else self.completed)[area]
        if word == "fails":
            return FAILED[area]
        if word == "late":
            what = m.tag(type(question.message)) if question else ""
            return m.PipelineTimedOut(pipeline=ID, waited_for=seen, what=what)
        return {
            "unwell": m.DeploymentRolledBack(pipeline=ID, live="r0", unhealthy="it answers 500"),
            "agreed": m.Approval(pipeline=ID, who="anna", granted=True, seen=seen, live="r0"),
            "refused": m.Approval(pipeline=ID, who="anna", granted=False, seen=seen),
            "outdated": m.Approval(pipeline=ID, who="anna", granted=True, seen=seen - 1),
            "--yes": m.Approval(pipeline=ID, who="ci", granted=True, seen=0, automatic=True),
            "cancel": m.Cancel(pipeline=ID, who="anna"),
            "retry": m.Resolution(pipeline=ID, who="anna", action="retry"),
            "skip": m.Resolution(pipeline=ID, who="anna", action="skip"),
            "rollback": m.RollbackAccepted(pipeline=ID, requested_by="anna"),
        }[word]

    def commands(self) -> str:
        """The saga's own words, in order: commands, and what became of the pipeline."""
        said = (m.Command, *m.LIFE)
        quiet = (m.PipelineStarted, m.PipelineTimedOut, m.RollbackAccepted)
        messages = [entry.message for entry in self.log]
        return " ".join(
            m.tag(type(each)).removeprefix("pipeline.")
            for each in messages
            if isinstance(each, said) and not isinstance(each, quiet)
        )


async def append(
    bus: Bus,
    request: m.BuildRequested | m.DeployRequested,
    words: str = "",
    *,
    pipeline: str = ID,
    completed: Mapping[str, m.PipelineMessage] = COMPLETED,
) -> None:
    """Append a story to a pipeline's log, but for what was appended of it before."""
    told = len(await bus.read(pipeline))
    for entry in Story(request, completed).tell(words).log[told:]:
        assert isinstance(entry.message, m.PipelineMessage)
        await bus.publish(msgspec.structs.replace(entry.message, pipeline=pipeline))
