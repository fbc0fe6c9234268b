"""What the command line may ask of Scout, without a bus: to read an idea.

Errors:
    ScoutError   the idea cannot be read; says why and what to do
"""

from __future__ import annotations

from collections.abc import Mapping

from agents.scout.agent import EXAMPLE
from agents.scout.embeddings import EmbeddingsMissing
from agents.scout.lexicon import LexiconError
from agents.scout.questions import AnswerError
from agents.scout.scout import scout
from agents.scout.sentences import UnreadableIdea
from contracts.scouting import ScoutReport

__all__ = ["ScoutError", "read"]


class ScoutError(Exception):
    """An idea cannot be read."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def read(
    idea: str, name: str | None = None, answers: Mapping[str, str] | None = None
) -> ScoutReport:
    """The report on an idea; `name` is a slug for the app. Raises ScoutError.

    `answers` are the keys of options, by the ids of the questions that an earlier report had.
    """
    try:
        return scout(idea, name, answers)
    except AnswerError as error:
        raise ScoutError(str(error), "`genesis scout` shows the questions and options") from None
    except UnreadableIdea:
        raise ScoutError(
            "the idea holds no words", f"say what the app keeps and who uses it: {EXAMPLE}"
        ) from None
    except EmbeddingsMissing as error:
        raise ScoutError(
            str(error), "nothing was read; without the setting, words alone decide"
        ) from None
    except LexiconError as error:
        raise ScoutError(
            f"Scout's own tables cannot be used: {error}",
            "reinstall Genesis, or mend the file that is named",
        ) from error
