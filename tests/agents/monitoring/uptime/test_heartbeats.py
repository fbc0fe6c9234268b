"""Jobs that report by themselves: what is expected of them, and what is said when it is missing."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import httpx
import pytest

from agents.monitoring import store
from agents.monitoring.ingest import parts
from agents.monitoring.uptime import checkins, heartbeats, maintenance, presence, routes, windows
from agents.monitoring.uptime.checkins import schedule_of
from agents.monitoring.uptime.crontab import BadSchedule
from agents.monitoring.uptime.judging import Policy
from agents.monitoring.uptime.schedules import Schedule
from tests.support.ingest import serving
from tests.support.watching import monitor

HOURLY = Schedule(every=3600, grace=300)


class Jobs:
    """The job "backup" of the shop, on the clock of `watching`."""

    def __init__(self, watching):
        self.watching = watching
        self.connection = watching.connection
        self.key = ""

    async def add(self, schedule=HOURLY):
        self.key = await heartbeats.add(
            self.connection, "shop", "production", "backup", schedule, now=self.watching.now
        )

    async def say(self, said="ok"):
        assert await heartbeats.report(self.connection, self.key, said, self.watching.now)

    async def wait(self, seconds, tick=10.0):
        """Let time pass while somebody is here."""
        for _ in range(round(seconds / tick)):
            self.watching.now += tick
            await self.tick()

    async def tick(self):
        awake = await presence.present(self.connection, self.watching.now)
        await heartbeats.overdue(self.connection, awake, self.watching.now)

    async def told(self):
        return [row[2] for row in await self.watching.findings()]


@pytest.fixture
def jobs(watching):
    return Jobs(watching)


async def test_a_job_that_does_not_report_in_time_is_told_of_once_and_when_it_is_back(jobs):
    await jobs.add()
    await jobs.wait(7200)
    assert await jobs.told() == []
    await jobs.say()
    await jobs.wait(3600 + 290)
    assert await jobs.told() == []
    await jobs.wait(20)
    assert await jobs.told() == [True]
    await jobs.wait(20_000)
    assert await jobs.told() == [True]
    await jobs.say()
    await jobs.wait(3000)
    assert await jobs.told() == [True, False]
    kinds = "select kind, key from monitoring.incidents"
    assert await jobs.watching.fetch(kinds) == [("heartbeat", "heartbeat:backup")]


async def test_a_job_that_says_that_it_failed_is_told_of_at_once(jobs):
    await jobs.add()
    await jobs.say("error")
    assert await jobs.told() == [True]
    await jobs.say("started")
    assert await jobs.told() == [True]
    await jobs.say()
    assert await jobs.told() == [True, False]


async def test_a_run_that_does_not_end_is_told_of(jobs):
    await jobs.add(Schedule(every=3600, grace=300, runs=600))
    await jobs.wait(10)
    await jobs.say("started")
    await jobs.wait(600)
    assert await jobs.told() == []
    await jobs.wait(20)
    assert await jobs.told() == [True]
    summary = "select summary from monitoring.incidents"
    assert "running for more than 600 s" in (await jobs.watching.fetch(summary))[0][0]


@pytest.mark.parametrize("jump", [7200.0, -7200.0])
async def test_what_nobody_could_hear_is_not_missed(jobs, jump):
    await jobs.add()
    await jobs.wait(60)
    await jobs.say()
    await jobs.wait(60)
    # Killed for two hours, or the clock jumped.
    jobs.watching.now += jump
    await jobs.wait(3600)
    assert await jobs.told() == []
    await jobs.wait(400 + abs(min(jump, 0)))
    assert await jobs.told() == [True]


async def test_a_report_that_was_overtaken_changes_nothing(jobs):
    await jobs.add()
    await jobs.say()
    jobs.watching.now -= 100
    await jobs.say("error")
    assert await jobs.told() == []


async def test_a_job_is_not_missed_in_a_maintenance_window(jobs):
    await jobs.add()
    await jobs.wait(10)
    await jobs.say()
    window = maintenance.once(jobs.watching.now, 5000)
    await windows.add(
        jobs.connection, "shop", "", window, why="", who="anna", now=jobs.watching.now
    )
    await jobs.wait(4990)
    assert await jobs.told() == []
    await jobs.wait(4000)
    assert await jobs.told() == [True]


async def test_it_may_take_several_failures(jobs):
    await jobs.add(Schedule(every=3600, grace=300, policy=Policy(failures=3, recoveries=2)))
    await jobs.say("error")
    await jobs.say("error")
    assert await jobs.told() == []
    await jobs.say("error")
    await jobs.say()
    assert await jobs.told() == [True]
    await jobs.say()
    assert await jobs.told() == [True, False]


async def test_a_job_whose_schedule_changes_keeps_its_key_and_one_that_goes_leaves_nothing(jobs):
    await jobs.add()
    key = jobs.key
    await jobs.say("error")
    await jobs.add(Schedule(every=60))
    assert jobs.key == key
    where = ("shop", "production", "backup")
    assert await heartbeats.remove(jobs.connection, *where, jobs.watching.now)
    assert not await heartbeats.remove(jobs.connection, *where, jobs.watching.now)
    assert await jobs.told() == [True, False]
    assert not await heartbeats.report(jobs.connection, key, "ok", jobs.watching.now)


async def test_there_is_room_for_so_many_jobs_and_no_more(jobs, monkeypatch):
    monkeypatch.setattr(heartbeats, "MOST", 1)
    await jobs.add()
    other = ("shop", "production", "other", HOURLY)
    assert await heartbeats.add(jobs.connection, *other, now=jobs.watching.now) is None
    await jobs.add(Schedule(every=60))
    assert jobs.key


# --- Over HTTP -------------------------------------------------------------------------------


async def test_a_job_reports_with_whatever_it_has_at_hand(sending):
    async with store.connected(sending.url) as connection:
        key = await heartbeats.add(connection, "shop", "staging", "backup", HOURLY, now=1.0)
        said = "select said from monitoring.heartbeats"
        async with serving(sending.settings, routes=routes.ROUTES), sending.http as http:
            for method, path, word in (
                ("GET", "", "ok"), ("POST", "/fail", "error"), ("PUT", "/start", "started"),
                ("GET", "?status=error", "error"), ("HEAD", "", "ok"),
                ("POST", "?status=in_progress", "started"),
            ):  # fmt: skip
                answer = await http.request(method, f"/api/heartbeat/{key}{path}")
                assert answer.status_code == 200
                assert await connection.fetchval(said) == word


async def test_who_has_no_key_or_says_nothing_that_is_known_is_refused(sending):
    async with store.connected(sending.url) as connection:
        key = await heartbeats.add(connection, "shop", "staging", "backup", HOURLY, now=1.0)
        async with serving(sending.settings, routes=routes.ROUTES), sending.http as http:
            for path, status in (
                ("x", 404), ("a" * 24, 404), ("a" * 90, 404), (f"{key}/dance", 400),
                (f"{key}?status=%00", 400), (f"{key}/a/b", 404),
            ):  # fmt: skip
                answer: httpx.Response = await http.get(f"/api/heartbeat/{path}")
                assert answer.status_code == status
        assert await connection.fetchval("select said from monitoring.heartbeats") == ""


# --- Check-ins of Sentry's SDKs --------------------------------------------------------------


def test_a_schedule_as_the_sdks_send_it():
    crontab = {"schedule": {"type": "crontab", "value": "0 * * * *"}, "timezone": "Europe/Berlin"}
    assert schedule_of(crontab) == Schedule(
        crontab="0 * * * *", zone="Europe/Berlin", grace=60, runs=1800
    )
    interval = {
        "schedule": {"type": "interval", "value": 2, "unit": "hour"}, "checkin_margin": 5,
        "max_runtime": 10, "failure_issue_threshold": 2, "recovery_threshold": 3,
    }  # fmt: skip
    assert schedule_of(interval) == Schedule(
        every=7200, grace=300, runs=600, policy=Policy(failures=2, recoveries=3)
    )


@pytest.mark.parametrize(
    "config",
    [
        {}, {"schedule": "x"}, {"schedule": {"type": "crontab", "value": 5}},
        {"schedule": {"type": "interval", "value": True, "unit": "hour"}},
        {"schedule": {"type": "interval", "value": 1, "unit": "moon"}},
        {"schedule": {"type": "crontab", "value": "* * * * *"}, "timezone": "Middle/Earth"},
        {"schedule": {"type": "interval", "value": 1e300, "unit": "year"}},
    ],
)  # fmt: skip
def test_a_schedule_that_makes_no_sense_is_refused(config):
    with pytest.raises(BadSchedule):
        schedule_of(config)


async def test_sentry_s_own_client_checks_in_and_is_missed(sending):
    script = Path(__file__).parents[3] / "support/sentry/checkin.py"
    async with store.connected(sending.url) as connection:
        async with serving(sending.settings, routes=parts.routes(sending.settings)):
            for status in ("in_progress", "error"):
                process = await asyncio.create_subprocess_exec(
                    sys.executable, script, sending.dsn, status
                )
                assert await process.wait() == 0
        assert await checkins.take(connection) == 2
        (job,) = await heartbeats.jobs(connection)
        assert (job.app, job.environment, job.name) == ("shop", "staging", "nightly")
        assert job.schedule == Schedule(
            crontab="0 2 * * *", zone="Europe/Berlin", grace=600, runs=1200
        )
        assert (job.said, job.is_open) == ("error", True)


async def checked_in(watching, status, config=None, slug="cron1"):
    await watching.connection.execute(
        """insert into monitoring.check_ins (app, environment, slug, status, at, schedule)
           values ('shop', 'production', $1, $2, to_timestamp($3), $4)""",
        slug, status, watching.now, json.dumps(config) if config else None,
    )  # fmt: skip
    return await checkins.take(watching.connection)


async def test_check_ins_are_heard_once_as_reports_of_a_job(jobs):
    config = {"schedule": {"type": "interval", "value": 1, "unit": "hour"}}
    await jobs.tick()
    assert await checked_in(jobs.watching, "in_progress", config) == 1
    await jobs.wait(60)
    assert await checked_in(jobs.watching, "ok") == 1
    assert await checkins.take(jobs.connection) == 0
    await jobs.wait(3600 + 50)
    assert await jobs.told() == []
    await jobs.wait(30)
    assert await jobs.told() == [True]
    assert await checked_in(jobs.watching, "ok", config) == 1
    assert await jobs.told() == [True, False]


async def test_an_app_that_is_gone_takes_the_jobs_along_that_its_sdk_told_of(jobs):
    config = {"schedule": {"type": "interval", "value": 1, "unit": "hour"}}
    await jobs.watching.watch(monitor("shop"))
    await jobs.add()
    await checked_in(jobs.watching, "error", config)
    await store.unregister(
        jobs.connection, "pipelineshop", "shop", "production", now=jobs.watching.now
    )
    assert await jobs.told() == [True, False]
    assert [job.name for job in await heartbeats.jobs(jobs.connection)] == ["backup"]


async def test_a_check_in_without_a_schedule_that_makes_sense_still_says_how_the_job_is(jobs):
    assert await checked_in(jobs.watching, "error", {"schedule": {"type": "?"}}) == 1
    assert await jobs.told() == [True]
    await jobs.wait(90_000, 1000)
    assert await checked_in(jobs.watching, "ok") == 1
    assert await jobs.told() == [True, False]
