"""The rounds: ask, read, apply, lint; what is wrong goes back, at most three times.

Each round begins with the last model that breaks no rule. An operation that cannot be applied is
refused alone; operations whose result breaks a rule are refused together. Caps are looked at
before anything is sent: an answer may be as long as what is left allows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from msgspec import Struct

from agents.plan import rules
from agents.plan.llm import operations
from agents.plan.llm.answers import Answer, Prompt, tokens
from agents.plan.llm.apply import apply_one, element
from agents.plan.llm.coverage import askable, settled
from agents.plan.llm.errors import LlmError, Truncated, Usage
from agents.plan.llm.operations import Numbered, OperationError
from agents.plan.llm.prompt import prompt
from contracts.model import AppModel

ROUNDS = 3
LEAST_ANSWER = 500
"""Tokens below which asking is no use."""
LONGEST_ANSWER = 16_000
MAX_FAULTS = 30
MAX_FAULT = 400

Ask = Callable[[Prompt, int], Awaitable[Answer]]
"""A question and the tokens that its answer may have. Raises LlmError."""
Tell = Callable[[str, Sequence[str]], Awaitable[None]]


class Limits(Struct, frozen=True, kw_only=True):
    """What all rounds together may use; prices are dollars for a million tokens."""

    tokens: int
    seconds: float
    cost: float
    price_in: float
    price_out: float

    def price(self, usage: Usage) -> float:
        """Dollars that the tokens cost."""
        return (usage.sent * self.price_in + usage.received * self.price_out) / 1_000_000

    def room(self, used: Usage, sending: int) -> tuple[int, str]:
        """Tokens that an answer may have after `sending` more, and the cap that is nearest."""
        left = self.tokens - used.sent - used.received - sending
        found = (min(left, LONGEST_ANSWER), "tokens")
        if self.price_out > 0:
            money = self.cost - self.price(used) - sending * self.price_in / 1_000_000
            found = min(found, (int(money * 1_000_000 / self.price_out), "cost"))
        return found


class Applied(Struct, frozen=True, kw_only=True):
    """An operation that is in the model, and the round in which it came."""

    round: int
    operation: operations.Operation


class Refusal(Struct, frozen=True, kw_only=True):
    """What was not applied, and why."""

    round: int
    why: str


class Refinement(Struct, frozen=True, kw_only=True):
    """What became of a model; `stopped_because` is one sentence.

    `ok` is whether answers came to an end of their own; the model breaks no rule either way.
    `cached` counts the rounds for which nothing was sent; their tokens and cost are not counted.
    """

    model: AppModel
    ok: bool
    stopped_because: str
    rounds: int = 0
    cached: int = 0
    applied: tuple[Applied, ...] = ()
    refused: tuple[Refusal, ...] = ()
    usage: Usage = Usage()
    cost: float = 0.0
    open_before: int = 0
    open_after: int = 0


class _Rounds:
    """The state between rounds."""

    def __init__(self, model: AppModel, limits: Limits, titles: Mapping[str, str]) -> None:
        self.first = self.model = model
        self.limits = limits
        self.titles = titles
        self.usage = Usage()
        self.rounds = self.cached = 0
        self.applied: list[Applied] = []
        self.refused: list[Refusal] = []
        self.faults: list[str] = []
        self.answer = ""

    def end(self, why: str, *, ok: bool) -> Refinement:
        return Refinement(
            model=self.model, ok=ok, stopped_because=why, rounds=self.rounds, cached=self.cached,
            applied=tuple(self.applied), refused=tuple(self.refused), usage=self.usage,
            cost=self.limits.price(self.usage), open_before=len(askable(self.first)),
            open_after=len(askable(self.model)),
        )  # fmt: skip

    def refuse(self, faults: Sequence[str]) -> None:
        self.refused += [Refusal(round=self.rounds, why=why[:MAX_FAULT]) for why in faults]

    def take(self, text: str) -> list[str]:
        """Apply an answer as far as it is good; what is wrong with it."""
        try:
            good, bad = operations.read(text)
        except OperationError as error:
            return [error.why]
        model, done = self.model, list[Numbered]()
        for each in good:
            try:
                model = apply_one(model, each)
                done.append(each)
            except OperationError as error:
                bad.append(error)
        faults = [str(error) for error in sorted(bad, key=lambda error: error.number)]
        if broken := rules.problems(model):
            names = ", ".join(element(each.operation) for each in done)
            return [*faults, *(f"{why} [refused together: {names}]" for why in broken)]
        self.model = settled(self.model, model, self.titles)
        self.applied += [Applied(round=self.rounds, operation=each.operation) for each in done]
        return faults


async def refine(
    model: AppModel,
    ask: Ask,
    limits: Limits,
    tell: Tell,
    titles: Mapping[str, str] | None = None,
) -> Refinement:
    """The model as operations made it better, as far as they may. Raises nothing but cancellation.

    `titles` are those of features that the idea asks for, by key.
    """
    state = _Rounds(model, limits, titles or {})
    try:
        async with asyncio.timeout(limits.seconds):
            return await _rounds(state, ask, tell)
    except TimeoutError:
        return state.end(f"it took longer than {limits.seconds:g} seconds", ok=False)
    except LlmError as error:
        state.usage = state.usage.plus(error.usage)
        return state.end(str(error), ok=False)


async def _rounds(state: _Rounds, ask: Ask, tell: Tell) -> Refinement:
    while state.rounds < ROUNDS:
        question = prompt(state.model, state.faults, state.answer)
        room, cap = state.limits.room(state.usage, question.tokens)
        if room < LEAST_ANSWER:
            return state.end(f"another round would go beyond the cap on {cap}", ok=False)
        state.rounds += 1
        await tell(f"Asking the language model, round {state.rounds}", state.faults)
        faults = await _round(state, ask, question, room)
        state.refuse(faults)
        faults = [fault[:MAX_FAULT] for fault in faults[:MAX_FAULTS]]
        if not faults:
            nothing = "it had nothing to change" if not state.applied else ""
            return state.end(nothing or "every operation was applied", ok=True)
        if faults == state.faults:
            return state.end("the same fault came back", ok=False)
        state.faults = faults
    return state.end(f"faults were left after {ROUNDS} rounds", ok=False)


async def _round(state: _Rounds, ask: Ask, question: Prompt, room: int) -> list[str]:
    try:
        answer = await ask(question, room)
    except Truncated as error:
        state.usage = state.usage.plus(error.usage)
        state.answer = ""
        return [f"{error}; answer with fewer operations"]
    if answer.cached:
        state.cached += 1
    else:
        state.usage = state.usage.plus(answer.usage)
    state.answer = answer.text if tokens(answer.text) < LONGEST_ANSWER else ""
    return state.take(answer.text)
