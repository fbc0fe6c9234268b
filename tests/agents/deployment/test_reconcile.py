from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket

import httpx
import pytest
from msgspec.structs import replace

from agents.deployment import agent, caddy, cli, releases, servers, state
from agents.deployment.fleet import Fleet
from agents.deployment.reconcile import Reconciler
from tests.agents.deployment.conftest import Caddy, World
from tests.support.processes import wait_until


@pytest.fixture
def reconciler(world):
    return Reconciler(Fleet(world.settings))


def end_live(world):
    (process,) = servers.running(world.home)
    os.kill(process.pid, signal.SIGKILL)
    return process


async def until_gone(process):
    await asyncio.to_thread(
        wait_until, lambda: servers.find(process.pid, process.created) is None, "it is gone"
    )


def wait_for_server(home):
    wait_until(lambda: servers.running(home), "a server runs")
    return servers.running(home)[0]


async def test_a_dead_server_is_started_again_behind_the_same_address(world, reconciler):
    done = await world.deploy("pipeone", "b1")
    await until_gone(end_live(world))
    await reconciler.round()
    assert await world.answering() == "b1"
    assert world.serving() == [done.release]


async def test_a_server_that_dies_at_once_is_not_started_over_and_over(world, reconciler):
    done = await world.deploy("pipeone", "b1")
    folder = releases.place(world.home, world.app, "staging", done.release)
    spoiled = json.loads((folder / "build.json").read_text()) | {"mood": "dies"}
    (folder / "build.json").write_text(json.dumps(spoiled))
    await until_gone(end_live(world))
    for _ in range(5):
        await reconciler.round()
    log = releases.log_file(world.home, world.app, "staging", done.release).read_text()
    assert log.count("Genesis starts the server") == 2


async def test_what_a_dead_run_started_is_ended(world, reconciler):
    first = await world.deploy("pipeone", "b1")
    second = await world.deploy("pipetwo", "b2")
    # As if the second run had died before the switch.
    app = world.state
    deeds = {**app.deeds, "pipetwo": state.Deed(second.release, first.release, "begun")}
    state.save(world.home, replace(app, live=first.release, deeds=deeds))
    await reconciler.round()
    assert await world.answering() == "b1"
    assert world.serving() == [first.release]


async def test_a_run_under_way_is_left_in_peace(world, reconciler):
    await world.deploy("pipeone", "b1")

    async def reconcile(step):
        if step == "checking":
            await reconciler.round()
            assert len(world.serving()) == 2

    await world.deploy("pipetwo", "b2", at_step=reconcile)
    assert await world.answering() == "b2"


async def test_servers_that_no_state_names_are_ended(world, reconciler):
    await world.deploy("pipeone", "b1")
    (process,) = servers.running(world.home)
    shutil.move(state.folder(world.home, world.app, "staging") / "state.json", world.home / "away")
    await reconciler.round()
    assert servers.find(process.pid, process.created) is None


async def test_what_was_stopped_comes_back(world, reconciler):
    done = await world.deploy("pipeone", "b1")
    assert cli.stop_all(world.home) == 1
    assert world.serving() == []
    assert cli.stop_all(world.home) == 0
    status = cli.live(world.home, world.app, "staging")
    assert status.live == done.release
    assert not status.running
    await reconciler.round()
    assert await world.answering() == "b1"
    assert cli.live(world.home, world.app, "staging").running


async def test_two_replicas_start_a_dead_server_once(world, reconciler):
    done = await world.deploy("pipeone", "b1")
    await until_gone(end_live(world))
    other = Reconciler(Fleet(world.settings))
    await asyncio.gather(reconciler.round(), other.round())
    assert world.serving() == [done.release]


async def test_an_unreadable_state_harms_no_other_app(world, reconciler):
    await world.deploy("pipetwo", "x1", app="other")
    await world.deploy("pipeone", "b1")
    other = state.load(world.home, "other", "staging")
    damaged = state.folder(world.home, "other", "staging") / "state.json"
    damaged.write_text("{")
    before = world.serving()
    (mine,) = [one for one in servers.running(world.home) if world.app in one.release_folder.parts]
    os.kill(mine.pid, signal.SIGKILL)
    await until_gone(mine)
    await reconciler.round()
    assert await world.answering() == "b1"
    assert world.serving() == before
    front = await caddy.current(world.caddy_url)
    assert {other.port, world.state.port} <= caddy.listening(front)
    await world.deploy("pipethree", "y1", app="third")
    async with httpx.AsyncClient(trust_env=False) as http:
        said = await http.get(f"http://127.0.0.1:{other.port}/api/health")
    assert said.json()["build"] == "x1"


async def test_a_port_that_somebody_took_keeps_no_other_app_from_being_served(tmp_path, quick):
    folder = tmp_path / "caddy"
    folder.mkdir()
    front = Caddy(folder)
    world = World(tmp_path / "home", front.url)
    try:
        await world.deploy("pipetwo", "x1", app="other")
        await world.deploy("pipeone", "b1")
        front.kill()
        with socket.socket() as thief:
            thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            thief.bind(("127.0.0.1", state.load(world.home, "other", "staging").port))
            thief.listen()
            front.start()
            await Reconciler(Fleet(world.settings)).round()
            assert await world.answering() == "b1"
    finally:
        cli.stop_all(world.home)
        front.kill()


async def test_a_caddy_that_forgot_everything_is_told_again(tmp_path, quick):
    folder = tmp_path / "caddy"
    folder.mkdir()
    front = Caddy(folder)
    world = World(tmp_path / "home", front.url)
    try:
        await world.deploy("pipeone", "b1")
        front.kill()
        assert await world.answering() is None
        await Reconciler(Fleet(world.settings)).round()
        front.start()
        await Reconciler(Fleet(world.settings)).round()
        assert await world.answering() == "b1"
        assert (await caddy.current(front.url))["admin"]["listen"] == f"127.0.0.1:{front.port}"
    finally:
        cli.stop_all(world.home)
        front.kill()


async def test_the_background_work_ends_when_told(world):
    await world.deploy("pipeone", "b1")
    stop = asyncio.Event()

    async def tell(_message):
        pass

    work = asyncio.create_task(agent.background(world.settings, stop, tell))
    dead = end_live(world)
    await until_gone(dead)
    new = await asyncio.to_thread(wait_for_server, world.home)
    assert new != dead
    stop.set()
    await work


def test_the_configuration_follows_from_the_ports_alone(tmp_path):
    admin = {"listen": "127.0.0.1:2019"}
    config = caddy.render(tmp_path, [8123, 8124], admin)
    assert config == caddy.render(tmp_path, [8124, 8123], admin)
    assert config["admin"] == admin
    assert caddy.listening(config) == {8123, 8124}
