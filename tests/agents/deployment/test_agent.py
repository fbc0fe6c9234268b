from __future__ import annotations

import asyncio
import json

import httpx
import psutil
import pytest
from msgspec.structs import replace

from agents.deployment import cli, releases, servers, state
from agents.work import AgentError
from bus.errors import Retry
from bus.settings import Secret, Settings
from contracts.naming import role_password
from tests.agents.deployment.conftest import bundle
from tests.support.processes import free_port


async def test_a_first_release_goes_live_behind_its_own_address(world):
    done = await world.deploy("pipeone", "b1")
    assert done.previous is None
    assert done.url == f"http://127.0.0.1:{world.state.port}/"
    assert {check.name for check in done.checks} == {"health", "page", "time", "watch"}
    assert all(check.ok for check in done.checks)
    assert await world.answering() == "b1"
    assert world.live() == done.release
    assert world.serving() == [done.release]


async def test_a_second_release_takes_the_place_of_the_first_at_the_same_address(world):
    first = await world.deploy("pipeone", "b1")
    second = await world.deploy("pipetwo", "b2")
    assert second.url == first.url
    assert second.previous == first.release
    assert await world.answering() == "b2"
    assert world.serving() == [second.release]


async def test_the_same_build_by_two_pipelines_is_two_releases(world):
    first = await world.deploy("pipeone", "b1")
    second = await world.deploy("pipetwo", "b1")
    assert first.release != second.release
    assert (await world.rollback("pipetwo")).live == first.release


async def test_a_command_delivered_again_after_success_answers_the_same(world):
    await world.deploy("pipeone", "b1")
    done = await world.deploy("pipetwo", "b2")
    (process,) = servers.running(world.home)
    again = await world.deploy("pipetwo", "b2")
    assert (again.url, again.release, again.previous) == (done.url, done.release, done.previous)
    assert servers.running(world.home) == [process]


@pytest.mark.parametrize(
    ("mood", "code", "said"),
    [
        ("dies", "app_died", "boom: cannot find my feet"),
        ("broken", "unhealthy", "/api/health answers 500"),
        ("sick", "unhealthy", "does not say that it is ok"),
        ("impostor", "unhealthy", "build 'other' answers instead of b2"),
        ("lost", "unhealthy", "database is 'unreachable'"),
        ("bare", "unhealthy", "the start page is no HTML"),
    ],
)
async def test_a_release_that_does_not_get_healthy_never_goes_live(world, mood, code, said):
    first = await world.deploy("pipeone", "b1")
    (process,) = servers.running(world.home)
    with pytest.raises(AgentError) as caught:
        await world.deploy("pipetwo", "b2", mood)
    assert caught.value.code == code
    assert said in caught.value.message
    assert f"{first.release} stays live" in caught.value.message
    back = await world.rollback("pipetwo")
    assert back.live == first.release
    assert back.undone == ()
    assert await world.answering() == "b1"
    assert servers.running(world.home) == [process]


async def test_a_rollback_returns_to_exactly_the_release_before(world):
    first = await world.deploy("pipeone", "b1")
    second = await world.deploy("pipetwo", "b2")
    back = await world.rollback("pipetwo")
    assert back.live == first.release
    assert back.undone == (second.release,)
    assert await world.answering() == "b1"
    assert world.serving() == [first.release]
    assert await world.rollback("pipetwo") == back


async def test_a_rollback_of_the_first_release_leaves_nothing_running(world):
    await world.deploy("pipeone", "b1")
    back = await world.rollback("pipeone")
    assert back.live is None
    assert world.live() is None
    assert await world.answering() is None
    assert world.serving() == []


async def test_rolling_back_what_never_began_succeeds_and_bars_a_late_run(world):
    first = await world.deploy("pipeone", "b1")
    back = await world.rollback("pipetwo")
    assert back.undone == ()
    assert back.live == first.release
    with pytest.raises(AgentError) as caught:
        await world.deploy("pipetwo", "b2")
    assert caught.value.code == "withdrawn"
    assert await world.answering() == "b1"


async def test_rolling_back_what_never_began_needs_no_caddy(world):
    world.settings = Settings(
        genesis_home=world.home, caddy_admin_url=f"http://127.0.0.1:{free_port()}"
    )
    assert (await world.rollback("pipeone")).undone == ()


async def test_a_run_after_its_rollback_refuses(world):
    await world.deploy("pipeone", "b1")
    await world.deploy("pipetwo", "b2")
    await world.rollback("pipetwo")
    with pytest.raises(AgentError) as caught:
        await world.deploy("pipetwo", "b2")
    assert caught.value.code == "withdrawn"
    assert await world.answering() == "b1"


async def test_a_release_under_a_later_one_cannot_be_rolled_back(world):
    await world.deploy("pipeone", "b1")
    second = await world.deploy("pipetwo", "b2")
    with pytest.raises(AgentError) as caught:
        await world.rollback("pipeone")
    assert caught.value.code == "superseded"
    assert f"release {second.release} is live by now" in caught.value.message
    assert await world.answering() == "b2"
    await world.rollback("pipetwo")
    assert (await world.rollback("pipeone")).live is None


async def test_a_command_delivered_again_under_a_later_release_changes_nothing(world):
    await world.deploy("pipeone", "b1")
    await world.deploy("pipetwo", "b2")
    with pytest.raises(AgentError) as caught:
        await world.deploy("pipeone", "b1")
    assert caught.value.code == "superseded"
    assert await world.answering() == "b2"


async def test_a_rollback_to_a_release_that_is_no_longer_healthy_keeps_the_live_one(world):
    first = await world.deploy("pipeone", "b1")
    await world.deploy("pipetwo", "b2")
    folder = releases.place(world.home, world.app, "staging", first.release)
    spoiled = json.loads((folder / "build.json").read_text()) | {"mood": "dies"}
    (folder / "build.json").write_text(json.dumps(spoiled))
    with pytest.raises(AgentError) as caught:
        await world.rollback("pipetwo")
    assert caught.value.code == "app_died"
    assert await world.answering() == "b2"


async def test_what_was_approved_must_still_be_live(world):
    first = await world.deploy("pipeone", "b1", expected_live="")
    with pytest.raises(AgentError) as caught:
        await world.deploy("pipetwo", "b2", expected_live="")
    assert caught.value.code == "live_changed"
    assert await world.answering() == "b1"
    await world.deploy("pipethree", "b3", expected_live=first.release)
    assert await world.answering() == "b3"


@pytest.mark.parametrize(
    ("content", "build", "said"),
    [
        (b"no archive", "b1", "cannot be unpacked"),
        (bundle("another-app", "b1"), "b1", "of another-app"),
        (bundle("my-app", "b2"), "b1", "it is build b2"),
        (bundle("my-app", "../../etc"), "../../etc", "no plain name"),
    ],
)
async def test_a_bundle_that_is_not_this_build_is_refused(world, content, build, said):
    world.app = "my-app"
    with pytest.raises(AgentError) as caught:
        await world.deploy("pipeone", build, content=content)
    assert caught.value.code == "bad_bundle"
    assert said in caught.value.message
    assert (await world.rollback("pipeone")).undone == ()


async def test_a_platform_that_is_not_there_is_refused(world):
    with pytest.raises(AgentError, match="no platform 'moon'"):
        await world.rollback("pipeone", platform="moon")


async def test_without_caddy_a_deployment_is_tried_again_and_nothing_is_started(world):
    world.settings = Settings(
        genesis_home=world.home, caddy_admin_url=f"http://127.0.0.1:{free_port()}"
    )
    with pytest.raises(Retry):
        await world.deploy("pipeone", "b1")
    assert world.serving() == []


async def test_the_app_gets_its_own_database_account_and_nothing_else(world):
    secret = Secret("of the apps")
    world.settings = Settings(
        genesis_home=world.home, caddy_admin_url=world.caddy_url, app_database_secret=secret,
        app_database_url=Secret("postgresql://admin:top%20secret@127.0.0.1:5499/postgres"),
    )  # fmt: skip
    done = await world.deploy("pipeone", "b1")
    async with httpx.AsyncClient(trust_env=False) as http:
        env = (await http.get(f"{done.url}env")).json()
    role = f"app_{world.app}_staging"
    password = role_password(secret.reveal(), role)
    assert env.pop("DATABASE_URL") == f"postgresql://{role}:{password}@127.0.0.1:5499/{role}"
    assert set(env) - {"PWD", "SHLVL", "_", "OLDPWD"} == {
        "PATH", "PORT", "HOST", "NODE_ENV", "TRUST_PROXY",
    }  # fmt: skip
    with pytest.raises(AgentError) as caught:
        await world.deploy("pipetwo", "b2", "leaks")
    assert "url is postgresql://" in caught.value.message
    assert password not in caught.value.message


async def test_a_request_under_way_is_answered_by_the_old_release(world):
    done = await world.deploy("pipeone", "b1")
    async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
        slow = asyncio.create_task(http.get(f"{done.url}slow"))
        await asyncio.sleep(0)
        await world.deploy("pipetwo", "b2")
        assert (await slow).json() == {"build": "b1"}


async def test_another_apps_first_release_does_not_touch_the_others(world):
    first = await world.deploy("pipeone", "b1")
    other = await world.deploy("pipetwo", "x1", app="other")
    assert first.url != other.url
    assert await world.answering() == "b1"
    assert {(app.app, app.build) for app in cli.list_apps(world.home)} == {
        (world.app, "b1"),
        ("other", "x1"),
    }


async def test_two_pipelines_at_once_go_live_one_after_the_other(world):
    first, second = await asyncio.gather(
        world.deploy("pipeone", "b1"), world.deploy("pipetwo", "b2")
    )
    assert {first.previous, second.previous} in ({None, first.release}, {None, second.release})
    assert world.serving() == [world.live()]


async def test_two_deliveries_of_one_command_at_once_make_one_release(world):
    first, second = await asyncio.gather(
        world.deploy("pipeone", "b1"), world.deploy("pipeone", "b1")
    )
    assert first.release == second.release
    assert first.previous is second.previous is None
    assert world.serving() == [first.release]


async def test_a_run_that_waits_too_long_for_another_gives_way(world, monkeypatch):
    monkeypatch.setattr(state, "LOCK_WAIT", 0.2)
    reached, leave = asyncio.Event(), asyncio.Event()

    async def hold(step):
        if step == "switching":
            reached.set()
            await leave.wait()

    first = asyncio.create_task(world.deploy("pipeone", "b1", at_step=hold))
    await reached.wait()
    with pytest.raises(Retry):
        await world.deploy("pipetwo", "b2")
    leave.set()
    await first
    assert await world.answering() == "b1"


async def test_a_cancelled_run_leaves_no_server_behind(world):
    first = await world.deploy("pipeone", "b1")
    reached = asyncio.Event()

    async def wait(step):
        if step == "checking":
            reached.set()
            await asyncio.Event().wait()

    run = asyncio.create_task(world.deploy("pipetwo", "b2", at_step=wait))
    await reached.wait()
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)
    assert run.cancelled()
    assert world.serving() == [first.release]


async def test_the_folder_to_go_back_to_outlives_many_newer_ones(world, monkeypatch):
    monkeypatch.setattr(releases, "KEPT", 1)
    made = [(await world.deploy(f"pipeline{n}", f"b{n}")).release for n in range(4)]
    folder = releases.place(world.home, world.app, "staging", "x").parent
    assert sorted(path.name for path in folder.iterdir()) == sorted(made[-2:])
    assert (await world.rollback("pipeline3")).live == made[2]


async def test_a_server_whose_start_was_not_recorded_is_found_and_ended(world):
    """As after a kill between the start of the server and the record of its pid."""
    first = await world.deploy("pipeone", "b1")
    await world.deploy("pipetwo", "b2")
    app = world.state
    forgotten = {name: replace(one, pid=None, created=None) for name, one in app.servers.items()}
    state.save(world.home, replace(app, servers=forgotten))
    await world.rollback("pipetwo")
    assert world.serving() == [first.release]


async def test_a_pid_that_belongs_to_somebody_else_by_now_is_never_signalled(world):
    stranger = await asyncio.create_subprocess_exec("sleep", "60")
    try:
        await world.deploy("pipeone", "b1")
        app = world.state
        born = psutil.Process(stranger.pid).create_time()
        false = state.Server("gone", 1, stranger.pid, born - 60)
        state.save(world.home, replace(app, servers={**app.servers, "gone": false}))
        await world.deploy("pipetwo", "b2")
        assert psutil.Process(stranger.pid).status() == psutil.STATUS_SLEEPING
        assert "gone" not in world.state.servers
    finally:
        stranger.kill()
        await stranger.wait()
