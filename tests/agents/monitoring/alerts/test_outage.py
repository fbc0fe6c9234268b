"""From an app that breaks to the people who are told, through the whole monitoring agent."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import msgspec

from agents.monitoring import agent
from contracts.messages import MonitoringRun
from tests.support.context import context
from tests.support.platform_http import Reply, Server
from tests.support.slack_server import Slack

HEALTHY = {"ok": True, "build": "b1", "database": "ok"}


@asynccontextmanager
async def watched(world, app, slack):
    """The agent, watching the app four times a second."""
    world.with_(slack_webhook_url=slack.url)
    world.settings = msgspec.structs.replace(world.settings, monitor_interval=0.25)
    command = MonitoringRun(
        pipeline="pipeone", timeout=60, app="shop", environment="production", url=app.url,
        build_id="b1",
    )  # fmt: skip
    await agent.run(command, context("monitoring", "pipeone", world.settings))
    stop = asyncio.Event()

    async def tell(_message):
        pass

    work = asyncio.create_task(agent.background(world.settings, stop, tell))
    try:
        yield
    finally:
        stop.set()
        await work


async def test_an_app_that_breaks_is_one_message_and_one_that_it_is_over(world):
    app, slack = Server(lambda _request: Reply(200, HEALTHY)), Slack().start()
    app.start()
    try:
        async with watched(world, app, slack):
            await asyncio.sleep(1)
            app.answer = lambda _request: Reply(500, b"<!channel> it broke")
            await world.until(lambda _: len(slack.messages) == 1)
            await asyncio.sleep(1)
            app.answer = lambda _request: Reply(200, HEALTHY)
            await world.until(lambda _: len(slack.messages) == 2)
            (alert,) = await world.settled(1)
            await asyncio.sleep(1)
    finally:
        app.close()
        slack.close()
    began, over = (one["text"] for one in slack.messages)
    assert "shop (production) is down" in began
    assert over.startswith("Over: ")
    assert slack.pings == []
    assert [(one.what, one.state) for one in alert.deliveries] == [
        ("began", "sent"), ("resolved", "sent"),
    ]  # fmt: skip


async def test_an_app_that_comes_and_goes_is_a_few_messages(world):
    app, slack = Server(lambda _request: Reply(200, HEALTHY)), Slack().start()
    app.start()
    try:
        async with watched(world, app, slack):
            for _ in range(6):
                app.answer = lambda _request: Reply(500, b"it broke")
                await asyncio.sleep(1.5)
                app.answer = lambda _request: Reply(200, HEALTHY)
                await asyncio.sleep(1.5)
    finally:
        app.close()
        slack.close()
    # Uptime damps it as well, so that the number depends on which of both is first.
    assert 2 <= len(slack.messages) <= 7
