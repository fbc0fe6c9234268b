"""Errors sent over HTTP, and what is read of them afterwards."""

from __future__ import annotations

import asyncio
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from agents import signals
from agents.monitoring import cli
from agents.monitoring.ingest.limits import Limits, Rate
from tests.support.databases import execute, fetch
from tests.support.errors import envelope, event, message, send
from tests.support.ingest import monitored, serving

SPECS = Path(__file__).parents[5] / "shared" / "reference" / "api-specs"
RECORDINGS = sorted((SPECS / "recordings" / "sentry").glob("sentry*.jsonl"))


@pytest.fixture
async def served(sending):
    async with serving(sending.settings):
        yield sending


async def groups(sending, **more):
    return await cli.error_groups(sending.settings, **{"status": None, **more})


async def test_an_error_is_kept_with_its_calls_the_innermost_first(served):
    sent = event(
        user={"id": "u1"},
        tags={"plan": "pro"},
        request={"url": "https://shop.test/pay?token=abc&page=2"},
        breadcrumbs={"values": [{"timestamp": 1.5, "category": "ui", "message": "clicked"}]},
        sdk={"name": "sentry.python", "version": "2"},
    )
    answer = await send(served, ("event", sent), event_id=sent["event_id"])
    assert (answer.status_code, answer.json()) == (200, {"id": sent["event_id"]})
    (group,) = await groups(served)
    assert (group.app, group.environment) == ("shop", "staging")
    assert group.title == "ZeroDivisionError: division by zero"
    assert group.culprit == "average in shop/cart.py:12"
    assert (group.events, group.users, group.status) == (1, 1, "unresolved")
    assert group.release_first == group.release_last == "shop@1"
    assert group.per_hour == (0,) * 23 + (1,)
    detail = await cli.error_group(served.settings, group.group)
    latest = detail.latest
    (thrown,) = latest.exceptions
    assert [frame.function for frame in thrown.frames] == ["average", "main"]
    assert thrown.frames[0].source == "    return sum(prices) / len(prices)"
    assert thrown.frames[0].before == ("def average(prices):",)
    assert thrown.handled is False
    assert latest.url == "https://shop.test/pay?token=hidden&page=2"
    assert latest.tags == (("plan", "pro"),)
    assert (latest.user, latest.sdk) == ("u1", "sentry.python 2")
    assert latest.breadcrumbs[0].message == "clicked"


async def test_the_same_event_counts_once_however_often_it_comes(served):
    sent = event()
    answers = await asyncio.gather(*(send(served, ("event", sent)) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    await send(served, ("event", sent), ("event", sent))
    (group,) = await groups(served)
    assert (group.events, sum(group.per_hour)) == (1, 1)


async def test_errors_and_users_are_counted_over_many_batches(served):
    sent = [event(user={"id": f"u{number % 7}"}) for number in range(60)]
    answers = await asyncio.gather(*(send(served, ("event", one)) for one in sent))
    assert {answer.status_code for answer in answers} == {200}
    (group,) = await groups(served)
    assert (group.events, group.users) == (60, 7)
    kept = await fetch(served.url, "select count(*), count(content) from monitoring.error_events")
    assert kept == [(60, 20)]


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
async def test_what_real_clients_were_recorded_to_send_is_taken(served, path):
    seen = set()
    for line in path.read_text().splitlines():
        recorded = json.loads(line)
        if "envelope" not in recorded["path"]:
            continue
        body = _lengths(recorded["body"]).encode()
        seen |= {json.loads(line)["type"] for line in recorded["body"].splitlines()[1:2] if line}
        headers = {
            name: value.replace("0123456789abcdef0123456789abcdef", served.project.key)
            for name, value in recorded["h"].items()
            if name.lower() in {"content-type", "content-encoding", "x-sentry-auth", "origin"}
        }
        query = recorded["path"].partition("?")[2]
        answer = await served.http.post(
            f"/api/{served.project.number}/envelope/?"
            + query.replace("0123456789abcdef0123456789abcdef", served.project.key),
            headers=headers,
            content=gzip.compress(body) if "gzip" in str(headers) else body,
        )
        assert answer.status_code == 200, (line[:200], answer.text)
    assert "event" in seen
    titles = {group.title for group in await groups(served)}
    if path.stem == "sentry1":
        assert {"hello", "Error: boom node", "hi"} <= titles
        assert "ZeroDivisionError: division by zero" in titles
        statuses = await fetch(served.url, "select slug, status from monitoring.check_ins")
        assert {("cron1", "in_progress"), ("cron1", "ok")} <= set(statuses)
    else:
        assert {"Error: boom browser", "from browser", "Error: uncaught later"} <= titles
        (health,) = await cli.release_health(
            served.settings, app="shop", environment="staging", days=10_000
        )
        assert (health.release, health.sessions, health.unhandled) == ("spa@2.0.0", 1, 1)


def _lengths(body):
    """The body with the lengths that it has: names of files in recordings were changed later."""
    lines = body.split("\n")
    for place, line in enumerate(lines[:-1]):
        if line.startswith("{") and '"type"' in line and '"length"' in line:
            described = json.loads(line)
            described["length"] = len(lines[place + 1].encode())
            lines[place] = json.dumps(described)
    return "\n".join(lines)


async def test_who_sends_is_known_by_header_query_or_dsn(served):
    address = f"/api/{served.project.number}/envelope/"
    key = served.project.key
    ways = [
        {"headers": {"x-sentry-auth": f"Sentry sentry_key={key}, sentry_version=7"}},
        {"headers": {"authorization": f"Sentry sentry_version=7, sentry_key={key}"}},
        {"params": {"sentry_key": key}},
        {"content": envelope(("event", event()), dsn=served.dsn)},
    ]
    for way in ways:
        more = {"content": envelope(("event", event())), **way}
        assert (await served.http.post(address, **more)).status_code == 200, way
    assert (await groups(served))[0].events == 4
    wrong = served.dsn.replace(key, "0" * 32)
    for way in (
        {"content": envelope(("event", event()))},
        {"content": envelope(("event", event()), dsn=wrong)},
        {"content": envelope(("event", event()), dsn="nonsense")},
        {"params": {"sentry_key": "0" * 32}, "content": envelope(("event", event()))},
    ):
        assert (await served.http.post(address, **way)).status_code == 403, way
    assert (await groups(served))[0].events == 4


async def test_old_clients_send_an_event_alone(served):
    answer = await served.http.post(
        f"/api/{served.project.number}/store/",
        params={"sentry_key": served.project.key},
        json={**event(), "exception": [{"type": "Old", "value": "way"}]},
    )
    assert answer.status_code == 200
    assert [group.title for group in await groups(served)] == ["Old: way"]


async def test_unknown_items_are_taken_and_left_out(served):
    answer = await send(
        served,
        ("event", event()),
        ("client_report", {"discarded_events": []}),
        ("hologram", b"\x00\xff\n\n"),
        ("attachment", b"{}\n{"),
    )
    assert answer.status_code == 200
    assert "x-sentry-rate-limits" not in answer.headers
    assert (await groups(served))[0].events == 1


async def test_clients_are_told_what_is_not_kept_here(served):
    answer = await send(served, ("event", event()), ("span", {"items": []}), ("log", {}))
    assert answer.status_code == 200
    assert answer.headers["x-sentry-rate-limits"] == "3600:log_item:key, 3600:span:key"
    assert "retry-after" not in answer.headers


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n\n",
        b"garbage",
        b"[1]\n",
        b"{}\ngarbage\n",
        b'{}\n{"type":"event","length":-1}\n{}',
        b'{}\n{"type":"event","length":true}\n{}',
        b'{}\n{"type":"event","length":99}\n{}',
        b'{}\n{"type":"event"}\n{"not": json}',
        b'{}\n{"type":"event"}\n[]',
        b'{}\n{"type":"event"}\n' + b"[" * 100_000,
        b'{}\n{"type":"session"}\n\xff',
    ],
)
async def test_garbage_is_refused_and_nothing_of_it_kept(served, body):
    answer = await served.http.post(
        f"/api/{served.project.number}/envelope/",
        params={"sentry_key": served.project.key},
        content=body,
    )
    assert answer.status_code == 400, answer.text
    assert await groups(served) == []


async def test_an_event_that_is_too_large_is_refused(served):
    answer = await send(served, ("event", event(extra="x" * 2**20)))
    assert answer.status_code == 413


async def test_values_of_the_wrong_shape_are_left_out(served):
    odd = {
        "event_id": 7, "level": ["no"], "timestamp": "yesterday", "platform": {}, "release": [],
        "exception": {"values": [None, 3, {"type": 5, "value": {}, "stacktrace": {"frames": [
            None, {"lineno": "x", "colno": -1, "filename": 3.5, "in_app": "no"},
            {"lineno": 1e300, "function": "\x00\ud800"},
        ]}}]},
        "tags": [["a"], ["b", "c"], 3], "user": "me", "request": {"url": "http://[bad"},
        "breadcrumbs": [1, {"data": {"url": "/x", "method": "GET"}}], "contexts": [],
        "debug_meta": {"images": [3, {"type": "sourcemap"}]}, "fingerprint": [None, 3],
        "sdk": [], "message": {"formatted": 3}, "logentry": None,
    }  # fmt: skip
    answer = await send(served, ("event", json.dumps(odd).encode()))
    assert answer.status_code == 200, answer.text
    (group,) = await groups(served)
    detail = await cli.error_group(served.settings, group.group)
    assert group.level == "error"
    assert detail.latest.exceptions[0].frames[0].function == "�?"
    assert detail.latest.tags == (("b", "c"),)
    assert detail.latest.breadcrumbs[1].message == "GET /x"


async def test_half_characters_and_numbers_that_are_none_are_taken(served):
    odd = json.dumps(message("half \ud83d of it")).replace('"level"', '"x": NaN, "level"')
    assert (await send(served, ("event", odd.encode()))).status_code == 200
    assert [group.title for group in await groups(served)] == ["half ? of it"]


async def test_html_of_strangers_is_kept_as_it_is_said(served):
    await send(served, ("event", message("<script>alert(1)</script>")))
    assert [group.title for group in await groups(served)] == ["<script>alert(1)</script>"]


async def test_a_clock_that_is_off_is_put_right(served):
    now = datetime.now(UTC).timestamp()
    for hours in (-7, 9):
        wrong = now + hours * 3600
        sent_at = datetime.fromtimestamp(wrong, UTC).isoformat().replace("+00:00", "Z")
        sent = message(f"hours {'late' if hours < 0 else 'early'}", timestamp=wrong - 1)
        await send(served, ("event", sent), sent_at=sent_at)
    await send(served, ("event", message("from the future", timestamp=now + 10**8)))
    found = await groups(served)
    assert len(found) == 3
    assert all(abs(group.first - now) < 30 for group in found)


async def test_a_flood_is_told_to_wait_in_words_that_clients_know(sending):
    limits = Limits({"error": Rate(0.1, 3)})
    async with serving(sending.settings, limits=limits):
        answers = [await send(sending, ("event", event())) for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        assert answers[4].headers["retry-after"] == "10"
        assert answers[4].headers["x-sentry-rate-limits"] == "10:error:key"
        # What is left of the envelope is kept.
        both = await send(
            sending, ("event", event()), ("session", {"sid": "s1", "init": True, "status": "ok"})
        )
        assert both.status_code == 200
        assert both.headers["x-sentry-rate-limits"] == "10:error:key"
        assert await fetch(sending.url, "select session from monitoring.sessions") == [("s1",)]
    assert (await groups(sending))[0].events == 3


async def test_many_different_errors_end_up_in_one_group(served, monkeypatch):
    monkeypatch.setattr("agents.monitoring.errors.groups.NEW_EACH_HOUR", 5)
    words = ["ant", "bee", "cat", "dog", "elk", "fox", "gnu", "hen"]
    for word in words:
        assert (await send(served, ("event", message(word)))).status_code == 200
    found = await groups(served)
    assert len(found) == 6
    assert {group.title: group.events for group in found}[
        "Too many different errors to tell apart"
    ] == 3


async def test_what_is_new_is_found_once_and_again_when_it_comes_back(served):
    async def findings():
        return await fetch(
            served.url, "select key, firing, severity, title from monitoring.findings order by id"
        )

    for _ in range(3):
        await send(served, ("event", event()))
    (group,) = await groups(served)
    key, title = f"error:{group.group}", "ZeroDivisionError: division by zero"
    new = (key, True, "warning", title)
    assert await findings() == [new]
    assert await cli.set_error_status(served.settings, group.group, "resolved", "ann")
    await send(served, ("event", event(release="shop@2")))
    await send(served, ("event", event(release="shop@2")))
    (group,) = await groups(served)
    assert (group.status, group.events, group.release_last) == ("unresolved", 5, "shop@2")
    over = (key, False, "warning", title)
    assert await findings() == [new, over, (key, True, "warning", f"Is back: {title}")]


async def test_an_error_of_an_older_release_does_not_reopen_a_group(served):
    await send(served, ("event", event(release="shop@1")))
    await send(served, ("event", event(release="shop@2")))
    (group,) = await groups(served)
    await cli.set_error_status(served.settings, group.group, "resolved", "ann")
    await send(served, ("event", event(release="shop@1")))
    assert [group.status for group in await groups(served)] == ["resolved"]
    await send(served, ("event", event(release="shop@3")))
    assert [group.status for group in await groups(served)] == ["unresolved"]


async def test_what_is_ignored_is_counted_and_not_told(served):
    await send(served, ("event", event()))
    (group,) = await groups(served)
    await cli.set_error_status(served.settings, group.group, "ignored", "ann")
    await send(served, ("event", event()))
    (group,) = await groups(served, status="ignored")
    assert group.events == 2
    firing = await fetch(served.url, "select firing from monitoring.findings order by id")
    assert firing == [(True,), (False,)]
    assert not await cli.set_error_status(served.settings, 10**9, "ignored", "ann")


async def test_pages_of_groups_follow_each_other(served):
    for word in ("ant", "bee", "cat", "dog", "elk"):
        await send(served, ("event", message(word)))
    pages, after = [], None
    for _ in range(3):
        page = await groups(served, limit=2, after=after)
        pages.append([group.title for group in page])
        after = page[-1].group
    assert pages == [["elk", "dog"], ["cat", "bee"], ["ant"]]


async def test_each_app_has_errors_of_its_own(sending):
    served = sending
    await monitored(served.url, "blog", "production", "http://blog.test/")
    other = signals.project(served.settings, "blog", "production")
    async with serving(served.settings):
        answer = await served.http.post(
            f"/api/{other.number}/envelope/",
            params={"sentry_key": other.key},
            content=envelope(("event", event())),
        )
        assert answer.status_code == 200
        await send(served, ("event", event()))
    assert len(await groups(served)) == 2
    assert [group.app for group in await groups(served, app="blog")] == ["blog"]
    assert await groups(served, app="shop", environment="production") == []


async def test_sessions_are_counted_by_how_they_ended(served):
    def session(sid, **more):
        return "session", {"sid": sid, "attrs": {"release": "shop@1"}, **more}

    await send(served, session("a", init=True, status="ok"))
    await send(served, session("a", status="exited"))
    await send(served, session("a", status="exited"))
    await send(served, session("b", init=True, status="ok", errors=2), session("b", status="ok"))
    await send(served, session("c", init=True, status="ok"))
    await send(served, session("c", status="crashed"))
    await send(served, session("c", status="exited"))
    await send(
        served,
        (
            "sessions",
            {
                "attrs": {"release": "shop@1"},
                "aggregates": [{"exited": 5, "errored": 1}, {"crashed": 1}, "x", {"exited": -3}],
            },
        ),
    )
    (health,) = await cli.release_health(served.settings, app="shop", environment="staging")
    assert (health.sessions, health.errored, health.crashed) == (10, 2, 2)
    assert health.crash_free == pytest.approx(80)


async def test_jobs_say_by_hand_how_they_went(served):
    address = f"/api/{served.project.number}/cron/nightly/{served.project.key}/"
    assert (await served.http.get(address, params={"status": "in_progress"})).status_code == 202
    assert (await served.http.post(address, params={"status": "ok"})).status_code == 202
    assert (await served.http.post(address, params={"status": "so-so"})).status_code == 400
    said = await fetch(
        served.url, "select app, environment, slug, status from monitoring.check_ins order by id"
    )
    assert said == [
        ("shop", "staging", "nightly", "in_progress"),
        ("shop", "staging", "nightly", "ok"),
    ]


async def test_a_check_in_brings_its_schedule_and_counts_once(served):
    said = {
        "check_in_id": "c" * 32, "monitor_slug": "nightly", "status": "ok", "duration": 1.5,
        "monitor_config": {"schedule": {"type": "crontab", "value": "0 * * * *"}},
    }  # fmt: skip
    await send(served, ("check_in", said))
    await send(served, ("check_in", said))
    (row,) = await fetch(served.url, "select seconds, schedule from monitoring.check_ins")
    assert row[0] == 1.5
    assert msgspec.json.decode(row[1])["schedule"]["value"] == "0 * * * *"


async def test_what_postgres_does_not_take_fails_alone(served):
    bad = {"monitor_slug": "x", "status": "ok", "monitor_config": {"a": "\u0000"}}
    answers = await asyncio.gather(
        *(send(served, ("event", event())) for _ in range(10)), send(served, ("check_in", bad))
    )
    assert [answer.status_code for answer in answers] == [200] * 10 + [400]
    assert (await groups(served))[0].events == 10


async def test_reads_are_empty_before_anything_was_monitored(sending):
    await execute(sending.url, "drop schema monitoring cascade")
    assert await groups(sending) == []
    assert await cli.error_group(sending.settings, 1) is None
