"""Spans of handled messages, sent by OpenTelemetry's own SDK where the environment says.

On when OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is set, with the extra
`otel` installed; all other OTEL_ variables are the SDK's. One span for each message that is
handled, of the kind CONSUMER, child of the span that published the message.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from typing import Any

import structlog

from bus import tracing

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
HTTP = "http/protobuf"

log = structlog.get_logger()


class Spans:
    """`tracing.Recorder` of OpenTelemetry's SDK."""

    def __init__(self, provider: Any) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("genesis")
        self._api = importlib.import_module("opentelemetry.trace")
        self._propagator = importlib.import_module(
            "opentelemetry.trace.propagation.tracecontext"
        ).TraceContextTextMapPropagator()

    def begin(self, received: str, name: str, attributes: Mapping[str, str]) -> tuple[Any, str]:
        """A span that has begun, and the `traceparent` of what is published in it."""
        parent = self._propagator.extract({tracing.HEADER: received})
        span = self._tracer.start_span(
            name, context=parent, kind=self._api.SpanKind.CONSUMER, attributes=attributes
        )
        context = span.get_span_context()
        flags = f"{int(context.trace_flags):02x}"
        return span, f"00-{context.trace_id:032x}-{context.span_id:016x}-{flags}"

    def note(self, span: Any, key: str, value: str) -> None:
        """Add to a span that has begun."""
        span.set_attribute(key, value)

    def end(self, span: Any, problem: BaseException | None) -> None:
        """The message is handled, or was not."""
        if problem is not None:
            text = f"{type(problem).__name__}: {problem}"[:500]
            span.set_status(self._api.Status(self._api.StatusCode.ERROR, text))
        span.end()

    def shutdown(self) -> None:
        """Send what is not sent yet."""
        self._provider.shutdown()


def configure(service: str, environment: Mapping[str, str] | None = None) -> Spans | None:
    """Record spans from now on, as `genesis-<service>`, where the environment asks for it."""
    env = os.environ if environment is None else environment
    if not any(env.get(name) for name in ENDPOINTS) or env.get("OTEL_SDK_DISABLED") == "true":
        return None
    asked = next((env[name] for name in PROTOCOLS if env.get(name)), HTTP)
    if asked != HTTP:
        log.warning("traces are sent by HTTP only", asked=asked, used=HTTP)
    try:
        exporter = importlib.import_module(
            "opentelemetry.exporter.otlp.proto.http.trace_exporter"
        ).OTLPSpanExporter()
        sdk = importlib.import_module("opentelemetry.sdk.trace")
        export = importlib.import_module("opentelemetry.sdk.trace.export")
        resources = importlib.import_module("opentelemetry.sdk.resources")
    except ImportError as error:
        log.warning(
            "no traces are sent: OTEL_EXPORTER_OTLP_ENDPOINT is set, the extra `otel` is missing",
            missing=error.name,
        )
        return None
    resource = resources.Resource.create({"service.name": f"genesis-{service}"})
    provider = sdk.TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(export.BatchSpanProcessor(exporter))
    spans = Spans(provider)
    tracing.record_by(spans)
    return spans
