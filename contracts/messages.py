"""Every message of Genesis, read top to bottom as the story of a pipeline.

A command is imperative and has one handler; an event is past tense and has any number of
readers. The tag of a message (its JSON field `type`) is the fixed part of its subject, so
`scout.run` travels on `scout.run.<pipeline>`.

The wire is JSON and additive: a reader ignores fields it does not know and refuses only a
`schema` newer than its own. Bodies stay under `MAX_BODY` bytes; anything larger travels
through the Object Store as an `Artifact`. Messages never carry secrets.

Errors:
    MessageError            a message cannot be used; its text says why
    ├── UndecodableMessage  not JSON, not an object, or fields of the wrong shape
    ├── UnknownMessage      well-formed, but of a type this version does not know
    ├── NewerSchema         written by a newer Genesis than this one
    └── OversizedMessage    the encoded body is over `MAX_BODY`
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta, Struct

SCHEMA = 1
"""Newest schema this code reads. Raised only by a change that old readers must not ignore."""

MAX_BODY = 64 * 1024
"""Largest encoded body in bytes; larger content goes through the Object Store."""

Area = Literal["scout", "plan", "build", "migration", "deployment", "monitoring"]
AREAS: tuple[Area, ...] = ("scout", "plan", "build", "migration", "deployment", "monitoring")
Environment = Literal["staging", "production"]

Slug = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$(?!\n)", max_length=40)]
"""An app's name in paths, databases and addresses: lower-case words joined by hyphens."""
PipelineId = Annotated[str, Meta(pattern=r"^[a-z0-9]{6,32}$(?!\n)")]
Who = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$(?!\n)")]
"""A person or account as one subject token; the broker's permissions prove it."""
Seconds = Annotated[float, Meta(gt=0, le=30 * 86_400)]
Text = Annotated[str, Meta(max_length=4_000)]
Idea = Annotated[str, Meta(min_length=1, max_length=32_000)]
Answers = Annotated[
    dict[Annotated[str, Meta(max_length=48)], Annotated[str, Meta(max_length=48)]],
    Meta(max_length=10),
]
"""What an idea leaves open: the keys of the options that were chosen, by the ids of questions."""


class MessageError(Exception):
    """A message cannot be used."""


class UndecodableMessage(MessageError):
    """The bytes are no message: not JSON, not an object, or a field of the wrong shape."""


class UnknownMessage(MessageError):
    """The message is of a type that this version does not know."""


class NewerSchema(MessageError):
    """The message was written by a newer Genesis than this one."""


class OversizedMessage(MessageError):
    """The encoded body is larger than the bus takes."""


class Artifact(Struct, frozen=True, kw_only=True):
    """Content in the Object Store, named by its own digest.

    `sha256` is 64 hex digits, `size` is bytes, `name` is for people and file names only.
    """

    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
    size: Annotated[int, Meta(ge=0)]
    name: Annotated[str, Meta(max_length=200)] = ""


class Check(Struct, frozen=True, kw_only=True):
    """One tool that was really run: `summary` is what it printed, `seconds` is wall time."""

    name: str
    ok: bool
    seconds: float
    summary: Text = ""
    passed: int | None = None
    failed: int | None = None


class LlmUse(Struct, frozen=True, kw_only=True):
    """What a language model did to a plan.

    `changes` are its operations that were applied, `report` says all of it, `unrefined` is the
    plan as it was before, None when nothing was changed; `cost` is in dollars.
    """

    model: Annotated[str, Meta(max_length=200)]
    summary: Text
    changes: tuple[Text, ...] = ()
    tokens: int = 0
    cost: float = 0.0
    report: Artifact
    unrefined: Artifact | None = None


class Message(Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    """Base of all messages; a `schema` left out is 1, so a later version must write its own."""

    tokens: ClassVar[int] = 3
    schema: int = 1


class PipelineMessage(Message, frozen=True, kw_only=True):
    """A message of one pipeline's own subject space, `<area>.<verb>.<pipeline>`."""

    pipeline: PipelineId


# --- Entry: published by anyone, as plain JSON, on a two-token subject ------------------------


class Request(Message, frozen=True, kw_only=True):
    """What starts something. The same `request_id` sent again is the same pipeline."""

    tokens: ClassVar[int] = 2
    request_id: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    requested_by: Text = ""


class BuildRequested(Request, frozen=True, kw_only=True, tag="build.requested"):
    """Turn an idea, or a plan somebody edited, into an app; with `deploy`, put it live.

    `answers` settle what the idea leaves open. `source` is a gzipped tar of an app into which the
    plan is worked already: it is checked as it is. Without `auto_rollback` a release that fails
    when it is live stays so.
    """

    idea: Idea
    answers: Answers = {}
    name: Slug | None = None
    plan: Artifact | None = None
    source: Artifact | None = None
    deploy: bool = False
    environment: Environment = "staging"
    platform: Slug = "local"
    auto_rollback: bool = True


class DeployRequested(Request, frozen=True, kw_only=True, tag="deploy.requested"):
    """Check and deploy an app folder that exists; `source` is a gzipped tar of it.

    `commit` is the folder's, with `+` after it when there are changes that are not committed;
    `changes` are the first lines of the newest commits and `variables` the names that the app
    reads from its environment. `skipped` are the checks before that a person left out by name,
    `inconclusive` those that could not be made, and why.
    With `branch` it is only shown, at an address of its own, and what is live is not touched.
    """

    app: Slug
    source: Artifact
    environment: Environment = "staging"
    platform: Slug = "local"
    branch: Slug | None = None
    auto_rollback: bool = True
    skip_migrations: bool = False
    skip_monitoring: bool = False
    skipped: tuple[Annotated[str, Meta(max_length=40)], ...] = ()
    inconclusive: tuple[Annotated[str, Meta(max_length=300)], ...] = ()
    commit: Annotated[str, Meta(max_length=65)] = ""
    changes: tuple[Annotated[str, Meta(max_length=200)], ...] = ()
    variables: tuple[Annotated[str, Meta(max_length=200)], ...] = ()


class RollbackRequested(Request, frozen=True, kw_only=True, tag="rollback.requested"):
    """Take back everything that a finished pipeline did."""

    pipeline: PipelineId
    reason: Text = ""


# --- The pipeline begins ---------------------------------------------------------------------


class PipelineStarted(PipelineMessage, frozen=True, kw_only=True, tag="pipeline.started"):
    """The first entry of a log. `saga` pins the version of the rules this pipeline follows."""

    saga: int
    request: BuildRequested | DeployRequested
    steps: tuple[Area, ...]


class Command(PipelineMessage, frozen=True, kw_only=True):
    """An order to one agent, to be begun after `delay` seconds and answered within `timeout`.

    Both count from the server's time of the command.
    """

    timeout: Seconds
    delay: Annotated[float, Meta(ge=0, le=86_400)] = 0.0


class ScoutRun(Command, frozen=True, kw_only=True, tag="scout.run"):
    """Read the idea: sentences, patterns, entities, features, theme, what is unmapped."""

    idea: Idea
    answers: Answers = {}
    name: Slug | None = None


class PlanRun(Command, frozen=True, kw_only=True, tag="plan.run"):
    """Make an `AppModel` from a scout report, or check the one that somebody edited."""

    report: Artifact
    name: Slug | None = None
    plan: Artifact | None = None


class BuildRun(Command, frozen=True, kw_only=True, tag="build.run"):
    """Make and verify an app from a `plan`, or verify the one in `source` where it is given.

    `unrefined` is the plan to fall back to when that one does not pass.
    """

    plan: Artifact | None = None
    unrefined: Artifact | None = None
    source: Artifact | None = None
    app: Slug


class MigrationRun(Command, frozen=True, kw_only=True, tag="migration.run"):
    """Apply the app's migrations (in `bundle`, folder `migrations/`) to its database."""

    app: Slug
    environment: Environment
    bundle: Artifact
    approved_by: Text = ""


class DeploymentRun(Command, frozen=True, kw_only=True, tag="deployment.run"):
    """Put a release live. Refused when `expected_live` is given and no longer the live one.

    Without `auto_rollback` a release that fails when it is live stays so, and its checks say it.
    With `branch` it is a preview, which does not go live and takes that branch's place.
    """

    app: Slug
    environment: Environment
    platform: Slug
    bundle: Artifact
    build_id: str
    branch: Slug | None = None
    expected_live: str | None = None
    auto_rollback: bool = True


class MonitoringRun(Command, frozen=True, kw_only=True, tag="monitoring.run"):
    """Watch an app that is live at `url`; `build_id` is what it must say it is.

    `bundle` is the build's, for the source maps in it. Without `auto_rollback` nobody asks for a
    rollback but people, whatever is seen of it.
    """

    app: Slug
    environment: Environment
    url: str
    build_id: str
    bundle: Artifact | None = None
    auto_rollback: bool = True


# --- Answers ---------------------------------------------------------------------------------


class ScoutCompleted(PipelineMessage, frozen=True, kw_only=True, tag="scout.completed"):
    """The report is stored; the rest is for people watching."""

    report: Artifact
    patterns: tuple[str, ...] = ()
    unmapped: int = 0


class PlanCompleted(PipelineMessage, frozen=True, kw_only=True, tag="plan.completed"):
    """The checked model is stored as a file that a person can read and edit.

    `llm` is what a language model did to it, `askable` how many sentences one could take where
    none was asked.
    """

    plan: Artifact
    app: Slug
    title: Text
    entities: tuple[str, ...] = ()
    unmapped: tuple[Text, ...] = ()
    llm: LlmUse | None = None
    askable: int = 0


class BuildCompleted(PipelineMessage, frozen=True, kw_only=True, tag="build.completed"):
    """The app passed its own checks.

    `source` is a tar.gz of the whole app, `bundle` one of what runs (server, public files,
    migrations), `report` what the tools printed. `plan` is what it was made from; `fell_back`
    says why that is not the plan as a language model left it.
    """

    app: Slug
    source: Artifact
    bundle: Artifact
    report: Artifact
    build_id: str
    checks: tuple[Check, ...] = ()
    migrations: tuple[str, ...] = ()
    simulated: tuple[str, ...] = ()
    plan: Artifact | None = None
    fell_back: Text = ""


class MigrationCompleted(PipelineMessage, frozen=True, kw_only=True, tag="migration.completed"):
    """`applied` are the migrations that this pipeline applied, oldest first."""

    applied: tuple[str, ...] = ()
    database: str = ""


class DeploymentCompleted(PipelineMessage, frozen=True, kw_only=True, tag="deployment.completed"):
    """`release` is live at `url`, a preview shown there; `previous` is what was live before, if
    anything was.
    """

    url: str
    release: str
    previous: str | None = None
    checks: tuple[Check, ...] = ()


class MonitoringCompleted(PipelineMessage, frozen=True, kw_only=True, tag="monitoring.completed"):
    """The app is watched every `interval` seconds and its first check was up."""

    monitor: str
    interval: Seconds
    checks: tuple[Check, ...] = ()


class Failed(PipelineMessage, frozen=True, kw_only=True):
    """The agent could not do it: what happened, what to do next, and what was done.

    `code` is a stable word for programs; `retryable` says that the same request may succeed.
    """

    code: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*$(?!\n)", max_length=60)]
    message: Text
    hint: Text = ""
    retryable: bool = False
    report: Artifact | None = None


class ScoutFailed(Failed, frozen=True, kw_only=True, tag="scout.failed"):
    """The idea could not be read."""


class PlanFailed(Failed, frozen=True, kw_only=True, tag="plan.failed"):
    """No valid model came out."""


class BuildFailed(Failed, frozen=True, kw_only=True, tag="build.failed"):
    """The app does not pass its own checks, or could not be checked."""


class MigrationFailed(Failed, frozen=True, kw_only=True, tag="migration.failed"):
    """The migrations were not applied."""


class DeploymentFailed(Failed, frozen=True, kw_only=True, tag="deployment.failed"):
    """The release did not go live."""


class MonitoringFailed(Failed, frozen=True, kw_only=True, tag="monitoring.failed"):
    """The app is not watched."""


# --- People ----------------------------------------------------------------------------------


class AwaitingApproval(
    PipelineMessage, frozen=True, kw_only=True, tag="pipeline.awaiting_approval"
):
    """Nothing goes on to production until somebody agrees, within `timeout` seconds."""

    app: Slug
    environment: Environment
    build_id: str
    migrations: tuple[str, ...] = ()
    timeout: Seconds


class Approval(PipelineMessage, frozen=True, kw_only=True, tag="approval"):
    """A person's answer, on `approval.<who>.<pipeline>`.

    `seen` is the sequence of the `AwaitingApproval` they looked at; `live` the release that
    was live then ("" for none, None when not looked at).
    """

    who: Who
    granted: bool
    seen: int
    live: str | None = None
    reason: Text = ""
    automatic: bool = False


class Cancel(PipelineMessage, frozen=True, kw_only=True, tag="cancel"):
    """A person stops the pipeline, on `cancel.<who>.<pipeline>`; legal in every state."""

    who: Who
    reason: Text = ""


class Resolution(PipelineMessage, frozen=True, kw_only=True, tag="resolution"):
    """A person's way out of `pipeline.stuck`, on `resolution.<who>.<pipeline>`."""

    who: Who
    action: Literal["retry", "skip"]
    reason: Text = ""


# --- Compensation ----------------------------------------------------------------------------


class RollbackAccepted(
    PipelineMessage, frozen=True, kw_only=True, tag="pipeline.rollback_accepted"
):
    """A finished pipeline is opened again to be taken back."""

    requested_by: Text = ""
    reason: Text = ""


class BuildRollback(Command, frozen=True, kw_only=True, tag="build.rollback"):
    """Forget what the build left behind; nothing of it is live."""


class MigrationRollback(Command, frozen=True, kw_only=True, tag="migration.rollback"):
    """Undo exactly the migrations that this pipeline applied."""

    app: Slug
    environment: Environment


class DeploymentRollback(Command, frozen=True, kw_only=True, tag="deployment.rollback"):
    """Put back exactly the release that was live before this pipeline's."""

    app: Slug
    environment: Environment
    platform: Slug


class MonitoringRollback(Command, frozen=True, kw_only=True, tag="monitoring.rollback"):
    """Watch again what was watched before, or nothing."""

    app: Slug
    environment: Environment


class RolledBack(PipelineMessage, frozen=True, kw_only=True):
    """The agent took back what it did; `undone` names each thing, empty when there was none."""

    undone: tuple[Text, ...] = ()


class BuildRolledBack(RolledBack, frozen=True, kw_only=True, tag="build.rolled_back"):
    """Nothing of the build is left in use."""


class MigrationRolledBack(RolledBack, frozen=True, kw_only=True, tag="migration.rolled_back"):
    """The schema is as it was before this pipeline."""


class DeploymentRolledBack(RolledBack, frozen=True, kw_only=True, tag="deployment.rolled_back"):
    """`live` is the release that is live now, None for none.

    `unhealthy` says what is wrong with it, "" when nothing is known to be.
    """

    live: str | None = None
    unhealthy: Text = ""


class MonitoringRolledBack(RolledBack, frozen=True, kw_only=True, tag="monitoring.rolled_back"):
    """The monitors are as they were before this pipeline."""


# --- The pipeline ends, or waits for a person ------------------------------------------------


class PipelineTimedOut(PipelineMessage, frozen=True, kw_only=True, tag="pipeline.timed_out"):
    """Nobody answered the message at sequence `waited_for` in time."""

    waited_for: int
    what: str


class PipelineStuck(PipelineMessage, frozen=True, kw_only=True, tag="pipeline.stuck"):
    """An undo keeps failing: a person decides between retry and skip."""

    area: Area
    why: Text


class PipelineCompleted(PipelineMessage, frozen=True, kw_only=True, tag="pipeline.completed"):
    """Everything that was asked for happened."""

    app: Slug
    url: str | None = None


class PipelineFailed(PipelineMessage, frozen=True, kw_only=True, tag="pipeline.failed"):
    """The pipeline ended before anything had to be taken back."""

    area: Area | None = None
    code: str
    message: Text
    hint: Text = ""


class PipelineRolledBack(PipelineMessage, frozen=True, kw_only=True, tag="pipeline.rolled_back"):
    """The pipeline ended and everything it had asked for was taken back, but for `skipped`."""

    area: Area | None = None
    code: str
    message: Text
    hint: Text = ""
    undone: tuple[Area, ...] = ()
    skipped: tuple[Area, ...] = ()


# --- Outside the log -------------------------------------------------------------------------


class Progress(PipelineMessage, frozen=True, kw_only=True, tag="progress"):
    """How far an agent is, on `progress.<area>.<pipeline>`; lost without harm."""

    area: Area
    step: Text
    percent: Annotated[float, Meta(ge=0, le=100)] | None = None
    lines: tuple[str, ...] = ()


class CancelSignal(PipelineMessage, frozen=True, kw_only=True, tag="signal.cancel"):
    """Stop working on this pipeline now; core NATS, so a hint and never a fact."""


class CoordinatorAlive(Message, frozen=True, kw_only=True, tag="signal.alive"):
    """A coordinator's sign of life to the others, on `signal.alive.<name>`."""

    name: Who
    leaving: bool = False


class Incident(Message, frozen=True, kw_only=True):
    """Something about a live app, on `incident.<verb>.<app>-<environment>`.

    `kind` is uptime (it is down), heartbeat (a job of it did not report) or regression (a release
    does worse than the one before); a reader must expect others.
    """

    app: Slug
    environment: Environment
    incident: str
    kind: Annotated[str, Meta(max_length=40)] = "uptime"
    summary: Text
    at: float


class IncidentOpened(Incident, frozen=True, kw_only=True, tag="incident.opened"):
    """Something is wrong; `at` is seconds since 1970 by the monitor's clock."""


class IncidentResolved(Incident, frozen=True, kw_only=True, tag="incident.resolved"):
    """It is over."""


REQUESTS: tuple[type[Request], ...] = (BuildRequested, DeployRequested, RollbackRequested)
COMMANDS: tuple[type[Command], ...] = (
    ScoutRun, PlanRun, BuildRun, MigrationRun, DeploymentRun, MonitoringRun,
)  # fmt: skip
COMPENSATIONS: tuple[type[Command], ...] = (
    BuildRollback, MigrationRollback, DeploymentRollback, MonitoringRollback,
)  # fmt: skip
COMPLETIONS: tuple[type[PipelineMessage], ...] = (
    ScoutCompleted, PlanCompleted, BuildCompleted,
    MigrationCompleted, DeploymentCompleted, MonitoringCompleted,
)  # fmt: skip
FAILURES: tuple[type[Failed], ...] = (
    ScoutFailed, PlanFailed, BuildFailed, MigrationFailed, DeploymentFailed, MonitoringFailed,
)  # fmt: skip
UNDONE: tuple[type[RolledBack], ...] = (
    BuildRolledBack, MigrationRolledBack, DeploymentRolledBack, MonitoringRolledBack,
)  # fmt: skip
PEOPLE: tuple[type[PipelineMessage], ...] = (Approval, Cancel, Resolution)
LIFE: tuple[type[PipelineMessage], ...] = (
    PipelineStarted, AwaitingApproval, RollbackAccepted, PipelineTimedOut, PipelineStuck,
    PipelineCompleted, PipelineFailed, PipelineRolledBack,
)  # fmt: skip
OUTSIDE_THE_LOG: tuple[type[Message], ...] = (
    Progress, CancelSignal, CoordinatorAlive, IncidentOpened, IncidentResolved,
)  # fmt: skip

MESSAGES: tuple[type[Message], ...] = (
    *REQUESTS, *COMMANDS, *COMPENSATIONS, *COMPLETIONS, *FAILURES, *UNDONE, *PEOPLE, *LIFE,
    *OUTSIDE_THE_LOG,
)  # fmt: skip


def tag(kind: type[Message]) -> str:
    """The fixed part of a message's subject, which is also its `type` on the wire."""
    return str(kind.__struct_config__.tag)


TAGS: dict[str, type[Message]] = {tag(kind): kind for kind in MESSAGES}


def area_of(message: Message | type[Message]) -> str:
    """The first word of a message's tag: the area that sends or handles it."""
    kind = message if isinstance(message, type) else type(message)
    return tag(kind).partition(".")[0]


def subject(message: Message) -> str:
    """Where a message is published."""
    match message:
        case Request():
            return tag(type(message))
        case Approval() | Cancel() | Resolution():
            return f"{tag(type(message))}.{message.who}.{message.pipeline}"
        case Progress():
            return f"progress.{message.area}.{message.pipeline}"
        case PipelineMessage():
            return f"{tag(type(message))}.{message.pipeline}"
        case CoordinatorAlive():
            return f"{tag(CoordinatorAlive)}.{message.name}"
        case Incident():
            return f"{tag(type(message))}.{message.app}-{message.environment}"
        case _:
            raise UnknownMessage(f"{type(message).__name__} has no subject")


_ENCODER = msgspec.json.Encoder()
_DECODERS = {name: msgspec.json.Decoder(kind) for name, kind in TAGS.items()}


class Head(Struct, frozen=True):
    """As much of a message as tells whether the rest can be read."""

    type: str
    schema: int = 1
    pipeline: Any = None


_HEAD = msgspec.json.Decoder(Head)


def encode(message: Message) -> bytes:
    """The message as JSON bytes. Raises OversizedMessage over `MAX_BODY`."""
    body = _ENCODER.encode(message)
    if len(body) > MAX_BODY:
        name = tag(type(message))
        raise OversizedMessage(f"{name} is {len(body)} bytes; the bus takes {MAX_BODY}")
    return body


def decode(body: bytes) -> Message:
    """The message in JSON bytes. Raises UndecodableMessage, UnknownMessage or NewerSchema."""
    try:
        head = _HEAD.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UndecodableMessage(f"not a Genesis message: {error}") from None
    decoder = _DECODERS.get(head.type)
    if decoder is None:
        raise UnknownMessage(f"unknown message type {head.type[:100]!r}")
    if head.schema > SCHEMA:
        raise NewerSchema(
            f"{head.type} has schema {head.schema}; this Genesis reads up to {SCHEMA}: upgrade it"
        )
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UndecodableMessage(f"{head.type}: {error}") from None
