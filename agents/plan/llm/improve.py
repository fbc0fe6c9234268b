"""A model improved by the language model that the settings name. Nothing here fails a plan."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx
import structlog

from agents.plan.llm.answers import Answer, Prompt
from agents.plan.llm.cache import Cache, digest
from agents.plan.llm.coverage import askable
from agents.plan.llm.errors import Misconfigured
from agents.plan.llm.refine import Limits, Refinement, Tell, refine
from agents.plan.llm.wires import Asking, endpoint
from bus.settings import Settings
from contracts.model import AppModel

log = structlog.get_logger()

FOLDER = ("cache", "llm")
"""Where answers are kept, below GENESIS_HOME."""


async def improved(
    model: AppModel,
    settings: Settings,
    tell: Tell,
    *,
    titles: Mapping[str, str] | None = None,
    seconds: float | None = None,
) -> Refinement | None:
    """The model and what became of it; None when nobody is to be asked, or about nothing.

    `titles` are those of the features that the idea asks for, `seconds` is all there is.
    """
    if not settings.genesis_llm or not askable(model):
        return None
    try:
        return await _improved(model, settings, tell, titles or {}, seconds)
    except Misconfigured as error:
        return _untouched(model, str(error))
    except Exception as error:
        # The plan stands without this, and a plan is worth more than the reason why.
        log.exception("refining broke")
        return _untouched(model, f"asking the language model broke: {type(error).__name__}")


def _untouched(model: AppModel, why: str) -> Refinement:
    left = len(askable(model))
    return Refinement(model=model, ok=False, stopped_because=why, open_before=left, open_after=left)


async def _improved(
    model: AppModel,
    settings: Settings,
    tell: Tell,
    titles: Mapping[str, str],
    seconds: float | None,
) -> Refinement:
    to = endpoint(settings)
    assert to is not None
    cache = Cache(settings.genesis_home.joinpath(*FOLDER))
    # The limit on all rounds is the only one: a model may think for minutes.
    async with httpx.AsyncClient(timeout=None) as client:  # noqa: S113  see `limits`
        asking = Asking(to, client)

        async def ask(question: Prompt, room: int) -> Answer:
            name = digest(to.wire, to.url, to.model, question)
            kept = await asyncio.to_thread(cache.get, name)
            if kept is not None:
                return kept
            answer = await asking.ask(question, room)
            await asyncio.to_thread(cache.put, name, answer)
            return answer

        return await refine(model, ask, limits(settings, seconds), tell, titles)


def limits(settings: Settings, seconds: float | None = None) -> Limits:
    """What the settings allow, in at most `seconds`."""
    allowed = settings.genesis_llm_max_seconds
    return Limits(
        tokens=settings.genesis_llm_max_tokens,
        seconds=max(0.0, allowed if seconds is None else min(allowed, seconds)),
        cost=settings.genesis_llm_max_cost,
        price_in=settings.genesis_llm_price_in,
        price_out=settings.genesis_llm_price_out,
    )
