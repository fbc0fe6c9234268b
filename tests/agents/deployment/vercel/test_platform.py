"""Deployments to Vercel: staged unseen, promoted and rolled back exactly, and picked up again."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from agents.deployment.port import Variable
from agents.deployment.vercel.platform import Vercel as Platform
from agents.work import AgentError
from bus.settings import Secret
from tests.agents.deployment.vercel.conftest import (
    PACE,
    ask,
    order,
    page,
    put_live,
    silent,
    until,
    write,
)
from tests.support.vercel_answers import Deployment
from tests.support.vercel_server import Vercel

pytestmark = pytest.mark.timeout(60)


def releases(vercel: Vercel) -> list[Deployment]:
    """The project's deployments, without that of nothing."""
    every = vercel.project("shop").deployments
    return [one for one in every if "genesisVacant" not in one.meta]


async def test_a_staged_deployment_answers_at_its_own_address_and_only_there(
    vercel, platform, folder
):
    first = await put_live(platform, order(folder))
    write(folder, {"index.html": "<html>two</html>"})
    site = await platform.prepare(order(folder, "two-2"))
    staged = await platform.stage(order(folder, "two-2"), site, silent)
    assert page(f"{staged.url}/") == "<html>two</html>"
    assert page(f"{staged.url}/a/app.js") == "1"
    assert page(f"{site.url}/") == "<html>one</html>"
    assert await platform.live(site) == first


async def test_in_a_new_project_too_nothing_goes_live_before_it_was_checked(
    vercel, platform, folder
):
    """Vercel puts a project's first deployment live, whatever it was told."""
    site = await platform.prepare(order(folder))
    assert site.notes[0] == "project shop created"
    assert "Vercel puts a project's first deployment live unchecked" in site.notes[1]
    staged = await platform.stage(order(folder), site, silent)
    assert await platform.live(site) is None
    assert ask(f"{site.url}/").status_code == 404
    assert page(f"{staged.url}/") == "<html>one</html>"
    await platform.switch(site, staged.release)
    assert await platform.live(site) == staged.release
    assert (await platform.prepare(order(folder, "two-2"))).notes == ()
    assert [one.release for one in await platform.past(site, 9)] == [staged.release]


async def test_the_first_preview_of_a_new_project_does_not_go_live_either(vercel, platform, folder):
    branch = order(folder, branch="feature/x")
    site = await platform.prepare(branch)
    staged = await platform.stage(branch, site, silent)
    assert await platform.live(site) is None
    assert vercel.find(staged.release).target == ""


async def test_a_first_release_can_be_taken_down_and_then_nothing_is_live(vercel, platform, folder):
    release = await put_live(platform, order(folder))
    site = await platform.find("shop", "production")
    for _ in range(2):
        await platform.take_down(site, release)
        assert await platform.live(site) is None
    answer = ask(f"{site.url}/any/page")
    assert (answer.status_code, "Nothing here yet" in answer.text) == (404, True)
    await platform.discard(site, release)
    again = await put_live(platform, order(folder, "two-2"))
    assert await platform.live(site) == again


async def test_a_project_that_others_filled_can_be_taken_down_too(vercel, platform, folder):
    await platform.prepare(order(folder))
    theirs = vercel.add_deployment("shop", {})
    theirs.target = "production"
    await until(lambda: page(f"{vercel.http.url}/~/shop/") != "DEPLOYMENT_NOT_FOUND")
    site = await platform.find("shop", "production")
    assert site.live == theirs.id
    await platform.take_down(site, theirs.id)
    assert await platform.live(site) is None


async def test_what_another_made_live_since_is_not_taken_down(vercel, platform, folder):
    first = await put_live(platform, order(folder))
    second = await put_live(platform, order(folder, "two-2"))
    site = await platform.find("shop", "production")
    await platform.take_down(site, first)
    assert await platform.live(site) == second


async def test_a_switch_promotes_exactly_that_deployment_and_twice_is_once(
    vercel, platform, folder
):
    await put_live(platform, order(folder))
    release = await put_live(platform, order(folder, "two-2"))
    site = await platform.prepare(order(folder))
    assert (site.live, await platform.live(site)) == (release, release)
    await platform.switch(site, release)
    assert len(vercel.http.requests(f"promote/{release}")) == 1
    assert vercel.find(release).files == vercel.project("shop").before.files


async def test_the_same_content_again_sends_no_file(vercel, platform, folder):
    await put_live(platform, order(folder))
    site = await platform.prepare(order(folder, "two-2"))
    staged = await platform.stage(order(folder, "two-2"), site, silent)
    assert (staged.uploaded, staged.skipped) == (0, 4)
    assert len(vercel.http.requests("POST .*/files")) == 6


async def test_one_changed_file_is_the_only_one_sent(vercel, platform, folder):
    await put_live(platform, order(folder))
    write(folder, {"index.html": "<html>two</html>"})
    site = await platform.prepare(order(folder, "two-2"))
    staged = await platform.stage(order(folder, "two-2"), site, silent)
    assert (staged.uploaded, staged.skipped) == (1, 3)


async def test_files_with_the_same_content_are_sent_once(vercel, platform, folder):
    write(folder, {"copy.html": "<html>one</html>"})
    site = await platform.prepare(order(folder))
    staged = await platform.stage(order(folder), site, silent)
    assert (staged.uploaded, staged.skipped) == (4, 1)
    assert page(f"{staged.url}/copy.html") == "<html>one</html>"


async def test_going_back_is_a_rollback_to_exactly_what_was_live(vercel, platform, folder):
    first = await put_live(platform, order(folder))
    write(folder, {"index.html": "<html>two</html>"})
    second = await put_live(platform, order(folder, "two-2"))
    site = await platform.prepare(order(folder, "three-3"))
    await platform.stage(order(folder, "three-3"), site, silent)
    await platform.switch(site, first)
    assert await platform.live(site) == first != second
    assert page(f"{site.url}/") == "<html>one</html>"
    assert len(vercel.http.requests(f"POST .*/rollback/{first}")) == 1


async def test_a_project_pinned_by_a_rollback_is_told_and_released_by_the_next_switch(
    vercel, platform, folder
):
    first = await put_live(platform, order(folder))
    await put_live(platform, order(folder, "two-2"))
    site = await platform.find("shop", "production")
    await platform.switch(site, first)
    told = await platform.prepare(order(folder, "three-3"))
    assert "stays at what it was rolled back to" in told.notes[0]
    third = await put_live(platform, order(folder, "three-3"))
    assert await platform.live(site) == third
    assert (await platform.prepare(order(folder, "four-4"))).notes == ()


async def test_a_plan_that_only_rolls_back_once_still_goes_back_to_any(vercel, platform, folder):
    vercel.plan = "hobby"
    first = await put_live(platform, order(folder))
    await put_live(platform, order(folder, "two-2"))
    await put_live(platform, order(folder, "three-3"))
    site = await platform.find("shop", "production")
    await platform.switch(site, first)
    assert await platform.live(site) == first
    assert [one.job.word for one in vercel.projects.values()] == ["promote"]


async def test_a_staged_one_older_than_what_is_live_is_promoted(vercel, platform, folder):
    await put_live(platform, order(folder))
    site = await platform.prepare(order(folder, "two-2"))
    older = await platform.stage(order(folder, "two-2"), site, silent)
    await put_live(platform, order(folder, "three-3"))
    await platform.switch(site, older.release)
    assert await platform.live(site) == older.release


async def test_a_deployment_that_was_left_at_any_point_is_continued(vercel, settings, folder):
    """Each call as if the process before it had died after so many requests."""
    await put_live(Platform(settings, PACE), order(folder, "zero-0"))
    write(folder, {f"{number}.txt": str(number) for number in range(5)})
    site = await Platform(settings, PACE).prepare(order(folder))
    for requests in range(1, 16):
        before = len(vercel.http.requests("deployments|files"))
        task = asyncio.create_task(Platform(settings, PACE).stage(order(folder), site, silent))
        await until(
            lambda wanted=before + requests, task=task: (
                len(vercel.http.requests("deployments|files")) >= wanted or task.done()
            )
        )
        vercel.http.fail("PATCH .*cancel", cut="before", times=9)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        vercel.http.faults.clear()
        # What was under way when it died has arrived once this was answered.
        ask(f"{vercel.api}/v2/user")
    staged = await Platform(settings, PACE).stage(order(folder), site, silent)
    made = [one.id for one in releases(vercel)]
    assert len(made) == 2
    assert made[1] == staged.release
    assert page(f"{staged.url}/4.txt") == "4"


async def test_a_cancelled_deployment_is_cancelled_on_the_platform(vercel, platform, folder):
    await put_live(platform, order(folder, "zero-0"))
    vercel.ready_after = 30
    site = await platform.prepare(order(folder))
    before = len(vercel.http.requests("GET .*/deployments/dpl"))
    task = asyncio.create_task(platform.stage(order(folder), site, silent))
    await until(lambda: len(vercel.http.requests("GET .*/deployments/dpl")) > before)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [one.state for one in releases(vercel)] == ["READY", "CANCELED"]
    vercel.ready_after = 0.02
    staged = await platform.stage(order(folder), site, silent)
    assert vercel.find(staged.release).state == "READY"


async def test_what_is_discarded_is_gone_and_what_is_live_never(vercel, platform, folder):
    live = await put_live(platform, order(folder))
    site = await platform.prepare(order(folder, "two-2"))
    staged = await platform.stage(order(folder, "two-2"), site, silent)
    for release in (staged.release, staged.release, live):
        await platform.discard(site, release)
    assert [one.id for one in releases(vercel)] == [live]
    assert await platform.live(site) == live


async def test_a_preview_is_of_a_branch_and_never_goes_live(vercel, platform, folder):
    live = await put_live(platform, order(folder))
    branch = order(folder, "two-2", branch="feature/x")
    site = await platform.prepare(branch)
    staged = await platform.stage(branch, site, silent)
    made = vercel.find(staged.release)
    assert (made.target, made.meta["genesisBranch"]) == ("", "feature/x")
    assert page(f"{staged.url}/") == "<html>one</html>"
    with pytest.raises(AgentError, match="is a preview") as error:
        await platform.switch(site, staged.release)
    assert error.value.code == "vercel_preview"
    assert await platform.live(site) == live
    for one in await platform.past(site, 10):
        if one.branch == "feature/x":
            await platform.discard(site, one.release)
    assert [one.id for one in releases(vercel)] == [live]


async def test_two_deployments_of_one_project_at_once_never_mix(vercel, settings, tmp_path):
    folders = {name: tmp_path / name for name in ("red", "blue")}
    for name, folder in folders.items():
        write(folder, {"index.html": name, **{f"{i}.txt": f"{name}{i}" for i in range(30)}})
    both = await asyncio.gather(
        *(put_live(Platform(settings, PACE), order(folder, n)) for n, folder in folders.items()),
        return_exceptions=True,
    )
    assert {getattr(one, "code", one) for one in both if isinstance(one, BaseException)} <= {
        "superseded"
    }
    site = await Platform(settings, PACE).prepare(order(folders["red"]))
    assert site.live in both
    assert page(f"{site.url}/") in folders
    for made in releases(vercel):
        static = {p: c for p, c in vercel.bytes_of(made).items() if "/static/" in p}
        assert {text[:3].decode() for text in static.values()} == {made.meta["genesisPipeline"][:3]}
        assert len(static) == 31
    assert len(vercel.projects) == 1


async def test_an_order_that_is_under_way_is_waited_for_whatever_is_live_meanwhile(
    vercel, platform, folder
):
    site = await platform.prepare(order(folder))
    one, two = [await platform.stage(order(folder, n), site, silent) for n in ("one-1", "two-2")]
    vercel.job_after = 0.3
    switching = asyncio.create_task(platform.switch(site, one.release))
    project = vercel.project("shop")
    await until(lambda: project.job)
    project.put_live(next(each for each in project.deployments if each.id == two.release))
    await switching
    assert await platform.live(site) == one.release


async def test_variables_are_compared_and_hidden_ones_sensitive(vercel, platform, folder):
    wanted = {"PLAIN": Variable(Secret("x1"), hidden=False), "KEY": Variable(Secret("s3cret"))}
    site = await platform.prepare(order(folder, variables=wanted))
    assert site.notes[-1] == "variables set: KEY, PLAIN"
    project = vercel.project("shop")
    assert {one["key"]: (one["type"], one["target"]) for one in project.env} == {
        "KEY": ("sensitive", ["production"]), "PLAIN": ("encrypted", ["production"]),
    }  # fmt: skip
    project.env.append(
        {"id": "o1", "key": "OTHER", "value": "theirs", "type": "plain", "target": ["production"]}
    )
    site = await platform.prepare(order(folder, "two-2", variables=wanted))
    assert site.notes[-1] == "variables set again: KEY"
    assert [one["value"] for one in project.env if one["key"] == "OTHER"] == ["theirs"]
    await platform.prepare(order(folder, "three-3", variables=wanted, branch="x"))
    assert len([one for one in project.env if one["key"] == "KEY"]) == 2


async def test_a_variable_of_several_environments_is_changed_where_it_is(vercel, platform, folder):
    await platform.prepare(order(folder))
    project = vercel.project("shop")
    project.env.append({
        "id": "k1", "key": "KEY", "value": "old", "type": "encrypted",
        "target": ["production", "preview"],
    })  # fmt: skip
    await platform.prepare(order(folder, variables={"KEY": Variable(Secret("new"))}))
    assert [(one["value"], one["type"]) for one in project.env] == [("new", "sensitive")]
    assert project.env[0]["target"] == ["production", "preview"]


async def test_a_variable_that_exists_already_is_changed_then(vercel, platform, folder):
    """Vercel answers 403 to who makes a variable that somebody else has just made."""
    await platform.prepare(order(folder))
    project = vercel.project("shop")
    said = {"code": "ENV_CONFLICT", "message": "A variable with the name `KEY` already exists"}
    vercel.http.fail("POST .*/env", 403, body={"error": said})
    calls = iter([[]])
    listed = vercel.list_variables

    def late(request, name):
        if next(calls, None) is None:
            project.env[:] = [
                {"id": "k", "key": "KEY", "value": "a", "type": "plain", "target": ["production"]}
            ]
        return listed(request, name)

    with _routed(vercel, "GET", "env", late):
        await platform.prepare(order(folder, variables={"KEY": Variable(Secret("b"))}))
    assert project.env[0]["value"] == "b"


@pytest.fixture
def protected(vercel):
    """Vercel asks for a login at the addresses of single deployments, as it does by default."""
    vercel.protects = True


@pytest.mark.usefixtures("protected")
async def test_a_check_is_let_in_where_deployments_ask_for_a_login(vercel, platform, folder):
    await put_live(platform, order(folder))
    site = await platform.prepare(order(folder, "two-2"))
    staged = await platform.stage(order(folder, "two-2"), site, silent)
    assert ask(f"{staged.url}/").status_code == 401
    headers = {name: value.reveal() for name, value in staged.headers.items()}
    assert ask(f"{staged.url}/", headers).text == "<html>one</html>"
    assert vercel.project("shop").protected
    assert len(vercel.project("shop").bypasses) == 1
    assert headers["x-vercel-protection-bypass"] not in repr(staged)
    # So that one from the list can be looked at too, before it is gone back to.
    listed = await platform.past(site, 9)
    assert {ask(f"{one.url}/").status_code for one in listed} == {401}
    let_in = [{name: way.reveal() for name, way in one.headers.items()} for one in listed]
    assert [ask(f"{one.url}/", way).text for one, way in zip(listed, let_in, strict=True)] == [
        "<html>one</html>", "<html>one</html>",
    ]  # fmt: skip


async def test_a_project_is_named_by_app_and_environment_or_as_asked_for(vercel, platform, folder):
    for environment, asked in (("production", ""), ("staging", ""), ("staging", "my-own")):
        await platform.prepare(order(folder, environment=environment, site=asked))
    assert {one.name for one in vercel.projects.values()} == {"shop", "shop-staging", "my-own"}
    known = vercel.project("my-own")
    assert (await platform.prepare(order(folder, site=known.id))).id == known.id
    assert await platform.find("shop", "testing") is None


async def test_people_go_to_the_projects_own_domain(vercel, platform, folder):
    vercel.loopback = False
    assert (await platform.prepare(order(folder))).url == "http://shop.vercel.app"
    vercel.project("shop").domains.append("shop.example.org")
    site = await platform.find("shop", "production")
    assert site.url == "http://shop.example.org"


@pytest.mark.parametrize("how", ["before", "after"])
async def test_a_project_whose_creation_was_not_answered_is_made_once(
    vercel, platform, folder, how
):
    vercel.http.fail("POST .*/projects", cut=how)
    if how == "before":
        with pytest.raises(AgentError, match="no answer"):
            await platform.prepare(order(folder))
    await platform.prepare(order(folder))
    assert [one.name for one in vercel.projects.values()] == ["shop"]


@pytest.mark.parametrize("how", ["before", "after"])
async def test_a_deployment_whose_making_was_not_answered_is_made_once(
    vercel, platform, folder, how
):
    await put_live(platform, order(folder))
    site = await platform.prepare(order(folder, "two-2"))
    vercel.http.fail("POST .*/deployments", cut=how)
    staged = await platform.stage(order(folder, "two-2"), site, silent)
    made = [one.id for one in releases(vercel)]
    assert len(made) == 2
    assert made[1] == staged.release


@pytest.mark.parametrize("word", ["promote", "rollback"])
async def test_a_switch_whose_answer_was_lost_is_seen_through(vercel, platform, folder, word):
    first = await put_live(platform, order(folder))
    site = await platform.prepare(order(folder, "two-2"))
    staged = await platform.stage(order(folder, "two-2"), site, silent)
    if word == "rollback":
        await platform.switch(site, staged.release)
    release = staged.release if word == "promote" else first
    vercel.http.fail(f"POST .*/{word}/", cut="after")
    await platform.switch(site, release)
    assert await platform.live(site) == release


async def test_a_switch_that_vercel_does_not_carry_out_is_said(vercel, platform, folder):
    first = await put_live(platform, order(folder))
    site = await platform.prepare(order(folder, "two-2"))
    staged = await platform.stage(order(folder, "two-2"), site, silent)
    vercel.fails_jobs = True
    with pytest.raises(AgentError, match=f"its job is failed: {first} is live") as error:
        await platform.switch(site, staged.release)
    assert error.value.retryable


async def test_a_switch_ends_when_the_platforms_job_does(vercel, platform, folder):
    """Vercel may name the new deployment before its addresses point there."""
    await put_live(platform, order(folder))
    site = await platform.prepare(order(folder, "two-2"))
    staged = await platform.stage(order(folder, "two-2"), site, silent)
    shown, looks = vercel.http.answer, []

    def early(request):
        reply = shown(request)
        if "rollbackInfo" in request.query:
            looks.append(reply.body["lastAliasRequest"]["jobStatus"])
            reply.body["targets"]["production"]["id"] = staged.release
        return reply

    vercel.http.answer = early
    await platform.switch(site, staged.release)
    assert looks[0] != "succeeded"
    assert looks[-1] == "succeeded"


async def test_the_list_of_deployments_is_newest_first_with_failed_and_foreign_ones(
    vercel, platform, folder
):
    first = await put_live(platform, order(folder))
    vercel.fails_build = "disk quota"
    with pytest.raises(AgentError, match="disk quota"):
        await put_live(platform, order(folder, "two-2"))
    site = await platform.prepare(order(folder))
    vercel.ready_after = 60
    vercel.add_deployment(site.id, {})
    past = await platform.past(site, 10)
    assert [(one.pipeline, one.state) for one in past] == [
        ("", "building"), ("two-2", "error"), ("one-1", "ready"),
    ]  # fmt: skip
    assert (past[2].release, past[2].build) == (first, "b-one-1")
    assert past[0].at >= past[2].at > 1_700_000_000
    assert len(await platform.past(site, 2)) == 2
    assert "Error: disk quota" in await platform.logs(site, past[1].release)


async def test_deployments_on_later_pages_are_listed(vercel, platform, folder):
    site = await platform.prepare(order(folder))
    for number in range(205):
        vercel.add_deployment(site.id, {"genesisPipeline": f"p{number}"})
    past = await platform.past(site, 203)
    assert [past[0].pipeline, past[-1].pipeline, len(past)] == ["p204", "p2", 203]


async def test_a_log_is_read_as_an_array_and_as_lines(vercel, platform, folder):
    release = await put_live(platform, order(folder))
    site = await platform.find("shop", "production")
    whole = await platform.logs(site, release)
    assert whole == ("Build Completed in /vercel/output [100ms]",)
    lines = b'{"type":"stdout","payload":{"text":"one\\ntwo"}}\n{"type":"stdout","text":"three"}\n'
    vercel.http.fail("events", 200, body=lines, headers={"content-type": "application/stream+json"})
    assert await platform.logs(site, release) == ("one", "two", "three")


async def test_an_app_of_genesis_is_served_by_its_routes_and_its_function(
    vercel, platform, tmp_path
):
    app = tmp_path / "app"
    output = ".vercel/output"
    code = (
        "export default (req, res) => {"
        " res.setHeader('x-by', 'node'); res.end(`${process.env.KEY} ${req.url}`); };"
    )
    routes = [
        {"src": "^/(?!api/).*$", "headers": {"x-build-id": "b1"}, "continue": True},
        {"handle": "filesystem"},
        {"src": "^/api(/.*)?$", "dest": "/api"},
        {"src": "^/assets/.*$", "status": 404},
        {"src": "^/.*$", "dest": "/index.html"},
    ]
    config = {"runtime": "nodejs22.x", "handler": "index.mjs", "launcherType": "Nodejs"}
    write(app, {
        f"{output}/config.json": json.dumps({"version": 3, "routes": routes}),
        f"{output}/static/index.html": "home",
        f"{output}/static/app.js.map": "never sent",
        f"{output}/functions/api.func/.vc-config.json": json.dumps(config),
        f"{output}/functions/api.func/index.mjs": code,
        "package.json": "{}", "src/secret.ts": "",
    })  # fmt: skip
    variables = {"KEY": Variable(Secret("from-env"))}
    site = await platform.prepare(order(app, variables=variables))
    staged = await platform.stage(order(app), site, silent)
    assert sorted(vercel.find(staged.release).files) == [
        f"{output}/config.json", f"{output}/functions/api.func/.vc-config.json",
        f"{output}/functions/api.func/index.mjs", f"{output}/static/index.html",
    ]  # fmt: skip
    async with httpx.AsyncClient() as http:
        home = await http.get(f"{staged.url}/")
        assert (home.text, home.headers["x-build-id"]) == ("home", "b1")
        assert (await http.get(f"{staged.url}/deep/link")).text == "home"
        assert (await http.get(f"{staged.url}/assets/none.js")).status_code == 404
        said = await http.get(f"{staged.url}/api/items?page=2")
        assert (said.text, said.headers["x-by"]) == ("from-env /api/items?page=2", "node")


def _routed(vercel, method, ending, handler):
    """For a while, let another function answer what ends so."""

    class Routed:
        def __enter__(self):
            self.answer = vercel.http.answer

            def instead(request):
                if request.method == method and request.parts[-1] == ending:
                    return handler(request, request.parts[-2])
                return self.answer(request)

            vercel.http.answer = instead

        def __exit__(self, *_):
            vercel.http.answer = self.answer

    return Routed()
