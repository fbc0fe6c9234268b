"""Scout: reads an idea and stores what it found as a report."""

from __future__ import annotations

import asyncio

from agents.scout.embeddings import EmbeddingsMissing
from agents.scout.lexicon import LexiconError
from agents.scout.questions import AnswerError
from agents.scout.scout import scout
from agents.scout.sentences import UnreadableIdea
from agents.work import AgentError, Context
from contracts.messages import ScoutCompleted, ScoutRun
from contracts.scouting import ScoutReport, encode_report

EXAMPLE = '"A recipe box where I keep recipes with ingredients and a photo."'


async def run(command: ScoutRun, context: Context) -> ScoutCompleted:
    """The report on the command's idea, as an artifact.

    Raises AgentError `idea_unreadable` when the idea holds no words, `answers_unknown` for
    answers that fit no question of it, `catalogue_broken` when the shipped patterns cannot be used,
    `embeddings_missing` when they are switched on and not installed.
    """
    await context.progress("Reading the idea", 10)
    try:
        report = await asyncio.to_thread(scout, command.idea, command.name, command.answers)
    except AnswerError as error:
        raise AgentError(
            "answers_unknown",
            f"{error}.",
            hint="`genesis scout` shows what the idea leaves open, and what may be answered.",
        ) from None
    except UnreadableIdea:
        raise AgentError(
            "idea_unreadable",
            "The idea holds no words, so there is nothing to build from. Nothing was changed.",
            hint=f"Say in a sentence what the app keeps and who uses it: {EXAMPLE}",
        ) from None
    except EmbeddingsMissing as error:
        raise AgentError(
            "embeddings_missing",
            f"{error}. Nothing was changed.",
            hint="Start the stack again after either; then start the build again.",
        ) from None
    except LexiconError as error:
        raise AgentError(
            "catalogue_broken",
            f"Scout's own tables cannot be used: {error}. Nothing was changed.",
            hint="Reinstall Genesis, or mend the file that is named.",
        ) from error
    await context.progress("Storing the report", 90, _lines(report))
    artifact = await context.artifacts.put(encode_report(report), "scout.json")
    return ScoutCompleted(
        pipeline=command.pipeline,
        report=artifact,
        patterns=tuple(pattern.rank.key for pattern in report.patterns),
        unmapped=len(report.unmapped),
    )


def _lines(report: ScoutReport) -> list[str]:
    patterns = ", ".join(f"{p.rank.title} ({p.rank.score:g})" for p in report.patterns)
    nouns = ", ".join(entity.title_plural for entity in report.entities[:8])
    return [f"resembles: {patterns or 'nothing known'}", f"nouns: {nouns or 'none'}", *report.notes]
