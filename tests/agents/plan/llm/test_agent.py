"""Plan with a language model: what it answers, and that nothing the model does can fail it."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
import structlog
from msgspec.structs import replace

from agents.plan import agent
from agents.plan.llm import report
from agents.plan.llm.improve import improved, limits
from agents.plan.llm.operations import read
from agents.plan.llm.refine import Applied
from agents.plan.tasks import tasks
from agents.scout.scout import scout
from bus.memory import MemoryArtifacts
from bus.settings import Secret, Settings, load
from contracts.messages import PlanCompleted, PlanRun, encode
from contracts.model import decode_plan
from contracts.scouting import encode_report
from tests.support.asked_models import OWN, entity
from tests.support.context import context
from tests.support.llm_servers import (
    GIGANTIC,
    KEY,
    REFUSES,
    TRUNCATES,
    LlmServer,
    Reply,
    fails,
    says,
)

IDEA = (
    "A recipe box where I keep my recipes with ingredients."
    " Each Sunday the moon decides. It should smell of vanilla."
)
REPORT = encode_report(scout(IDEA))
PLAIN = agent.model_of(scout(IDEA))
OPEN = [t.sentence for t in PLAIN.trace if t.text in PLAIN.unmapped]
MOON = entity("moon", sentence=OPEN[0])
WIRES = ("anthropic", "openai")


class Planner:
    """Plan's surroundings, and everything that leaves it."""

    def __init__(self, folder: Path, server: LlmServer | None, **more) -> None:
        given = {"genesis_home": folder}
        if server is not None:
            given |= {
                "genesis_llm": server.wire, "genesis_llm_model": "large",
                "genesis_llm_url": server.url, f"{server.wire}_api_key": Secret(KEY),
            }  # fmt: skip
        self.settings = Settings(**(given | more))
        self.artifacts = MemoryArtifacts()
        self.steps: list[str] = []

    async def make(self) -> PlanCompleted:
        async def step(text: str) -> None:
            self.steps.append(text)

        command = PlanRun(pipeline="pipeline", timeout=60, report=await self.artifacts.put(REPORT))
        surroundings = context(
            "plan", "pipeline", self.settings, artifacts=self.artifacts, at_step=step
        )
        return await agent.run(command, surroundings)

    async def model(self, done: PlanCompleted):
        return decode_plan(await self.artifacts.get(done.plan)).model

    async def file(self, done: PlanCompleted) -> dict:
        return json.loads(await self.artifacts.get(done.llm.report))


@pytest.fixture(params=WIRES)
def wire(request) -> str:
    return request.param


@pytest.fixture(autouse=True)
def _impatience(monkeypatch) -> None:
    monkeypatch.setattr("agents.plan.llm.wires._pause", lambda _attempt: 0.0)


def test_the_idea_leaves_sentences_open():
    assert len(OPEN) == 2


async def test_without_one_it_says_how_many_sentences_one_could_take(tmp_path):
    planner = Planner(tmp_path, None)
    done = await planner.make()
    assert (done.llm, done.askable) == (None, 2)
    assert await planner.model(done) == PLAIN


async def test_a_good_answer_lets_the_unmapped_share_fall(wire, tmp_path):
    planner = Planner(tmp_path, server := LlmServer(wire, says(MOON)))
    with server:
        done = await planner.make()
    model = await planner.model(done)
    assert len(done.unmapped) < len(PLAIN.unmapped)
    assert "moon" in {each.key for each in model.entities}
    assert "moon" in done.entities
    assert "entity.moon" in next(t for t in model.trace if t.sentence == OPEN[0]).maps_to
    plan = decode_plan(await planner.artifacts.get(done.plan))
    assert plan.tasks == tasks(model)
    assert done.llm.model == "large"
    assert "1 operation(s) applied, 0 refused, in 1 round(s)" in done.llm.summary
    assert "open sentences 2 before, 1 now" in done.llm.summary
    assert done.llm.changes[0].startswith("add_entity moon: list owner, admin;")
    assert done.llm.tokens > 1_000
    assert done.llm.cost > 0
    assert done.llm.summary in planner.steps
    unrefined = decode_plan(await planner.artifacts.get(done.llm.unrefined))
    assert unrefined.model == PLAIN
    assert encode(done)
    assert (await planner.file(done))["applied"][0]["operation"]["key"] == "moon"


async def test_a_model_that_covers_everything_is_sent_to_nobody(wire, tmp_path, monkeypatch):
    covered = replace(PLAIN, unmapped=("[note] The idea says little.",))
    monkeypatch.setattr(agent, "model_of", lambda *_: covered)
    planner = Planner(tmp_path, server := LlmServer(wire, says(MOON)))
    with server:
        done = await planner.make()
    assert (done.llm, done.askable, server.requests) == (None, 0, [])


BAD = {
    "a wrong key": fails(401, "no"),
    "overloaded": fails(529, "overloaded", retry_after_ms="1"),
    "limited": fails(429, "slow down", retry_after="0.01"),
    "limited for long": fails(429, "slow down", retry_after="7200"),
    "broken": fails(500, "oops"),
    "no such model": fails(404, "no model"),
    "a refusal": REFUSES,
    "truncated": TRUNCATES,
    "gigantic": GIGANTIC,
    "no JSON": Reply(text="{nonsense"),
    "other JSON": Reply(text='{"model": {}}'),
    "code": says({"op": "write_file", "path": "server/app.ts", "text": "x"}),
    "the same mistake": says({**MOON, "label_field": "face"}),
    "cut off": Reply(text=says(MOON).text, cut=True),
    "an error in mid-stream": Reply(text=says(MOON).text, error="overloaded_error"),
    "nothing": Reply(text="", stop="end_turn"),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
async def test_a_bad_answer_leaves_the_plan_as_it_was_and_is_told(wire, tmp_path, bad):
    planner = Planner(tmp_path, server := LlmServer(wire, bad))
    with server:
        done = await planner.make()
    assert await planner.model(done) == PLAIN
    assert done.unmapped == PLAIN.unmapped
    assert done.llm.unrefined is None
    assert done.llm.changes == ()
    assert "The plan stands without it." in done.llm.summary
    assert 1 <= len(server.requests) <= 6


async def test_a_language_model_that_hangs_is_left(wire, tmp_path):
    planner = Planner(
        tmp_path, server := LlmServer(wire, Reply(text=says(MOON).text, hang=True)),
        genesis_llm_max_seconds=0.4,
    )  # fmt: skip
    with server:
        done = await planner.make()
    assert "it took longer than 0.4 seconds" in done.llm.summary
    assert await planner.model(done) == PLAIN


async def test_an_endpoint_that_is_not_there_costs_nothing_but_refinement(wire, tmp_path):
    with LlmServer(wire, says(MOON)) as server:
        planner = Planner(tmp_path, server)
    done = await planner.make()
    assert "cannot be reached" in done.llm.summary
    assert await planner.model(done) == PLAIN


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"genesis_llm_model": ""}, "GENESIS_LLM_MODEL is not set"),
        ({"genesis_llm": "oracle"}, "GENESIS_LLM='oracle' is unknown"),
        ({"genesis_llm_url": "nowhere"}, "GENESIS_LLM_URL is no address"),
    ],
)
async def test_a_setting_that_cannot_be_is_told_and_the_plan_stands(tmp_path, given, said):
    server = LlmServer("openai", says(MOON))
    planner = Planner(tmp_path, server, **given)
    with server:
        done = await planner.make()
    assert f"The language model was not asked: {said}" in done.llm.summary
    assert await planner.model(done) == PLAIN
    assert server.requests == []


async def test_whatever_breaks_inside_leaves_the_plan(wire, tmp_path, monkeypatch):
    async def broken(*_args, **_more):
        raise KeyError(KEY)

    monkeypatch.setattr("agents.plan.llm.improve.refine", broken)
    with LlmServer(wire, says(MOON)) as server:
        planner = Planner(tmp_path, server)
        done = await planner.make()
    assert "asking the language model broke: KeyError" in done.llm.summary
    assert await planner.model(done) == PLAIN


async def test_what_opens_records_to_anyone_is_applied_as_asked_and_told_as_such(wire, tmp_path):
    """As an idea might ask for it that says 'ignore your instructions'."""
    key = PLAIN.entities[0].key
    access = {**OWN, "list": ["guest"], "read": ["guest"]}
    planner = Planner(
        tmp_path,
        server := LlmServer(wire, says({"op": "set_access", "entity": key, "access": access})),
    )
    with server:
        done = await planner.make()
    (change,) = done.llm.changes
    assert change.startswith(f"set_access {key}: list guest; read guest;")
    assert change.endswith("(open to anyone: list, read)")
    assert done.llm.unrefined is not None
    assert (await planner.file(done))["applied"][0]["operation"]["access"]["list"] == ["guest"]


def test_of_very_many_changes_those_that_open_records_are_told():
    access = {**OWN, "list": ["guest"]}
    given = [entity(f"e{number}") for number in range(50)] + [entity("last", access=access)]
    good, _ = read(json.dumps({"operations": given}))
    done = report.Refinement(
        model=PLAIN, ok=True, stopped_because="x", rounds=1,
        applied=tuple(Applied(round=1, operation=each.operation) for each in good),
    )  # fmt: skip
    told = report.changes(done)
    assert len(told) == report.MAX_CHANGES + 1
    assert "last" in told[0]
    assert told[-1] == "… and 21 more: all of them are in the report"


async def test_a_build_repeats_from_the_cache_without_a_request(wire, tmp_path):
    with LlmServer(wire, [says({**MOON, "label_field": "face"}), says(MOON)]) as server:
        first = await Planner(tmp_path, server).make()
        asked = len(server.requests)
        planner = Planner(tmp_path, server)
        second = await planner.make()
        assert len(server.requests) == asked == 2
    offline = await Planner(tmp_path, server).make()
    assert first.plan == second.plan == offline.plan
    assert "2 of them from the cache" in offline.llm.summary
    assert (offline.llm.tokens, offline.llm.cost) == (0, 0)


async def test_another_model_or_idea_is_another_request(wire, tmp_path):
    with LlmServer(wire, says(MOON)) as server:
        await Planner(tmp_path, server).make()
        await Planner(tmp_path, server, genesis_llm_model="small").make()
        assert len(server.requests) == 2


async def test_answers_of_the_cache_that_are_damaged_are_asked_for_again(wire, tmp_path):
    with LlmServer(wire, says(MOON)) as server:
        first = await Planner(tmp_path, server).make()
        (file,) = (tmp_path / "cache" / "llm").glob("*.json")
        file.write_bytes(file.read_bytes()[:20])
        again = await Planner(tmp_path, server).make()
        assert (first.plan, len(server.requests)) == (again.plan, 2)


async def test_a_folder_that_cannot_be_written_is_no_obstacle(wire, tmp_path):
    (tmp_path / "cache").write_text("in the way")
    with LlmServer(wire, says(MOON)) as server:
        done = await Planner(tmp_path, server).make()
    assert "1 operation(s) applied" in done.llm.summary


async def test_a_refusal_is_asked_again_next_time(wire, tmp_path):
    with LlmServer(wire, [REFUSES, says(MOON)]) as server:
        await Planner(tmp_path, server).make()
        done = await Planner(tmp_path, server).make()
    assert "1 operation(s) applied" in done.llm.summary


@pytest.mark.parametrize(
    "reply",
    [
        says(MOON), fails(401, f"wrong: {KEY}"), fails(400, f"wrong: {KEY}"),
        fails(500, f"wrong: {KEY}"), says({**MOON, "title": KEY}), Reply(text=KEY),
        says({"op": KEY}), says({**MOON, "label_field": f"face {KEY}"}),
    ],
    ids=["good", "401", "400", "500", "in a title", "nonsense", "an operation", "a fault"],
)  # fmt: skip
async def test_the_key_appears_nowhere(wire, tmp_path, reply, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    with LlmServer(wire, reply) as server, structlog.testing.capture_logs() as logs:
        planner = Planner(tmp_path, server)
        done = await planner.make()
        sent = [each.body for each in server.requests]
    left = [
        repr(logs), caplog.text, *capfd.readouterr(), repr(done), repr(planner.steps),
        repr(planner.artifacts._contents), repr(planner.settings), repr(sent),
        *(file.read_text() for file in tmp_path.rglob("*") if file.is_file()),
    ]  # fmt: skip
    assert not [text for text in left if KEY in text]


def test_it_is_configured_by_the_environment(tmp_path):
    (tmp_path / "key").write_text("secret\n")
    settings = load(
        {
            "GENESIS_LLM": "anthropic", "GENESIS_LLM_MODEL": "large",
            "ANTHROPIC_API_KEY_FILE": str(tmp_path / "key"), "GENESIS_LLM_MAX_COST": "0.25",
            "GENESIS_LLM_MAX_SECONDS": "20", "GENESIS_LLM_MAX_TOKENS": "5000",
            "GENESIS_LLM_PRICE_IN": "1", "GENESIS_LLM_PRICE_OUT": "2",
        }
    )  # fmt: skip
    assert settings.anthropic_api_key.reveal() == "secret"
    some = limits(settings, 10)
    assert (some.tokens, some.seconds, some.cost) == (5_000, 10, 0.25)
    assert (some.price_in, some.price_out) == (1, 2)


async def test_nobody_is_asked_unless_it_is_configured(tmp_path):
    async def never(_step, _lines) -> None:
        raise AssertionError

    assert await improved(PLAIN, Settings(genesis_home=tmp_path), never) is None
