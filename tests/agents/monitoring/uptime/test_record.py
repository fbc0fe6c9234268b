"""What looks do to incidents and to what alerts are told, in a real database on a test's clock."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from agents.monitoring import cli
from agents.monitoring.uptime import maintenance, windows
from agents.monitoring.uptime.judging import Policy
from bus.settings import Secret, Settings
from tests.support.watching import CUT_OFF, DOWN, EVERY, SILENT, UP, monitor

DAY = 86_400


async def test_an_outage_is_found_within_two_intervals_and_told_once(watching):
    await watching.watch(monitor("shop"))
    await watching.go(60)
    watching.looks["shop"] = DOWN
    await watching.go(2 * EVERY)
    assert await watching.open() == ["shop"]
    await watching.go(100)
    watching.looks["shop"] = UP
    await watching.go(2 * EVERY)
    assert await watching.open() == []
    assert await watching.findings() == [("shop", "uptime", True), ("shop", "uptime", False)]


async def test_a_build_that_is_being_deployed_is_no_outage_of_the_one_before(watching):
    other = replace(DOWN, status=200, fault="build", detail="build 'b2' answers, not 'b1'")
    await watching.watch(monitor("shop"))
    await watching.go(60)
    watching.looks["shop"] = other
    await watching.go(170)
    assert await watching.open() == []
    assert await watching.fetch("select 1 from monitoring.checks where not up and counted") == []
    # It is registered; later another one answers for good.
    await watching.watch(replace(monitor("shop"), build_id="b2", pipeline="pipelinetwo"))
    watching.looks["shop"] = UP
    await watching.go(60)
    watching.looks["shop"] = other
    await watching.go(170)
    assert await watching.open() == []
    await watching.go(60)
    assert await watching.open() == ["shop"]


async def test_an_incident_has_a_timeline_of_what_was_seen(watching, url, tmp_path):
    await watching.watch(monitor("shop"))
    watching.looks["shop"] = DOWN
    await watching.go(60)
    watching.looks["shop"] = replace(SILENT, detail="no answer: \0refused")
    await watching.go(60)
    watching.looks["shop"] = UP
    await watching.go(60)
    settings = Settings(genesis_home=tmp_path, database_url=Secret(url))
    (past,) = await cli.incidents(settings, resolved=True, app="shop")
    detail = await cli.incident(settings, past.incident)
    assert [(each.what, each.detail.rpartition(": ")[2]) for each in detail.events] == [
        ("opened", "status 500"), ("seen", "status 500"), ("seen", "\ufffdrefused"),
        ("resolved", "shop (production) is up again"),
    ]  # fmt: skip
    assert await cli.incident(settings, "no-such-incident") is None


async def test_nothing_is_said_in_a_maintenance_window_and_all_of_it_afterwards(watching):
    await watching.watch(monitor("shop"), monitor("blog"))
    window = maintenance.once(watching.now, 300)
    await windows.add(
        watching.connection, "shop", "", window, why="move", who="anna", now=watching.now
    )
    watching.looks.update(shop=DOWN, blog=DOWN)
    await watching.go(299)
    assert await watching.open() == ["blog"]
    counted = "select app, bool_or(counted) from monitoring.checks group by app order by app"
    assert await watching.fetch(counted) == [("blog", True), ("shop", False)]
    await watching.go(30)
    assert await watching.open() == ["blog", "shop"]


async def test_an_incident_may_end_in_a_maintenance_window(watching):
    await watching.watch(monitor("shop"))
    watching.looks["shop"] = DOWN
    await watching.go(60)
    window = maintenance.once(watching.now, 300)
    await windows.add(watching.connection, "", "", window, why="", who="anna", now=watching.now)
    watching.looks["shop"] = UP
    await watching.go(60)
    assert await watching.open() == []


FAR = [monitor("one", "https://one.test/"), monitor("two", "https://two.test/x")]


@pytest.mark.parametrize("silence", [SILENT, CUT_OFF])
async def test_a_network_of_our_own_that_is_away_takes_no_app_down(watching, silence):
    await watching.watch(*FAR, monitor("here"))
    await watching.go(60)
    watching.looks.update(one=silence, two=silence)
    await watching.go(600)
    assert await watching.open() == []
    watching.looks.clear()
    await watching.go(60)
    assert await watching.findings() == []
    ((bad,),) = await watching.fetch(
        "select count(*) from monitoring.checks where not up and counted"
    )
    # Those of the first interval, before anybody could tell.
    assert bad <= 4


@pytest.mark.parametrize("silence", [SILENT, CUT_OFF])
async def test_an_address_is_down_when_another_one_answers(watching, silence):
    await watching.watch(*FAR)
    await watching.go(60)
    watching.looks["one"] = silence
    await watching.go(2 * EVERY + 2)
    assert await watching.open() == ["one"]
    # The other one is alone now: without an answer it counts as down by itself.
    watching.looks["two"] = SILENT
    await watching.go(2 * EVERY + 2)
    assert await watching.open() == ["one", "two"]


async def test_a_witness_with_a_long_interval_is_asked_at_once(watching):
    await watching.watch(FAR[0], monitor("slow", "https://slow.test/", every=1800.0))
    await watching.go(60)
    watching.looks["one"] = SILENT
    await watching.go(2 * EVERY + 2)
    assert await watching.open() == ["one"]


async def test_one_address_alone_is_down_but_not_when_this_machine_has_no_network(watching):
    await watching.watch(FAR[0])
    watching.looks["one"] = CUT_OFF
    await watching.go(120)
    assert await watching.open() == []
    watching.looks["one"] = SILENT
    await watching.go(30)
    assert await watching.open() == ["one"]


async def test_what_is_on_this_machine_needs_no_witness(watching):
    await watching.watch(monitor("one"), monitor("two", "http://localhost:3/"))
    watching.looks.update(one=SILENT, two=SILENT)
    await watching.go(30)
    assert await watching.open() == ["one", "two"]


async def test_a_certificate_that_ends_is_told_of_at_two_stages_and_when_it_is_new(watching):
    def ends_in(days):
        watching.looks["shop"] = replace(UP, certificate=watching.now + days * DAY)

    await watching.watch(monitor("shop", "https://shop.test/"))
    for days in (60, 13.9, 13.8, 2.9, 2.8, 90):
        ends_in(days)
        await watching.go(30)
    told = "select firing, severity, kind from monitoring.findings order by id"
    assert await watching.fetch(told) == [
        (True, "warning", "certificate"), (True, "critical", "certificate"),
        (False, "info", "certificate"),
    ]  # fmt: skip
    assert await watching.open() == []


async def test_a_monitor_may_have_its_own_patience_and_interval(watching):
    patient = monitor("shop", policy=Policy(failures=6, recoveries=1), every=60.0)
    await watching.watch(patient, monitor("blog", policy=Policy(failures=1)))
    await watching.go(120)
    watching.looks.update(shop=DOWN, blog=DOWN)
    await watching.go(11)
    assert await watching.open() == ["blog"]
    await watching.go(139)
    assert await watching.open() == ["blog", "shop"]


async def test_flapping_tells_a_bounded_number_of_times(watching):
    await watching.watch(monitor("shop"))
    for _ in range(3 * 3600 // 80):
        watching.looks["shop"] = DOWN
        await watching.go(40, 2)
        watching.looks["shop"] = UP
        await watching.go(40, 2)
    firing = [row for row in await watching.findings() if row[2]]
    # Eight in an hour at most; each has its own end.
    assert 3 <= len(firing) <= 24
    (said,) = await watching.fetch(
        "select count(*) from monitoring.incidents where summary like '%comes and goes%'"
    )
    assert said[0] >= 1


async def test_one_look_that_is_not_ours_any_more_leaves_the_others_alone(watching):
    await watching.watch(monitor("shop"), monitor("blog"))
    await watching.connection.execute(
        "create function gone() returns trigger language plpgsql as $$ begin return null; end $$;"
        " create trigger gone before update of lease on monitoring.monitors for each row"
        " when (new.lease is null and new.app = 'shop') execute function gone()"
    )
    await watching.go(5)
    assert await watching.fetch("select distinct app from monitoring.checks") == [("blog",)]
