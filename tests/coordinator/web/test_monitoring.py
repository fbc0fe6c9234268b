"""Pages of apps and of what they report: all of it, and what is not known said as that."""

from __future__ import annotations

import re
from typing import Any

import pytest

from contracts import messages as m
from coordinator.web import facts as r
from tests.support.dashboards import NOW, Dashboard, row, tags, text
from tests.support.stories import ID, STAGING, append

HOSTILE = "<img src=x onerror=alert(1)></script>\"'`{{7*7}}🍰"
ALL = "done done done done done done"
READS = (
    "watched",
    "incidents",
    "uptime_bars",
    "response_times",
    "error_groups",
    "vitals",
    "traffic",
)


def watched(**changes: Any) -> r.Watched:
    fields: dict[str, Any] = {
        "app": "shop", "environment": "staging", "url": "http://127.0.0.1:1", "build_id": "b1",
        "pipeline": ID, "since": NOW - 900, "uptime_day": 99.995, "uptime_month": 98.0,
        "median_milliseconds": 12.0, "open": None,
        "last": r.LastCheck(at=NOW - 3, up=True, status=200, milliseconds=9, detail=""),
    }  # fmt: skip
    return r.Watched(**(fields | changes))


def incident(**changes: Any) -> r.Incident:
    fields: dict[str, Any] = {
        "incident": "i1", "app": "shop", "environment": "staging", "kind": "uptime",
        "summary": "shop (staging) is down: no answer from 10.0.0.7", "opened": NOW - 300,
        "resolved": None,
    }  # fmt: skip
    return r.Incident(**(fields | changes))


def group(number: int = 7, **changes: Any) -> r.ErrorGroup:
    fields: dict[str, Any] = {
        "group": number, "app": "shop", "environment": "staging", "title": "TypeError: x is null",
        "culprit": "cart.ts in add", "level": "error", "status": "unresolved", "first": NOW - 900,
        "last": NOW - 60, "events": 1234, "users": 1, "release_first": "r1", "release_last": "r2",
        "per_hour": (*(0,) * 23, 5),
    }  # fmt: skip
    return r.ErrorGroup(**(fields | changes))


def detail(words: str = "x is null") -> r.ErrorDetail:
    frame = r.Frame(
        file=words, function=words, line=3, column=9, in_app=True, before=("a", ""), source=words,
        after=(words,), served=words,
    )  # fmt: skip
    raised = r.Exception_(kind=words, value=words, frames=(frame,), handled=False)
    crumb = r.Crumb(at=None, category=words, level="info", message=words)
    return r.ErrorDetail(
        group=group(title=words, culprit=words), who="", status_at=None,
        latest=r.ErrorEvent(
            event="e1", at=NOW, platform="javascript", release=words, environment="staging",
            message=words, exceptions=(raised,), transaction=words, tags=((words, words),),
            user=words, url=words, breadcrumbs=(crumb,), sdk=words,
        ),
    )  # fmt: skip


def vital(metric: str, p75: float, page: str = "(all pages)") -> r.Vital:
    return r.Vital(metric=metric, page=page, device="phone", p75=p75, samples=4, rating="good",
                   good=3, middling=1, poor=0)  # fmt: skip


def everything(inside: Dashboard) -> None:
    inside.told.rows = [row(ID, status="completed")]
    inside.told.live["shop", "staging"] = "r1"
    count = r.Count(name=HOSTILE, count=9)
    inside.told.answers |= {
        "watched": [watched()], "incidents": [incident(resolved=NOW - 200)],
        "uptime_bars": [r.UptimeDay(day="2027-01-15", up=99.995, incidents=1)],
        "response_times": [r.ResponsePoint(at=NOW, p50=9, p95=20, checks=5, failed=0)],
        "error_groups": [group()], "vitals": [vital("LCP", 1900), vital("CLS", 0.031)],
        "traffic": r.Traffic(
            views=1000, visitors=70, per_day=(r.Day(day="2027-01-15", views=1000, visitors=70),),
            pages=(count,), referrers=(count,), events=(),
        ),
        "alerts": [], "silences": [], "incident": None, "error_group": detail(),
    }  # fmt: skip


# --- Apps ------------------------------------------------------------------------------------


async def test_the_list_joins_what_is_deployed_and_what_is_watched(inside: Dashboard) -> None:
    everything(inside)
    inside.told.rows.append(row("elsewhere", app="blog", environment="production"))
    down = watched(app="forum", open=incident(app="forum"))
    inside.told.answers["watched"] = [watched(), down]
    seen = text(await inside.html("/apps"))
    assert re.search(r"blog production not watched", seen)
    assert re.search(r"forum staging ✗ down", seen)
    assert re.search(r"shop staging ✓ up .*Uptime, a day 99.99 %", seen)


async def test_without_reads_of_monitoring_nothing_is_said_of_watching(inside: Dashboard) -> None:
    inside.told.rows = [row(ID, app="shop")]
    seen = text(await inside.html("/apps"))
    assert "Not readable. nobody collects watched." in seen
    assert "not watched" not in seen


async def test_an_app_shows_all_that_is_known(inside: Dashboard) -> None:
    everything(inside)
    await append(inside.bus, STAGING, ALL, pipeline=ID)
    seen = text(await inside.html("/apps/shop/staging"))
    for words in (
        "up checked 3 s ago", "99.99 % up in a day", "● live ✓ completed", "TypeError: x is null",
        "1,234 events", "1 person", "1.90 s", "0.031", "1,000 page views", "over uptime",
    ):  # fmt: skip
        assert words in seen, words
    assert f'href="/pipelines/{ID}/rollback"' in await inside.html("/apps/shop/staging")


@pytest.mark.parametrize("name", READS)
async def test_what_cannot_be_read_is_said_and_never_shown_as_nothing(
    inside: Dashboard, name: str
) -> None:
    everything(inside)
    await append(inside.bus, STAGING, ALL, pipeline=ID)
    for answer in (r.NotReadable("it is away."), OSError("refused"), TimeoutError()):
        inside.told.answers[name] = answer
        seen = text(await inside.html("/apps/shop/staging"))
        assert seen.count("Not readable.") == 1
        for empty in ("No incidents", "No errors", "No page view", "No visit", "It is not watched"):
            assert empty not in seen


async def test_no_rollback_is_offered_of_what_is_not_live(inside: Dashboard) -> None:
    everything(inside)
    await append(inside.bus, STAGING, ALL, pipeline=ID)
    inside.told.live["shop", "staging"] = "another"
    html = await inside.html("/apps/shop/staging")
    assert "rollback" not in html
    assert "● live" not in text(html)


@pytest.mark.parametrize("path", ["nothere/staging", "UPPER/staging", "shop/%3Cb%3E", "..%2f/x"])
async def test_there_is_no_page_of_an_app_that_never_was(inside: Dashboard, path: str) -> None:
    everything(inside)
    inside.told.rows = []
    assert (await inside.get(f"/apps/{path}")).status_code == 404


# --- Errors ----------------------------------------------------------------------------------


async def test_a_group_shows_its_stack_and_what_strangers_wrote_is_text(inside: Dashboard) -> None:
    everything(inside)
    plain = tags(await inside.html("/errors/7"))
    inside.told.answers["error_group"] = detail(HOSTILE)
    inside.told.answers["error_groups"] = [group(title=HOSTILE, culprit=HOSTILE)]
    for path in ("/errors/7", "/errors", "/apps/shop/staging"):
        html = await inside.html(path)
        assert "<img" not in html
        assert "{{7*7}}" in text(html)
    assert tags(await inside.html("/errors/7")) == plain
    seen = text(await inside.html("/errors/7"))
    assert "Nothing caught it." in seen


async def test_a_group_whose_event_is_forgotten_keeps_its_numbers(inside: Dashboard) -> None:
    everything(inside)
    inside.told.answers["error_group"] = r.ErrorDetail(
        group=group(), latest=None, who="bob", status_at=NOW
    )
    assert "kept no longer" in text(await inside.html("/errors/7"))


@pytest.mark.parametrize("status", ["resolved", "ignored", "unresolved"])
async def test_marking_a_group_is_recorded_under_the_persons_name(
    inside: Dashboard, status: str
) -> None:
    everything(inside)
    answer = await inside.post("/errors/7/status", status=status)
    assert answer.status_code == 303
    assert inside.told.done == [("error", 7, status, "anna")]


@pytest.mark.parametrize("status", ["", "fixed"])
async def test_no_other_mark_is_made(inside: Dashboard, status: str) -> None:
    assert (await inside.post("/errors/7/status", status=status)).status_code == 400
    assert not inside.told.done


@pytest.mark.parametrize("path", [
    "/errors/x", "/errors/-1", "/errors/²", "/errors?after=x", "/errors/" + "9" * 30,
    "/errors?status=odd", "/errors?app=a'b",
])  # fmt: skip
async def test_a_made_up_address_is_no_page(inside: Dashboard, path: str) -> None:
    everything(inside)
    assert (await inside.get(path)).status_code == 404


# --- Incidents, alerts, silences -------------------------------------------------------------


async def test_incidents_and_one_of_them(inside: Dashboard) -> None:
    everything(inside)
    inside.told.answers["incident"] = r.IncidentDetail(
        incident=incident(summary=HOSTILE), resolution="",
        events=(r.IncidentEvent(at=NOW, what="opened", detail=HOSTILE),),
    )  # fmt: skip
    assert "over" in text(await inside.html("/incidents"))
    html = await inside.html("/incidents/i1")
    assert "<img" not in html
    assert "5 min 00 s so far" in text(html)


async def test_alerts_say_who_could_not_be_told(inside: Dashboard) -> None:
    delivery = r.Delivery(channel="slack", what="began", state="given_up", attempts=5, at=NOW,
                          error=HOSTILE)  # fmt: skip
    inside.told.answers |= {
        "silences": [], "watched": [],
        "alerts": [r.Alert(alert=1, app="shop", environment="staging", kind="uptime",
                           severity="critical", state="firing", title=HOSTILE, opened=NOW,
                           resolved=None, deliveries=(delivery,))],
    }  # fmt: skip
    html = await inside.html("/alerts")
    assert "<img" not in html
    assert "1 delivery, 1 not delivered" in text(html)
    assert "given up after 5 attempts" in text(html)


async def test_a_silence_has_a_span_a_reason_and_a_name(inside: Dashboard) -> None:
    answer = await inside.post("/alerts/silences", app="shop", hours="4", why="we move house")
    assert answer.headers["location"] == "/alerts?done=silenced"
    assert inside.told.done == [("silence", "shop", NOW + 4 * 3600, "we move house", "anna")]


@pytest.mark.parametrize(
    "form",
    [{"hours": "5", "why": "x"}, {"hours": "4", "why": ""}, {"hours": "4", "why": "x" * 501},
     {"hours": "4", "why": "x", "app": "<b>"}],
)  # fmt: skip
async def test_any_other_silence_is_refused(inside: Dashboard, form: dict[str, str]) -> None:
    assert (await inside.post("/alerts/silences", **form)).status_code in (400, 422)
    assert not inside.told.done


# --- The public page -------------------------------------------------------------------------


async def test_a_status_page_is_seen_by_anybody_once_it_is_on_and_not_before(
    inside: Dashboard,
) -> None:
    everything(inside)
    inside.told.answers["watched"] = [watched(open=incident())]
    async with inside.client() as stranger:
        off = await stranger.get("/status/shop/staging")
        never = await stranger.get("/status/nothere/staging")
        assert (off.status_code, off.text) == (never.status_code, never.text)
        assert off.status_code == 404
        await inside.post("/apps/shop/staging/public", public="on")
        assert inside.told.public == {("shop", "staging"): "anna"}
        on = await stranger.get("/status/shop/staging")
        assert "down since" in text(on.text)
        assert "Sign out" not in on.text
        await inside.post("/apps/shop/staging/public", public="off")
        assert (await stranger.get("/status/shop/staging")).status_code == 404


async def test_a_status_page_says_nothing_of_why(inside: Dashboard) -> None:
    everything(inside)
    inside.told.public["shop", "staging"] = "anna"
    inside.told.answers["watched"] = [watched(open=incident())]
    inside.told.answers["incidents"] = [
        incident(), incident(kind="regression", summary="more errors than before"),
    ]  # fmt: skip
    async with inside.client() as stranger:
        html = (await stranger.get("/status/shop/staging")).text
    assert html.count("Down from") == 1
    for secret in ("10.0.0.7", "127.0.0.1", "more errors", "anna", "b1", ID):
        assert secret not in text(html)


async def test_a_status_page_whose_database_is_away_claims_nothing(inside: Dashboard) -> None:
    everything(inside)
    inside.told.public["shop", "staging"] = "anna"
    for name in ("watched", "incidents", "uptime_bars"):
        inside.told.answers[name] = OSError("password of genesis@10.0.0.7 refused")
    async with inside.client() as stranger:
        seen = text((await stranger.get("/status/shop/staging")).text)
    assert "cannot be read at present" in seen
    assert "None." not in seen
    assert "10.0.0.7" not in seen
    assert "up" not in seen.split()


async def test_only_a_person_switches_a_page(outside: Dashboard) -> None:
    assert (
        await outside.post("/apps/shop/staging/public", csrf=None, public="on")
    ).status_code == 403
    assert not outside.told.public


async def test_a_release_elsewhere_is_taken_back_by_its_pipeline(inside: Dashboard) -> None:
    everything(inside)
    hosted = m.BuildRequested(idea="a shop", deploy=True, platform="netlify")
    await append(inside.bus, hosted, ALL, pipeline=ID)
    assert f'href="/pipelines/{ID}/rollback"' in await inside.html("/apps/shop/staging")
