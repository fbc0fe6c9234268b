"""What every bus does, held against the one in memory and the one over JetStream."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from bus.errors import ArtifactDamaged, ArtifactMissing, Conflict, Reject, Retry
from bus.port import Bus, Delivery, Unreadable
from contracts import messages as m
from tests.support.worlds import PATIENCE, Collector, World, eventually

ONE, TWO = "pipeline1", "pipeline2"


def scout_run(pipeline: str = ONE) -> m.ScoutRun:
    return m.ScoutRun(pipeline=pipeline, idea="a shop for plants", timeout=60)


def cancel(pipeline: str = ONE, reason: str = "") -> m.Cancel:
    return m.Cancel(pipeline=pipeline, who="anna", reason=reason)


def request(number: int = 0) -> m.BuildRequested:
    return m.BuildRequested(idea=f"idea {number}")


# --- The log ---------------------------------------------------------------------------------


async def test_the_log_of_a_pipeline_reads_as_it_was_written(bus: Bus) -> None:
    first = await bus.publish(scout_run(), after=0)
    await bus.publish(scout_run(TWO), after=0)
    second = await bus.publish(cancel(reason="no"), after=first)
    entries = await bus.read(ONE)
    assert [(e.sequence, e.message) for e in entries] == [
        (first, scout_run()),
        (second, cancel(reason="no")),
    ]
    assert entries[0].time <= entries[1].time
    assert await bus.read("nobody") == []


async def test_what_is_announced_again_is_stored_once(bus: Bus) -> None:
    wanted = m.RollbackRequested(pipeline=ONE, request_id="regression-1")
    for _ in range(2):
        await bus.announce(wanted)
    await bus.announce(m.RollbackRequested(pipeline=ONE))
    assert await bus.counts("rollback.requested") == {"rollback.requested": 2}
    for kind in (m.IncidentOpened, m.IncidentResolved):
        incident = kind(app="shop", environment="staging", incident="i", summary="x", at=1.0)
        await bus.announce(incident)


@pytest.mark.parametrize("stale", [0, 1, 1000])
async def test_a_stale_append_is_a_conflict_and_stores_nothing(bus: Bus, stale: int) -> None:
    first = await bus.publish(scout_run(), after=0)
    await bus.publish(cancel(), after=first)
    with pytest.raises(Conflict):
        await bus.publish(cancel(reason="stale"), after=stale)
    assert len(await bus.read(ONE)) == 2


async def test_the_subjects_of_the_log_are_counted_by_pattern(bus: Bus) -> None:
    first = await bus.publish(scout_run(), after=0)
    await bus.publish(cancel(), after=first)
    await bus.publish(cancel(), after=first + 1)
    await bus.publish(scout_run(TWO), after=0)
    assert await bus.counts(f"*.*.{ONE}") == {f"scout.run.{ONE}": 1, f"cancel.anna.{ONE}": 2}
    assert set(await bus.counts("scout.*.*")) == {f"scout.run.{ONE}", f"scout.run.{TWO}"}
    assert await bus.counts("plan.*.*") == {}


async def test_pipelines_do_not_compare_with_each_other(bus: Bus) -> None:
    await bus.publish(scout_run(), after=0)
    await bus.publish(scout_run(TWO), after=0)
    assert len(await bus.read(TWO)) == 1


async def test_of_many_appends_after_the_same_message_one_wins(bus: Bus) -> None:
    first = await bus.publish(scout_run(), after=0)
    racers = [bus.publish(cancel(reason=str(n)), after=first) for n in range(50)]
    outcomes = await asyncio.gather(*racers, return_exceptions=True)
    assert sum(isinstance(outcome, int) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 49


async def test_what_is_not_compared_always_lands(bus: Bus) -> None:
    await bus.publish(scout_run(), after=0)
    sequences = [await bus.publish(message) for message in (cancel(), cancel(), request())]
    assert sequences == sorted(sequences)
    assert len(await bus.read(ONE)) == 3


async def test_an_oversized_message_is_refused_before_it_travels(bus: Bus) -> None:
    with pytest.raises(m.OversizedMessage):
        await bus.publish(m.ScoutRun(pipeline=ONE, idea="é" * 40_000, timeout=60), after=0)
    assert await bus.read(ONE) == []


async def test_history_is_the_whole_log_of_now(bus: Bus) -> None:
    for number in range(300):
        await bus.publish(request(number))
    ideas = [e.message.idea async for e in bus.history() if isinstance(e.message, m.BuildRequested)]
    assert ideas == [f"idea {number}" for number in range(300)]


async def test_follow_goes_on_as_the_log_grows(bus: Bus) -> None:
    first = await bus.publish(scout_run(), after=0)
    await bus.publish(request())
    entries = bus.follow(pipeline=ONE)
    assert (await anext(entries)).sequence == first
    waiting = asyncio.ensure_future(anext(entries))
    await bus.publish(scout_run(TWO), after=0)
    second = await bus.publish(cancel(), after=first)
    async with asyncio.timeout(PATIENCE):
        assert (await waiting).sequence == second
    rest = bus.follow(after=second - 1)
    assert (await anext(rest)).sequence == second


# --- Handling --------------------------------------------------------------------------------


async def test_each_message_is_handled_once_and_in_its_own_consumer(bus: Bus) -> None:
    for number in range(40):
        await bus.publish(scout_run(f"pipeline{number}"), after=0)
    await bus.publish(request())
    got = Collector()
    async with bus.handle("scout", got, slots=4):
        await got.wait_for(40)
    assert len(set(got.sequences())) == len(got.deliveries) == 40
    assert {type(d.recorded.message) for d in got.deliveries} == {m.ScoutRun}
    assert {d.attempt for d in got.deliveries} == {1}


async def test_what_was_handled_stays_handled(bus: Bus) -> None:
    await bus.publish(scout_run(), after=0)
    before, after = Collector(), Collector()
    async with bus.handle("scout", before):
        await before.wait_for(1)
    second = await bus.publish(scout_run(TWO), after=0)
    async with bus.handle("scout", after):
        await after.wait_for(1)
    assert after.sequences() == [second]


async def test_no_more_than_slots_are_in_hand_at_a_time(bus: Bus) -> None:
    in_hand, most = 0, 0

    async def work(_: Delivery) -> None:
        nonlocal in_hand, most
        in_hand += 1
        most = max(most, in_hand)
        await asyncio.sleep(0.005)
        in_hand -= 1

    for number in range(30):
        await bus.publish(scout_run(f"pipeline{number}"), after=0)
    got = Collector(work)
    async with bus.handle("scout", got, slots=3):
        await got.wait_for(30)
    assert most == 3


async def test_a_retry_comes_again_later_and_not_before(bus: Bus) -> None:
    arrivals: list[float] = []

    async def once_more(delivery: Delivery) -> None:
        arrivals.append(asyncio.get_running_loop().time())
        if delivery.attempt == 1:
            raise Retry("busy", after=0.3)

    await bus.publish(scout_run(), after=0)
    got = Collector(once_more)
    async with bus.handle("scout", got):
        await got.wait_for(2)
    assert [delivery.attempt for delivery in got.deliveries] == [1, 2]
    assert arrivals[1] - arrivals[0] >= 0.29


async def test_a_handler_that_breaks_gets_the_message_again(bus: Bus) -> None:
    async def break_once(delivery: Delivery) -> None:
        if delivery.attempt == 1:
            raise RuntimeError("broken")

    await bus.publish(scout_run(), after=0)
    got = Collector(break_once)
    async with bus.handle("scout", got):
        await got.wait_for(2)
    assert len(set(got.sequences())) == 1
    assert await bus.dead_letters() == []


async def test_a_waiting_retry_does_not_hold_up_others(bus: Bus) -> None:
    async def put_off(delivery: Delivery) -> None:
        if delivery.recorded.message == scout_run() and delivery.attempt == 1:
            raise Retry("later", after=0.5)

    await bus.publish(scout_run(), after=0)
    await bus.publish(scout_run(TWO), after=0)
    got = Collector(put_off)
    async with bus.handle("scout", got, slots=1):
        deliveries = await got.wait_for(3)
    pipelines = [d.recorded.message.pipeline for d in deliveries]  # type: ignore[attr-defined]
    assert pipelines == [ONE, TWO, ONE]


async def test_consumers_of_one_name_share_the_work(world: World) -> None:
    others = [world.bus, await world.another(), await world.another()]
    got = Collector()
    for number in range(60):
        await world.bus.publish(scout_run(f"pipeline{number}"), after=0)
    async with (
        others[0].handle("scout", got, slots=2),
        others[1].handle("scout", got, slots=2),
        others[2].handle("scout", got, slots=2),
    ):
        await got.wait_for(60)
    assert len(set(got.sequences())) == len(got.deliveries) == 60


async def test_leaving_finishes_what_is_in_hand_and_takes_nothing_new(bus: Bus) -> None:
    begun, go_on, finished = asyncio.Event(), asyncio.Event(), []

    async def work(delivery: Delivery) -> None:
        begun.set()
        await go_on.wait()
        finished.append(delivery.recorded.sequence)

    first = await bus.publish(scout_run(), after=0)

    async def serve() -> None:
        async with bus.handle("scout", work, slots=1):
            await begun.wait()

    serving = asyncio.create_task(serve())
    await begun.wait()
    second = await bus.publish(scout_run(TWO), after=0)
    await asyncio.sleep(0)
    go_on.set()
    await serving
    assert finished == [first]
    rest = Collector()
    async with bus.handle("scout", rest):
        await rest.wait_for(1)
    assert rest.sequences() == [second]


async def test_a_delivery_says_what_its_append_was_compared_with(bus: Bus) -> None:
    first = await bus.publish(scout_run(), after=0)
    await bus.publish(m.ScoutFailed(pipeline=ONE, code="no", message="no"), after=first)
    await bus.publish(cancel())
    got = Collector()
    async with bus.handle("coordinator", got, slots=1):
        await got.wait_for(2)
    assert [delivery.after for delivery in got.deliveries] == [first, None]


# --- What cannot be handled ------------------------------------------------------------------


async def test_a_rejected_message_is_kept_with_its_reason_and_can_be_replayed(bus: Bus) -> None:
    async def refuse(delivery: Delivery) -> None:
        if len(got.deliveries) == 1:
            raise Reject("the idea is empty")

    got = Collector(refuse)
    first = await bus.publish(request())
    async with bus.handle("coordinator", got):
        await got.wait_for(1)

        async def buried() -> bool:
            return len(await bus.dead_letters()) == 1

        await eventually(buried)
        (letter,) = await bus.dead_letters()
        assert (letter.subject, letter.reason) == ("build.requested", "the idea is empty")
        assert letter.sequence == first
        assert m.decode(letter.body) == request()
        await bus.replay(letter.number)
        await got.wait_for(2)
    assert got.deliveries[1].recorded.message == request()
    assert got.deliveries[1].recorded.sequence > first
    assert await bus.dead_letters() == []
    with pytest.raises(Reject, match="no dead letter"):
        await bus.replay(letter.number)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\xff\xfe", "not a Genesis message"),
        (b"[1, 2]", "not a Genesis message"),
        (b'{"type": "build.requested"}', "idea"),
        (b'{"type": "build.wanted", "idea": "x"}', "unknown message type"),
        (b'{"type": "build.requested", "schema": 99, "idea": "x"}', "schema 99"),
        (b'{"type": "deploy.requested", "app": "x"}', "source"),
    ],
)
async def test_what_cannot_be_read_arrives_with_its_reason(
    world: World, body: bytes, reason: str
) -> None:
    await world.inject("build.requested", body)
    await world.bus.publish(request())
    got = Collector()
    async with world.bus.handle("coordinator", got):
        unreadable, readable = await got.wait_for(2)
    assert isinstance(unreadable.recorded.message, Unreadable)
    assert unreadable.recorded.message.subject == "build.requested"
    assert reason in unreadable.recorded.message.reason
    assert readable.recorded.message == request()


@pytest.mark.parametrize(
    "message",
    [
        m.Approval(pipeline=ONE, who="boss", granted=True, seen=1),
        m.Approval(pipeline=TWO, who="mallory", granted=True, seen=1),
        cancel(),
    ],
)
async def test_a_body_that_claims_another_sender_or_pipeline_is_not_believed(
    world: World, message: m.PipelineMessage
) -> None:
    await world.inject(f"approval.mallory.{ONE}", m.encode(message))
    got = Collector()
    async with world.bus.handle("coordinator", got):
        await got.wait_for(1)
    assert isinstance(got.deliveries[0].recorded.message, Unreadable)
    (entry,) = await world.bus.read(ONE)
    assert isinstance(entry.message, Unreadable)


async def test_a_large_dead_letter_keeps_its_whole_body(world: World) -> None:
    body = b'{"type": "build.requested", "idea": "' + b"x" * 900_000 + b'"}'

    async def refuse(_: Delivery) -> None:
        raise Reject("too long")

    await world.inject("build.requested", body)
    async with world.bus.handle("coordinator", refuse):

        async def buried() -> bool:
            return len(await world.bus.dead_letters()) == 1

        await eventually(buried)
    (letter,) = await world.bus.dead_letters()
    assert letter.body == body


# --- Outside the log -------------------------------------------------------------------------


async def test_listeners_hear_what_is_told_and_the_log_does_not(bus: Bus) -> None:
    heard = bus.listen("progress.*.*", "signal.cancel.*")
    listening = asyncio.ensure_future(anext(heard))
    said = m.Progress(pipeline=ONE, area="scout", step="reading")
    async with asyncio.timeout(PATIENCE):
        while not listening.done():
            await bus.tell(said)
            await asyncio.sleep(0.01)
    assert listening.result() == said
    await heard.aclose()  # type: ignore[attr-defined]
    assert await bus.read(ONE) == []


# --- Artefacts -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 128 * 1024, 5 * 1024 * 1024 + 7])
async def test_content_comes_back_as_it_went(world: World, size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    content = gzip.compress(content)[:size].ljust(size, b"\0")
    artifact = await world.bus.artifacts.put(content, "source.tar.gz")
    assert (artifact.size, artifact.name) == (size, "source.tar.gz")
    other = await world.another()
    assert await other.artifacts.get(artifact) == content


async def test_the_same_content_is_the_same_artefact(bus: Bus) -> None:
    first = await bus.artifacts.put(b"content", "one")
    second = await bus.artifacts.put(b"content", "two")
    assert first.sha256 == second.sha256
    assert await bus.artifacts.get(second) == b"content"


async def test_content_that_nobody_stored_is_missing(bus: Bus) -> None:
    with pytest.raises(ArtifactMissing, match="0000"):
        await bus.artifacts.get(m.Artifact(sha256="0" * 64, size=1))


async def test_damaged_content_is_not_handed_out(world: World) -> None:
    artifact = await world.bus.artifacts.put(b"content")
    await world.damage(artifact)
    with pytest.raises(ArtifactDamaged, match=artifact.sha256):
        await world.bus.artifacts.get(artifact)


# --- Tracing ---------------------------------------------------------------------------------


async def test_a_trace_goes_on_from_message_to_message(bus: Bus) -> None:
    async def answer(delivery: Delivery) -> None:
        failed = m.ScoutFailed(pipeline=ONE, code="no", message="no")
        await bus.publish(failed, after=delivery.recorded.sequence)

    def trace_id(delivery: Delivery) -> str:
        return delivery.trace.split("-")[1]

    await bus.publish(scout_run(), after=0)
    asked, answered = Collector(answer), Collector()
    async with bus.handle("scout", asked), bus.handle("coordinator", answered):
        await answered.wait_for(1)
    assert trace_id(asked.deliveries[0]) == trace_id(answered.deliveries[0])
    spans = {d.trace.split("-")[2] for d in [*asked.deliveries, *answered.deliveries]}
    assert len(spans) == 2


async def test_unrelated_messages_have_traces_of_their_own(bus: Bus) -> None:
    await bus.publish(scout_run(), after=0)
    await bus.publish(scout_run(TWO), after=0)
    got = Collector()
    async with bus.handle("scout", got, slots=1):
        await got.wait_for(2)
    assert len({d.trace.split("-")[1] for d in got.deliveries}) == 2
