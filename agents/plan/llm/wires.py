"""What the two wires have in common: the question, the answer, the endpoint, and how to ask.

A wire is pure: it makes a request's body, and reads an answer, whole or as events. `ask` is the
rim: HTTP, retries, and a request said differently where an endpoint does not know some part.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from typing import Any, Protocol

import httpx
import msgspec
from msgspec import Struct

from agents.plan.llm import anthropic, openai, travel
from agents.plan.llm.answers import Answer, Events, Prompt, Shape
from agents.plan.llm.errors import LlmError, Misconfigured, NotUnderstood, Unreachable, Usage
from bus.settings import Secret, Settings

RETRIES = 2
"""Further attempts at one request, for what may pass by itself."""
LONGEST_WAIT = 60.0
"""Seconds; an endpoint that asks for a longer pause is not waited for."""


class Wire(Protocol):
    """How one kind of endpoint speaks."""

    path: str
    url: str

    def headers(self, key: str) -> Mapping[str, str]:
        """What a request carries besides its body."""
        ...

    def body(self, model: str, prompt: Prompt, max_tokens: int, shape: Shape) -> dict[str, Any]:
        """The request, without the parts that `shape` names."""
        ...

    def without(self, shape: Shape, said: str) -> Shape | None:
        """The parts to leave out, since the endpoint said this; None when none is at fault."""
        ...

    def events(self) -> Events:
        """What puts a streamed answer together."""
        ...

    def answer(self, payload: Any) -> Answer:
        """A whole answer. Raises Declined, Truncated, NotUnderstood."""
        ...


WIRES: dict[str, Wire] = {"anthropic": anthropic.WIRE, "openai": openai.WIRE}


class Endpoint(Struct, frozen=True, kw_only=True):
    """Whom to ask; `url` has no slash at its end."""

    wire: str
    url: str
    model: str
    key: Secret

    @property
    def host(self) -> str:
        """The endpoint as it may be shown: a URL can carry a password."""
        return httpx.URL(self.url).host


def endpoint(settings: Settings) -> Endpoint | None:
    """The endpoint that is configured, None for none. Raises Misconfigured."""
    name = settings.genesis_llm
    if not name:
        return None
    wire = WIRES.get(name)
    if wire is None:
        raise Misconfigured(f"GENESIS_LLM={name!r} is unknown; it is anthropic or openai")
    if not settings.genesis_llm_model:
        raise Misconfigured("GENESIS_LLM_MODEL is not set; it names the language model")
    own = settings.anthropic_api_key if name == "anthropic" else settings.openai_api_key
    if not own and not settings.genesis_llm_url:
        raise Misconfigured(f"{name.upper()}_API_KEY is not set")
    address = (settings.genesis_llm_url or wire.url).rstrip("/")
    try:
        usable = httpx.URL(address).scheme in {"http", "https"} and httpx.URL(address).host
    except httpx.InvalidURL:
        usable = False
    if not usable:
        raise Misconfigured("GENESIS_LLM_URL is no address such as http://127.0.0.1:11434/v1")
    if not own.reveal().isascii() or any(mark.isspace() for mark in own.reveal()):
        raise Misconfigured(f"{name.upper()}_API_KEY has a character that no key has")
    return Endpoint(wire=name, url=address, model=settings.genesis_llm_model, key=own)


class Asking:
    """An open endpoint. What it turned out not to know is left out of later requests."""

    def __init__(self, to: Endpoint, client: httpx.AsyncClient) -> None:
        self._to = to
        self._client = client
        self._wire = WIRES[to.wire]
        self._shape: Shape = frozenset()

    async def ask(self, prompt: Prompt, max_tokens: int) -> Answer:
        """The answer, at most `max_tokens` long. Raises LlmError, with all that was used."""
        used = Usage()
        attempt = 0
        while True:
            # What a broken attempt used is no longer there for the next.
            room = max_tokens - used.sent - used.received
            try:
                answer = await self._adapting(prompt, room)
            except Unreachable as error:
                used = used.plus(_counted(error.usage, prompt))
                attempt += 1
                wait = _pause(attempt) if error.after is None else error.after
                tired = attempt > RETRIES or used.sent + used.received >= max_tokens
                if error.final or tired or wait > LONGEST_WAIT:
                    raise Unreachable(_clean(error, self._to.key), used) from None
                await asyncio.sleep(wait)
            except LlmError as error:
                spent = used.plus(_counted(error.usage, prompt))
                raise type(error)(_clean(error, self._to.key), spent) from None
            else:
                text = _scrubbed(answer.text, self._to.key)
                spent = used.plus(_counted(answer.usage, prompt))
                return msgspec.structs.replace(answer, text=text, usage=spent)

    async def _adapting(self, prompt: Prompt, max_tokens: int) -> Answer:
        while True:
            body = self._wire.body(self._to.model, prompt, max_tokens, self._shape)
            content = msgspec.json.encode(body)
            headers = self._wire.headers(self._to.key.reveal())
            url = self._to.url + self._wire.path
            try:
                return await travel.fetch(
                    self._client, url, headers, content, self._wire.events(), self._wire.answer
                )
            except NotUnderstood as error:
                shape = self._wire.without(self._shape, str(error))
                if shape is None or shape == self._shape:
                    raise
                self._shape = shape


def _pause(attempt: int) -> float:
    """Seconds before another attempt, so that many who were refused do not come back at once."""
    return float(0.5 * 2 ** (attempt - 1) * (1 - 0.25 * random.random()))  # noqa: S311  no secret


def _counted(usage: Usage, prompt: Prompt) -> Usage:
    """What was used, with an estimate of what was sent where an answer began without a count."""
    if not usage.received and not usage.sent:
        return Usage()
    if usage.sent:
        return usage
    return msgspec.structs.replace(usage, sent=prompt.tokens, estimated=True)


def _clean(error: LlmError, key: Secret) -> str:
    return _scrubbed(str(error), key)


def _scrubbed(text: str, key: Secret) -> str:
    """The text without the key, which an endpoint might say back."""
    return text.replace(key.reveal(), "…") if key else text
