"""Chat completions as OpenAI has them, and as many servers imitate them. Pure.

What an endpoint may not know is left out once it says so: a schema it enforces (then the prompt
carries the schema), the newer name of the limit, and the count of tokens at a stream's end.
"""

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

_NAMES = {"json_schema": ("response_format", "json_schema"),
          "max_completion_tokens": ("max_completion_tokens",),
          "stream_options": ("stream_options", "include_usage")}  # fmt: skip
"""The parts that can be left out, and the words by which an endpoint speaks of them."""


class Completions:
    """How OpenAI's endpoint speaks, and those that are like it."""

    path = "/chat/completions"
    url = "https://api.openai.com/v1"

    def headers(self, key: str) -> Mapping[str, str]:
        """What a request carries besides its body; a local server needs no key."""
        known = {"content-type": "application/json"}
        return known | ({"authorization": f"Bearer {key}"} if key else {})

    def body(self, model: str, prompt: Prompt, max_tokens: int, shape: Shape) -> dict[str, Any]:
        """The request, without the parts that `shape` names."""
        enforced = "json_schema" not in shape
        limit = "max_tokens" if "max_completion_tokens" in shape else "max_completion_tokens"
        form = {"name": prompt.name, "strict": True, "schema": prompt.schema}
        told = "" if enforced else _told(prompt)
        return {
            "model": model,
            "messages": [
                {"role": "system", "content": prompt.system + told},
                {"role": "user", "content": prompt.user},
            ],
            "response_format": {"type": "json_schema", "json_schema": form}
            if enforced
            else {"type": "json_object"},
            limit: max_tokens,
            "stream": True,
            **({} if "stream_options" in shape else {"stream_options": {"include_usage": True}}),
        }

    def without(self, shape: Shape, said: str) -> Shape | None:
        """The parts to leave out as well; None when the endpoint speaks of none."""
        named = {part for part, words in _NAMES.items() if any(word in said for word in words)}
        return shape | named if named - shape else None

    def events(self) -> Events:
        """What puts a streamed answer together."""
        return Events()

    def answer(self, payload: Any) -> Answer:
        """A whole answer. Raises Declined, Truncated, NotUnderstood."""
        completion = object_of(payload)
        choices = completion.get("choices")
        if not isinstance(choices, list) or not choices:
            raise NotUnderstood("the endpoint's answer is no chat completion")
        choice = object_of(choices[0])
        message = object_of(choice.get("message"))
        text = text_of(message.get("content"))
        usage = _usage(completion, text)
        reason = choice.get("finish_reason")
        if reason == "content_filter":
            raise Declined("a filter of the endpoint stopped the answer", usage)
        if message.get("refusal"):
            raise Declined("the language model declined", usage)
        if reason == "length":
            raise Truncated("the answer was cut off at its longest", usage)
        if not text:
            raise NotUnderstood("the answer is empty", usage)
        return Answer(text=text, usage=usage)


def _told(prompt: Prompt) -> str:
    schema = msgspec.json.encode(prompt.schema).decode()
    return f"\n\nAnswer with one JSON object and nothing else. It satisfies this schema:\n{schema}"


def _usage(completion: dict[str, Any], text: str) -> Usage:
    counted = object_of(completion.get("usage"))
    sent = number_of(counted.get("prompt_tokens"))
    received = number_of(counted.get("completion_tokens"))
    if sent and received:
        return Usage(sent=sent, received=received)
    return Usage(sent=sent, received=max(received, tokens(text)), estimated=True)


class Events:
    """Puts the chunks of a streamed completion together."""

    def __init__(self) -> None:
        self._written: list[str] = []
        self._declined: list[str] = []
        self._reason: str | None = None
        self._usage: dict[str, Any] = {}

    def feed(self, event: dict[str, Any]) -> None:
        """One chunk. Raises Unreachable when it tells of an error."""
        if "error" in event:
            kind = text_of(object_of(event.get("error")).get("type"))[:80]
            raise Unreachable(f"the endpoint broke off ({kind})", self.used())
        self._usage = object_of(event.get("usage")) or self._usage
        choices = event.get("choices")
        for each in choices if isinstance(choices, list) else ():
            choice = object_of(each)
            delta = object_of(choice.get("delta"))
            self._written.append(text_of(delta.get("content")))
            self._declined.append(text_of(delta.get("refusal")))
            self._reason = text_of(choice.get("finish_reason")) or self._reason

    def payload(self) -> dict[str, Any]:
        """The completion as it would have come whole. Raises Unreachable when cut off."""
        if self._reason is None:
            raise Unreachable("the answer broke off in the middle", self.used())
        message = {"content": "".join(self._written), "refusal": "".join(self._declined)}
        choice = {"finish_reason": self._reason, "message": message}
        return {"choices": [choice], "usage": self._usage}

    def used(self) -> Usage:
        """What has been used so far."""
        return _usage({"usage": self._usage}, "".join(self._written))


WIRE = Completions()
