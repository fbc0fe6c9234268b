"""`genesis monitor alerts` and `test-alert`, with a service that sends to what listens here."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager

import msgspec
import pytest

from agents.monitoring import findings, store
from agents.monitoring.alerts import reads, service
from bus.settings import Secret, Settings
from coordinator.cli import monitor_alerts
from coordinator.cli import session as sessions
from tests.support.alerting import finding
from tests.support.databases import database
from tests.support.discord_server import Discord
from tests.support.slack_server import Slack


@pytest.fixture
def settings(genesis, postgres, tmp_path, monkeypatch):
    """Settings that the commands reach a database of their own by."""
    with database(postgres) as url:
        made = Settings(genesis_home=tmp_path / "home", database_url=Secret(url))

        async def reach(*, start):
            return made

        monkeypatch.setattr(sessions, "reach", reach)
        yield made


@pytest.fixture
def slack():
    server = Slack().start()
    yield server
    server.close()


@asynccontextmanager
async def alerting(settings, monkeypatch, **addresses):
    monkeypatch.setattr(service, "ROUND", 0.05)
    secrets = {name: Secret(value) for name, value in addresses.items()}
    stop = asyncio.Event()
    work = asyncio.create_task(service.alert(msgspec.structs.replace(settings, **secrets), stop))
    try:
        yield
    finally:
        stop.set()
        await work


async def test_a_test_that_arrives_is_done(settings, genesis, slack, monkeypatch):
    async with alerting(settings, monkeypatch, slack_webhook_url=slack.url):
        done = await genesis("monitor", "test-alert")
    assert (done.code, done.out) == (0, "✓ slack: sent\n")
    assert "A test" in slack.messages[0]["text"]


async def test_a_test_that_does_not_arrive_everywhere_has_failed(
    settings, genesis, slack, monkeypatch
):
    discord = Discord().start()
    discord.webhooks.clear()
    try:
        async with alerting(
            settings, monkeypatch, slack_webhook_url=slack.url, discord_webhook_url=discord.url
        ):
            first = await genesis("monitor", "test-alert")
            again = await genesis("monitor", "test-alert", "discord", "--json")
            other = await genesis("monitor", "test-alert", "pigeon")
    finally:
        discord.close()
    assert first.code == again.code == other.code == 1
    assert "✓ slack: sent\n" in first.out
    assert "✗ discord: dead: status 404" in first.out
    assert json.loads(again.out)["deliveries"][0]["state"] == "suppressed"
    assert other.out == "✗ pigeon: not called: there is no channel of that name\n"
    assert len(discord.http.requests()) == 1


async def test_without_a_channel_a_test_has_failed_and_says_what_to_do(
    settings, genesis, monkeypatch
):
    async with alerting(settings, monkeypatch):
        done = await genesis("monitor", "test-alert")
    assert done.code == 1
    assert "no channel is configured" in done.err
    assert "SLACK_WEBHOOK_URL" in done.err


async def test_a_test_that_nobody_takes_is_withdrawn(settings, genesis, slack, monkeypatch):
    monkeypatch.setattr(monitor_alerts, "TAKEN_WITHIN", 0.1)
    done = await genesis("monitor", "test-alert")
    assert done.code == 1
    assert "no monitoring agent took the test" in done.err
    async with alerting(settings, monkeypatch, slack_webhook_url=slack.url):
        await genesis("monitor", "test-alert")
    assert len(slack.messages) == 1


async def test_alerts_are_listed_with_what_became_of_them(settings, genesis, slack, monkeypatch):
    assert (await genesis("monitor", "alerts")).out == "No alerts.\n"
    (settings.genesis_home).mkdir()
    (settings.genesis_home / "monitoring.toml").write_text("[grouping]\nwait = 0\n")
    async with alerting(settings, monkeypatch, slack_webhook_url=slack.url):
        async with store.connected(settings.database_url.reveal()) as connection:
            for app, severity in (("shop", "critical"), ("blog", "info")):
                one = finding(app=app, severity=severity, title=f"{app} is down", at=1e9)
                await findings.report(connection, one)
        async with asyncio.timeout(20):
            while not slack.messages or any(  # noqa: ASYNC110  it is PostgreSQL's
                each.state not in reads.FINAL
                for one in await reads.alerts(settings)
                for each in one.deliveries
            ):
                await asyncio.sleep(0.05)
    out = (await genesis("monitor", "alerts")).out
    assert "✗ shop (production)  critical" in out
    assert "    slack: began sent\n" in out
    assert "    nobody is told: no rule is about it\n" in out
    listed = json.loads((await genesis("monitor", "alerts", "shop", "--json")).out)
    assert [(one["app"], one["title"]) for one in listed] == [("shop", "shop is down")]
