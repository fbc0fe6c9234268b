"""The question and the answer as both wires know them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from agents.plan.llm.errors import Usage

Shape = frozenset[str]
"""The parts of a request that an endpoint does not know, by their names."""
CHARACTERS = 3
"""Characters of a token, on the careful side: real ones have about four."""


class Prompt(Struct, frozen=True, kw_only=True):
    """What is asked: the standing instruction, the case, and what an answer must look like."""

    system: str
    user: str
    name: str
    about: str
    schema: Mapping[str, Any]

    @property
    def tokens(self) -> int:
        """About how many tokens all of it has, rather more than less."""
        schema = msgspec.json.encode(self.schema).decode()
        return tokens(self.system) + tokens(self.user) + tokens(schema)


class Answer(Struct, frozen=True, kw_only=True):
    """What came: JSON text, not yet read. `cached` when nothing was sent for it."""

    text: str
    usage: Usage = Usage()
    cached: bool = False


class Events(Protocol):
    """Puts the events of a streamed answer together."""

    def feed(self, event: dict[str, Any]) -> None:
        """One event. Raises LlmError when it tells of one."""
        ...

    def payload(self) -> dict[str, Any]:
        """The answer as it would have come whole. Raises Unreachable when its end is missing."""
        ...

    def used(self) -> Usage:
        """What has been used so far."""
        ...


def tokens(text: str) -> int:
    """About how many tokens a text has, rather more than less."""
    return -(-len(text.encode("utf-8", "replace")) // CHARACTERS)


def object_of(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one: what comes from outside has any shape."""
    return value if isinstance(value, dict) else {}


def number_of(value: Any) -> int:
    """The value if it is a count, else 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def text_of(value: Any) -> str:
    """The value if it is a text, else ""."""
    return value if isinstance(value, str) else ""
