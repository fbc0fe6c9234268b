"""A pipeline as it happens: the board of its phases, and the three ways of showing it."""

from __future__ import annotations

import asyncio
import io
import json
import sys

import pytest

from bus.port import Recorded, Unreadable
from contracts import messages as m
from coordinator.board import Board, Phase, rests, summary
from coordinator.cli import live
from coordinator.cli.live import Json, Lines, Terminal, view, watch
from tests.coordinator.cli.conftest import Genesis
from tests.support.stories import BUILD, COMPLETED, ID, PRODUCTION, STAGING, Story
from tests.support.worlds import eventually

FAILING = "fails fails fails fails"
Request = m.BuildRequested | m.DeployRequested


def board_of(request: Request, words: str = "") -> Board:
    board = Board(ID)
    for entry in Story(request).tell(words).log:
        board.take(entry)
    return board


def marks(board: Board) -> str:
    return " ".join(f"{phase.mark}{phase.area}" for phase in board.phases.values())


# --- The board -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "words", "shown"),
    [
        (BUILD, "", "▸scout ·plan ·build"),
        (BUILD, "done", "✓scout ▸plan ·build"),
        (BUILD, "done done done", "✓scout ✓plan ✓build"),
        (BUILD, "fails", "✗scout ·plan ·build"),
        (BUILD, "late", "✗scout ·plan ·build"),
        (BUILD, "done cancel", "✓scout ✗plan ·build"),
        (BUILD, "done done cancel", "✓scout ✓plan ▸build"),
        (BUILD, "done done cancel done", "✓scout ✓plan ↩build"),
        (BUILD, f"done done cancel {FAILING}", "✓scout ✓plan ✗build"),
        (BUILD, "done done cancel late late late late", "✓scout ✓plan ✗build"),
        (PRODUCTION, "done", "✓build ·migration ·deployment ·monitoring"),
        (PRODUCTION, "done refused done", "↩build ·migration ·deployment ·monitoring"),
    ],
)
def test_each_phase_carries_the_mark_of_what_became_of_it(
    request_: Request, words: str, shown: str
) -> None:
    assert marks(board_of(request_, words)) == shown


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("fails", "it broke"),
        ("late", "scout.run was not answered in time"),
        ("cancel", "cancelled by anna"),
    ],
)
def test_a_phase_that_ended_says_why_and_its_clock_stands(words: str, why: str) -> None:
    phase = board_of(BUILD, words).phases["scout"]
    assert phase.line(2_000.0) == phase.line(9_000.0) == f"✗ scout              1.0 s       {why}"


def test_a_phase_shows_time_percentage_and_step() -> None:
    phase = Phase("build")
    assert phase.line(1.0) == "· build"
    phase.begin(100.0)
    assert phase.line(112.0) == "▸ build               12 s"
    assert phase.line(99.0) == "▸ build              0.0 s"
    phase.step, phase.percent = "running tests", 45.0
    assert phase.line(112.0) == "▸ build               12 s  45%  running tests"
    phase.end(400.0, "✓", "12 tests passed\nand much more to say")
    assert phase.line(900.0) == "✓ build         5 min 00 s       12 tests passed"


def test_what_an_agent_says_is_shown_while_it_works_and_not_afterwards() -> None:
    board = board_of(BUILD)
    board.hear(m.Progress(pipeline=ID, area="scout", step="reading", percent=30))
    assert (board.phases["scout"].step, board.phases["scout"].percent) == ("reading", 30)
    board.hear(m.Progress(pipeline=ID, area="monitoring", step="from another world"))
    board = board_of(BUILD, "done")
    board.hear(m.Progress(pipeline=ID, area="scout", step="late", percent=99))
    assert board.phases["scout"].step == "no pattern resembles it"
    assert set(board.phases) == {"scout", "plan", "build"}


def test_a_phase_that_begins_again_begins_at_nothing() -> None:
    story = Story(BUILD).tell("done done")
    board = Board(ID)
    for entry in story.log:
        board.take(entry)
    board.hear(m.Progress(pipeline=ID, area="build", step="testing", percent=80))
    for entry in story.tell("cancel").log[len(story.log) - 2 :]:
        board.take(entry)
    assert "80%" not in board.phases["build"].line(2_000.0)
    assert board.phases["build"].line(2_000.0).startswith("▸ build")


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (COMPLETED["scout"], "no pattern resembles it"),
        (
            m.ScoutCompleted(
                pipeline=ID,
                report=m.Artifact(sha256="0" * 64, size=1),
                patterns=("shop", "blog"),
            ),
            "resembles shop, blog",
        ),
        (COMPLETED["build"], "0 tests passed, 0 checks"),
        (COMPLETED["migration"], "1 migrations applied"),
        (m.MigrationCompleted(pipeline=ID), "nothing to apply"),
        (COMPLETED["deployment"], "http://127.0.0.1:1"),
        (COMPLETED["monitoring"], "up; checked every 5 s"),
        (m.Cancel(pipeline=ID, who="anna"), ""),
    ],
)
def test_an_answer_is_told_in_a_few_words(message: m.Message, text: str) -> None:
    assert summary(message) == text


@pytest.mark.parametrize(
    ("request_", "words", "rest"),
    [
        (BUILD, "", False),
        (BUILD, "done done fails", False),
        (PRODUCTION, "done", True),
        (PRODUCTION, "done agreed", False),
        (BUILD, f"done done fails {FAILING}", True),
        (BUILD, "fails", True),
        (BUILD, "done done done", True),
    ],
)
def test_a_pipeline_rests_when_nothing_happens_by_itself(
    request_: Request, words: str, rest: bool
) -> None:
    assert rests(Story(request_).tell(words).state) == rest


# --- The views -------------------------------------------------------------------------------


def shown(as_view: live.View, request: Request, words: str) -> None:
    """Show a whole story."""
    board = Board(ID)
    with as_view.shown():
        for entry in Story(request).tell(words).log:
            board.take(entry)
            as_view.entry(entry, board)
            as_view.tick(board)


def test_without_a_terminal_each_begin_and_end_is_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown(Lines(), STAGING, "done done done late done done")
    said = capsys.readouterr()
    assert said.out == ""
    assert [line.split("  ")[0] for line in said.err.splitlines()] == [
        "▸ scout", "✓ scout", "▸ plan", "✓ plan", "▸ build", "✓ build",
        "▸ migration", "✗ migration",
        "▸ migration (taking back)", "↩ migration", "▸ build (taking back)", "↩ build",
    ]  # fmt: skip
    assert "migration.run was not answered in time" in said.err
    assert "\x1b" not in said.err


def test_json_is_one_line_per_entry_of_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    shown(Json(), BUILD, "done done done")
    said = capsys.readouterr()
    assert said.err == ""
    log = Story(BUILD).tell("done done done").log
    assert [json.loads(line) for line in said.out.splitlines()] == [
        {"sequence": e.sequence, "time": e.time, "message": json.loads(m.encode(e.message))}
        for e in log
    ]


class Screen(io.StringIO):
    """A stream that somebody looks at."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("no_color", "coloured"), [(None, True), ("1", False)])
def test_a_terminal_shows_all_phases_with_colour_unless_told_not_to(
    monkeypatch: pytest.MonkeyPatch, no_color: str | None, coloured: bool
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    if no_color:
        monkeypatch.setenv("NO_COLOR", no_color)
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    as_view = view(as_json=False)
    assert isinstance(as_view, Terminal)
    shown(as_view, BUILD, "done done fails")
    drawn = screen.getvalue()
    assert ("\x1b[32m" in drawn) == coloured
    for area in ("scout", "plan", "build"):
        assert area in drawn


@pytest.mark.parametrize(("as_json", "kind"), [(True, Json), (False, Lines)])
def test_what_nobody_looks_at_is_shown_line_by_line(
    monkeypatch: pytest.MonkeyPatch, as_json: bool, kind: type
) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert type(view(as_json=as_json)) is kind


# --- Watching --------------------------------------------------------------------------------


async def test_watching_follows_until_the_pipeline_rests_and_hears_its_agents(
    genesis: Genesis,
) -> None:
    await genesis.tell(PRODUCTION)
    steps: list[str] = []

    class Looking(Lines):
        def tick(self, board: Board) -> None:
            steps.append(board.phases["build"].step)

    watching = asyncio.create_task(watch(genesis.bus, ID, Looking()))  # type: ignore[arg-type]

    async def heard() -> bool:
        await genesis.bus.tell(m.Progress(pipeline=ID, area="build", step="testing", percent=5))
        return "testing" in steps

    await eventually(heard)
    await genesis.tell(PRODUCTION, "done")
    board = await watching
    assert marks(board) == "✓build ·migration ·deployment ·monitoring"
    assert genesis.bus._listeners == []


async def test_watching_passes_over_rests_that_are_over(genesis: Genesis) -> None:
    await genesis.tell(PRODUCTION, "done refused fails fails fails fails retry done")
    board = await watch(genesis.bus, ID, Lines())  # type: ignore[arg-type]
    assert board.state.verdict == "rolled_back"


async def test_watching_waits_for_news_after_what_was_known(genesis: Genesis) -> None:
    await genesis.tell(PRODUCTION, "done")
    known = len(await genesis.said())
    watching = asyncio.create_task(
        watch(genesis.bus, ID, Lines(), after=known)  # type: ignore[arg-type]
    )
    await asyncio.sleep(0.01)
    assert not watching.done()
    await genesis.tell(PRODUCTION, "done agreed done done done")
    assert (await watching).state.verdict == "completed"


def test_what_cannot_be_read_in_the_log_breaks_no_view(capsys: pytest.CaptureFixture[str]) -> None:
    board = board_of(BUILD)
    entry = Recorded(99, 1.0, Unreadable(subject=f"scout.completed.{ID}", reason="garbage"))
    for as_view in (Lines(), Json()):
        board.take(entry)
        as_view.entry(entry, board)
    assert "garbage" in capsys.readouterr().out
