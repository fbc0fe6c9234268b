"""The agent: an idea in, a stored report out, or an error that says what to do."""

from __future__ import annotations

import msgspec
import pytest

from agents.scout import agent, embeddings, lexicon, patterns, ranking
from agents.scout.scout import scout
from agents.work import AgentError
from bus.memory import MemoryArtifacts
from bus.settings import Settings
from contracts.messages import ScoutCompleted, ScoutRun, encode
from contracts.scouting import REPORT_VERSION, ReportError, decode_report, encode_report
from tests.support.context import context
from tests.support.ideas import HUGE, ODD, TEN


class Scout:
    """The agent's surroundings, without a bus."""

    def __init__(self, folder) -> None:
        self.settings = Settings(genesis_home=folder)
        self.artifacts = MemoryArtifacts()
        self.steps: list[str] = []

    async def run(self, idea: str, name: str | None = None) -> ScoutCompleted:
        command = ScoutRun(pipeline="pipeline", timeout=60, idea=idea, name=name)
        return await agent.run(
            command,
            context(
                "scout", "pipeline", self.settings, artifacts=self.artifacts, at_step=self.note
            ),
        )

    async def note(self, step: str) -> None:
        self.steps.append(step)

    async def report(self, done: ScoutCompleted):
        return decode_report(await self.artifacts.get(done.report))


@pytest.fixture
def surroundings(tmp_path) -> Scout:
    return Scout(tmp_path)


@pytest.mark.parametrize(("key", "idea"), TEN.items())
async def test_an_idea_becomes_a_stored_report(surroundings, key, idea):
    done = await surroundings.run(idea)
    assert await surroundings.report(done) == scout(idea)
    assert done.report.name == "scout.json"
    assert done.patterns[:1] == ((key,) if key else ())
    assert done.unmapped == len(scout(idea).unmapped)
    assert surroundings.steps == ["Reading the idea", "Storing the report"]


@pytest.mark.parametrize("idea", [*ODD.values(), *HUGE.values()], ids=[*ODD, *HUGE])
async def test_what_is_answered_fits_into_a_message(surroundings, idea):
    assert encode(await surroundings.run(idea))


async def test_the_same_idea_is_stored_once(surroundings):
    first, second = [await surroundings.run(TEN["recipes"]) for _ in range(2)]
    assert first == second


async def test_a_name_that_was_asked_for_is_the_apps(surroundings):
    done = await surroundings.run("Keep recipes.", name="family-table")
    assert (await surroundings.report(done)).name == "Family Table"


@pytest.mark.parametrize("idea", ["🎉🚀", "123", " ", "?"])
async def test_an_idea_without_words_is_refused_with_an_example(surroundings, idea):
    with pytest.raises(AgentError) as refused:
        await surroundings.run(idea)
    assert refused.value.code == "idea_unreadable"
    assert "Nothing was changed." in refused.value.message
    assert agent.EXAMPLE in refused.value.hint
    assert not refused.value.retryable


def test_the_example_is_understood():
    report = scout(agent.EXAMPLE)
    assert report.patterns[0].rank.key == "recipes"
    assert report.unmapped == ()


async def test_a_broken_catalogue_is_named(surroundings, tmp_path, monkeypatch):
    folder = tmp_path / "patterns"
    (folder / "zoo").mkdir(parents=True)
    (folder / "zoo" / "pattern.toml").write_text("title =")
    monkeypatch.setattr(patterns.load, "__defaults__", (folder,))
    patterns.catalogue.cache_clear()
    ranking.index.cache_clear()
    try:
        with pytest.raises(AgentError) as refused:
            await surroundings.run("Keep recipes.")
    finally:
        monkeypatch.undo()
        patterns.catalogue.cache_clear()
        ranking.index.cache_clear()
    assert refused.value.code == "catalogue_broken"
    assert str(folder / "zoo" / "pattern.toml") in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "cannot be read"),
        ("verbs = 3", "is not as it should be: .*verbs"),
        ("[verbs]\ncreate = [", "cannot be read"),
    ],
)
def test_a_broken_table_is_named(tmp_path, text, reason):
    path = tmp_path / "words.toml"
    if text:
        path.write_text(text)
    with pytest.raises(lexicon.LexiconError, match=reason) as refused:
        lexicon.read_table(path, lexicon.Words)
    assert str(path) in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"version": REPORT_VERSION + 1, "colour": 1}, "version 2; .*upgrade it"),
        ({"nmae": "x"}, "unknown field `nmae`"),
        ({"language": 3}, r"Expected `str`, got `int` - at `\$.language`"),
        ({"entities": [{"key": "A b"}]}, r"\$.entities\[0\]"),
        ({"version": 0}, r"\$.version"),
    ],
)
def test_a_report_that_is_none_is_refused_with_its_place(changes, reason):
    report = msgspec.json.decode(encode_report(scout("Keep recipes."))) | changes
    with pytest.raises(ReportError, match=reason):
        decode_report(msgspec.json.encode(report))


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"[]", b"[" * 100_000])
def test_what_is_no_json_is_no_report(text):
    with pytest.raises(ReportError, match="cannot be read"):
        decode_report(text)


async def test_an_extra_that_is_switched_on_and_not_there_is_named(surroundings, monkeypatch):
    monkeypatch.setenv(embeddings.SETTING, "1")
    monkeypatch.setattr(embeddings, "find_spec", lambda _: None)
    embeddings._loaded.cache_clear()
    with pytest.raises(AgentError, match="wordllama is not installed") as refused:
        await surroundings.run("Keep recipes.")
    assert refused.value.code == "embeddings_missing"
