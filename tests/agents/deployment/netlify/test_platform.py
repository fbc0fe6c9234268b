"""Deploys to Netlify: staged unseen, published exactly, taken back exactly, and picked up again."""

from __future__ import annotations

import asyncio

import pytest

from agents.deployment.netlify.platform import Netlify as Platform
from agents.deployment.port import Variable
from agents.work import AgentError
from bus.settings import Secret
from tests.agents.deployment.netlify.conftest import (
    PACE,
    order,
    page,
    put_live,
    silent,
    until,
    write,
)

pytestmark = pytest.mark.timeout(60)


async def test_a_staged_deploy_answers_at_its_own_address_and_only_there(netlify, platform, folder):
    site = await platform.prepare(order(folder))
    staged = await platform.stage(order(folder), site, silent)
    assert (staged.uploaded, staged.skipped) == (3, 0)
    assert page(f"{staged.url}/") == "<html>one</html>"
    assert page(f"{staged.url}/a/app.js") == "1"
    assert page(f"{site.url}/").startswith("Not Found")
    assert await platform.live(site) is None


async def test_a_switch_publishes_exactly_that_deploy_and_twice_is_once(netlify, platform, folder):
    release = await put_live(platform, order(folder))
    site = await platform.prepare(order(folder))
    assert (site.live, await platform.live(site)) == (release, release)
    assert page(f"{site.url}/") == "<html>one</html>"
    await platform.switch(site, release)
    assert len(netlify.http.requests("restore$")) == 1


async def test_the_same_content_again_sends_no_file(netlify, platform, folder):
    await put_live(platform, order(folder))
    site = await platform.prepare(order(folder, "two-2"))
    staged = await platform.stage(order(folder, "two-2"), site, silent)
    assert (staged.uploaded, staged.skipped) == (0, 3)
    assert len(netlify.http.requests("PUT .*/files/")) == 3


async def test_one_changed_file_is_the_only_one_sent(netlify, platform, folder):
    await put_live(platform, order(folder))
    write(folder, {"index.html": "<html>two</html>"})
    site = await platform.prepare(order(folder, "two-2"))
    staged = await platform.stage(order(folder, "two-2"), site, silent)
    assert (staged.uploaded, staged.skipped) == (1, 2)


async def test_files_with_the_same_content_are_sent_once(netlify, platform, folder):
    write(folder, {"copy.html": "<html>one</html>"})
    site = await platform.prepare(order(folder))
    staged = await platform.stage(order(folder), site, silent)
    assert staged.uploaded == 3
    assert page(f"{staged.url}/copy.html") == "<html>one</html>"


async def test_going_back_restores_exactly_what_was_live(netlify, platform, folder):
    first = await put_live(platform, order(folder))
    write(folder, {"index.html": "<html>two</html>"})
    second = await put_live(platform, order(folder, "two-2"))
    site = await platform.prepare(order(folder, "three-3"))
    await platform.stage(order(folder, "three-3"), site, silent)
    await platform.switch(site, first)
    assert await platform.live(site) == first != second
    assert page(f"{site.url}/") == "<html>one</html>"


async def test_a_deploy_that_was_left_at_any_point_is_continued(netlify, settings, folder):
    """Each call as if the process before it had died after so many requests."""
    write(folder, {f"{number}.txt": str(number) for number in range(5)})
    site = await Platform(settings, PACE).prepare(order(folder))
    for requests in range(1, 14):
        task = asyncio.create_task(Platform(settings, PACE).stage(order(folder), site, silent))
        await until(
            lambda wanted=requests, task=task: (
                len(netlify.http.requests("deploys")) >= wanted or task.done()
            )
        )
        netlify.http.fail("cancel$", cut="before", times=5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        netlify.http.faults.clear()
    staged = await Platform(settings, PACE).stage(order(folder), site, silent)
    unfinished = [one for one in netlify.site("shop").deploys if one.state != "error"]
    assert [one.id for one in unfinished] == [staged.release]
    assert page(f"{staged.url}/4.txt") == "4"


async def test_a_cancelled_deploy_is_cancelled_on_the_platform(netlify, platform, folder):
    netlify.http.fail("PUT .*index", delay=5)
    site = await platform.prepare(order(folder))
    task = asyncio.create_task(platform.stage(order(folder), site, silent))
    await until(lambda: netlify.http.requests("PUT .*style"))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [one.error for one in netlify.site("shop").deploys] == ["Canceled deploy"]


async def test_what_is_discarded_is_gone_and_what_is_live_never(netlify, platform, folder):
    live = await put_live(platform, order(folder))
    site = await platform.prepare(order(folder, "two-2"))
    staged = await platform.stage(order(folder, "two-2"), site, silent)
    for release in (staged.release, staged.release, live):
        await platform.discard(site, release)
    assert [one.id for one in netlify.site("shop").deploys] == [live]
    assert await platform.live(site) == live


async def test_a_first_release_is_taken_down_and_another_one_never(netlify, platform, folder):
    assert await platform.find("shop", "production") is None
    assert not netlify.sites
    first = await put_live(platform, order(folder))
    site = await platform.find("shop", "production")
    assert site.live == first
    await platform.take_down(site, first)
    await platform.take_down(site, first)
    assert await platform.live(site) is None
    assert "Nothing is published" in page(f"{site.url}/")
    assert "Nothing is published" in page(f"{site.url}/a/app.js")
    assert len(netlify.site("shop").deploys) == 2
    second = await put_live(platform, order(folder, "two-2"))
    await platform.take_down(site, first)
    assert await platform.live(site) == second
    assert page(f"{site.url}/") == "<html>one</html>"


@pytest.fixture
def without_restore(netlify):
    """Netlify publishes no deploy that was begun as a draft."""
    netlify.restores_drafts = False


@pytest.mark.usefixtures("without_restore")
async def test_publishing_goes_without_restore_and_without_sending_anything(
    netlify, settings, folder
):
    platform = Platform(settings, PACE)
    first = await put_live(platform, order(folder))
    site = await platform.prepare(order(folder))
    assert site.live == first
    assert page(f"{site.url}/") == "<html>one</html>"
    assert len(netlify.http.requests("PUT .*/files/")) == 3
    await platform.switch(site, first)
    write(folder, {"index.html": "<html>two</html>"})
    second = await put_live(platform, order(folder, "two-2"))
    again = Platform(settings, PACE)
    await again.switch(site, first)
    assert await again.live(site) == first != second
    assert page(f"{site.url}/") == "<html>one</html>"


@pytest.mark.usefixtures("without_restore")
async def test_what_cannot_be_published_at_all_is_said_and_changes_nothing(
    netlify, settings, folder
):
    site = await Platform(settings, PACE).prepare(order(folder))
    staged = await Platform(settings, PACE).stage(order(folder), site, silent)
    with pytest.raises(AgentError, match="no draft can be published"):
        await Platform(settings, PACE).switch(site, staged.release)
    assert await Platform(settings, PACE).live(site) is None


async def test_a_locked_deploy_stays_live(netlify, platform, folder):
    first = await put_live(platform, order(folder))
    site = await platform.prepare(order(folder, "two-2"))
    staged = await platform.stage(order(folder, "two-2"), site, silent)
    netlify.site("shop").live.locked = True
    for refused in (platform.switch(site, staged.release), platform.prepare(order(folder, "3-3"))):
        with pytest.raises(AgentError, match="is locked") as error:
            await refused
        assert error.value.code == "netlify_locked"
    assert await platform.live(site) == first


async def test_two_deploys_of_one_site_at_once_never_mix(netlify, settings, tmp_path):
    folders = {name: tmp_path / name for name in ("red", "blue")}
    for name, folder in folders.items():
        write(folder, {"index.html": name, **{f"{i}.txt": f"{name}{i}" for i in range(30)}})
    both = await asyncio.gather(
        *(put_live(Platform(settings, PACE), order(folder, n)) for n, folder in folders.items()),
        return_exceptions=True,
    )
    overtaken = [one for one in both if isinstance(one, BaseException)]
    assert [error.code for error in overtaken] in ([], ["superseded"])
    site = await Platform(settings, PACE).prepare(order(folders["red"]))
    assert site.live in both
    assert page(f"{site.url}/") in folders
    for deploy in netlify.find(site.live).site.deploys:
        served = netlify.bytes_of(deploy)
        assert {text[:3].decode() for text in served.values()} == {deploy.title.split()[1][:3]}
        assert len(served) == 31
    assert len(netlify.sites) == 1


async def test_variables_are_compared_and_hidden_ones_marked(netlify, platform, folder):
    wanted = {"PLAIN": Variable(Secret("x1"), hidden=False), "KEY": Variable(Secret("s3cret"))}
    site = await platform.prepare(order(folder, variables=wanted))
    assert site.notes == ("site shop created", "variables set: KEY, PLAIN")
    stored = netlify.variables[site.id]
    assert stored["KEY"]["is_secret"]
    assert {each["context"] for each in stored["KEY"]["values"]} == {
        "production", "deploy-preview", "branch-deploy",
    }  # fmt: skip
    assert stored["PLAIN"]["values"] == [{"context": "all", "value": "x1"}]
    stored["OTHER"] = {"key": "OTHER", "values": [{"context": "all", "value": "theirs"}]}
    site = await platform.prepare(order(folder, "two-2", variables=wanted))
    assert site.notes == ("variables set again: KEY",)
    assert stored["OTHER"]["values"][0]["value"] == "theirs"


async def test_variables_reach_the_platform_when_the_answer_does_not_reach_us(
    netlify, platform, folder
):
    netlify.http.fail("POST .*/env", cut="after")
    site = await platform.prepare(order(folder, variables={"KEY": Variable(Secret("s3cret"))}))
    assert netlify.variables[site.id]["KEY"]["values"][0]["value"] == "s3cret"


async def test_a_site_is_named_by_app_and_environment_or_as_asked_for(netlify, platform, folder):
    for environment, asked in (("production", ""), ("staging", ""), ("staging", "my-own")):
        await platform.prepare(order(folder, environment=environment, site=asked))
    assert {site.name for site in netlify.sites.values()} == {"shop", "shop-staging", "my-own"}
    known = netlify.site("my-own")
    for name in (known.id, "my-own.netlify.app"):
        assert (await platform.prepare(order(folder, site=name))).id == known.id


@pytest.mark.parametrize("how", ["before", "after"])
async def test_a_site_whose_creation_was_not_answered_is_made_once(netlify, platform, folder, how):
    netlify.http.fail("POST .*/sites$", cut=how)
    if how == "before":
        with pytest.raises(AgentError, match="no answer"):
            await platform.prepare(order(folder))
    await platform.prepare(order(folder))
    assert [site.name for site in netlify.sites.values()] == ["shop"]


@pytest.mark.parametrize(
    "how",
    [{"cut": "before"}, {"cut": "after"}, {"status": 503}, {"status": 504, "done": True}],
    ids=["not heard", "heard", "refused", "heard and refused"],
)
async def test_a_deploy_whose_beginning_was_not_answered_is_made_once(
    netlify, platform, folder, how
):
    site = await platform.prepare(order(folder))
    netlify.http.fail("POST .*/deploys", **how)
    staged = await platform.stage(order(folder), site, silent)
    assert [one.id for one in netlify.site("shop").deploys] == [staged.release]


@pytest.mark.parametrize(("number", "in_its_own_time"), [(100, False), (101, True)])
async def test_many_files_are_compared_in_the_platforms_own_time(
    netlify, platform, tmp_path, number, in_its_own_time
):
    write(tmp_path / "many", {f"{index}.txt": str(index) for index in range(number)})
    netlify.prepared_after = 0.2
    release = await put_live(platform, order(tmp_path / "many"))
    assert netlify.http.requests(r"PUT .*/deploys/\w+$")[0].json()["async"] is in_its_own_time
    assert len(netlify.bytes_of(netlify.find(release))) == number


async def test_the_list_of_deploys_is_newest_first_with_failed_and_foreign_ones(
    netlify, platform, folder
):
    first = await put_live(platform, order(folder))
    netlify.fails_processing = "disk quota"
    with pytest.raises(AgentError):
        await put_live(platform, order(folder, "two-2"))
    site = await platform.prepare(order(folder))
    netlify.add_deploy(site.id, "by hand")
    past = await platform.past(site, 10)
    assert [(one.pipeline, one.state) for one in past] == [
        ("", "new"), ("two-2", "error"), ("one-1", "ready"),
    ]  # fmt: skip
    assert (past[2].release, past[2].build) == (first, "b-one-1")
    assert past[0].at >= past[2].at > 1_700_000_000
    assert len(await platform.past(site, 2)) == 2
    assert "error: disk quota" in await platform.logs(site, past[1].release)


async def test_deploys_on_later_pages_are_listed(netlify, platform, folder):
    site = await platform.prepare(order(folder))
    for number in range(205):
        netlify.add_deploy(site.id, f"genesis p{number} b{number}")
    past = await platform.past(site, 203)
    assert [past[0].pipeline, past[-1].pipeline, len(past)] == ["p204", "p2", 203]
