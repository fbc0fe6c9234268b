"""One pipeline as its page shows it, from its log. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from bus.port import Recorded
from contracts import messages as m
from coordinator import saga
from coordinator.board import Board, Phase, about
from coordinator.decisions import Gate, gate_in
from coordinator.explain import Explanation, explain, status_of

MOST_ENTRIES = 500
"""Entries of a log on a page; a longer one begins later."""


class Entry(Struct, frozen=True, kw_only=True):
    """A line of the log; `offset` is seconds since the first."""

    sequence: int
    offset: float
    kind: str
    text: str


class Scene(Struct, frozen=True, kw_only=True):
    """Everything on a pipeline's page that follows from its log."""

    pipeline: str
    title: str
    status: str
    began: float
    state: saga.State
    phases: tuple[Phase, ...]
    explanation: Explanation
    gate: Gate | None
    entries: tuple[Entry, ...]
    left_out: int

    @property
    def key(self) -> str:
        """Changes whenever what a person may do changes."""
        return f"{self.status}-{self.gate.sequence if self.gate else 0}"

    @property
    def over(self) -> bool:
        """Whether nothing is to be awaited any more."""
        return self.state.verdict is not None

    @property
    def request(self) -> m.BuildRequested | m.DeployRequested | None:
        """What was asked for."""
        return self.state.started.request if self.state.started else None

    @property
    def told(self) -> tuple[tuple[str, str], ...]:
        """What the request says of itself to whoever approves it, as labels and texts."""
        asked = self.request
        if not isinstance(asked, m.DeployRequested):
            return ()
        rows = (
            ("Commit", asked.commit), ("Changes", "\n".join(asked.changes)),
            ("Variables", ", ".join(asked.variables)), ("Not checked", ", ".join(asked.skipped)),
            ("Left out", "the migrations" if asked.skip_migrations else ""),
        )  # fmt: skip
        return tuple((label, text) for label, text in rows if text)

    @property
    def deployed(self) -> m.DeploymentCompleted | None:
        """What was put live and not taken back, as far as the log says."""
        found = self.state.answers.get("deployment")
        live = isinstance(found, m.DeploymentCompleted) and self.state.failure is None
        return found if live and isinstance(found, m.DeploymentCompleted) else None

    @property
    def checks(self) -> tuple[m.Check, ...]:
        """The tools that were really run."""
        found: list[m.Check] = []
        for area in ("build", "deployment", "monitoring"):
            answer = self.state.answers.get(area)
            if isinstance(answer, m.BuildCompleted | m.DeploymentCompleted | m.MonitoringCompleted):
                found += answer.checks
        return tuple(found)


def scene(pipeline: str, log: Sequence[Recorded], board: Board | None = None) -> Scene:
    """The page of a log that is not empty; `board` has heard what agents say meanwhile."""
    if board is None:
        board = Board(pipeline)
        for entry in log:
            board.take(entry)
    state, first = board.state, log[0].time
    request = state.started.request if state.started else None
    title = (
        request.idea if isinstance(request, m.BuildRequested) else request.app if request else ""
    )
    return Scene(
        pipeline=pipeline,
        title=title,
        status=status_of(state),
        began=first,
        state=state,
        phases=tuple(board.phases.values()),
        explanation=explain(pipeline, log),
        gate=gate_in(state),
        entries=tuple(
            Entry(
                sequence=entry.sequence, offset=max(0.0, entry.time - first),
                kind=m.tag(type(entry.message)), text=about(entry.message),
            )
            for entry in log[-MOST_ENTRIES:]
        ),
        left_out=max(0, len(log) - MOST_ENTRIES),
    )  # fmt: skip


class Undo(Struct, frozen=True, kw_only=True):
    """What taking back a completed pipeline would do, before anybody agrees to it."""

    pipeline: str
    app: str
    environment: str
    platform: str
    release: str
    previous: str
    build: str
    migrations: tuple[str, ...]
    steps: tuple[str, ...]


def undo_of(pipeline: str, state: saga.State) -> Undo | None:
    """The undo of a completed pipeline that put something live; None for any other."""
    deployed, migrated = state.answers.get("deployment"), state.answers.get("migration")
    built = state.answers.get("build")
    if state.verdict != "completed" or not isinstance(deployed, m.DeploymentCompleted):
        return None
    assert state.started is not None
    request = state.started.request
    return Undo(
        pipeline=pipeline,
        app=saga.app_of(state),
        environment=request.environment,
        platform=request.platform,
        release=deployed.release,
        previous=deployed.previous or "",
        build=built.build_id if isinstance(built, m.BuildCompleted) else "",
        migrations=migrated.applied if isinstance(migrated, m.MigrationCompleted) else (),
        steps=tuple(
            step for step in ("monitoring", "deployment", "migration", "build")
            if step in state.answers
        ),
    )  # fmt: skip
