from __future__ import annotations

import json

import pytest

from agents.monitoring import cli
from agents.monitoring.ingest.limits import Limits, Rate
from tests.support.databases import fetch
from tests.support.ingest import serving
from tests.support.signals import DESKTOP, NOON, PHONE


class Visits:
    """Sends beacons as browsers do."""

    def __init__(self, sending):
        self.sending = sending
        self.project = sending.project

    async def send(self, body, agent=DESKTOP, key=None, number=None, **headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.sending.http.post(
            f"/api/{number or self.project.number}/vitals",
            params={"key": self.project.key if key is None else key},
            content=content,
            headers={"content-type": "text/plain;charset=UTF-8", "user-agent": agent, **headers},
        )

    async def found(self):
        return await cli.vitals(self.sending.settings, app="shop", environment="staging", now=NOON)


@pytest.fixture
async def visits(sending):
    async with serving(sending.settings, now=lambda: NOON):
        yield Visits(sending)


def metric(name="LCP", value=1000.0, identity="v6-1-1", page="/"):
    return {"name": name, "value": value, "id": identity, "page": page, "delta": value}


async def test_the_last_value_of_an_id_is_what_counts(visits):
    for value in (100, 900, 5000):
        assert (await visits.send(metric("CLS", 0.01))).status_code == 204
        assert (await visits.send(metric(value=value))).status_code == 204
    lcp = [one for one in await visits.found() if (one.metric, one.page) == ("LCP", "/")]
    assert [(one.samples, one.rating, one.poor) for one in lcp] == [(1, "poor", 1)]


async def test_in_one_beacon_the_last_value_counts_too(visits):
    body = [metric(value=5000), metric(value=100), metric("INP", 30.0, "b")]
    assert (await visits.send(body)).status_code == 204
    found = {one.metric: (one.samples, one.rating) for one in await visits.found()}
    assert found == {"LCP": (1, "good"), "INP": (1, "good")}


async def test_phones_and_desktops_are_apart_and_the_site_comes_first(visits):
    await visits.send(metric(value=4500, identity="a", page="/slow"), PHONE)
    await visits.send(metric(value=500, identity="b", page="/slow"), DESKTOP)
    await visits.send(metric(value=700, identity="c", page="/x"), DESKTOP, **{
        "sec-ch-ua-mobile": "?1"
    })  # fmt: skip
    found = [(one.page, one.device, one.samples, one.rating) for one in await visits.found()]
    assert found == [
        ("(all pages)", "desktop", 1, "good"), ("(all pages)", "phone", 2, "poor"),
        ("/slow", "desktop", 1, "good"), ("/slow", "phone", 1, "poor"), ("/x", "phone", 1, "good"),
    ]  # fmt: skip


async def test_programs_are_taken_and_not_kept(visits):
    assert (await visits.send(metric(), "Mozilla/5.0 Chrome-Lighthouse")).status_code == 204
    assert await visits.found() == []


async def test_who_does_not_want_to_be_counted_still_has_a_page_that_is_slow(visits):
    assert (await visits.send(metric(), dnt="1")).status_code == 204
    assert len(await visits.found()) == 2


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"{}", 400), (b"<script>", 400), (metric("FID"), 400), (metric(value=-1), 400),
     (metric(value=10**400), 400), (b'{"name":"LCP","value":NaN,"id":"x"}', 400),
     ([metric()] * 51, 400), (b" " * 70_000, 413), ([metric(), metric("FID")], 204)],
)  # fmt: skip
async def test_what_cannot_be_measured_is_refused(visits, body, status):
    answer = await visits.send(body)
    assert answer.status_code == status
    assert (await visits.found() != []) is (status == 204)


async def test_a_wrong_key_and_a_wrong_project_are_refused(visits):
    assert (await visits.send(metric(), key="0" * 32)).status_code == 403
    assert (await visits.send(metric(), key="")).status_code == 403
    for number in ("1", "x", "9" * 5000, "٣"):
        assert (await visits.send(metric(), number=number)).status_code in {403, 404}
    assert await visits.found() == []


async def test_a_flood_is_told_to_wait_and_what_it_left_is_bounded(sending):
    limits = Limits({}, Rate(0.001, 400))
    async with serving(sending.settings, now=lambda: NOON, limits=limits):
        visits = Visits(sending)
        beacons = [
            [metric(identity=f"{number}-{each}", page=f"/{number}-{each}x") for each in range(50)]
            for number in range(60)
        ]
        statuses = [(await visits.send(body)).status_code for body in beacons]
    assert statuses == [204] * 8 + [429] * 52
    [kept] = await fetch(sending.url, "select count(*) from monitoring.vitals_recent")
    assert kept == (400,)


async def test_names_of_strangers_are_kept_as_text_and_no_longer_than_names(visits):
    hostile = "/<img src=x onerror=alert(1)>\u0000\u202e" + "é" * 500
    assert (await visits.send(metric(page=hostile))).status_code == 204
    page = (await visits.found())[-1].page
    assert page.startswith("/<img src=x onerror=alert(1)>")
    assert len(page) <= 100
    assert not {"\0", "\u202e"} & set(page)
