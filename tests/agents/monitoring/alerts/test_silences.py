from __future__ import annotations

import uuid

import asyncpg
import pytest

from agents.monitoring.alerts import silences
from agents.monitoring.alerts.silences import LONGEST, Silence, silencing
from bus.settings import Secret, Settings


def made(number=1, **fields):
    usual = {
        "app": "shop", "environment": "", "key": "", "since": 100.0, "until": 200.0,
        "why": "moving house", "who": "ada",
    }  # fmt: skip
    return Silence(silence=number, **(usual | fields))


@pytest.mark.parametrize(
    ("fields", "now", "silent"),
    [
        ({}, 99.9, False),
        ({}, 100.0, True),
        ({}, 199.9, True),
        ({}, 200.0, False),
        ({"app": ""}, 150, True),
        ({"app": "blog"}, 150, False),
        ({"environment": "staging"}, 150, False),
        ({"environment": "production"}, 150, True),
        ({"key": "uptime"}, 150, True),
        ({"key": "error:1"}, 150, False),
    ],
)
def test_a_silence_covers_what_it_names_while_it_lasts(fields, now, silent):
    assert bool(silencing([made(**fields)], "shop", "production", "uptime", now)) == silent


def test_of_several_silences_the_one_that_lasts_longest_counts():
    found = silencing([made(1), made(2, until=300.0), made(3)], "shop", "staging", "uptime", 150)
    assert found is not None
    assert found.silence == 2


@pytest.fixture
async def settings(postgres, tmp_path):
    name = f"silences_{uuid.uuid4().hex[:10]}"
    connection = await asyncpg.connect(postgres.url())
    await connection.execute(f"create database {name}")
    await connection.close()
    return Settings(genesis_home=tmp_path, database_url=Secret(postgres.url(name)))


async def test_a_silence_is_kept_until_it_ends_or_is_ended(settings):
    first = await silences.silence(settings, "shop", 500, "a\0b", "ada", now=100)
    second = await silences.silence(
        settings, "", 300, "all", "bob", now=100, environment="staging", key="uptime"
    )
    kept = await silences.silences(settings, now=200)
    assert [(one.silence, one.app, one.why) for one in kept] == [
        (second, "", "all"), (first, "shop", "ab"),
    ]  # fmt: skip
    assert [one.silence for one in await silences.silences(settings, now=300)] == [first]
    assert await silences.end_silence(settings, first, now=310)
    assert not await silences.end_silence(settings, first, now=320)
    assert await silences.silences(settings, now=310) == []


@pytest.mark.parametrize("until", [100, 50, 100 + LONGEST + 1])
async def test_a_silence_of_no_time_or_for_ever_is_refused(settings, until):
    with pytest.raises(ValueError, match="90 days"):
        await silences.silence(settings, "shop", until, "", "ada", now=100)
