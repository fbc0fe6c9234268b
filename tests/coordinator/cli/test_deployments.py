"""`genesis deployments`, and what `genesis deploy` looks at before."""

from __future__ import annotations

import asyncio
import subprocess

import msgspec
import pytest

from agents.deployment import agent
from agents.deployment.machine import Hosted
from agents.deployment.memory import Memory
from agents.deployment.platform import Order
from agents.deployment.watching import Limits, Window
from bus.settings import Settings
from coordinator.cli import session as sessions
from tests.agents.deployment.hosting import bundle
from tests.coordinator.cli.conftest import Genesis
from tests.coordinator.cli.test_requests import requested
from tests.support.stories import BUILD, ID, PRODUCTION, STAGING

GIVEN = msgspec.structs.replace(
    PRODUCTION, requested_by="ci", commit="3f9c1a7e", skipped=("git",), changes=("Sort",),
    variables=("DATABASE_URL",), platform="netlify",
)  # fmt: skip


async def test_deployments_are_listed_newest_first_with_those_that_failed(genesis: Genesis):
    await genesis.tell(GIVEN, "done agreed done done done")
    await genesis.tell(STAGING, "done done done done fails done done done", pipeline="failing")
    await genesis.tell(BUILD, "done done done", pipeline="onlybuilt")
    (found,) = (await genesis("deployments", "list", "--json")).events
    assert {one["pipeline"]: one["status"] for one in found} == {
        ID: "completed", "failing": "rolled_back",
    }  # fmt: skip
    by = {one["pipeline"]: one for one in found}
    assert by["failing"]["error"] == "it broke"
    live = by[ID]
    assert (live["who"], live["commit"], live["release"]) == ("ci", "3f9c1a7e", "r1")
    assert live["seconds"] is not None
    for option, value, which in (
        ("--environment", "production", ID), ("--platform", "local", "failing"),
    ):  # fmt: skip
        (some,) = (await genesis("deployments", "list", option, value, "--json")).events
        assert [one["pipeline"] for one in some] == [which]
    lines = (await genesis("deployments", "list")).out.splitlines()
    assert len(lines) == 2
    assert any("it broke" in line for line in lines)


async def test_one_deployment_is_shown_with_what_was_left_out(genesis: Genesis):
    await genesis.tell(GIVEN, "done agreed done done done")
    shown = (await genesis("deployments", "show", ID)).out
    for said in ("shop in production on netlify", "3f9c1a7e", "left out     git", "r1", "ci"):
        assert said in shown
    missing = await genesis("deployments", "show", "nothing1")
    assert missing.code == 1
    assert "there is no deployment" in missing.err


async def test_who_approves_sees_the_change(genesis: Genesis):
    await genesis.tell(GIVEN, "done")
    said = (await genesis("approve", ID)).err
    for part in ("3f9c1a7e", "Sort", "DATABASE_URL", "0001", "not checked git", "size"):
        assert part in said
    assert "what is live is not known" in said


@pytest.fixture
def hosted(tmp_path, monkeypatch):
    """A platform `memory` that has two releases of the shop, and settings that reach it."""
    memory = Memory(tmp_path / "platform.json")
    settings = Settings(genesis_home=tmp_path / "home")

    def make(_settings):
        return Hosted(
            settings, "memory", memory, asking=memory.ask, window=Window(seconds=0),
            limits=Limits(warm_up=0, pause=0.01, in_a_row=1, failures=1),
        )  # fmt: skip

    monkeypatch.setitem(agent.PLATFORMS, "memory", make)
    monkeypatch.setattr(sessions, "settings", lambda: settings)
    return make(settings)


async def put_live(machine, number, environment="production", branch=""):
    async def tell(_step, _percent):
        pass

    order = Order(
        pipeline=f"pipe{number}", app="shop", environment=environment, build_id=f"b{number}",
        content=bundle("shop", f"b{number}"), branch=branch,
    )  # fmt: skip
    return await machine.deploy(order, tell)


async def test_another_release_is_put_live_and_the_one_before_again(genesis: Genesis, hosted):
    first, second = await put_live(hosted, 1), await put_live(hosted, 2)
    on = ("--platform", "memory", "--yes")
    refused = await genesis("deployments", "promote", "shop", "b1", "--platform", "memory")
    assert refused.code == 3
    done = await genesis("deployments", "promote", "shop", "b1", *on, "--json")
    assert done.events[-1]["release"] == first.release
    assert (await genesis("deployments", "rollback", "shop", "--to", "b2", *on)).code == 0
    unknown = await genesis("deployments", "rollback", "shop", *on)
    assert unknown.code == 1
    assert "--to RELEASE" in unknown.err
    run = msgspec.structs.replace(PRODUCTION, platform="memory")
    answer = {"deployment": {"release": second.release, "previous": first.release}}
    await genesis.tell(run, "done agreed done done done", changes=answer)
    back = await genesis("deployments", "rollback", "shop", *on)
    assert back.out.startswith(f"{first.release} is live")
    assert "b1 on shop: ready" in (await genesis("deployments", "logs", "shop", "b1", *on[:2])).out


async def test_previews_are_listed_and_removed(genesis: Genesis, hosted):
    await put_live(hosted, 1, "staging")
    shown = await put_live(hosted, 2, "staging", "feature-x")
    on = ("--platform", "memory")
    (found,) = (await genesis("deployments", "previews", "shop", *on, "--json")).events
    assert [(one["branch"], one["release"]) for one in found] == [("feature-x", shown.release)]
    assert "feature-x" in (await genesis("deployments", "previews", "shop", *on)).out
    done = await genesis("deployments", "remove", "shop", "Feature/X", *on)
    assert (done.code, shown.release in done.out) == (0, True)
    assert "No previews" in (await genesis("deployments", "previews", "shop", *on)).out
    gone = await genesis("deployments", "remove", "shop", "feature-x", *on)
    assert gone.code == 1
    assert "no preview of branch feature-x" in gone.err


async def test_the_list_of_an_app_on_a_platform_has_what_only_the_platform_knows(
    genesis: Genesis, hosted
):
    first = await put_live(hosted, 1)
    second = await put_live(hosted, 2)
    run = msgspec.structs.replace(PRODUCTION, platform="memory")
    answer = {"deployment": {"release": second.release, "previous": first.release}}
    await genesis.tell(run, "done agreed done done done", changes=answer)
    (found,) = (
        await genesis("deployments", "list", "shop", "--platform", "memory", "--json")
    ).events
    assert [(one["release"], one["status"]) for one in found] in (
        [(second.release, "completed"), (first.release, "ready")],
        [(first.release, "ready"), (second.release, "completed")],
    )
    (log,) = (await genesis("deployments", "list", "shop", "--json")).events
    assert [one["release"] for one in log] == [second.release]


async def test_a_preview_is_asked_for_with_the_branch_of_the_folder(genesis: Genesis, folder):
    for wrong, said in (
        (("--branch", "x"), "without --preview"), (("--preview", "--production"), "--production"),
        (("--preview",), "no git branch"),
    ):  # fmt: skip
        refused = await genesis("deploy", "shop", "--dry-run", *wrong)
        assert (refused.code, said in refused.err) == (2, True)
    given = ("--preview", "--branch", "Feature/12 x")
    done = await genesis("deploy", "shop", "--dry-run", "--json", *given)
    assert done.events[0]["environment"] == "a preview of feature-12-x in staging"
    await asyncio.to_thread(
        subprocess.run, ["git", "init", "-q", "-b", "7-days", folder], check=True
    )
    done = await genesis("deploy", "shop", "--dry-run", "--json", "--preview")
    assert done.events[0]["environment"] == "a preview of b-7-days in staging"


async def test_an_app_that_is_not_there_is_refused_on_any_platform(genesis: Genesis, hosted):
    for platform, said in (
        ("memory", "has no site for shop"),
        ("local", "no local stack"),
        ("moon", "no platform 'moon'"),
    ):
        refused = await genesis(
            "deployments", "promote", "shop", "b1", "--platform", platform, "--yes"
        )
        assert refused.code == 1
        assert said in refused.err


@pytest.fixture
def folder(genesis: Genesis):
    made = genesis.work / "shop"
    made.mkdir()
    (made / "package.json").write_text("{}")
    (made / ".env.example").write_text("DATABASE_URL=\n# SMTP_URL=\n")
    return made


async def test_a_dry_run_shows_what_would_be_deployed_and_starts_nothing(genesis: Genesis, folder):
    done = await genesis("deploy", "shop", "--dry-run", "--platform", "netlify", "--json")
    (shown,) = done.events
    assert (shown["files"], shown["platform"]) == (2, "netlify")
    assert shown["variables"] == ["DATABASE_URL", "SMTP_URL"]
    (folder / ".env.local").write_text("A=1")
    assert (await genesis("deploy", "shop", "--dry-run")).code == 1
    assert not [entry async for entry in genesis.bus.history()]


async def test_what_does_not_pass_is_not_sent_unless_somebody_leaves_the_check_out(
    genesis: Genesis, folder
):
    (folder / ".env.local").write_text("A=1")
    refused = await genesis("deploy", "shop")
    assert refused.code == 1
    assert "secrets: .env.local is a file of secrets" in refused.err
    assert "--skip secrets" in refused.err
    unknown = await genesis("deploy", "shop", "--skip", "all")
    assert unknown.code == 2
    assert not [entry async for entry in genesis.bus.history()]


async def test_what_was_left_out_travels_with_the_request(genesis: Genesis, folder):
    (folder / ".env.local").write_text("A=1")
    left_out = ("--skip", "secrets", "--skip-migrations", "--skip-monitoring", "--no-auto-rollback")
    done = await genesis("deploy", "shop", *left_out, "--detach")
    assert done.code == 0
    (request,) = await requested(genesis)
    assert request.skipped == ("secrets",)
    assert (request.skip_migrations, request.skip_monitoring) == (True, True)
    assert not request.auto_rollback
    assert request.variables == ("DATABASE_URL", "SMTP_URL")


@pytest.mark.parametrize("platform", ["local", "netlify"])
async def test_a_site_of_plain_files_is_deployed_without_a_database(
    genesis: Genesis, platform: str
):
    made = genesis.work / "pages"
    made.mkdir()
    (made / "index.html").write_text("<html></html>")
    done = await genesis("deploy", "pages", "--platform", platform, "--detach")
    assert done.code == 0
    (request,) = await requested(genesis)
    assert (request.skip_migrations, request.skip_monitoring) == (True, True)
