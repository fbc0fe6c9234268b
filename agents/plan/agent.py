"""Plan: makes a checked model of a scout report, or checks the plan that somebody edited."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from agents.plan import rules, tasks, timings
from agents.plan.llm import report
from agents.plan.llm.coverage import askable
from agents.plan.llm.improve import improved
from agents.plan.model import model_of
from agents.work import AgentError, Context
from bus.errors import ArtifactDamaged, ArtifactMissing
from contracts.messages import Artifact, LlmUse, PlanCompleted, PlanRun
from contracts.model import AppModel, ModelError, Plan, decode_plan, encode_plan
from contracts.scouting import ReportError, decode_report

MAX_TEXT = 4_000
"""Longest entry in characters of what the answer says; the plan itself has all of it."""
MAX_UNMAPPED = 20_000
"""Most bytes of unmapped sentences in the answer, which must fit into one message."""
SHOWN_PROBLEMS = 20
MARGIN = 30.0
"""Seconds of a command's time that no language model gets."""


async def run(command: PlanRun, context: Context) -> PlanCompleted:
    """The plan as an artifact.

    Raises AgentError: `plan_invalid` names every element that breaks a rule, `plan_unreadable`
    and `report_unreadable` say what is wrong with the text, `artifact_missing` that it is gone.
    """
    titles: dict[str, str] = {}
    if command.plan is not None:
        await context.progress("Checking the plan that was given", 20)
        plan = await _given(command.plan, context)
        if command.name is not None:
            app = msgspec.structs.replace(plan.model.app, slug=command.name)
            plan = msgspec.structs.replace(plan, model=msgspec.structs.replace(plan.model, app=app))
    else:
        await context.progress("Making the model", 20)
        plan, titles = await _made(command, context)
    found = [*rules.problems(plan.model), *tasks.problems(plan.tasks)]
    if found:
        raise _invalid(found, given=command.plan is not None)
    use = None
    if command.plan is None and (done := await _refined(plan, titles, command, context)):
        plan, use = done
    await context.progress("Storing the plan", 90, _lines(plan.model))
    artifact = await context.artifacts.put(encode_plan(plan), "plan.json")
    return PlanCompleted(
        pipeline=command.pipeline,
        plan=artifact,
        app=plan.model.app.slug,
        title=plan.model.app.name,
        entities=tuple(entity.key for entity in plan.model.entities),
        unmapped=shortened(plan.model.unmapped),
        llm=use,
        askable=0 if use else len(askable(plan.model)),
    )


async def _given(artifact: Artifact, context: Context) -> Plan:
    content = await _content(artifact, context, "the plan")
    try:
        plan = decode_plan(content)
    except ModelError as error:
        raise AgentError(
            "plan_unreadable",
            f"{_sentence(str(error))} Nothing was built.",
            hint="Mend the file at the place that is named, then build with it again.",
        ) from None
    if tasks.fit(plan):
        return plan
    # The order of work is of other entities or features than the file has now.
    known = await _known(context)
    return msgspec.structs.replace(plan, tasks=tasks.tasks(plan.model, known))


async def _made(command: PlanRun, context: Context) -> tuple[Plan, dict[str, str]]:
    """The plan of a report, and the titles of the features that its idea asks for."""
    content = await _content(command.report, context, "the scout report")
    try:
        scouted = decode_report(content)
    except ReportError as error:
        raise AgentError(
            "report_unreadable",
            f"{_sentence(str(error))} Nothing was built.",
            hint="Scout and Plan must be of the same version; then start the build again.",
        ) from None
    model = await asyncio.to_thread(model_of, scouted, command.name)
    titles = {feature.key: feature.title for feature in scouted.features}
    return Plan(model=model, tasks=tasks.tasks(model, await _known(context))), titles


async def _known(context: Context) -> tuple[timings.Timing, ...]:
    return await asyncio.to_thread(timings.read, context.settings.genesis_home)


async def _refined(
    plan: Plan, titles: dict[str, str], command: PlanRun, context: Context
) -> tuple[Plan, LlmUse] | None:
    """The plan as a language model left it, and what it did; None when none was to be asked."""

    async def tell(step: str, lines: Sequence[str]) -> None:
        await context.progress(step, 50, lines)

    settings, seconds = context.settings, max(command.timeout - MARGIN, command.timeout / 2)
    done = await improved(plan.model, settings, tell, titles=titles, seconds=seconds)
    if done is None:
        return None
    use = LlmUse(
        model=settings.genesis_llm_model[:200],
        summary=report.summary(done, settings)[:MAX_TEXT],
        changes=report.changes(done),
        tokens=done.usage.sent + done.usage.received,
        cost=done.cost,
        report=await context.artifacts.put(report.content(done, settings), "llm.json"),
        unrefined=await context.artifacts.put(encode_plan(plan), "plan.json")
        if done.applied
        else None,
    )
    await context.progress(use.summary, 80, use.changes)
    order = tasks.tasks(done.model, await _known(context))
    return Plan(model=done.model, tasks=order), use


async def _content(artifact: Artifact, context: Context, what: str) -> bytes:
    try:
        return await context.artifacts.get(artifact)
    except (ArtifactMissing, ArtifactDamaged) as error:
        raise AgentError(
            "artifact_missing",
            f"{what[:1].upper()}{what[1:]} cannot be fetched: {error}. Nothing was built.",
            hint="Start the build again; the content has to be stored anew.",
        ) from error


def _invalid(found: list[str], *, given: bool) -> AgentError:
    shown = found[:SHOWN_PROBLEMS]
    if len(found) > len(shown):
        shown.append(f"and {len(found) - len(shown)} more")
    text = "; ".join(shown)
    if given:
        return AgentError(
            "plan_invalid",
            f"The plan breaks {len(found)} rule(s): {text}"[: MAX_TEXT - 30]
            + ". Nothing was built.",
            hint="Change what is named in the plan file, then build with it again.",
        )
    return AgentError(
        "plan_invalid",
        f"The model made of this idea breaks {len(found)} rule(s): {text}"[: MAX_TEXT - 30]
        + ". Nothing was built.",
        hint="This is a fault of Genesis: please report the idea."
        " Saying it in other words may help.",
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def shortened(unmapped: tuple[str, ...]) -> tuple[str, ...]:
    """The sentences as far as they fit into a message, and how many are left out."""
    kept: list[str] = []
    size = 0
    for sentence in unmapped:
        text = sentence if len(sentence) <= MAX_TEXT else sentence[: MAX_TEXT - 1] + "…"
        size += len(msgspec.json.encode(text)) + 1
        if size > MAX_UNMAPPED:
            kept.append(f"… and {len(unmapped) - len(kept)} more: all of them are in the plan")
            break
        kept.append(text)
    return tuple(kept)


def _lines(model: AppModel) -> list[str]:
    return [
        f"{entity.title_plural}: {', '.join(field.title for field in entity.fields)}"
        for entity in model.entities
    ]
