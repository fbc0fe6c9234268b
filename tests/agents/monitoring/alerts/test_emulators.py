"""The emulators of Slack and Discord take what real clients send, and refuse what is too long."""

from __future__ import annotations

import json
from pathlib import Path

import discord_webhook
import httpx
import pytest
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.models.blocks import HeaderBlock, SectionBlock
from slack_sdk.webhook import WebhookClient

from tests.support.discord_server import Discord
from tests.support.slack_server import PATH, Slack

RECORDED = Path(__file__).parent / "recorded.jsonl"
"""What slack_sdk 3.47 and @slack/webhook 8.0.2 sent to a server that only listened."""


@pytest.fixture
def slack():
    server = Slack().start()
    yield server
    server.close()


@pytest.fixture
def discord():
    server = Discord().start()
    yield server
    server.close()


def test_slacks_own_client_posts_blocks_and_reads_the_answer(slack):
    blocks = [HeaderBlock(text="Deploy failed"), SectionBlock(text="*site* down")]
    answer = WebhookClient(slack.url).send(text="fallback", blocks=blocks)
    assert (answer.status_code, answer.body) == (200, "ok")
    assert [block["type"] for block in slack.messages[0]["blocks"]] == ["header", "section"]


@pytest.mark.parametrize("line", RECORDED.read_text().splitlines())
def test_recorded_requests_are_taken(slack, line):
    request = json.loads(line)
    slack.paths.add(request["p"])
    headers = {"content-type": {k.lower(): v for k, v in request["h"].items()}["content-type"]}
    answer = httpx.post(slack.http.url + request["p"], content=request["b"], headers=headers)
    assert answer.status_code == request["s"]
    assert slack.messages == [json.loads(request["b"])]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "no_text"),
        ([], "invalid_payload"),
        ({"text": "x", "blocks": []}, "invalid_blocks"),
        ({"blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        ({"blocks": [HeaderBlock(text="x").to_dict() | {"block_id": "b" * 256}]}, "invalid_blocks"),
        (
            {"blocks": [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]},
            "invalid_blocks",
        ),
        (
            {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]},
            "invalid_blocks",
        ),
        ({"attachments": [{}] * 101}, "too_many_attachments"),
    ],
)
def test_slack_refuses_what_does_not_fit(slack, body, said):
    answer = httpx.post(slack.url, json=body)
    assert (answer.status_code, answer.text) == (400, said)
    assert slack.messages == []


def test_slacks_own_client_waits_as_long_as_it_is_asked_to(slack):
    slack.burst = 1
    client = WebhookClient(
        slack.url, retry_handlers=[RateLimitErrorRetryHandler(max_retry_count=2)]
    )
    assert [client.send(text=str(number)).status_code for number in range(2)] == [200, 200]
    assert len(slack.http.requests(PATH)) > 2


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_client_of_discord_posts_an_embed_and_waits_when_there_were_too_many(discord):
    discord.burst, discord.window = 1, 0.3
    for number in range(2):
        hook = discord_webhook.DiscordWebhook(url=discord.url, rate_limit_retry=True)
        hook.add_embed(
            discord_webhook.DiscordEmbed(title=f"Down {number}", description="502", color="c62828")
        )
        assert hook.execute().status_code == 200
    assert [one["embeds"][0]["title"] for one in discord.messages] == ["Down 0", "Down 1"]
    assert len(discord.http.requests()) == 3


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"content": "x" * 2001}, ["content"]),
        ({"username": "my discord", "content": "x"}, ["username"]),
        ({"embeds": [{"title": "x" * 257}]}, ["embeds", "0", "title"]),
        ({"embeds": [{"description": "x" * 4097}]}, ["embeds", "0", "description"]),
        (
            {"embeds": [{"fields": [{"name": "x", "value": ""}]}]},
            ["embeds", "0", "fields", "0", "value"],
        ),
        ({"embeds": [{"footer": {"text": "x" * 2049}}]}, ["embeds", "0", "footer"]),
        ({"embeds": [{"description": "x" * 4000}, {"description": "x" * 2001}]}, ["embeds"]),
        ({"embeds": [{"title": "x"}] * 11}, ["embeds"]),
        ({"embeds": [{"title": "x", "color": 1 << 24}]}, ["embeds", "0", "color"]),
    ],
)
def test_discord_names_what_does_not_fit(discord, body, where):
    answer = httpx.post(discord.url, json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, 50035)
    found = answer.json()["errors"]
    for part in where:
        found = found[part]
    assert found["_errors"][0]["code"]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("", {}, 400, 50006),
        ("wrong", {"content": "x"}, 401, 50027),
        ("/../../99/x", {"content": "x"}, 404, 10015),
    ],
)
def test_discord_says_why_it_takes_nothing(discord, path, body, status, code):
    answer = httpx.post(discord.url + path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_discord_answers_with_nothing_unless_asked_to_wait(discord):
    assert httpx.post(discord.url, json={"content": "x"}).status_code == 204
    assert httpx.post(f"{discord.url}?wait=True", json={"content": "x"}).json()["content"] == "x"


def test_discord_asks_everybody_to_wait(discord):
    discord.everywhere = 1.5
    answer = httpx.post(discord.url, json={"content": "x"})
    assert answer.status_code == 429
    assert answer.json()["global"] is True
    assert answer.json()["retry_after"] == 1.5
    assert answer.headers["x-ratelimit-global"] == "true"
