"""Handled messages as spans, received by a collector that reads them with OTLP's own types."""

from __future__ import annotations

import asyncio

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from structlog.testing import capture_logs

from bus import spans, tracing
from bus.errors import Reject
from bus.port import Delivery
from contracts import messages as m
from contracts.messages import ScoutCompleted
from tests.support.platform_http import Reply, Request, Server
from tests.support.worlds import NatsWorld


def scout_run(pipeline: str) -> m.ScoutRun:
    return m.ScoutRun(pipeline=pipeline, timeout=60, idea="a shop for plants")


class Collector(Server):
    """Keeps the spans that it is sent, each with its service's name."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.spans: list[tuple[str, Span]] = []

    def _answer(self, request: Request) -> Reply:
        assert request.path == "/v1/traces"
        for resource in ExportTraceServiceRequest.FromString(request.body).resource_spans:
            names = {one.key: one.value.string_value for one in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.spans += [(names["service.name"], span) for span in scope.spans]
        return Reply(200, b"", {"content-type": "application/x-protobuf"})


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch):
    server = Collector()
    server.start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.url)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    yield server
    tracing.record_by(None)
    server.close()


async def test_a_pipeline_is_one_trace_of_spans_that_are_each_others_parents(
    nats_world: NatsWorld, collector: Collector
) -> None:
    recorded = spans.configure("scout")
    assert recorded is not None
    done = asyncio.Event()

    async def scout(delivery: Delivery) -> None:
        tracing.note("genesis.answer", "scout.completed")
        answer = ScoutCompleted(pipeline="traced12", report=report)
        await nats_world.bus.publish(answer, after=delivery.recorded.sequence)

    async def coordinate(_: Delivery) -> None:
        done.set()

    report = await nats_world.bus.artifacts.put(b"report")
    async with (
        nats_world.bus.handle("scout", scout),
        nats_world.bus.handle("coordinator", coordinate),
    ):
        await nats_world.bus.publish(scout_run("traced12"), after=0)
        async with asyncio.timeout(20):
            await done.wait()
    await asyncio.to_thread(recorded.shutdown)
    by_name = {span.name: span for _, span in collector.spans}
    command, answer = by_name["scout.run"], by_name["scout.completed"]
    assert {service for service, _ in collector.spans} == {"genesis-scout"}
    assert command.trace_id == answer.trace_id
    assert answer.parent_span_id == command.span_id
    assert command.kind == Span.SPAN_KIND_CONSUMER
    attributes = {one.key: one.value.string_value for one in command.attributes}
    assert attributes["genesis.pipeline"] == "traced12"
    assert attributes["genesis.answer"] == "scout.completed"
    assert attributes["messaging.destination.name"] == "scout.run.traced12"


async def test_a_message_that_is_refused_is_a_span_with_an_error(
    nats_world: NatsWorld, collector: Collector
) -> None:
    recorded = spans.configure("scout")
    assert recorded is not None

    async def refuse(_: Delivery) -> None:
        raise Reject("not ours")

    async with nats_world.bus.handle("scout", refuse):
        await nats_world.bus.publish(scout_run("refused1"), after=0)
        async with asyncio.timeout(20):
            while not await nats_world.bus.dead_letters():  # noqa: ASYNC110  it is the broker's
                await asyncio.sleep(0.02)
    await asyncio.to_thread(recorded.shutdown)
    ((_, span),) = collector.spans
    assert span.status.code == Status.STATUS_CODE_ERROR
    assert "not ours" in span.status.message


async def test_a_collector_that_is_away_harms_nothing(
    nats_world: NatsWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    recorded = spans.configure("scout")
    assert recorded is not None
    done = asyncio.Event()

    async def scout(_: Delivery) -> None:
        done.set()

    try:
        async with nats_world.bus.handle("scout", scout):
            await nats_world.bus.publish(scout_run("unseen12"), after=0)
            async with asyncio.timeout(20):
                await done.wait()
    finally:
        tracing.record_by(None)
        await asyncio.to_thread(recorded.shutdown)
    assert await nats_world.bus.dead_letters() == []


def test_nothing_is_recorded_unless_asked_for() -> None:
    assert spans.configure("scout", {}) is None
    asked = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"}
    assert spans.configure("scout", asked) is None


def test_a_missing_extra_is_said_and_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name=name)

    monkeypatch.setattr(spans.importlib, "import_module", missing)
    with capture_logs() as said:
        assert spans.configure("scout", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}) is None
    assert "extra `otel` is missing" in said[0]["event"]
