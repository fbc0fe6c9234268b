"""The plan from before a language model, when the one that it left does not pass. Pure."""

from __future__ import annotations

import msgspec

from agents.work import AgentError
from bus.errors import BusError, Outcome
from contracts.messages import BuildRun

_CHECKS = ("migrations", "typecheck", "lint", "build", "tests")
_OF_THE_PLAN = frozenset({"invalid_plan", *(f"{name}_failed" for name in _CHECKS)})
"""Failures that another plan may not have."""
MAX_TOLD = 3_800


def instead(command: BuildRun, error: Exception) -> BuildRun | None:
    """The command with the plan from before; None when there is none, or it would fail as well."""
    if command.unrefined is None or isinstance(error, BusError | Outcome | OSError):
        return None
    if isinstance(error, AgentError) and error.code not in _OF_THE_PLAN:
        return None
    return msgspec.structs.replace(command, plan=command.unrefined, unrefined=None)


def told(error: Exception) -> str:
    """Why the plan as the language model left it is not what was built."""
    what = error.message if isinstance(error, AgentError) else f"it broke {type(error).__name__}"
    text = f"What the language model changed was left out, since with it: {what}"
    return text if len(text) <= MAX_TOLD else text[: MAX_TOLD - 1] + "…"


def neither(error: AgentError) -> AgentError:
    """The failure of the plan from before, which says that it was the second."""
    return AgentError(
        error.code,
        f"Neither the plan as the language model left it passes, nor the one from before."
        f" {error.message}",
        hint=error.hint, retryable=error.retryable, report=error.report,
    )  # fmt: skip
