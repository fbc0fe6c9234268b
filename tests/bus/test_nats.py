"""What only the real broker can show: it dies, it is strict, it refuses, it is shared."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from bus import topology
from bus.errors import BusError, BusMisconfigured, BusUnavailable, Conflict
from bus.install import install, require_strict
from bus.nats import NatsBus, open_bus
from bus.port import Delivery
from contracts import messages as m
from tests.support.nats import NatsServer
from tests.support.worlds import PATIENCE, Collector, NatsWorld, settings_for

StartNats = Callable[..., NatsServer]


def scout_run(pipeline: str) -> m.ScoutRun:
    return m.ScoutRun(pipeline=pipeline, idea="a shop for plants", timeout=60)


def failed(pipeline: str) -> m.ScoutFailed:
    return m.ScoutFailed(pipeline=pipeline, code="no", message="no")


async def kill(server: NatsServer) -> None:
    await asyncio.to_thread(server.kill)


async def start(server: NatsServer) -> None:
    await asyncio.to_thread(server.start)


async def land(bus: NatsBus, message: m.PipelineMessage) -> int:
    """Append the first message of a pipeline as a caller should: until it is there, once."""
    while True:
        try:
            return await bus.publish(message, after=0)
        except BusUnavailable:
            await asyncio.sleep(0.05)
        except Conflict:
            return (await bus.read(message.pipeline))[0].sequence


# --- Many appends travel together --------------------------------------------------------------


async def test_of_appends_that_expect_the_same_one_wins_also_in_a_group(
    nats_world: NatsWorld,
) -> None:
    pipelines = [f"together{number:03}" for number in range(100)]
    outcomes = await asyncio.gather(
        *(nats_world.bus.publish(scout_run(one), after=0) for one in pipelines for _ in range(3)),
        return_exceptions=True,
    )
    landed = [outcome for outcome in outcomes if isinstance(outcome, int)]
    assert len(landed) == len(set(landed)) == len(pipelines)
    assert all(isinstance(outcome, int | Conflict) for outcome in outcomes)
    for one in pipelines:
        assert len(await nats_world.bus.read(one)) == 1


# --- The broker dies -------------------------------------------------------------------------


async def test_handling_goes_on_as_soon_as_the_broker_is_back(nats_world: NatsWorld) -> None:
    got = Collector()
    await nats_world.bus.publish(scout_run("before"), after=0)
    async with nats_world.bus.handle("scout", got, slots=2):
        await got.wait_for(1)
        await kill(nats_world.server)
        await start(nats_world.server)
        back = time.monotonic()
        await land(nats_world.nats, scout_run("afterwards"))
        # A client that is deaf to the restart waits out its pull of 30 seconds.
        async with asyncio.timeout(10):
            await got.wait_for_message(scout_run("afterwards"))
        print(f"delivered {time.monotonic() - back:.2f} s after the broker was back")


async def test_what_was_acknowledged_before_a_crash_is_there_after_it(
    nats_world: NatsWorld,
) -> None:
    landed = [await nats_world.bus.publish(scout_run(f"pipeline{n}"), after=0) for n in range(50)]
    await kill(nats_world.server)
    await start(nats_world.server)
    found = [entry.sequence async for entry in nats_world.bus.history()]
    assert found == landed


async def test_a_publish_while_the_broker_is_away_is_refused_and_leaves_nothing(
    nats_world: NatsWorld,
) -> None:
    await kill(nats_world.server)
    with pytest.raises(BusUnavailable):
        await nats_world.bus.publish(scout_run("away123"), after=0)
    await start(nats_world.server)
    await land(nats_world.nats, scout_run("after123"))
    assert await nats_world.bus.read("away123") == []


async def test_a_publish_before_the_loss_is_noticed_is_not_sent_after_it(
    nats_world: NatsWorld,
) -> None:
    writing = nats_world.nats.connection.client._flusher_task
    assert writing is not None
    writing.cancel()
    await asyncio.wait([writing])
    publishing = asyncio.create_task(nats_world.bus.publish(scout_run("unseen123"), after=0))
    await asyncio.sleep(0.1)
    await kill(nats_world.server)
    with pytest.raises(BusUnavailable):
        await publishing
    await start(nats_world.server)
    await land(nats_world.nats, scout_run("after123"))
    assert await nats_world.bus.read("unseen123") == []


async def test_appends_through_a_crash_land_exactly_once(nats_world: NatsWorld) -> None:
    names = [f"pipeline{number}" for number in range(400)]
    landing = [asyncio.create_task(land(nats_world.nats, scout_run(name))) for name in names]
    await asyncio.wait(landing, return_when=asyncio.FIRST_COMPLETED)
    for _ in range(2):
        await kill(nats_world.server)
        await start(nats_world.server)
    async with asyncio.timeout(PATIENCE):
        sequences = await asyncio.gather(*landing)
    log = [entry async for entry in nats_world.bus.history()]
    assert sorted(sequences) == [entry.sequence for entry in log]
    assert sorted(e.message.pipeline for e in log) == sorted(names)  # type: ignore[attr-defined]


async def test_what_is_in_hand_when_the_broker_dies_is_not_lost(nats_world: NatsWorld) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def work(_: Delivery) -> None:
        begun.set()
        await go_on.wait()

    await nats_world.bus.publish(scout_run("inhand"), after=0)
    got = Collector(work)
    async with nats_world.bus.handle("scout", got, slots=1):
        await begun.wait()
        await kill(nats_world.server)
        await start(nats_world.server)
        await land(nats_world.nats, scout_run("nextone"))
        go_on.set()
        await got.wait_for_message(scout_run("nextone"))
    assert got.deliveries[0].recorded.message == scout_run("inhand")


async def test_following_and_listening_go_on_after_a_crash(nats_world: NatsWorld) -> None:
    bus = nats_world.bus
    first = await bus.publish(scout_run("followed"), after=0)
    entries, heard = bus.follow(after=first), bus.listen("signal.cancel.*")
    following, listening = (
        asyncio.ensure_future(anext(entries)),
        asyncio.ensure_future(anext(heard)),
    )
    await asyncio.sleep(0.1)
    await kill(nats_world.server)
    await start(nats_world.server)
    await land(nats_world.nats, scout_run("another1"))
    async with asyncio.timeout(PATIENCE):
        assert (await following).message == scout_run("another1")
        while not listening.done():
            await bus.tell(m.CancelSignal(pipeline="another1"))
            await asyncio.sleep(0.02)
    await heard.aclose()  # type: ignore[attr-defined]


# --- Group commit ----------------------------------------------------------------------------


async def test_thousands_of_concurrent_appends_each_land_once_in_their_place(
    nats_world: NatsWorld,
) -> None:
    names = [f"pipeline{number}" for number in range(2_000)]
    firsts = await asyncio.gather(
        *(nats_world.bus.publish(scout_run(name), after=0) for name in names)
    )
    seconds = await asyncio.gather(
        *(
            nats_world.bus.publish(failed(name), after=first)
            for name, first in zip(names, firsts, strict=True)
        )
    )
    log = {entry.sequence: entry.message async for entry in nats_world.bus.history()}
    assert len(log) == 4_000
    for name, first, second in zip(names, firsts, seconds, strict=True):
        assert log[first] == scout_run(name)
        assert log[second] == failed(name)


async def test_a_stale_member_of_a_batch_does_not_stop_the_others(nats_world: NatsWorld) -> None:
    names = [f"pipeline{number}" for number in range(300)]
    outcomes = await asyncio.gather(
        *(
            nats_world.bus.publish(scout_run(name), after=7 if number % 50 == 0 else 0)
            for number, name in enumerate(names)
        ),
        return_exceptions=True,
    )
    stale = [n for n, outcome in enumerate(outcomes) if isinstance(outcome, Conflict)]
    assert stale == list(range(0, 300, 50))
    log = {entry.sequence: entry.message async for entry in nats_world.bus.history()}
    for name, outcome in zip(names, outcomes, strict=True):
        if isinstance(outcome, int):
            assert log[outcome] == scout_run(name)
    assert len(log) == 294


async def test_racing_appends_of_one_pipeline_in_one_batch_let_one_win(
    nats_world: NatsWorld,
) -> None:
    outcomes = await asyncio.gather(
        *(nats_world.bus.publish(scout_run("contested"), after=0) for _ in range(200)),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, int) for outcome in outcomes) == 1
    assert len(await nats_world.bus.read("contested")) == 1


async def test_artefacts_and_appends_do_not_get_in_each_others_way(nats_world: NatsWorld) -> None:
    contents = [bytes([number]) * 300_000 for number in range(24)]
    stored, landed = await asyncio.gather(
        asyncio.gather(*(nats_world.bus.artifacts.put(content) for content in contents)),
        asyncio.gather(
            *(nats_world.bus.publish(scout_run(f"pipeline{n}"), after=0) for n in range(500))
        ),
    )
    assert len(set(landed)) == 500
    for artifact, content in zip(stored, contents, strict=True):
        assert await nats_world.bus.artifacts.get(artifact) == content


async def test_a_message_that_the_broker_never_takes_fails_alone(nats_world: NatsWorld) -> None:
    appender = nats_world.nats._appender
    outcomes = await asyncio.gather(
        appender.append("build.requested", b"x" * 2_000_000, {}),
        *(nats_world.bus.publish(scout_run(f"pipeline{n}"), after=0) for n in range(15)),
        return_exceptions=True,
    )
    assert isinstance(outcomes[0], BusError)
    assert all(isinstance(outcome, int) for outcome in outcomes[1:])


# --- Handling --------------------------------------------------------------------------------


async def test_agents_may_start_before_genesis_is_installed(start_nats: StartNats) -> None:
    server = start_nats(strict=True)
    settings = settings_for(server)
    got = Collector()
    async with open_bus(settings, name="early") as bus, bus.handle("scout", got):
        await install(settings)
        await bus.publish(scout_run("pipeline"), after=0)
        await got.wait_for(1)


async def test_slots_hold_even_when_requests_are_made_twice(nats_world: NatsWorld) -> None:
    in_hand, most = 0, 0

    async def work(_: Delivery) -> None:
        nonlocal in_hand, most
        in_hand += 1
        most = max(most, in_hand)
        await asyncio.sleep(0.01)
        in_hand -= 1

    got = Collector(work)
    async with nats_world.bus.handle("scout", got, slots=2):
        for number in range(20):
            # What the puller does when it is told that the connection is new.
            for listener in nats_world.nats.connection.on_up:
                listener()
            await nats_world.bus.publish(scout_run(f"pipeline{number}"), after=0)
        async with asyncio.timeout(PATIENCE):
            while len(set(got.sequences())) < 20:
                await got.wait_for(len(got.deliveries) + 1)
    assert most <= 2
    assert len(got.deliveries) == 20


# --- Installing ------------------------------------------------------------------------------


async def test_installing_again_changes_nothing_and_keeps_the_log(nats_world: NatsWorld) -> None:
    settings = settings_for(nats_world.server)

    async def configurations() -> list[object]:
        api = nats_world.nats.connection.api
        names = (await api("STREAM.NAMES"))["streams"]
        streams = [(await api(f"STREAM.INFO.{name}"))["config"] for name in sorted(names)]
        consumers = [
            (await api(f"CONSUMER.INFO.{topology.LOG}.{each.name}"))["config"]
            for each in topology.CONSUMERS
        ]
        return [*streams, *consumers]

    await nats_world.bus.publish(scout_run("pipeline"), after=0)
    before = await configurations()
    await install(settings)
    await install(settings)
    assert await configurations() == before
    assert len(await nats_world.bus.read("pipeline")) == 1


async def test_a_strict_broker_is_accepted(nats_world: NatsWorld) -> None:
    await require_strict(settings_for(nats_world.server))


async def test_a_broker_that_does_not_sync_every_message_is_refused(start_nats: StartNats) -> None:
    server = start_nats(strict=False)
    with pytest.raises(BusMisconfigured, match="sync_interval: always"):
        await require_strict(settings_for(server))
    await require_strict(settings_for(server, UNSAFE_FAST="1"))


async def test_a_broker_whose_durability_is_unknown_is_refused(nats_world: NatsWorld) -> None:
    settings = settings_for(nats_world.server, NATS_MONITOR_URL="")
    with pytest.raises(BusMisconfigured, match="NATS_MONITOR_URL"):
        await require_strict(settings)
    await kill(nats_world.server)
    with pytest.raises(BusUnavailable, match="durability is unknown"):
        await require_strict(settings_for(nats_world.server))


async def test_a_broker_that_is_not_there_is_named(nats_server: NatsServer) -> None:
    settings = settings_for(nats_server)
    nats_server.kill()
    with pytest.raises(BusUnavailable, match=str(nats_server.port)):
        async with open_bus(settings, name="test"):
            pass


async def test_a_broker_without_the_streams_says_so(nats_server: NatsServer) -> None:
    async with open_bus(settings_for(nats_server), name="test") as bus:
        with pytest.raises(BusMisconfigured, match="installed"):
            await bus.publish(scout_run("pipeline"), after=0)


# --- Permissions -----------------------------------------------------------------------------


def with_accounts() -> str:
    """Two accounts: one that may do all, and a scout as the product sets it up."""
    scout = topology.agent("scout")
    return f"""
    authorization {{ users: [
      {{ user: root, password: root }}
      {{ user: scout, password: scout, permissions: {{
           publish: {list(scout.publish)}, subscribe: {list(scout.subscribe)} }} }}
    ] }}
    """.replace("'", '"')


async def test_an_append_that_is_not_permitted_is_told_apart_from_a_lost_broker(
    start_nats: StartNats,
) -> None:
    server = start_nats(strict=True, extra=with_accounts())
    address = f"127.0.0.1:{server.port}"
    await install(settings_for(server, NATS_URL=f"nats://root:root@{address}"))
    scout = settings_for(server, NATS_URL=f"nats://scout:scout@{address}", NATS_ACCOUNT="scout")
    async with open_bus(scout, name="scout") as bus:
        forged = m.PlanFailed(pipeline="pipeline", code="no", message="no")
        mixed = [bus.publish(failed(f"pipeline{n}"), after=0) for n in range(100)]
        outcomes = await asyncio.gather(
            bus.publish(forged, after=0), *mixed, bus.publish(forged, after=0),
            return_exceptions=True,
        )  # fmt: skip
    for refused in (outcomes[0], outcomes[-1]):
        assert isinstance(refused, BusMisconfigured)
        assert "plan.failed.pipeline" in str(refused)
    assert all(isinstance(outcome, int) for outcome in outcomes[1:-1])
