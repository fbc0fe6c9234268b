"""Nobody who visits an app notices that its release changes."""

from __future__ import annotations

import asyncio

import pytest

from agents.deployment import agent, servers
from tests.agents.deployment.load import Load

SHORT, LONG = 4_000, 100_000


async def changed_under_load(world, requests):
    """Deploys, rollbacks and first releases of other apps until so many requests were answered."""
    await world.deploy("pipeone", "b0")
    load = Load(world.state.port)

    async def changes():
        number = 0
        while not load.failures and (number < 3 or load.builds.total() < requests):
            number += 1
            await world.deploy(f"pipeline{number}", f"b{number}")
            await load.until(load.builds.total() + 200)
            if number < 20:
                await world.deploy(f"other{number}", "x1", app=f"other{number}")
            if number % 2:
                await world.rollback(f"pipeline{number}")
                await load.until(load.builds.total() + 200)

    stop = asyncio.Event()
    kept = asyncio.create_task(agent.background(world.settings, stop, no_one))
    await load.during(changes)
    stop.set()
    await kept
    return load


async def no_one(_message):
    """Whom the agent's background work would tell."""


@pytest.mark.parametrize(
    "requests",
    [SHORT, pytest.param(LONG, marks=[pytest.mark.soak, pytest.mark.timeout(900)])],
)
async def test_no_request_fails_while_releases_change(world, requests):
    load = await changed_under_load(world, requests)
    print(f"\n{load.builds.total()} requests {dict(load.kinds)}, {len(load.builds)} releases")
    assert load.failures == []
    assert load.builds.total() >= requests
    assert {"b0", "b1", "b2", "b3"} <= set(load.builds)
    assert min(load.kinds[kind] for kind in ("coming", "waiting", "uploading")) > 3


async def test_a_release_that_is_ended_at_once_is_noticed(world, monkeypatch):
    monkeypatch.setattr(servers, "DRAIN_LOOKS", 0)
    # It ends with the first request that is lost; on a busy machine that may take a while.
    assert (await changed_under_load(world, 5 * SHORT)).failures != []
