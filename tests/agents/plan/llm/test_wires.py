"""Both wires against servers that behave like the real ones, and like broken ones."""

from __future__ import annotations

import asyncio

import httpx
import msgspec
import pytest

from agents.plan.llm import travel
from agents.plan.llm.errors import (
    Declined,
    Denied,
    Misconfigured,
    NotUnderstood,
    Truncated,
    Unreachable,
    Usage,
)
from agents.plan.llm.prompt import prompt
from agents.plan.llm.wires import Asking, endpoint
from bus.settings import Secret, Settings
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
from tests.support.plans import PLANNER

ROLE = {"op": "add_role", "key": "guide", "title": "Führer", "signup": "none", "sentence": 0}
GOOD = says(ROLE)
WIRES = ("anthropic", "openai")
QUESTION = prompt(PLANNER)


def settings(server: LlmServer, folder, **more) -> Settings:
    own = {f"{server.wire}_api_key": Secret(KEY)}
    return Settings(
        genesis_home=folder, genesis_llm=server.wire, genesis_llm_model="large",
        genesis_llm_url=server.url, **(own | more),
    )  # fmt: skip


async def asked(server: LlmServer, tmp_path, times: int = 1, **more):
    to = endpoint(settings(server, tmp_path, **more))
    async with httpx.AsyncClient(timeout=None, verify=False) as client:
        asking = Asking(to, client)
        for _ in range(times - 1):
            await asking.ask(QUESTION, 20_000)
        return await asking.ask(QUESTION, 20_000)


@pytest.fixture(autouse=True)
def _impatience(monkeypatch) -> None:
    monkeypatch.setattr("agents.plan.llm.wires._pause", lambda _attempt: 0.0)


@pytest.fixture(params=WIRES)
def wire(request) -> str:
    return request.param


@pytest.mark.parametrize("whole", [False, True], ids=["streamed", "whole"])
async def test_an_answer_is_read_with_its_tokens(wire, whole, tmp_path):
    with LlmServer(wire, GOOD, whole=whole) as server:
        answer = await asked(server, tmp_path)
    assert msgspec.json.decode(answer.text) == {"operations": [ROLE]}
    assert (answer.usage.sent, answer.usage.estimated) == (1_000, False)
    assert answer.usage.received > 10
    (request,) = server.requests
    assert request.body["model"] == "large"
    limit = request.body.get("max_tokens") or request.body["max_completion_tokens"]
    assert limit == 20_000


async def test_anthropic_has_to_call_the_tool_whose_input_is_enforced(tmp_path):
    with LlmServer("anthropic", GOOD) as server:
        await asked(server, tmp_path)
    body = server.requests[0].body
    assert body["tool_choice"] == {"type": "tool", "name": "emit_operations"}
    assert body["tools"][0]["strict"] is True
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_openai_has_to_keep_to_the_schema(tmp_path):
    with LlmServer("openai", GOOD) as server:
        await asked(server, tmp_path)
    form = server.requests[0].body["response_format"]
    assert form["type"] == "json_schema"
    assert form["json_schema"]["strict"] is True


async def test_a_server_that_knows_less_is_asked_for_less_from_then_on(tmp_path):
    with LlmServer("openai", GOOD, old=True) as server:
        answer = await asked(server, tmp_path, times=2)
    assert msgspec.json.decode(answer.text) == {"operations": [ROLE]}
    assert len(server.requests) == 5
    last = server.requests[-1].body
    assert last["response_format"] == {"type": "json_object"}
    assert last["max_tokens"] == 20_000
    assert "stream_options" not in last
    assert "additionalProperties" in last["messages"][0]["content"]


async def test_an_endpoint_like_anthropic_s_may_not_enforce_schemas(tmp_path):
    with LlmServer("anthropic", GOOD, old=True) as server:
        await asked(server, tmp_path, times=2)
    assert ["strict" in each.body["tools"][0] for each in server.requests] == [True, False, False]


async def test_a_local_server_needs_no_key(tmp_path):
    with LlmServer("openai", GOOD, open_to_all=True) as server:
        await asked(server, tmp_path, openai_api_key=Secret(""))
    assert "authorization" not in server.requests[0].headers


async def test_tokens_that_are_not_counted_are_estimated(wire, tmp_path):
    with LlmServer(wire, says(ROLE, counted=False)) as server:
        answer = await asked(server, tmp_path)
    assert answer.usage.estimated
    assert answer.usage.sent == QUESTION.tokens
    assert answer.usage.received > 10


@pytest.mark.parametrize(
    "trouble",
    [
        fails(408), fails(409), fails(429, retry_after="0.01"), fails(500), fails(503),
        fails(529, "overloaded", retry_after_ms="1"), fails(418, x_should_retry="true"),
        Reply(text=GOOD.text, cut=True), Reply(text=GOOD.text, short=True),
        Reply(text=GOOD.text, error="overloaded_error"),
    ],
    ids=["408", "409", "429", "500", "503", "529", "told to retry", "cut", "short", "an error"],
)  # fmt: skip
async def test_what_may_pass_is_tried_again(wire, tmp_path, trouble):
    with LlmServer(wire, [trouble, GOOD]) as server:
        answer = await asked(server, tmp_path)
    assert msgspec.json.decode(answer.text) == {"operations": [ROLE]}
    assert len(server.requests) == 2


async def test_what_does_not_pass_is_given_up_after_three_attempts(wire, tmp_path):
    with (
        LlmServer(wire, fails(529, "overloaded", retry_after_ms="1")) as server,
        pytest.raises(Unreachable, match="answered 529: overloaded"),
    ):
        await asked(server, tmp_path)
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "trouble", [fails(500, x_should_retry="false"), fails(429, retry_after="3600")]
)
async def test_an_endpoint_that_wants_no_retry_soon_gets_none(wire, tmp_path, trouble):
    with LlmServer(wire, trouble) as server, pytest.raises(Unreachable):
        await asked(server, tmp_path)
    assert len(server.requests) == 1


async def test_what_broken_answers_used_is_counted_and_not_there_any_more(wire, tmp_path):
    text = says(*[ROLE] * 60).text
    with LlmServer(wire, [Reply(text=text, cut=True), GOOD]) as server:
        answer = await asked(server, tmp_path)
    limits = [
        each.body.get("max_tokens") or each.body["max_completion_tokens"]
        for each in server.requests
    ]
    assert limits[0] == 20_000
    assert limits[1] < 19_500
    assert answer.usage.sent + answer.usage.received >= 1_000 + 20_000 - limits[1]


@pytest.mark.parametrize(
    ("reply", "kind", "said"),
    [
        (REFUSES, Declined, "declined"),
        (TRUNCATES, Truncated, "cut off at its longest"),
        (GIGANTIC, Truncated, "more than 4096 KiB"),
        (Reply(text="", stop="end_turn"), NotUnderstood, "empty"),
        (fails(400, "the prompt is odd"), NotUnderstood, "400: the prompt is odd"),
        (fails(404, "no model large"), NotUnderstood, "404: no model large"),
        (fails(302, "over there", location="http://127.0.0.1:1/"), NotUnderstood, "302"),
        (fails(403), Denied, "does not take the key"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("whole", [False, True], ids=["streamed", "whole"])
async def test_what_is_no_answer_is_told_apart(wire, tmp_path, whole, reply, kind, said):
    with LlmServer(wire, reply, whole=whole) as server, pytest.raises(kind, match=said):
        await asked(server, tmp_path)
    assert len(server.requests) == 1


async def test_a_filter_is_told_as_one(tmp_path):
    with (
        LlmServer("openai", Reply(text="x", stop="content_filter")) as server,
        pytest.raises(Declined, match="filter"),
    ):
        await asked(server, tmp_path)


async def test_a_wrong_key_is_told_without_it(wire, tmp_path):
    wrong = {f"{wire}_api_key": Secret("wrong-key-0815")}
    with LlmServer(wire, GOOD) as server, pytest.raises(Denied) as refused:
        await asked(server, tmp_path, **wrong)
    assert "0815" not in str(refused.value)
    assert len(server.requests) == 1


async def test_a_key_that_an_endpoint_says_back_goes_no_further(wire, tmp_path):
    with (
        LlmServer(wire, fails(400, f"what is {KEY}?")) as server,
        pytest.raises(NotUnderstood, match=r"what is …\?") as refused,
    ):
        await asked(server, tmp_path)
    assert KEY not in repr(refused.value)
    with LlmServer(wire, says({**ROLE, "title": f"a{KEY}b"})) as server:
        assert KEY not in (await asked(server, tmp_path)).text


async def test_an_endpoint_that_is_not_there_is_unreachable(wire, tmp_path):
    with LlmServer(wire, GOOD) as server:
        pass
    with pytest.raises(Unreachable, match="cannot be reached") as caught:
        await asked(server, tmp_path)
    assert caught.value.usage == Usage()


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"3", b'{"content": 3}', b'{"content": [3, {"type": "x"}]}',
     b'{"choices": 3}', b'{"choices": [3]}', b'{"choices": [{"message": {"content": [1]}}]}',
     b"<html>", b"\xff", b"[" * 100_000],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
async def test_an_answer_of_any_shape_is_refused_in_words(wire, tmp_path, content, kind):
    body = b"data: " + content + b"\n\n" if kind == "text/event-stream" else content

    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=body, headers={"content-type": kind})

    with LlmServer(wire, GOOD) as server:
        to = endpoint(settings(server, tmp_path))
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        with pytest.raises((NotUnderstood, Unreachable), match="answer"):
            await Asking(to, client).ask(QUESTION, 20_000)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None), ({"retry-after-ms": "250"}, 0.25), ({"retry-after": "2"}, 2.0),
        ({"retry-after-ms": "x", "retry-after": "2"}, 2.0), ({"retry-after": "-1"}, 0.0),
        ({"retry-after": "Thu, 01 Jan 1998 00:00:00 GMT"}, 0.0), ({"retry-after": "soon"}, None),
    ],
)  # fmt: skip
def test_the_pause_that_an_endpoint_asks_for(headers, seconds):
    assert travel.asked_pause(headers) == seconds


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"genesis_llm": "bard"}, "GENESIS_LLM='bard' is unknown"),
        ({"genesis_llm_model": ""}, "GENESIS_LLM_MODEL is not set"),
        ({"anthropic_api_key": Secret("")}, "ANTHROPIC_API_KEY is not set"),
        ({"genesis_llm": "openai"}, "OPENAI_API_KEY is not set"),
        ({"genesis_llm_url": "ftp://x"}, "GENESIS_LLM_URL is no address"),
        ({"genesis_llm_url": "http://x:y"}, "GENESIS_LLM_URL is no address"),
        ({"anthropic_api_key": Secret("a\nb")}, "has a character that no key has"),
    ],
)
def test_a_setting_that_cannot_be_is_named(tmp_path, given, said):
    base = {
        "genesis_llm": "anthropic", "genesis_llm_model": "large",
        "anthropic_api_key": Secret("k"), "genesis_home": tmp_path,
    }  # fmt: skip
    with pytest.raises(Misconfigured, match=said):
        endpoint(Settings(**(base | given)))


async def test_a_hanging_endpoint_is_left_when_time_is_up(wire, tmp_path):
    with LlmServer(wire, Reply(text=GOOD.text, hang=True)) as server, pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await asked(server, tmp_path)
    assert len(server.requests) == 1
