"""A release after its deploy, on a clock of the test's: incident, rollback, end."""

from __future__ import annotations

import uuid

import pytest
from msgspec.structs import replace

from agents.monitoring import store
from agents.monitoring.regressions import releases
from agents.monitoring.regressions.releases import Policy, compare_all, take_wanted
from tests.support.watching import DOWN, EVERY, UP, monitor

POLICY = Policy(seconds=900, rollback=True)


class Releases:
    """The shop, and the pipelines that deploy it."""

    def __init__(self, watching):
        self.watching = watching
        self.connection = watching.connection

    async def deploy(self, build, policy=POLICY, app="shop"):
        made = replace(monitor(app), build_id=build, pipeline=f"{app}{build}")
        async with self.connection.transaction():
            await store.register(self.connection, made, now=self.watching.now)
            await releases.begin(self.connection, made.pipeline, policy, self.watching.now)

    async def go(self, seconds):
        for _ in range(round(seconds / 5)):
            await self.watching.go(5)
            await compare_all(self.connection, self.watching.now)

    async def errors(self, build, number):
        group = await self.connection.fetchval(
            """insert into monitoring.error_groups
                   (app, environment, key, title, culprit, level, made, first, last)
               values ('shop', 'production', $1, 't', 'c', 'error', now(), now(), now())
               returning grp""",
            uuid.uuid4().hex,
        )
        await self.connection.execute(
            """insert into monitoring.error_events
                   (app, environment, event, grp, at, received, release)
               select 'shop', 'production', gen_random_uuid(), $1, to_timestamp($2),
                   to_timestamp($2), $3 from generate_series(1, $4::integer)""",
            group, self.watching.now, build, number,
        )  # fmt: skip

    async def states(self):
        return await self.watching.fetch(
            "select build_id, state, rollback from monitoring.deploys order by at"
        )

    async def wanted(self):
        return [each.pipeline for each in await take_wanted(self.connection, self.watching.now)]

    async def timeline(self):
        return [
            row[0]
            for row in await self.watching.fetch(
                "select what from monitoring.incident_events order by id"
            )
        ]


@pytest.fixture
async def shop(watching):
    made = Releases(watching)
    await made.deploy("b1")
    await made.go(600)
    return made


async def test_a_release_that_is_down_is_rolled_back_once_and_told_of_once(shop):
    await shop.deploy("b2")
    await shop.go(60)
    assert await shop.wanted() == []
    shop.watching.looks["shop"] = DOWN
    await shop.go(2 * EVERY)
    assert await shop.wanted() == ["shopb2"]
    # Taken by one replica, which may die with it.
    assert await shop.wanted() == []
    await shop.go(releases.LEASE + 5)
    assert await shop.wanted() == ["shopb2"]
    await releases.asked(shop.connection, "shopb2")
    await store.unregister(shop.connection, "shopb2", "shop", "production", now=shop.watching.now)
    shop.watching.looks["shop"] = UP
    await shop.go(600)
    assert await shop.wanted() == []
    assert await shop.watching.findings() == [("shop", "uptime", True), ("shop", "uptime", False)]
    assert await shop.timeline() == ["opened", "release", "rollback", "seen", "resolved"]
    assert (await shop.states())[-1] == ("b2", "gone", "asked")


async def test_a_second_outage_of_a_release_asks_for_no_second_rollback(shop):
    await shop.deploy("b2")
    shop.watching.looks["shop"] = DOWN
    await shop.go(30)
    assert await shop.wanted() == ["shopb2"]
    await releases.asked(shop.connection, "shopb2")
    for look in (UP, DOWN, UP, DOWN):
        shop.watching.looks["shop"] = look
        await shop.go(60)
        assert await shop.wanted() == []


async def test_more_errors_than_before_open_an_incident_that_ends_when_they_do(shop):
    await shop.errors("b1", 3)
    await shop.deploy("b2")
    await shop.go(60)
    await shop.errors("b2", 5)
    await shop.errors("b1", 40)
    await shop.go(30)
    assert await shop.watching.open() == []
    await shop.errors("b2", 20)
    await shop.go(10)
    assert await shop.watching.findings() == [("shop", "regression", True)]
    ((summary,),) = await shop.watching.fetch("select summary from monitoring.incidents")
    assert summary.startswith("build b2 of shop (production) does worse than b1: ")
    assert await shop.wanted() == ["shopb2"]
    await shop.go(releases.CALM + 300)
    assert await shop.watching.findings() == [
        ("shop", "regression", True), ("shop", "regression", False),
    ]  # fmt: skip
    assert (await shop.states())[-1] == ("b2", "recovered", "wanted")


async def test_slower_answers_are_a_regression_which_ends_with_its_release(shop):
    await shop.deploy("b2")
    shop.watching.looks["shop"] = replace(UP, milliseconds=400.0)
    await shop.go(400)
    assert await shop.watching.findings() == [("shop", "regression", True)]
    await store.unregister(shop.connection, "shopb2", "shop", "production", now=shop.watching.now)
    await shop.go(10)
    assert await shop.watching.findings() == [
        ("shop", "regression", True), ("shop", "regression", False),
    ]  # fmt: skip
    assert await shop.wanted() == []


async def test_a_release_that_does_well_passes(shop):
    await shop.deploy("b2")
    await shop.go(POLICY.seconds + 10)
    shop.watching.looks["shop"] = DOWN
    await shop.go(60)
    assert (await shop.states())[-1] == ("b2", "passed", "off")
    assert await shop.wanted() == []


@pytest.mark.parametrize(
    "policy", [Policy(seconds=900, rollback=False), Policy(seconds=0, rollback=True)]
)
async def test_nothing_is_rolled_back_that_nobody_wants_rolled_back(shop, policy):
    await shop.deploy("b2", policy)
    shop.watching.looks["shop"] = DOWN
    await shop.go(120)
    assert await shop.watching.open() == ["shop"]
    assert await shop.wanted() == []


async def test_a_first_release_has_nothing_to_go_back_to(watching):
    shop = Releases(watching)
    await shop.deploy("b1")
    watching.looks["shop"] = DOWN
    await shop.go(120)
    assert await shop.states() == [("b1", "regressed", "off")]


async def test_going_back_to_a_release_that_was_not_well_is_not_asked_for(shop):
    shop.watching.looks["shop"] = DOWN
    await shop.go(120)
    await shop.deploy("b2")
    shop.watching.looks["shop"] = UP
    await shop.go(60)
    shop.watching.looks["shop"] = DOWN
    await shop.go(60)
    assert (await shop.states())[-1] == ("b2", "regressed", "unsafe")
    assert await shop.wanted() == []


async def test_what_takes_other_apps_down_too_is_no_fault_of_a_release(shop):
    await shop.deploy("b1", app="blog")
    await shop.deploy("b2")
    await shop.go(60)
    shop.watching.looks.update(shop=DOWN, blog=DOWN)
    await shop.go(60)
    assert ("b2", "regressed", "unsafe") in await shop.states()
    assert await shop.wanted() == []


async def test_a_rollback_that_a_person_was_quicker_with_is_not_asked_for(shop):
    await shop.deploy("b2")
    shop.watching.looks["shop"] = DOWN
    await shop.go(60)
    await store.unregister(shop.connection, "shopb2", "shop", "production", now=shop.watching.now)
    assert await shop.wanted() == []


async def test_a_command_delivered_again_watches_a_release_once(shop):
    await shop.deploy("b2")
    await shop.go(60)
    await shop.deploy("b2")
    assert len(await shop.states()) == 2
