"""What an agent's function is given, and how it says that it failed.

AgentError(code, message, hint)   becomes `<area>.failed`
bus.errors.Retry(after)           the command is delivered again; for what may pass by itself
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from bus.port import Artifacts
from bus.settings import Settings
from contracts.messages import Area, Artifact, Command, Message, PipelineMessage

Report = Callable[[str, float | None, Sequence[str]], Awaitable[None]]


class AgentError(Exception):
    """The agent could not do it.

    `code` is a stable snake_case word, `message` says what happened and what was left
    untouched, `hint` what to do next.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str = "",
        retryable: bool = False,
        report: Artifact | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.retryable = retryable
        self.report = report


class Context:
    """Everything an agent may use besides its command.

    `sequence` is the command's place in the log: a fencing token that only grows.
    Cancellation arrives as `asyncio.CancelledError` at the next await.
    """

    def __init__(
        self,
        *,
        area: Area,
        pipeline: str,
        sequence: int,
        settings: Settings,
        artifacts: Artifacts,
        report: Report,
    ) -> None:
        self.area = area
        self.pipeline = pipeline
        self.sequence = sequence
        self.settings = settings
        self.artifacts = artifacts
        self._report = report

    async def progress(
        self, step: str, percent: float | None = None, lines: Sequence[str] = ()
    ) -> None:
        """Tell whoever watches what is being done; `percent` is 0 to 100 of this command."""
        await self._report(step, percent, lines)


Run = Callable[[Command, Context], Awaitable[PipelineMessage]]
Tell = Callable[[Message], Awaitable[None]]
"""Has a message stored, as `bus.port.Bus.announce`."""
Background = Callable[[Settings, asyncio.Event, Tell], Awaitable[None]]
"""Work that goes on as long as the process lives; returns soon after the event is set."""
