"""Pages of pipelines: what they show of a log, and what a person's click appends to it."""

from __future__ import annotations

import re
from typing import Any

import asyncpg
import msgspec
import pytest

from contracts import messages as m
from contracts.naming import pipeline_id
from coordinator import saga
from coordinator.web import pipelines
from tests.support.dashboards import NOW, Dashboard, row, tags, text
from tests.support.stories import BUILD, COMPLETED, ID, PRODUCTION, STAGING, append

IDENTITY = "6f3c0f0e-8a43-4f6e-9d3b-0b2f8e2c9a10"
HOSTILE = "<img src=x onerror=alert(1)>\"'`{{7*7}}</title><script>alert(2)</script>🍰\u202e&amp;"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipelines, "ACCEPTED_WITHIN", 0.05)


async def said(dashboard: Dashboard, pipeline: str = ID) -> list[m.Message]:
    return [entry.message for entry in await dashboard.bus.read(pipeline)]


# --- The list --------------------------------------------------------------------------------


async def test_the_list_says_of_each_pipeline_how_it_is(inside: Dashboard) -> None:
    inside.told.rows = [
        row("newest1", subject="a shop", status="awaiting_approval", environment="production"),
        row("broken1", subject="a forum", status="failed", error="tests failed", environment=""),
    ]
    seen = text(await inside.html("/"))
    assert re.search(r"a shop .*waits for approval .*shop → production 60 s ago", seen)
    assert re.search(r"a forum .*failed .*tests failed", seen)


async def test_a_status_shows_only_its_own(inside: Dashboard) -> None:
    inside.told.rows = [row("newest1", subject="a shop"), row("broken1", status="failed",
                        subject="a forum")]  # fmt: skip
    seen = text(await inside.html("/?status=failed"))
    assert "a forum" in seen
    assert "a shop" not in seen
    assert (await inside.get("/?status=odd")).status_code == 404


async def test_every_pipeline_is_on_exactly_one_page(inside: Dashboard) -> None:
    inside.told.rows = [
        row(f"pipeline{number:03}", started_at=NOW - number // 3) for number in range(60)
    ]
    inside.told.rows.sort(key=lambda each: (each.started_at, each.id), reverse=True)
    found: list[str] = []
    path: str | None = "/"
    while path:
        html = await inside.html(path)
        found += re.findall(r'class="row" href="/pipelines/(\w+)"', html)
        older = re.search(r'href="([^"]+)" rel="next"', html)
        path = older[1].replace("&amp;", "&") if older else None
    assert found == [each.id for each in inside.told.rows]


@pytest.mark.parametrize("key", ["x", "1~", "~abc", "1e9~pipeline", "1~PIPELINE", "nan~pipeline"])
async def test_a_made_up_key_is_no_page(inside: Dashboard, key: str) -> None:
    assert (await inside.get(f"/?after={key}")).status_code == 404


async def test_a_database_that_is_away_is_said_and_never_shown_as_nothing(
    inside: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any, **__: Any) -> Any:
        raise asyncpg.CannotConnectNowError

    monkeypatch.setattr(inside.told, "pipelines", away)
    monkeypatch.setattr(inside.told, "counts", away)
    seen = text(await inside.html("/"))
    assert "Not readable." in seen
    assert "No pipelines" not in seen


# --- One pipeline ----------------------------------------------------------------------------


async def test_a_page_shows_phases_explanation_and_log(inside: Dashboard) -> None:
    await append(inside.bus, PRODUCTION, "done", pipeline=ID)
    seen = text(await inside.html(f"/pipelines/{ID}"))
    assert "waits for approval" in seen
    assert "Waits for approval to touch production" in seen
    assert "Then it is refused, and what was built is put aside" in seen
    assert re.search(r"✓ build : done .* · migration : not begun", seen)
    assert "pipeline.awaiting_approval" in seen


@pytest.mark.parametrize("pipeline", ["nothere", "a", "UPPER12", "x" * 40, "a.b.c.d", "%2e%2e"])
async def test_no_such_pipeline_is_said_as_that(inside: Dashboard, pipeline: str) -> None:
    assert (await inside.get(f"/pipelines/{pipeline}")).status_code == 404


async def test_what_strangers_wrote_is_text(inside: Dashboard) -> None:
    hostile = msgspec.structs.replace(BUILD, idea=HOSTILE, requested_by=HOSTILE)
    plain = tags(await inside.html("/pipelines/new"))
    await append(inside.bus, hostile, "done done fails", pipeline=ID)
    inside.told.rows = [row(ID, subject=HOSTILE, app=HOSTILE, error=HOSTILE)]
    for path in ("/", f"/pipelines/{ID}"):
        html = await inside.html(path)
        assert "<img" not in html
        assert "<script>" not in html
        assert "onerror=alert(1)&gt;" in html
        assert "{{7*7}}" in html
        assert "alert(2)" in text(html)
    assert "img" not in plain


async def test_a_url_that_is_no_web_address_is_no_link(inside: Dashboard) -> None:
    bad = m.DeploymentCompleted(pipeline=ID, url="javascript:alert(1)", release="r1")
    await append(inside.bus, STAGING, "done done done done done done", pipeline=ID,
                 completed=_with(deployment=bad))  # fmt: skip
    assert 'href="javascript' not in await inside.html(f"/pipelines/{ID}")


def _with(**changes: m.PipelineMessage) -> dict[str, m.PipelineMessage]:
    return {**COMPLETED, **changes}


# --- Deciding --------------------------------------------------------------------------------


async def _form(
    dashboard: Dashboard, action: str, path: str = f"/pipelines/{ID}"
) -> dict[str, str]:
    """The hidden fields of a form on a page."""
    html = await dashboard.html(path)
    form = re.search(rf'<form[^>]+action="{re.escape(action)}".*?</form>', html, re.DOTALL)
    assert form, f"no form for {action}"
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0]))


async def _send(dashboard: Dashboard, action: str, **fields: str) -> Any:
    return await dashboard.post(action, **(await _form(dashboard, action) | fields))


async def test_approving_records_who_saw_what_and_why(inside: Dashboard) -> None:
    await append(inside.bus, PRODUCTION, "done", pipeline=ID)
    inside.told.live["shop", "production"] = "r0"
    gate = (await inside.bus.read(ID))[-1].sequence
    answer = await _send(
        inside, f"/pipelines/{ID}/approve", answer="approve", reason="  looks “fine” 🍰 "
    )
    assert answer.headers["location"] == f"/pipelines/{ID}?done=approved"
    assert (await said(inside))[-1] == m.Approval(
        pipeline=ID, who="anna", granted=True, seen=gate, live="r0", reason="looks “fine” 🍰"
    )
    assert "Approved; it goes on." in text(await inside.html(answer.headers["location"]))


async def test_refusing_records_it(inside: Dashboard) -> None:
    await append(inside.bus, PRODUCTION, "done", pipeline=ID)
    await _send(inside, f"/pipelines/{ID}/approve", answer="reject", reason="not on a Friday")
    last = (await said(inside))[-1]
    assert isinstance(last, m.Approval)
    assert (last.granted, last.reason) == (False, "not on a Friday")


async def test_what_is_live_elsewhere_is_not_claimed_to_be_known(inside: Dashboard) -> None:
    hosted = msgspec.structs.replace(PRODUCTION, platform="netlify")
    await append(inside.bus, hosted, "done", pipeline=ID)
    assert "Live now not known here" in text(await inside.html(f"/pipelines/{ID}"))
    await _send(inside, f"/pipelines/{ID}/approve", answer="approve")
    last = (await said(inside))[-1]
    assert isinstance(last, m.Approval)
    assert last.live is None


async def test_an_approval_of_something_else_decides_nothing(inside: Dashboard) -> None:
    await append(inside.bus, PRODUCTION, "done", pipeline=ID)
    before = await said(inside)
    answer = await _send(inside, f"/pipelines/{ID}/approve", answer="approve", seen="1")
    assert answer.status_code == 409
    assert "nothing was decided" in text(answer.text)
    assert await said(inside) == before


@pytest.mark.parametrize("answer", ["", "perhaps"])
async def test_an_approval_without_an_answer_decides_nothing(
    inside: Dashboard, answer: str
) -> None:
    await append(inside.bus, PRODUCTION, "done", pipeline=ID)
    before = await said(inside)
    assert (await _send(inside, f"/pipelines/{ID}/approve", answer=answer)).status_code == 400
    assert await said(inside) == before


async def test_cancelling_takes_back_under_the_persons_name(inside: Dashboard) -> None:
    await append(inside.bus, STAGING, "done", pipeline=ID)
    await _send(inside, f"/pipelines/{ID}/cancel", reason="changed my mind")
    assert (await said(inside))[-1] == m.Cancel(pipeline=ID, who="anna", reason="changed my mind")


async def test_a_failed_one_is_asked_for_again_as_a_new_one(inside: Dashboard) -> None:
    await append(inside.bus, BUILD, "fails", pipeline=ID)
    answer = await _send(inside, f"/pipelines/{ID}/retry", answer="again")
    requests = [e.message async for e in inside.bus.history() if isinstance(e.message, m.Request)]
    (asked,) = requests
    assert isinstance(asked, m.BuildRequested)
    assert (asked.idea, asked.requested_by) == (BUILD.idea, "anna")
    fresh = pipeline_id(asked.request_id or "")
    assert answer.headers["location"] == f"/pipelines/{fresh}?done=started"
    assert "No coordinator has accepted it yet" in text(
        await inside.html(answer.headers["location"])
    )


async def test_a_stuck_step_is_left_only_with_a_reason(inside: Dashboard) -> None:
    await append(
        inside.bus,
        STAGING,
        "done done done done fails " + "fails " * len(saga.UNDO_DELAYS),
        pipeline=ID,
    )
    assert "keeps failing" in text(await inside.html(f"/pipelines/{ID}"))
    path = f"/pipelines/{ID}/retry"
    before = await said(inside)
    assert (await _send(inside, path, answer="skip", reason="  ")).status_code == 422
    assert await said(inside) == before
    await _send(inside, path, answer="skip", reason="done by hand")
    last = (await said(inside))[-1]
    assert isinstance(last, m.Resolution)
    assert (last.action, last.reason, last.who) == ("skip", "done by hand", "anna")


@pytest.mark.parametrize("action", ["approve", "cancel", "retry", "rollback"])
async def test_a_reason_that_could_not_be_kept_decides_nothing(
    inside: Dashboard, action: str
) -> None:
    words = {"approve": "done", "cancel": "", "retry": "fails",
             "rollback": "done agreed done done done"}[action]  # fmt: skip
    await append(inside.bus, PRODUCTION, words, pipeline=ID)
    before = [entry async for entry in inside.bus.history()]
    gate = str((await inside.bus.read(ID))[-1].sequence)
    answer = await inside.post(
        f"/pipelines/{ID}/{action}", seen=gate, answer="approve", reason="x" * 4001
    )
    assert answer.status_code in (409, 422)
    assert [entry async for entry in inside.bus.history()] == before or action == "retry"


# --- Rolling back ----------------------------------------------------------------------------


async def test_a_rollback_is_shown_first_and_then_asked_for(inside: Dashboard) -> None:
    await append(inside.bus, STAGING, "done done done done done done", pipeline=ID)
    inside.told.live["shop", "staging"] = "r1"
    before = await said(inside)
    seen = text(await inside.html(f"/pipelines/{ID}/rollback"))
    assert "release r1" in seen
    assert "nothing is live then" in seen
    assert "takes back 0001" in seen
    assert await said(inside) == before
    answer = await inside.post(f"/pipelines/{ID}/rollback", reason="it smells")
    assert answer.headers["location"] == f"/pipelines/{ID}?done=rollback"
    (asked,) = [e.message async for e in inside.bus.history()
                if isinstance(e.message, m.RollbackRequested)]  # fmt: skip
    assert (asked.pipeline, asked.reason, asked.requested_by) == (ID, "it smells", "anna")
    last = (await inside.bus.read(ID))[-1].sequence
    html = await inside.html(answer.headers["location"])
    assert f'data-live="/pipelines/{ID}/live?after={last}"' in html
    assert "data-live" not in await inside.html(f"/pipelines/{ID}")


async def test_a_rollback_of_what_is_not_live_warns(inside: Dashboard) -> None:
    await append(inside.bus, STAGING, "done done done done done done", pipeline=ID)
    inside.told.live["shop", "staging"] = "r9"
    assert "r9 is live now" in text(await inside.html(f"/pipelines/{ID}/rollback"))


@pytest.mark.parametrize(("request_", "words"), [(BUILD, "done done done"), (STAGING, "done")])
async def test_there_is_no_rollback_of_what_put_nothing_live(
    inside: Dashboard, request_: m.BuildRequested, words: str
) -> None:
    await append(inside.bus, request_, words, pipeline=ID)
    assert (await inside.get(f"/pipelines/{ID}/rollback")).status_code == 409
    assert (await inside.post(f"/pipelines/{ID}/rollback")).status_code == 409


# --- Starting --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("goal", "deploy", "environment"),
    [("build", False, "staging"), ("staging", True, "staging"), ("production", True, "production")],
)
async def test_a_new_pipeline_is_asked_for_as_the_form_says(
    inside: Dashboard, goal: str, deploy: bool, environment: str
) -> None:
    answer = await inside.post("/pipelines/new", idea=HOSTILE, goal=goal, identity=IDENTITY)
    fresh = pipeline_id(IDENTITY)
    assert answer.headers["location"] == f"/pipelines/{fresh}?done=started"
    (asked,) = [entry.message async for entry in inside.bus.history()]
    assert asked == m.BuildRequested(
        idea=HOSTILE, deploy=deploy, environment=environment, request_id=IDENTITY,
        requested_by="anna",
    )  # fmt: skip


@pytest.mark.parametrize("idea", ["", "   ", "x" * 32_001])
async def test_an_idea_that_is_none_is_asked_for_again(inside: Dashboard, idea: str) -> None:
    answer = await inside.post("/pipelines/new", idea=idea, goal="build", identity=IDENTITY)
    assert answer.status_code == 422
    assert "nothing was started" in text(answer.text)
    assert not [entry async for entry in inside.bus.history()]
