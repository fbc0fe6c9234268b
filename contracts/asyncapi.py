"""The contracts as documents: AsyncAPI 3.0, JSON Schema, and a table for people.

Pure functions of `contracts.messages` and `contracts.model`; `python -m contracts` prints and
writes what they return. What the broker adds (streams, permissions) is restated here, since
this package imports nothing of Genesis; the tests hold it to `bus.topology`.
"""

from __future__ import annotations

import inspect
from typing import Any

import msgspec
from msgspec import Struct

from contracts.explained import EXPLAINED
from contracts.messages import (
    AREAS,
    COMMANDS,
    COMPENSATIONS,
    COMPLETIONS,
    FAILURES,
    LIFE,
    MAX_BODY,
    MESSAGES,
    OUTSIDE_THE_LOG,
    PEOPLE,
    REQUESTS,
    SCHEMA,
    UNDONE,
    CancelSignal,
    CoordinatorAlive,
    Incident,
    IncidentOpened,
    IncidentResolved,
    Message,
    PipelineMessage,
    PipelineTimedOut,
    Progress,
    RollbackAccepted,
    RollbackRequested,
    area_of,
    tag,
)
from contracts.model import Plan

Document = dict[str, Any]

COORDINATOR = "coordinator"
PERSON = "person"
GUEST = "guest"
PARTIES: dict[str, str] = {
    PERSON: "Somebody with an account: the command line, or a program of theirs.",
    GUEST: "Another program: it asks for builds and listens to what is public.",
    COORDINATOR: "Folds the log of a pipeline and appends what follows.",
    **{area: f"The {area} agent; any number of processes share its work." for area in AREAS},
}
"""Who sends and reads: the accounts on the broker."""

LOG = "PIPELINES"
STREAMS: dict[str, str] = {
    LOG: "Every fact that changes a pipeline, kept for ever.",
    "TELEMETRY": "Progress, kept for hours; may be lost.",
    "INCIDENTS": "What happened to live apps, kept for months.",
}

PARAMETERS: dict[str, Document] = {
    "pipeline": {
        "description": "The pipeline: 6 to 32 lower-case letters and digits.",
        "location": "$message.payload#/pipeline",
    },
    "who": {
        "description": "The account that speaks; the broker lets each use its own name alone.",
        "location": "$message.payload#/who",
    },
    "area": {
        "description": "The agent that reports.",
        "enum": list(AREAS),
        "location": "$message.payload#/area",
    },
    "app": {"description": "The app's slug.", "location": "$message.payload#/app"},
    "environment": {
        "description": "Where the app is live.",
        "enum": ["staging", "production"],
        "location": "$message.payload#/environment",
    },
    "name": {
        "description": "One coordinator process.",
        "location": "$message.payload#/name",
    },
}

_TRACED: Document = {
    "type": "object",
    "properties": {"traceparent": {"type": "string", "description": "W3C Trace Context."}},
}
_TRANSITION: Document = {
    "type": "object",
    "description": "Stored only if nothing was appended to the pipeline since it was read.",
    "properties": {
        **_TRACED["properties"],
        "Nats-Expected-Last-Subject-Sequence": {
            "type": "string",
            "description": "Sequence of the pipeline's newest message, 0 for none.",
        },
        "Nats-Expected-Last-Subject-Sequence-Subject": {
            "type": "string",
            "description": "`*.*.{pipeline}`: the pipeline's own subjects.",
        },
    },
}


class Route(Struct, frozen=True):
    """Who sends a message and who acts on it: keys of `PARTIES`."""

    senders: tuple[str, ...]
    readers: tuple[str, ...]


_PUBLIC = (PERSON, GUEST)
_COORDINATOR = (COORDINATOR,)
ROUTES: dict[type[Message], Route] = {
    **dict.fromkeys(REQUESTS, Route(_PUBLIC, _COORDINATOR)),
    RollbackRequested: Route((*_PUBLIC, "monitoring"), _COORDINATOR),
    **{kind: Route(_COORDINATOR, (area_of(kind),)) for kind in (*COMMANDS, *COMPENSATIONS)},
    **{kind: Route((area_of(kind),), _COORDINATOR) for kind in (*COMPLETIONS, *FAILURES, *UNDONE)},
    **dict.fromkeys(PEOPLE, Route((PERSON,), _COORDINATOR)),
    **dict.fromkeys(LIFE, Route(_COORDINATOR, _PUBLIC)),
    **dict.fromkeys(
        (PipelineTimedOut, RollbackAccepted), Route(_COORDINATOR, (COORDINATOR, *_PUBLIC))
    ),
    Progress: Route(AREAS, (PERSON,)),
    CancelSignal: Route(_COORDINATOR, AREAS),
    CoordinatorAlive: Route(_COORDINATOR, _COORDINATOR),
    **dict.fromkeys((IncidentOpened, IncidentResolved), Route(("monitoring",), _PUBLIC)),
}
"""The way of each message. A life event that nobody acts on is for whoever watches."""


def names(kind: type[Message]) -> tuple[str, ...]:
    """The parameters of a message's subject, in order; keys of `PARAMETERS`."""
    if kind in REQUESTS:
        return ()
    if kind in PEOPLE:
        return ("who", "pipeline")
    if kind is Progress:
        return ("area", "pipeline")
    if issubclass(kind, PipelineMessage):
        return ("pipeline",)
    if issubclass(kind, Incident):
        return ("app", "environment")
    return ("name",)


def address(kind: type[Message]) -> str:
    """A message's subject with its parameters in braces, e.g. `scout.run.{pipeline}`."""
    joint = "-" if issubclass(kind, Incident) else "."
    tail = joint.join(f"{{{name}}}" for name in names(kind))
    return f"{tag(kind)}.{tail}" if tail else tag(kind)


def stream(kind: type[Message]) -> str | None:
    """The JetStream stream that keeps a message; None for core NATS, which keeps nothing."""
    if kind not in OUTSIDE_THE_LOG:
        return LOG
    if kind is Progress:
        return "TELEMETRY"
    return "INCIDENTS" if issubclass(kind, Incident) else None


def document() -> Document:
    """All messages as an AsyncAPI 3.0 document."""
    _, schemas = msgspec.json.schema_components(
        MESSAGES, ref_template="#/components/schemas/{name}"
    )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Genesis",
            "version": str(SCHEMA),
            "description": (
                "From an idea in plain words to an application in production. Fields are only"
                " ever added: readers ignore those they do not know, and refuse a `schema` newer"
                f" than their own. A body has at most {MAX_BODY} bytes; larger content travels as"
                " an Artifact. Messages never carry secrets."
            ),
            "tags": [{"name": name, "description": text} for name, text in PARTIES.items()],
        },
        "defaultContentType": "application/json",
        "servers": {"local": {"host": "127.0.0.1:4222", "protocol": "nats"}},
        "channels": {tag(kind): _channel(kind) for kind in MESSAGES},
        "operations": dict(entry for kind in MESSAGES for entry in _operations(kind)),
        "components": {
            "schemas": {
                **_plain(schemas),
                "TracedHeaders": _TRACED,
                "TransitionHeaders": _TRANSITION,
            },
            "messages": {tag(kind): _message(kind) for kind in MESSAGES},
            "parameters": PARAMETERS,
        },
        "x-jetstream": {"log": LOG, "streams": STREAMS, "max-body-bytes": MAX_BODY},
    }


def _channel(kind: type[Message]) -> Document:
    name = tag(kind)
    kept = stream(kind)
    channel: Document = {
        "address": address(kind),
        "summary": summary(kind),
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "x-jetstream": {"stream": kept} if kept else {"stream": None, "kept": False},
    }
    if names(kind):
        channel["parameters"] = {
            each: {"$ref": f"#/components/parameters/{each}"} for each in names(kind)
        }
    return channel


def _message(kind: type[Message]) -> Document:
    way = ROUTES[kind]
    decided = stream(kind) == LOG and not {PERSON, GUEST} & {*way.senders}
    headers = "TransitionHeaders" if decided else "TracedHeaders"
    return {
        "name": tag(kind),
        "title": kind.__name__,
        "summary": summary(kind),
        "description": inspect.cleandoc(kind.__doc__ or ""),
        "headers": {"$ref": f"#/components/schemas/{headers}"},
        "payload": {"$ref": f"#/components/schemas/{kind.__name__}"},
    }


def _operations(kind: type[Message]) -> list[tuple[str, Document]]:
    name, way = tag(kind), ROUTES[kind]
    return [
        (
            f"{party}.{action}.{name}",
            {
                "action": action,
                "channel": {"$ref": f"#/channels/{name}"},
                "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
                "tags": [{"name": party}],
            },
        )
        for action, parties in (("send", way.senders), ("receive", way.readers))
        for party in parties
    ]


def summary(kind: type[Struct]) -> str:
    """The first paragraph of a type's docstring, on one line."""
    return " ".join(inspect.cleandoc(kind.__doc__ or "").partition("\n\n")[0].split())


def _plain(schema: Any) -> Any:
    """Without OpenAPI's `discriminator` objects, which AsyncAPI defines otherwise.

    Nothing is lost: each alternative says by its own `type` which message it is.
    """
    if isinstance(schema, dict):
        return {key: _plain(value) for key, value in schema.items() if key != "discriminator"}
    return [_plain(value) for value in schema] if isinstance(schema, list) else schema


def json_schema() -> Document:
    """All messages as one JSON Schema (draft 2020-12): a body is exactly one of them."""
    references, schemas = msgspec.json.schema_components(MESSAGES, ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A Genesis message",
        "oneOf": list(references),
        "$defs": _plain(schemas),
    }


def plan_schema() -> Document:
    """JSON Schema (draft 2020-12) of `plan.json`, for editors that complete and check it."""
    (reference,), schemas = msgspec.json.schema_components([Plan], ref_template="#/$defs/{name}")
    for struct, fields in EXPLAINED.items():
        for name, text in fields.items():
            # Beside a `$ref`, too: since 2019-09 that is no longer ignored.
            schemas[struct]["properties"][name]["description"] = text
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A Genesis plan",
        **reference,
        "$defs": _plain(schemas),
    }
