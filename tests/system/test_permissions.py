"""Who may do what on a real broker, configured and filled as the local stack does it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import httpx
import msgspec
import nats
import nkeys
import pytest
from nats.aio.client import Client

from bus import topology
from bus.errors import BusMisconfigured, Conflict
from bus.nats import NatsBus, open_bus
from bus.port import Delivery
from contracts import messages as m
from contracts.messages import AREAS
from tests.support.broker import Broker
from tests.support.nats import NatsServer
from tests.support.processes import open_folder, remove_folder

LOG = topology.LOG
OBJECTS = f"OBJ_{topology.ARTIFACTS}"


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    folder = open_folder("genesis-test-broker-")
    broker = Broker(folder)
    yield broker
    broker.close()
    remove_folder(folder)


def next_of(consumer: str) -> str:
    return f"$JS.API.CONSUMER.MSG.NEXT.{LOG}.{consumer}"


def stream_api(verb: str, stream: str) -> str:
    return f"$JS.API.{verb}.{stream}"


FORBIDDEN_PUBLISH = [
    # An agent speaks for itself only.
    ("build", "deployment.completed.p1aaaa"),
    ("build", "migration.failed.p1aaaa"),
    ("build", "scout.rolled_back.p1aaaa"),
    ("scout", "build.run.p1aaaa"),
    ("migration", "deployment.rollback.p1aaaa"),
    ("plan", "pipeline.completed.p1aaaa"),
    ("plan", "pipeline.started.p1aaaa"),
    ("build", "progress.deployment.p1aaaa"),
    ("build", "deadletter.scout"),
    ("scout", "build.requested"),
    ("deployment", "incident.opened.shop-production"),
    # It neither approves nor stops anything.
    ("deployment", "approval.alice.p1aaaa"),
    ("deployment", "approval.deployment.p1aaaa"),
    ("build", "cancel.alice.p1aaaa"),
    ("migration", "resolution.alice.p1aaaa"),
    ("monitoring", "signal.cancel.p1aaaa"),
    # It takes and acknowledges nothing of others.
    ("build", next_of("deployment")),
    ("build", next_of("coordinator")),
    ("build", f"$JS.ACK.{LOG}.deployment.1.1.1.1.0"),
    ("scout", f"$JS.API.CONSUMER.INFO.{LOG}.plan"),
    # It reads no log.
    ("build", f"$JS.API.DIRECT.GET.{LOG}"),
    ("build", f"$JS.API.DIRECT.GET.{LOG}.approval.alice.p1aaaa"),
    ("build", stream_api("STREAM.MSG.GET", LOG)),
    ("monitoring", f"$JS.API.DIRECT.GET.{topology.DEAD_LETTERS}"),
    # It makes and removes nothing.
    ("build", stream_api("STREAM.CREATE", "MINE")),
    ("build", stream_api("STREAM.DELETE", LOG)),
    ("build", stream_api("STREAM.PURGE", LOG)),
    ("build", stream_api("STREAM.UPDATE", LOG)),
    ("build", stream_api("STREAM.DELETE", OBJECTS)),
    ("build", stream_api("STREAM.MSG.DELETE", OBJECTS)),
    ("build", f"$JS.API.CONSUMER.CREATE.{LOG}.mine"),
    ("build", f"$JS.API.CONSUMER.CREATE.{OBJECTS}.mine"),
    ("build", f"$JS.API.CONSUMER.DELETE.{LOG}.deployment"),
    ("build", f"$JS.API.CONSUMER.DURABLE.CREATE.{LOG}.mine"),
    ("build", "$SYS.REQ.SERVER.PING"),
    # The coordinator decides; it does not act, and it is nobody.
    ("coordinator", "deployment.completed.p1aaaa"),
    ("coordinator", "approval.alice.p1aaaa"),
    ("coordinator", "build.requested"),
    ("coordinator", next_of("build")),
    ("coordinator", stream_api("STREAM.DELETE", LOG)),
    # A person is themself, and neither an agent nor the coordinator.
    ("alice", "approval.bob.p1aaaa"),
    ("alice", "cancel.bob.p1aaaa"),
    ("alice", "resolution.bob.p1aaaa"),
    ("alice", "deployment.completed.p1aaaa"),
    ("alice", "deployment.run.p1aaaa"),
    ("alice", "pipeline.completed.p1aaaa"),
    ("alice", "pipeline.awaiting_approval.p1aaaa"),
    ("alice", "signal.cancel.p1aaaa"),
    ("alice", "incident.resolved.shop-production"),
    ("alice", next_of("coordinator")),
    ("alice", f"$JS.ACK.{LOG}.coordinator.1.1.1.1.0"),
    ("alice", stream_api("STREAM.PURGE", LOG)),
    ("alice", stream_api("STREAM.MSG.DELETE", LOG)),
    # A guest asks for builds.
    ("", "approval.guest.p1aaaa"),
    ("", "approval.alice.p1aaaa"),
    ("", "cancel.guest.p1aaaa"),
    ("", "scout.run.p1aaaa"),
    ("", "scout.completed.p1aaaa"),
    ("", "pipeline.started.p1aaaa"),
    ("", f"$O.{topology.ARTIFACTS}.C.mine"),
    ("", f"$JS.API.DIRECT.GET.{LOG}"),
    ("", "$JS.API.STREAM.LIST"),
    ("", "deadletter.guest"),
]  # fmt: skip

FORBIDDEN_SUBSCRIBE = [
    ("build", "_INBOX_deployment.>"),
    ("build", "_INBOX_coordinator.>"),
    ("build", "_INBOX.>"),
    ("build", ">"),
    ("build", "deployment.run.*"),
    ("build", "*.*.*"),
    ("build", "approval.*.*"),
    ("build", "$JS.ACK.>"),
    ("coordinator", "_INBOX_alice.>"),
    ("coordinator", "scout.completed.*"),
    ("alice", "_INBOX_coordinator.>"),
    ("alice", "_INBOX_admin.>"),
    ("alice", ">"),
    ("", "_INBOX_alice.>"),
    ("", "approval.>"),
    ("", "build.requested"),
    ("", "migration.>"),
    ("", ">"),
]


@pytest.mark.parametrize(("account", "subject"), FORBIDDEN_PUBLISH)
async def test_publishing_what_belongs_to_others_is_refused(
    broker: Broker, account: str, subject: str
) -> None:
    async with broker.client(account) as client:
        assert await client.refuses_publish(subject)


@pytest.mark.parametrize(("account", "subject"), FORBIDDEN_SUBSCRIBE)
async def test_listening_to_what_is_for_others_is_refused(
    broker: Broker, account: str, subject: str
) -> None:
    async with broker.client(account) as client:
        assert await client.refuses_subscribe(subject)


async def subjects_of_log(broker: Broker) -> dict[str, int]:
    async with broker.client("admin") as admin:
        info = await admin.client.jetstream().stream_info(LOG, subjects_filter=">")
    return info.state.subjects or {}


FORGED = json.dumps(
    {"type": "approval", "pipeline": "forged01", "who": "bob", "granted": True, "seen": 1}
).encode()

PULL = b'{"batch":1,"no_wait":true}'


async def test_an_answer_of_the_broker_cannot_be_stored_as_anothers_message(
    broker: Broker,
) -> None:
    """Replies go wherever a request says; what the log takes must not come that way."""
    chunk = f"$O.{topology.ARTIFACTS}.C.forged"
    async with broker.client("build") as build:
        stored = await build.client.request(chunk, FORGED)
        number = json.loads(stored.data)["seq"]
        query = json.dumps({"seq": number}).encode()
        reads = f"$JS.API.DIRECT.GET.{OBJECTS}"
        assert (await build.client.request(reads, query)).data == FORGED
        for reply in ("approval.bob.forged01", "deployment.completed.forged01"):
            assert not await build.refuses_publish(reads, query, reply=reply)
            assert not await build.refuses_publish(chunk, FORGED, reply=reply)
            assert not await build.refuses_publish(next_of("build"), PULL, reply=reply)
        # Answered after all the others, which have therefore been answered too.
        assert (await build.client.request(reads, query)).data == FORGED
    async with broker.client("alice") as alice:
        request = json.dumps({"type": "rollback.requested", "pipeline": "nothing1"}).encode()
        await alice.refuses_publish("rollback.requested", request, reply="approval.bob.forged01")
        await alice.client.request("rollback.requested", request)
    async with broker.client("") as guest:
        await guest.refuses_publish("rollback.requested", request, reply="approval.bob.forged01")
        await guest.client.request("rollback.requested", request)
    assert not [subject for subject in await subjects_of_log(broker) if "forged01" in subject]


async def test_in_one_account_the_same_attempt_would_succeed() -> None:
    """The control: without two accounts the broker stores a forged approval."""
    users = {
        "users": [
            {"user": "admin", "password": "a"},
            {
                "user": "build",
                "password": "b",
                "permissions": {
                    "publish": {"allow": ["$O.x.>", "$JS.API.DIRECT.GET.OBJ"]},
                    "subscribe": {"allow": ["_INBOX_build.>"]},
                },
            },
        ]
    }
    server = NatsServer(extra=f"authorization: {json.dumps(users)}")
    try:
        server.start()
        admin = await nats.connect(server.url, user="admin", password="a")
        streams = admin.jetstream()
        await streams.add_stream(name="LOG", subjects=["approval.*.*"])
        await streams.add_stream(name="OBJ", subjects=["$O.x.>"], allow_direct=True)
        build = await nats.connect(
            server.url, user="build", password="b", inbox_prefix=b"_INBOX_build"
        )
        await build.request("$O.x.1", FORGED)
        await build.publish("$JS.API.DIRECT.GET.OBJ", b'{"seq":1}', reply="approval.bob.forged01")
        await build.request("$JS.API.DIRECT.GET.OBJ", b'{"seq":1}')
        assert (await streams.get_last_msg("LOG", "approval.bob.forged01")).data == FORGED
        await build.close()
        await admin.close()
    finally:
        server.close()


# --- What each may do ------------------------------------------------------------------------


def command_for(area: str, pipeline: str) -> m.Command:
    nothing = m.Artifact(sha256="0" * 64, size=0)
    place: dict[str, object] = {"app": "shop", "environment": "staging"}
    details: dict[str, dict[str, object]] = {
        "scout": {"idea": "a shop"},
        "plan": {"report": nothing},
        "build": {"app": "shop"},
        "migration": {**place, "bundle": nothing},
        "deployment": {**place, "platform": "local", "bundle": nothing, "build_id": "b1"},
        "monitoring": {**place, "url": "http://127.0.0.1", "build_id": "b1"},
    }
    kind = next(kind for kind in m.COMMANDS if m.area_of(kind) == area)
    return kind(pipeline=pipeline, timeout=60, **details[area])


@pytest.mark.parametrize("area", AREAS)
async def test_an_agent_takes_its_commands_and_answers_them(broker: Broker, area: m.Area) -> None:
    pipeline = f"agent{area[:5]}"
    failed = next(kind for kind in m.FAILURES if m.area_of(kind) == area)
    answered: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async with (
        open_bus(broker.settings("coordinator"), name="coordinator") as coordinator,
        open_bus(broker.settings(area), name=area) as agent,
    ):
        ordered = await coordinator.publish(command_for(area, pipeline), after=0)

        async def handle(delivery: Delivery) -> None:
            recorded = delivery.recorded
            if recorded.sequence != ordered:
                return  # of another test
            progress = m.Progress(pipeline=pipeline, area=area, step="half")
            await agent.tell(progress)
            answer = failed(pipeline=pipeline, code="no", message="not today")
            answered.set_result(await agent.publish(answer, after=recorded.sequence))

        async with agent.handle(area, handle):
            sequence = await asyncio.wait_for(answered, 10)
        log = await coordinator.read(pipeline)
    assert [entry.sequence for entry in log] == [ordered, sequence]
    assert isinstance(log[1].message, failed)


@pytest.mark.parametrize("account", [*AREAS, "alice"])
async def test_artifacts_are_stored_and_read_by_all_who_work_with_them(
    broker: Broker, account: str
) -> None:
    content = account.encode() * 50_000
    async with open_bus(broker.settings(account), name=account) as bus:
        artifact = await bus.artifacts.put(content, "a file")
        assert await bus.artifacts.get(artifact) == content


async def test_monitoring_reports_incidents_and_a_person_hears_them(broker: Broker) -> None:
    incident = m.IncidentOpened(
        app="shop", environment="staging", incident="i1", summary="down", at=1.0
    )
    async with (
        open_bus(broker.settings("alice"), name="alice") as alice,
        open_bus(broker.settings("monitoring"), name="monitoring") as monitoring,
    ):
        heard = asyncio.create_task(anext(alice.listen("incident.*.*")))
        await until_subscribed(alice)
        await monitoring.tell(incident)
        assert await asyncio.wait_for(heard, 10) == incident


async def until_subscribed(bus: NatsBus) -> None:
    """Return when what was subscribed to until now is known to the broker."""
    await asyncio.sleep(0)
    for _ in range(2):  # the first ping overtakes what is not sent yet
        await bus.connection.client.flush()


async def test_the_coordinator_starts_orders_signals_and_follows(broker: Broker) -> None:
    request = m.BuildRequested(idea="a shop")
    started = m.PipelineStarted(pipeline="coord01", saga=1, request=request, steps=("scout",))
    async with (
        open_bus(broker.settings("coordinator"), name="coordinator") as coordinator,
        open_bus(broker.settings("scout"), name="scout") as scout,
    ):
        first = await coordinator.publish(started, after=0)
        second = await coordinator.publish(command_for("scout", "coord01"), after=first)
        heard = asyncio.create_task(anext(scout.listen("signal.cancel.*")))
        await until_subscribed(scout)
        await coordinator.tell(m.CancelSignal(pipeline="coord01"))
        assert await asyncio.wait_for(heard, 10) == m.CancelSignal(pipeline="coord01")
        with pytest.raises(Conflict):
            await coordinator.publish(command_for("scout", "coord01"), after=first)
        assert [entry.sequence for entry in await coordinator.read("coord01")] == [first, second]


async def test_the_coordinator_takes_requests_and_approvals(broker: Broker) -> None:
    seen: set[str] = set()
    both = asyncio.Event()
    request_id = "by alice"
    approval = m.Approval(pipeline="approve1", who="alice", granted=True, seen=1)

    async def handle(delivery: Delivery) -> None:
        match delivery.recorded.message:
            case m.BuildRequested(request_id="by alice"):
                seen.add("request")
            case m.Approval(pipeline="approve1", who="alice"):
                seen.add("approval")
        if seen == {"request", "approval"}:
            both.set()

    async with (
        open_bus(broker.settings("alice"), name="alice") as alice,
        open_bus(broker.settings("coordinator"), name="coordinator") as coordinator,
        coordinator.handle("coordinator", handle, slots=8),
    ):
        await alice.publish(m.BuildRequested(idea="a shop", request_id=request_id))
        await alice.publish(approval)
        await asyncio.wait_for(both.wait(), 10)


async def test_many_appends_at_once_travel_as_batches(broker: Broker) -> None:
    async with open_bus(broker.settings("coordinator"), name="coordinator") as coordinator:
        ids = [f"batch{number:04}" for number in range(400)]
        sequences = await asyncio.gather(
            *(coordinator.publish(command_for("scout", one), after=0) for one in ids)
        )
        assert len(set(sequences)) == len(ids)
        assert [e.sequence for e in await coordinator.read(ids[7])] == [sequences[7]]


async def test_a_person_follows_the_log_and_sends_a_dead_letter_again(broker: Broker) -> None:
    async with (
        open_bus(broker.settings("alice"), name="alice") as alice,
        open_bus(broker.settings("coordinator"), name="coordinator") as coordinator,
    ):
        letter = {
            "subject": "rollback.requested",
            "reason": "no such pipeline",
            "body": b'{"type":"rollback.requested","pipeline":"nothing1"}',
            "sequence": 1,
        }
        await coordinator.connection.request("deadletter.coordinator", msgspec.json.encode(letter))
        found = await alice.dead_letters()
        assert found[-1].reason == "no such pipeline"
        before = (await subjects_of_log(broker)).get("rollback.requested", 0)
        await alice.replay(found[-1].number)
        assert found[-1].number not in {letter.number for letter in await alice.dead_letters()}
        assert (await subjects_of_log(broker))["rollback.requested"] == before + 1
        sequence = await alice.publish(m.Cancel(pipeline="follow01", who="alice"))
        entry = await asyncio.wait_for(anext(alice.follow(after=sequence - 1)), 10)
        assert entry.message == m.Cancel(pipeline="follow01", who="alice")


async def test_a_publish_that_is_refused_says_so(broker: Broker) -> None:
    async with open_bus(broker.settings("alice"), name="alice") as alice:
        with pytest.raises(BusMisconfigured, match=r"approval\.bob"):
            await alice.publish(m.Approval(pipeline="refused1", who="bob", granted=True, seen=1))


async def test_a_bare_client_asks_for_a_build_and_hears_of_deployments(broker: Broker) -> None:
    """No Genesis import on its side: plain JSON, the client's own defaults."""
    guest = await nats.connect(broker.server.url)
    try:
        deployments = await guest.subscribe("deployment.>")
        await guest.flush()
        body = json.dumps({"type": "build.requested", "idea": "a shop"}).encode()
        ack = await guest.jetstream().publish("build.requested", body)
        assert ack.stream == LOG
        done = m.DeploymentCompleted(pipeline="guest001", url="http://127.0.0.1", release="r1")
        async with open_bus(broker.settings("deployment"), name="deployment") as deployment:
            await deployment.publish(done, after=0)
        heard = await deployments.next_msg(timeout=10)
        assert m.decode(heard.data) == done
    finally:
        await guest.close()


async def test_a_key_that_the_broker_does_not_know_is_refused(broker: Broker) -> None:
    seed = nkeys.encode_seed(b"s" * 32, nkeys.PREFIX_BYTE_USER).decode()
    client = Client()
    try:
        with pytest.raises(nats.errors.Error, match="Authorization Violation"):
            await client.connect(broker.server.url, nkeys_seed_str=seed, allow_reconnect=False)
    finally:
        await client.close()


async def test_the_way_back_of_finished_requests_is_forgotten(broker: Broker) -> None:
    """Requests with many answers keep a route at the broker; they must not pile up."""

    async def routes() -> int:
        async with httpx.AsyncClient() as http:
            answer = await http.get(
                f"http://127.0.0.1:{broker.server.monitor_port}/accountz?acc=STREAMS"
            )
        return len(answer.json()["account_detail"].get("responses") or {})

    async with open_bus(broker.settings("alice"), name="alice") as alice:
        for _ in range(50):
            await alice.read("nothing1")
        before = await routes()
        async with asyncio.timeout(40):
            while await routes() > 1:  # noqa: ASYNC110  only the broker knows
                await asyncio.sleep(0.5)
        assert before < 50 * 2
