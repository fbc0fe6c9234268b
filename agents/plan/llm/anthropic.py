"""Anthropic's Messages: one tool that has to be called, its input is the answer. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from agents.plan.llm.answers import (
    Answer,
    Prompt,
    Shape,
    number_of,
    object_of,
    text_of,
    tokens,
)
from agents.plan.llm.errors import Declined, NotUnderstood, Truncated, Unreachable, Usage

VERSION = "2026-10-21"
_CUT = frozenset({"max_tokens", "model_context_window_exceeded"})
_RAW = "partial_json"
"""Where a streamed input is kept as it came: cut off, it is no JSON yet."""


class Messages:
    """How Anthropic's endpoint speaks."""

    path = "/v1/messages"
    url = "https://api.anthropic.com"

    def headers(self, key: str) -> Mapping[str, str]:
        """What a request carries besides its body."""
        known = {"anthropic-version": VERSION, "content-type": "application/json"}
        return known | ({"authorization": f"Bearer {key}"} if key else {})

    def body(self, model: str, prompt: Prompt, max_tokens: int, shape: Shape) -> dict[str, Any]:
        """The request, without the parts that `shape` names."""
        tool = {
            "name": prompt.name,
            "description": prompt.about,
            "input_schema": prompt.schema,
            "strict": True,
        }
        return {
            "model": model,
            "max_tokens": max_tokens,
            "system": prompt.system,
            "messages": [{"role": "user", "content": prompt.user}],
            "tools": [{key: value for key, value in tool.items() if key not in shape}],
            "tool_choice": {"type": "tool", "name": prompt.name},
            "stream": True,
        }

    def without(self, shape: Shape, said: str) -> Shape | None:
        """Endpoints that are older, or only like it, may not know `strict`."""
        return shape | {"strict"} if "strict" in said and "strict" not in shape else None

    def events(self) -> Events:
        """What puts a streamed answer together."""
        return Events()

    def answer(self, payload: Any) -> Answer:
        """A whole answer. Raises Declined, Truncated, NotUnderstood."""
        message = object_of(payload)
        content = message.get("content")
        if not isinstance(content, list):
            raise NotUnderstood("the endpoint's answer is no message of Anthropic's")
        text = _text([object_of(block) for block in content])
        usage = _usage(message, text)
        reason = message.get("stop_reason")
        if reason == "refusal":
            kind = text_of(object_of(message.get("stop_details")).get("category"))
            raise Declined(f"the language model declined{f' ({kind[:80]})' if kind else ''}", usage)
        if reason in _CUT:
            raise Truncated("the answer was cut off at its longest", usage)
        if not text:
            raise NotUnderstood("the answer is empty", usage)
        return Answer(text=text, usage=usage)


def _text(blocks: list[dict[str, Any]]) -> str:
    """The tool's input, or what was written where no tool was called."""
    for block in blocks:
        if block.get("type") == "tool_use":
            raw = text_of(block.get(_RAW))
            return raw or msgspec.json.encode(block.get("input")).decode()
    return "".join(text_of(block.get("text")) for block in blocks)


def _usage(message: dict[str, Any], text: str) -> Usage:
    counted = object_of(message.get("usage"))
    sent = sum(
        number_of(counted.get(name))
        for name in ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    )
    received = number_of(counted.get("output_tokens"))
    if sent and received:
        return Usage(sent=sent, received=received)
    return Usage(sent=sent, received=max(received, tokens(text)), estimated=True)


class Events:
    """Puts the events of a streamed message together."""

    def __init__(self) -> None:
        self._message: dict[str, Any] = {}
        self._blocks: dict[int, dict[str, Any]] = {}
        self._pieces: dict[int, list[str]] = {}
        self._ended = False

    def feed(self, event: dict[str, Any]) -> None:
        """One event. Raises Unreachable when it tells of an error."""
        index = number_of(event.get("index"))
        match event.get("type"):
            case "message_start":
                self._message = dict(object_of(event.get("message")))
            case "content_block_start":
                self._blocks[index] = dict(object_of(event.get("content_block")))
            case "content_block_delta":
                delta = object_of(event.get("delta"))
                piece = text_of(delta.get(_RAW)) or text_of(delta.get("text"))
                self._pieces.setdefault(index, []).append(piece)
            case "message_delta":
                self._message |= object_of(event.get("delta"))
                known = object_of(self._message.get("usage"))
                counted = {k: v for k, v in object_of(event.get("usage")).items() if v is not None}
                self._message["usage"] = known | counted
            case "message_stop":
                self._ended = True
            case "error":
                kind = text_of(object_of(event.get("error")).get("type"))[:80]
                raise Unreachable(f"the endpoint broke off ({kind})", self.used())

    def payload(self) -> dict[str, Any]:
        """The message as it would have come whole. Raises Unreachable when its end is missing."""
        if not self._ended:
            raise Unreachable("the answer broke off in the middle", self.used())
        return {**self._message, "content": self._content()}

    def _content(self) -> list[dict[str, Any]]:
        found = []
        for index, block in sorted(self._blocks.items()):
            name = _RAW if block.get("type") == "tool_use" else "text"
            written = "".join(self._pieces.get(index, ()))
            found.append(block | ({name: written} if written else {}))
        return found

    def used(self) -> Usage:
        """What has been used so far."""
        return _usage(self._message, "".join(p for each in self._pieces.values() for p in each))


WIRE = Messages()
