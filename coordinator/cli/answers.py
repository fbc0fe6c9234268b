"""What an idea leaves open: answered by a file, by whoever sits at the terminal, or by default.

Errors: CliError with exit code 2 for a file that holds no answers.
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from coordinator.cli.given import SO, content_of, unusable
from coordinator.cli.output import note

if TYPE_CHECKING:
    from collections.abc import Mapping

    from contracts.scouting import Option, Question, ScoutReport

AnswersFile = Annotated[
    Path | None,
    Parameter(
        name="--answers",
        help='Answers to what the idea leaves open: TOML or JSON, such as kind = "forum".',
    ),
]
EXAMPLE = 'write one answer a line, such as: kind = "forum"; `genesis scout` shows the questions'


def settled(
    idea: str, name: str, file: Path | None, *, ask: bool, so: str = SO
) -> tuple[ScoutReport, dict[str, str]]:
    """What Scout reads in an idea with the answers in a file, and those that people give.

    People are asked when `ask` is set and they are there to answer.
    """
    answers = answers_in(file, so=so) if file is not None else {}
    report = read(idea, name, answers, so=so)
    while report.questions and ask and somebody():
        answers = answers | {each.id: _asked(each) for each in report.questions}
        # An answer may open another question, and never the same one again.
        report = read(idea, name, answers, so=so)
    return report, answers


def answered(idea: str, name: str, file: Path | None, *, ask: bool, so: str = SO) -> dict[str, str]:
    """The answers for whoever reads the idea later; it is read here only if somebody answers."""
    if file is None and not (ask and somebody()):
        return {}
    return settled(idea, name, file, ask=ask, so=so)[1]


def read(idea: str, name: str, answers: Mapping[str, str], *, so: str = SO) -> ScoutReport:
    """What Scout reads in an idea. Raises CliError."""
    from agents.scout import cli  # noqa: PLC0415

    try:
        return cli.read(idea, name or None, answers)
    except cli.ScoutError as error:
        raise unusable(f"{error}; {so}", error.hint) from None


def somebody() -> bool:
    """Whether somebody sees a question and can answer it."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def answers_in(file: Path, *, so: str = SO) -> dict[str, str]:
    """The answers in a file, by the ids of their questions; JSON by its name, else TOML."""
    content = content_of(file, "the file with the answers", so, EXAMPLE)
    read_as = json.loads if file.suffix.lower() == ".json" else tomllib.loads
    try:
        found: Any = read_as(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise unusable(f"{file} cannot be read: {error}; {so}", EXAMPLE) from None
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        raise unusable(f"{file} holds something else than answers; {so}", EXAMPLE)
    return found


def _asked(question: Question) -> str:
    """What somebody answers; the default for a mere Enter."""
    note(f"\n{question.text}")
    for number, option in enumerate(question.options, start=1):
        note(_offered(number, option, default=question.default))
    keys = [option.key for option in question.options]
    while True:
        sys.stderr.write(f"1 to {len(keys)}, or Enter for {keys.index(question.default) + 1}: ")
        sys.stderr.flush()
        said = sys.stdin.readline()
        answer = said.strip().lower()
        if not answer:
            return question.default
        if answer in keys:
            return answer
        if answer.isdecimal() and 1 <= int(answer) <= len(keys):
            return keys[int(answer) - 1]
        note(f"{answer!r} is none of them.")


def _offered(number: int, option: Option, *, default: str) -> str:
    usual = " (unless you say otherwise)" if option.key == default else ""
    brings = f": {option.brings}" if option.brings else ""
    return f"  {number}  {option.title}{brings}{usual}"


def unanswered(report: ScoutReport, answers: Mapping[str, str]) -> None:
    """Say what was taken for questions that nobody answered, and how to answer them."""
    for question in report.questions:
        if question.id not in answers:
            options = " | ".join(option.key for option in question.options)
            note(f"open: {question.text} taken: {question.default}; to choose, put")
            note(f'      {question.id} = "{options}" into a file, and pass it with --answers FILE')
