"""What a language model did, for people and as a file. Pure."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec

from agents.plan.llm import operations as ops
from agents.plan.llm.apply import element
from agents.plan.llm.refine import Applied, Refinement
from bus.settings import Settings

MAX_CHANGES = 30
MAX_CHANGE = 200


def summary(done: Refinement, settings: Settings) -> str:
    """One paragraph: who was asked, what came of it, what it cost, and why it ended."""
    if not done.rounds:
        return (
            f"The language model was not asked: {done.stopped_because}. The plan stands without it."
        )
    cached = f" ({done.cached} of them from the cache)" if done.cached else ""
    about = "about " if done.usage.estimated else ""
    text = (
        f"{settings.genesis_llm_model}: {len(done.applied)} operation(s) applied,"
        f" {len(done.refused)} refused, in {done.rounds} round(s){cached};"
        f" {about}{done.usage.sent + done.usage.received} tokens, ${done.cost:.4f} at"
        f" ${settings.genesis_llm_price_in:g} and ${settings.genesis_llm_price_out:g} a million;"
        f" open sentences {done.open_before} before, {done.open_after} now."
        f" It ended because {done.stopped_because}."
    )
    return text if done.applied else f"{text} The plan stands without it."


def changes(done: Refinement) -> tuple[str, ...]:
    """What was applied, a line each; what opens records to anyone says so."""
    lines = [line(each) for each in done.applied]
    if len(lines) > MAX_CHANGES:
        more = len(lines) - MAX_CHANGES
        # What opens records is told before anything else is left out.
        lines.sort(key=lambda text: _OPENS not in text)
        lines = [*lines[:MAX_CHANGES], f"… and {more} more: all of them are in the report"]
    return tuple(lines)


_OPENS = "open to anyone"


def line(applied: Applied) -> str:
    """An operation in words, with the sentence that it answers."""
    operation = applied.operation
    text = element(operation) + _detail(operation)
    if isinstance(operation, ops.AddEntity | ops.SetAccess):
        rights: dict[str, tuple[str, ...]] = msgspec.structs.asdict(operation.access)
        text += ": " + "; ".join(f"{key} {', '.join(who) or '-'}" for key, who in rights.items())
        if opened := [key for key, who in rights.items() if "guest" in who]:
            text = f"{text} ({_OPENS}: {', '.join(opened)})"
    text = text if len(text) <= MAX_CHANGE else _shortened(text)
    return f"{text} [sentence {operation.sentence}]" if operation.sentence else text


def _detail(operation: ops.Operation) -> str:
    match operation:
        case ops.RenameEntity(key=key):
            return f" to {key}"
        case ops.AddRelation(target=target):
            return f" to {target}"
        case ops.AddRule(expr=expr):
            return f": {expr}"
        case ops.AddPage(path=path):
            return f" at {path}"
        case ops.SetFeature(entities=entities):
            return f" for {', '.join(entities) or 'the whole app'}"
        case _:
            return ""


def _shortened(text: str) -> str:
    """The beginning of a text, and what it says of being open."""
    end = text[text.rindex(f" ({_OPENS}") :] if f" ({_OPENS}" in text else ""
    return text[: MAX_CHANGE - len(end) - 1] + "…" + end


def content(done: Refinement, settings: Settings) -> bytes:
    """The file `llm.json`: everything but the model, and no secret."""
    address = settings.genesis_llm_url
    found: dict[str, Any] = {
        "wire": settings.genesis_llm,
        "model": settings.genesis_llm_model,
        "host": _host(address) if address else "",
        "ok": done.ok,
        "stopped_because": done.stopped_because,
        "rounds": done.rounds,
        "rounds_from_the_cache": done.cached,
        "open_sentences": {"before": done.open_before, "after": done.open_after},
        "tokens": done.usage,
        "dollars": round(done.cost, 6),
        "prices_assumed_per_million_tokens": {
            "sent": settings.genesis_llm_price_in, "received": settings.genesis_llm_price_out,
        },
        "caps": {
            "tokens": settings.genesis_llm_max_tokens,
            "seconds": settings.genesis_llm_max_seconds,
            "dollars": settings.genesis_llm_max_cost,
        },
        "applied": done.applied,
        "refused": done.refused,
    }  # fmt: skip
    return msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"


def _host(address: str) -> str:
    """An address without what could be secret in it."""
    try:
        return httpx.URL(address).host
    except httpx.InvalidURL:
        return ""
