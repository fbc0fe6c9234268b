"""What the reader of a report should know besides its findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agents.scout import language, questions, wishes
from agents.scout.pages import Page
from contracts.scouting import Question, ScoutReport

_SIMULATED = {
    "ai": "Artificial intelligence works in a test mode that gives canned answers, marked as"
    " simulated, until its environment variables are set.",
    "payment": "Payment works in a test mode, marked as simulated, until its environment variables"
    " are set; no money moves.",
    "sms": "Text messages work in a test mode, marked as simulated: they are kept in a list until"
    " the environment variables of a provider are set.",
    "game": "Genesis keeps games, players, moves and scores; the play itself (an engine, a"
    " computer opponent, moving pictures) is not built.",
}
"""What the app does only in part, by feature; said because the idea asks for it."""


def notes(page: Page, report: ScoutReport, open_questions: Sequence[Question]) -> tuple[str, ...]:
    """The notes of a report, the most important first."""
    return tuple(_notes(page, report, open_questions))


def _notes(page: Page, report: ScoutReport, open_questions: Sequence[Question]) -> Iterator[str]:
    if page.spoken != "en":
        spoken_name = language.NAMES.get(page.spoken, page.spoken)
        yield (
            f"The idea reads as {spoken_name}; Genesis understands English and used only the"
            " words that it knows. Write it in English for an app that fits."
        )
    if not report.patterns:
        yield (
            "No pattern of the catalogue fits; the app is made of the idea's own nouns."
            " Name the records and their fields to get more: `each plant has a name and a photo`."
        )
    yield from (questions.note(question) for question in open_questions)
    yield from _contradictions(page, report)
    asked = {feature.key for feature in report.features}
    if any(pattern.rank.key == "game" for pattern in report.patterns):
        asked.add("game")
    yield from (text for key, text in _SIMULATED.items() if key in asked)


def _contradictions(page: Page, report: ScoutReport) -> Iterator[str]:
    """Features that one sentence wants and another does not: what is excluded stays away."""
    told = {e.key: e.sentence for e in report.exclusions if e.kind == "feature"}
    if not told:
        return
    for found in wishes.features(page.english, page.skips):
        where = [n for n in found.sentences if n != told.get(found.key)]
        if found.key in told and where:
            yield (
                f"Sentence {where[0]} asks for {found.title} and sentence {told[found.key]} does"
                " not want it; it is left out. Take one of the two sentences away."
            )
