"""What an idea leaves open: asked on a terminal, answered by a file, else said what was taken."""

from __future__ import annotations

import io
import sys

import pytest

from agents.scout.agent import run as scout_run
from agents.scout.scout import scout
from agents.work import AgentError
from bus.settings import Settings
from contracts import messages as m
from contracts.model import decode_plan
from contracts.scouting import Question, decode_report
from coordinator.cli import answers
from tests.coordinator.cli.conftest import Genesis
from tests.support.context import context
from tests.support.stories import Story

OPEN = "A blog with articles and a shop with products."
CLEAR = "A recipe box where I keep my recipes with ingredients and a photo."


def question(idea: str = OPEN) -> Question:
    """The question that the idea leaves open."""
    (found,) = scout(idea).questions
    return found


def other(found: Question) -> str:
    """An option that is not what is taken without an answer."""
    return next(each.key for each in found.options if each.key not in (found.default, "both"))


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch):
    """Somebody at a terminal who types these lines."""

    def typing(*lines: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        monkeypatch.setattr(answers, "somebody", lambda: True)

    return typing


async def test_what_is_open_is_shown_with_what_each_answer_brings(genesis: Genesis) -> None:
    result = await genesis("scout", OPEN)
    found = question()
    said = " ".join(result.out.split())
    assert found.text in said
    for option in found.options:
        assert f"{option.key} {option.title}" in said
        assert option.brings in said


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("answers.toml", '{id} = "{key}"\n'),
        ("answers.json", '{{"{id}": "{key}"}}'),
        ("ANSWERS.JSON", '{{"{id}": "{key}"}}'),
    ],
)
async def test_a_file_answers(genesis: Genesis, name: str, text: str) -> None:
    found = question()
    content = text.format(id=found.id, key=other(found))
    (genesis.work / name).write_text(content, encoding="utf-8")
    result = await genesis("scout", OPEN, "--answers", name, "--json")
    report = decode_report(result.out.encode())
    assert report.questions == ()
    assert [pattern.rank.key for pattern in report.patterns] == [other(found)]


@pytest.mark.parametrize("command", ["scout", "plan", "build"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"kind = 3\n", "holds something else than answers"),
        (b"[kind]\nx = 1\n", "holds something else than answers"),
        (b"kind: forum\n", "cannot be read"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b'kind = "walrus"\n', "has no option `walrus`"),
        (b'size = "large"\n', "no question `size`"),
        (None, "is not readable"),
    ],
)
async def test_a_file_without_answers_is_refused_before_anything_happens(
    genesis: Genesis, command: str, content: bytes | None, said: str
) -> None:
    if content is not None:
        (genesis.work / "answers.toml").write_bytes(content)
    before = genesis.files()
    result = await genesis(command, OPEN, "--answers", "answers.toml")
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert len(result.err.splitlines()) == 2
    assert genesis.files() == before
    assert [entry async for entry in genesis.bus.history()] == []


@pytest.mark.parametrize("way", ["number", "key", "after a mistake"])
async def test_somebody_at_a_terminal_is_asked_once_and_answers(
    genesis: Genesis, terminal, way: str
) -> None:
    found = question()
    keys = [option.key for option in found.options]
    number = str(keys.index(other(found)) + 1)
    terminal(*{"number": [number], "key": [other(found)]}.get(way, ["0", "walrus", number]))
    result = await genesis("plan", OPEN, "-o", "plan.json")
    assert result.code == 0
    assert result.err.count(found.text) == 1
    assert all(option.brings in result.err for option in found.options)
    model = decode_plan(genesis.files()["plan.json"]).model
    assert [use.key for use in model.patterns] == [other(found)]


@pytest.mark.parametrize("lines", [[""], []], ids=["enter", "end of input"])
async def test_who_only_presses_enter_gets_what_is_usual(
    genesis: Genesis, terminal, lines: list[str]
) -> None:
    terminal(*lines)
    await genesis("plan", OPEN, "-o", "asked.json")
    chosen = decode_plan(genesis.files()["asked.json"]).model
    assert [u.key for u in chosen.patterns] == [p.rank.key for p in scout(OPEN).patterns]


async def test_nobody_is_asked_where_nobody_is_and_what_was_taken_is_said(
    genesis: Genesis,
) -> None:
    found = question()
    result = await genesis("plan", OPEN)
    assert result.code == 0
    assert f"open: {found.text} taken: {found.default}" in result.err
    assert "--answers FILE" in result.err


async def test_a_clear_idea_leaves_nothing_open(genesis: Genesis, terminal) -> None:
    terminal()
    result = await genesis("plan", CLEAR)
    assert result.code == 0
    assert "open:" not in result.err
    assert "or Enter for" not in result.err


async def test_programs_are_never_asked(genesis: Genesis, terminal) -> None:
    terminal("1")
    result = await genesis("plan", OPEN, "--json")
    assert result.code == 0
    assert "or Enter for" not in result.err


async def test_a_build_asks_before_it_starts_and_its_pipeline_reads_with_the_answer(
    genesis: Genesis, terminal
) -> None:
    found = question()
    terminal(other(found))
    result = await genesis("build", OPEN, "--detach")
    assert result.code == 0
    (request,) = [entry.message async for entry in genesis.bus.history()]
    assert isinstance(request, m.BuildRequested)
    assert request.answers == {found.id: other(found)}
    command = Story(request).log[-1].message
    assert isinstance(command, m.ScoutRun)
    surroundings = context(
        "scout", "pipeline", Settings(genesis_home=genesis.work), artifacts=genesis.bus.artifacts
    )
    done = await scout_run(command, surroundings)
    assert done.patterns == (other(found),)


async def test_a_build_reads_nothing_itself_when_nobody_answers(genesis: Genesis) -> None:
    assert (await genesis("build", "12 345", "--detach")).code == 0
    (request,) = [entry.message async for entry in genesis.bus.history()]
    assert isinstance(request, m.BuildRequested)
    assert request.answers == {}


async def test_answers_beside_a_plan_are_refused(genesis: Genesis) -> None:
    await genesis("plan", CLEAR, "-o", "plan.json")
    (genesis.work / "answers.toml").write_text('kind = "forum"\n')
    result = await genesis("build", "--plan", "plan.json", "--answers", "answers.toml")
    assert result.code == 2
    assert "--answers was given without an idea to read; nothing was started" in result.err


async def test_an_answer_that_a_pipeline_does_not_know_is_told_by_scout(genesis: Genesis) -> None:
    command = m.ScoutRun(pipeline="pipeline", timeout=60, idea=CLEAR, answers={"kind": "forum"})
    with pytest.raises(AgentError) as refused:
        await scout_run(command, context("scout", "pipeline", Settings(genesis_home=genesis.work)))
    assert refused.value.code == "answers_unknown"
