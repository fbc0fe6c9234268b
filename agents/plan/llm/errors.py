"""Why no usable answer came; the tree is drawn in `agents.plan.llm`."""

from __future__ import annotations

from msgspec import Struct


class Usage(Struct, frozen=True, kw_only=True):
    """Tokens sent and received; `estimated` where the endpoint did not count them."""

    sent: int = 0
    received: int = 0
    estimated: bool = False

    def plus(self, other: Usage) -> Usage:
        """Both together."""
        return Usage(
            sent=self.sent + other.sent,
            received=self.received + other.received,
            estimated=self.estimated or other.estimated,
        )


class LlmError(Exception):
    """No usable answer came; `usage` is what it cost all the same."""

    code = "llm_failed"

    def __init__(self, message: str, usage: Usage | None = None) -> None:
        super().__init__(message)
        self.usage = usage or Usage()


class Misconfigured(LlmError):
    """A setting is missing or contradicts another; nothing was sent."""

    code = "llm_misconfigured"


class Denied(LlmError):
    """The endpoint does not take the key."""

    code = "llm_denied"


class Unreachable(LlmError):
    """No connection, cut, silent, overloaded. `after`: seconds it asks to wait, None for unsaid."""

    code = "llm_unreachable"

    def __init__(
        self,
        message: str,
        usage: Usage | None = None,
        *,
        after: float | None = None,
        final: bool = False,
    ) -> None:
        super().__init__(message, usage)
        self.after = after
        self.final = final


class NotUnderstood(LlmError):
    """The endpoint refuses the request, or answers in no known shape."""

    code = "llm_not_understood"


class Declined(LlmError):
    """The language model, or a filter, would not answer."""

    code = "llm_declined"


class Truncated(LlmError):
    """The answer is longer than was allowed."""

    code = "llm_truncated"
