"""What exists on the broker and who may touch it: streams, consumers, permissions.

Pure data. `bus.install` creates it, `coordinator.stack` renders the server's configuration
from it, and the permission tests hold the broker to it.
"""

from __future__ import annotations

from msgspec import Struct

from contracts.messages import (
    AREAS,
    COMMANDS,
    COMPENSATIONS,
    COMPLETIONS,
    FAILURES,
    LIFE,
    PEOPLE,
    REQUESTS,
    UNDONE,
    Incident,
    Message,
    Request,
    tag,
)  # fmt: skip

LOG = "PIPELINES"
TELEMETRY = "TELEMETRY"
INCIDENTS = "INCIDENTS"
DEAD_LETTERS = "DEADLETTERS"
ARTIFACTS = "artifacts"
EFFECTS = "effects"

REQUEST_SUBJECTS = tuple(tag(kind) for kind in REQUESTS)
PIPELINE_AREAS = (*AREAS, "pipeline", "approval", "cancel", "resolution")
LOG_SUBJECTS = (*REQUEST_SUBJECTS, *(f"{area}.*.*" for area in PIPELINE_AREAS))

ACK_WAIT = 15.0
"""Seconds until an unacknowledged message goes to another process; kept alive every third."""


EXPECTED = "Nats-Expected-Last-Subject-Sequence"
"""Header of a compare-and-swap: the sequence that must be the newest."""
EXPECTED_SPACE = f"{EXPECTED}-Subject"
"""Header of a compare-and-swap: the subjects that are compared."""

ONCE = "Nats-Msg-Id"
"""Header by which the broker knows for a day that it has stored a message already."""


def once(message: Message) -> str:
    """What makes a message outside the pipelines the same when it is sent again; "" for nothing."""
    match message:
        case Incident():
            return f"{tag(type(message))}.{message.incident}"
        case Request() if message.request_id:
            return f"{tag(type(message))}.{message.request_id}"
    return ""


def space(pipeline: str) -> str:
    """The subjects of one pipeline: what a compare-and-swap compares."""
    return f"*.*.{pipeline}"


def _wild(kinds: tuple[type[Message], ...]) -> tuple[str, ...]:
    return tuple(f"{tag(kind)}.*" for kind in kinds)


class Consumer(Struct, frozen=True):
    """A durable pull consumer on the log."""

    name: str
    subjects: tuple[str, ...]


_TRANSITIONS = (
    *REQUEST_SUBJECTS, *_wild(COMPLETIONS), *_wild(FAILURES), *_wild(UNDONE),
    *(f"{tag(kind)}.*.*" for kind in PEOPLE),
    "pipeline.timed_out.*", "pipeline.rollback_accepted.*",
)  # fmt: skip


def _orders(area: str) -> tuple[str, ...]:
    return tuple(
        f"{tag(kind)}.*" for kind in (*COMMANDS, *COMPENSATIONS) if tag(kind).split(".")[0] == area
    )


CONSUMERS = (
    Consumer("coordinator", _TRANSITIONS),
    *(Consumer(area, _orders(area)) for area in AREAS),
)


class Permissions(Struct, frozen=True):
    """Subjects that an account may publish and subscribe to; everything else is refused."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def inbox(account: str) -> str:
    """The prefix of an account's own reply subjects, which nobody else may read."""
    return f"_INBOX_{account}"


def _answers(area: str) -> tuple[str, ...]:
    kinds = (*COMPLETIONS, *FAILURES, *UNDONE)
    return tuple(f"{tag(kind)}.*" for kind in kinds if tag(kind).split(".")[0] == area)


def _consume(name: str) -> tuple[str, ...]:
    return (
        f"$JS.API.CONSUMER.MSG.NEXT.{LOG}.{name}",
        f"$JS.API.CONSUMER.INFO.{LOG}.{name}",
        f"$JS.ACK.{LOG}.{name}.>",
    )


def _read(stream: str) -> tuple[str, ...]:
    return (
        f"$JS.API.STREAM.INFO.{stream}",
        f"$JS.API.DIRECT.GET.{stream}",
        f"$JS.API.DIRECT.GET.{stream}.>",
    )


_OBJECTS = (f"$O.{ARTIFACTS}.>", *_read(f"OBJ_{ARTIFACTS}"))


def agent(area: str) -> Permissions:
    """An agent reads its own commands and publishes its own answers and progress."""
    # A regression that the policy answers with a rollback is asked for like anybody would.
    extra = ("incident.*.*", "rollback.requested") if area == "monitoring" else ()
    return Permissions(
        publish=(
            *_answers(area),
            f"progress.{area}.*",
            f"deadletter.{area}",
            *_consume(area),
            *_OBJECTS,
            *extra,
        ),
        subscribe=(f"{inbox(area)}.>", "signal.cancel.*"),
    )


def coordinator() -> Permissions:
    """The coordinator publishes commands and life events, and reads the whole log."""
    return Permissions(
        publish=(
            *_wild(COMMANDS),
            *_wild(COMPENSATIONS),
            *_wild(LIFE),
            "signal.cancel.*",
            "signal.alive.*",
            "deadletter.coordinator",
            *_consume("coordinator"),
            *_read(LOG),
        ),
        subscribe=(f"{inbox('coordinator')}.>", "signal.alive.*"),
    )


def person(who: str) -> Permissions:
    """A person starts, approves and cancels under their own name, and may watch everything."""
    return Permissions(
        publish=(
            *REQUEST_SUBJECTS,
            *(f"{tag(kind)}.{who}.*" for kind in PEOPLE),
            *_OBJECTS,
            *_read(LOG),
            *_read(DEAD_LETTERS),
            *_read(INCIDENTS),
            f"$JS.API.STREAM.MSG.DELETE.{DEAD_LETTERS}",
        ),
        subscribe=(
            f"{inbox(who)}.>",
            *LOG_SUBJECTS,
            "progress.*.*",
            "incident.*.*",
            "signal.cancel.*",
        ),
    )


def guest() -> Permissions:
    """Another program: it may ask for builds and listen to what is public."""
    return Permissions(
        publish=(*REQUEST_SUBJECTS,),
        subscribe=(
            f"{inbox('guest')}.>",
            # What every client that knows nothing of us takes for its replies; ours are apart.
            "_INBOX.>",
            "deployment.>",
            "pipeline.>",
            "incident.>",
        ),
    )


class Service(Struct, frozen=True):
    """Subjects that clients reach in the account of the streams; `many` answers may come."""

    subject: str
    many: bool = False


SERVICES = (
    *(Service(subject) for subject in LOG_SUBJECTS),
    Service("progress.*.*"),
    Service("incident.*.*"),
    Service("deadletter.*"),
    Service(f"$O.{ARTIFACTS}.>"),
    Service("$JS.ACK.>"),
    # As a whole, in place of the import that the broker would make by itself: parts of it would
    # be answered twice, first with "JetStream not enabled for account".
    Service("$JS.API.>", many=True),
)
"""What crosses from the clients' account of the broker into that of the streams.

The broker sends an answer to whatever reply subject a request names, without asking whether the
requester may publish there. With streams and clients in one account, anybody who may read a
message that they wrote could have it delivered, and stored, as an approval by somebody else.
Across accounts an answer returns to the clients' side, where nothing is stored.
"""
