"""A build's report: what was checked, what was printed, and what became of the idea. Pure."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from agents.build.generator import Generated
from agents.build.tracing import Traced, traced
from agents.build.verify import Verified
from contracts.messages import BuildRun
from contracts.model import Plan


class App(Struct, frozen=True, kw_only=True):
    """An app before it is checked; `simulated` is what it only stands in for.

    `made` and `plan` are what it was generated as, and from; None where only its source is known.
    """

    files: dict[str, bytes]
    simulated: tuple[str, ...] = ()
    made: Generated | None = None
    plan: Plan | None = None


def of(command: BuildRun, app: App, verified: Verified, fell_back: str) -> bytes:
    """The report as JSON; `fell_back` says why the app is not of the plan that was asked for."""
    content = {
        "app": command.app,
        "pipeline": command.pipeline,
        "checks": msgspec.to_builtins(verified.checks),
        "simulated": app.simulated,
        "trace": _trace(app, verified),
        "unmapped": app.plan.model.unmapped if app.plan else (),
        "output": verified.output,
        **({"fell_back": fell_back} if fell_back else {}),
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"


def _trace(app: App, verified: Verified) -> tuple[Traced, ...]:
    if app.plan is None or app.made is None:
        return ()
    return traced(app.plan, app.files, app.made.parts, verified.tests)
