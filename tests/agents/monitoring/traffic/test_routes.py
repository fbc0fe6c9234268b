from __future__ import annotations

import gzip
import json
from uuid import UUID

import pytest

from agents.monitoring import cli
from agents.monitoring.ingest.limits import Limits, Rate
from tests.support.databases import fetch
from tests.support.ingest import monitored, serving
from tests.support.signals import DAY, DESKTOP, NOON, PHONE


class Analytics:
    """Sends as clients of analytics do, at a time that the test sets."""

    def __init__(self, sending):
        self.sending = sending
        self.settings = sending.settings
        self.key = sending.project.key
        self.now = NOON

    def serving(self, **more):
        return serving(self.settings, now=lambda: self.now, **more)

    async def send(self, path, body, agent=DESKTOP, **headers):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.sending.http.post(
            path, content=content,
            headers={"content-type": "text/plain", "user-agent": agent, **named},
        )  # fmt: skip

    async def view(self, path="/", agent=DESKTOP, referrer=None, key=None, **headers):
        body = {"n": "pageview", "v": 36, "u": f"http://shop.test{path}", "d": key or self.key,
                "r": referrer}  # fmt: skip
        return await self.send("/api/event", body, agent, **headers)

    async def seen(self, days=7):
        return await cli.traffic(
            self.settings, app="shop", environment="staging", days=days, now=self.now
        )


@pytest.fixture
def analytics(sending):
    return Analytics(sending)


def counts(counted):
    return {one.name: one.count for one in counted}


async def test_a_view_is_counted_by_its_page_and_where_it_came_from(analytics):
    async with analytics.serving():
        answer = await analytics.view("/orders/1?q=secret", referrer="https://www.bing.com/x")
        assert (answer.status_code, answer.text) == (202, "ok")
        assert "x-plausible-dropped" not in answer.headers
        await analytics.view("/orders/2")
        await analytics.view("/", agent=PHONE)
    seen = await analytics.seen()
    assert (seen.views, seen.visitors) == (3, 2)
    assert counts(seen.pages) == {"/orders/:id": 2, "/": 1}
    assert counts(seen.referrers) == {"bing.com": 1}
    assert [(day.day, day.views) for day in seen.per_day][-2:] == [
        ("2026-11-29", 0), ("2026-11-30", 3)
    ]  # fmt: skip


async def test_an_event_is_counted_by_its_name_and_is_no_view(analytics):
    body = {"n": "Signup <b>", "u": "http://shop.test/", "d": analytics.key, "p": {"plan": "pro"}}
    async with analytics.serving():
        assert (await analytics.send("/api/event", body)).status_code == 202
    seen = await analytics.seen()
    assert counts(seen.events) == {"Signup <b>": 1}
    assert (seen.views, seen.visitors) == (0, 0)


async def test_a_program_and_who_objects_are_not_counted_and_told_so(analytics):
    async with analytics.serving():
        for answer in (
            await analytics.view(agent="Googlebot/2.1"),
            await analytics.view(agent=DESKTOP.replace("Chrome/", "HeadlessChrome/")),
            await analytics.view(dnt="1"),
            await analytics.view(sec_gpc="1"),
        ):
            assert (answer.status_code, answer.text) == (202, "ok")
            assert answer.headers["x-plausible-dropped"] == "1"
    assert (await analytics.seen()).views == 0


async def test_visitors_are_told_apart_by_address_and_agent_and_again_each_day(analytics):
    async with analytics.serving():
        for agent, address in (
            (DESKTOP, "198.51.100.1"), (DESKTOP, "198.51.100.1, 10.0.0.1"),
            (DESKTOP, "198.51.100.2"), (PHONE, "198.51.100.1"), (PHONE, "nonsense"),
        ):  # fmt: skip
            await analytics.view(agent=agent, x_forwarded_for=address)
        assert (await analytics.seen()).visitors == 4
        analytics.now += DAY
        await analytics.view(x_forwarded_for="198.51.100.1")
        assert (await analytics.seen()).visitors == 5
    assert [day.visitors for day in (await analytics.seen(days=2)).per_day] == [4, 1]


async def test_nothing_that_is_stored_names_a_visitor(analytics):
    async with analytics.serving():
        await analytics.view(x_forwarded_for="198.51.100.77")
    tables = await fetch(
        analytics.sending.url,
        "select table_name from information_schema.tables where table_schema = 'monitoring'",
    )
    for (table,) in tables:
        text = str(await fetch(analytics.sending.url, f"select t::text from monitoring.{table} t"))
        assert "198.51.100.77" not in text
        assert "Mozilla" not in text


async def test_a_site_is_called_by_its_key_or_by_its_host(analytics):
    async with analytics.serving():
        assert (await analytics.view(key="shop.test")).status_code == 202
        assert (await analytics.view(key="nobody.test")).status_code == 403
        assert (await analytics.view(key="0" * 32)).status_code == 403
    assert (await analytics.seen()).views == 1


async def test_a_host_of_two_apps_is_the_name_of_neither(analytics):
    await monitored(analytics.sending.url, "other", "staging", "http://shop.test/other")
    async with analytics.serving():
        assert (await analytics.view(key="shop.test")).status_code == 403
        assert (await analytics.view()).status_code == 202


async def test_plausible_is_told_which_field_is_wrong(analytics):
    async with analytics.serving():
        answer = await analytics.send("/api/event", {"n": "pageview", "u": "http://shop.test/"})
        assert (answer.status_code, answer.json()) == (
            400,
            {"errors": {"domain": "can't be blank"}},
        )
        answer = await analytics.send("/api/event", b"garbage")
        assert (answer.status_code, answer.json()) == (
            400, {"errors": {"request": "the body is not JSON"}}
        )  # fmt: skip


async def test_umami_gets_its_answers(analytics):
    site = str(UUID(analytics.key))
    payload = {"website": site, "hostname": "shop.test", "url": "/x", "referrer": "https://a.test/"}
    async with analytics.serving():
        first = await analytics.send("/api/send", {"type": "event", "payload": payload})
        assert first.status_code == 200
        assert set(first.json()) == {"cache", "sessionId", "visitId"}
        again = await analytics.send(
            "/api/send", {"type": "event", "payload": payload}, x_umami_cache=first.json()["cache"]
        )
        assert again.json() == first.json()
        robot = await analytics.send(
            "/api/send", {"type": "event", "payload": payload}, agent="Googlebot/2.1"
        )
        assert (robot.status_code, robot.json()) == (200, {"beep": "boop"})
        other = {"type": "event", "payload": {**payload, "website": str(UUID(int=7))}}
        unknown = await analytics.send("/api/send", other)
        assert (unknown.status_code, unknown.json()["error"]["message"]) == (
            400, "Website not found."
        )  # fmt: skip
        assert (await analytics.send("/api/send", {"type": "event"})).status_code == 400
        measured = {**payload, "lcp": 900, "cls": 0.01, "tag": "visit-1"}
        for vitals in (measured, {**measured, "cls": 0.4}):
            answer = await analytics.send("/api/send", {"type": "performance", "payload": vitals})
            assert answer.status_code == 200
    assert counts((await analytics.seen()).pages) == {"/x": 2}
    found = await cli.vitals(
        analytics.settings, app="shop", environment="staging", now=analytics.now
    )
    assert {(one.metric, one.samples, one.rating) for one in found if one.page == "/x"} == {
        ("LCP", 1, "good"), ("CLS", 1, "poor")
    }  # fmt: skip


async def test_posthog_gets_its_answers_however_it_packs(analytics):
    batch = {
        "api_key": f"phc_{analytics.key}",
        "batch": [
            {"event": "signup", "distinct_id": "u1", "properties": {}},
            {"event": "$pageview", "distinct_id": "u1",
             "properties": {"$current_url": "http://shop.test/p"}},
            {"event": "$pageview", "distinct_id": "u2",
             "properties": {"$current_url": "http://shop.test/p"}},
            {"event": "$pageview", "distinct_id": "u3",
             "properties": {"$current_url": "http://shop.test/p", "$raw_user_agent": "bingbot/2"}},
            {"event": "$feature_flag_called", "distinct_id": "u2"},
        ],
    }  # fmt: skip
    packed = gzip.compress(json.dumps(batch).encode())
    one = {"api_key": analytics.key, "event": "paid", "distinct_id": "u1"}
    agent = "posthog-python/7.91.1"
    async with analytics.serving():
        for answer in (
            await analytics.send("/batch/", batch, agent),
            await analytics.send("/batch/", packed, agent, content_encoding="gzip"),
            await analytics.send("/e/?compression=gzip-js", packed, agent),
            await analytics.send("/i/v0/e/", one, agent),
            await analytics.send("/capture/", one, agent),
        ):
            assert (answer.status_code, answer.json()) == (200, {"status": "Ok"})
        assert (await analytics.send("/batch/", {"batch": []}, agent)).status_code == 400
        assert (await analytics.send("/batch/", b"\x1f\x8bno", agent)).status_code == 400
        wrong = await analytics.send("/batch/", {**batch, "api_key": "phc_no"}, agent)
        assert wrong.status_code == 401
        bomb = gzip.compress(bytes(64 * 1024 * 1024))
        assert (await analytics.send("/e/", bomb, agent)).status_code == 413
        assert (await analytics.send("/batch/", bytes(7 * 1024 * 1024), agent)).status_code == 413
    seen = await analytics.seen()
    assert counts(seen.events) == {"signup": 3, "paid": 2}
    assert counts(seen.pages) == {"/p": 6}
    assert seen.visitors == 2


async def test_a_flood_is_told_to_wait_and_others_are_counted(analytics):
    await monitored(analytics.sending.url, "calm", "staging", "http://calm.test/")
    limits = Limits({}, Rate(0.001, 10))
    async with analytics.serving(limits=limits):
        answers = [await analytics.view() for _ in range(20)]
        assert [one.status_code for one in answers] == [202] * 10 + [429] * 10
        assert int(answers[-1].headers["retry-after"]) > 0
        assert (await analytics.view(key="calm.test")).status_code == 202
    assert (await analytics.seen()).views == 10


async def test_an_origin_that_is_not_allowed_is_not_counted(analytics):
    await fetch(
        analytics.sending.url,
        """insert into monitoring.signal_origins values
           ('shop', 'staging', '{http://other.test}') returning 1""",
    )
    async with analytics.serving():
        assert (await analytics.view(origin="http://evil.test")).status_code == 403
        assert (await analytics.view(origin="http://shop.test")).status_code == 202
        assert (await analytics.view(origin="http://other.test")).status_code == 202
    assert (await analytics.seen()).views == 2


async def test_posthogs_library_is_told_what_to_send_if_the_app_is_known(analytics):
    key = f"phc_{analytics.key}"
    async with analytics.serving():
        plain = await analytics.sending.http.get(f"/array/{key}/config")
        script = await analytics.sending.http.get(f"/array/{key}/config.js")
        unknown = await analytics.sending.http.get("/array/phc_nobody/config.js")
    assert "gzip-js" in plain.json()["supportedCompression"]
    assert plain.json()["hasFeatureFlags"] is False
    assert script.headers["content-type"].startswith("text/javascript")
    name, _, value = script.text.rstrip(";\n").partition(" = ")
    assert name == "window._POSTHOG_REMOTE_CONFIG"
    assert json.loads(value) == {key: {"config": plain.json(), "siteApps": []}}
    assert unknown.status_code == 403
