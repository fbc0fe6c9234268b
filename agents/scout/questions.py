"""What an idea leaves open: asked with the choices there are, and what each of them would bring.

Errors:
    AnswerError   an answer to no question, or one that its question does not know
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents.scout import names
from agents.scout.patterns import Pattern
from agents.scout.ranking import Ranking
from contracts.scouting import Option, Question, RankedPattern

KIND = "kind"
"""The id of the question what kind of app it is."""
BOTH = "both"
CHOICES = 3
BROUGHT = 5
"""Kinds of records that an option names."""


class AnswerError(ValueError):
    """An answer that fits no question; says which there are. Nothing was read with it."""


def of_kind(ranking: Ranking, catalogue: Mapping[str, Pattern]) -> Question | None:
    """Which of the patterns that come close is meant; None when the first stands alone."""
    if not ranking.unsure:
        return None
    near = [rank for rank in ranking.ranked[:CHOICES] if rank.score > 0]
    options = [
        Option(key=rank.key, title=rank.title, brings=_brings(catalogue[rank.key])) for rank in near
    ]
    first, second = near[0], near[1]
    both = Option(
        key=BOTH,
        title=f"Both: {first.title} and {second.title}",
        brings="what the idea names of either",
    )
    default = BOTH if len(ranking.chosen()) > 1 else first.key
    return Question(
        id=KIND,
        text="What is the app above all?",
        options=(*options, both),
        default=default,
    )


def _brings(pattern: Pattern) -> str:
    always = [d for d in pattern.entities.values() if d.presence == "always"]
    words = [names.spoken_plural(draft.title.lower()) for draft in always[:BROUGHT]]
    return ", ".join(words)


def settle(
    ranking: Ranking, question: Question | None, answers: Mapping[str, str]
) -> list[RankedPattern]:
    """The patterns to take: as answered, else as the ranking chooses. Raises AnswerError."""
    check([question] if question else [], answers)
    answer = answers.get(KIND)
    if answer is None:
        return ranking.chosen()
    if answer == BOTH:
        return list(ranking.ranked[:2])
    return [rank for rank in ranking.ranked if rank.key == answer]


def check(questions: Sequence[Question], answers: Mapping[str, str]) -> None:
    """Raise AnswerError unless every answer is an option of a question."""
    known = {question.id: question for question in questions}
    for name, key in answers.items():
        if name not in known:
            asked = ", ".join(f"`{each}`" for each in known) or "none"
            raise AnswerError(
                f"the idea leaves no question `{name}` open (its questions: {asked}); remove the"
                " answer. Nothing was changed"
            )
        keys = [option.key for option in known[name].options]
        if key not in keys:
            raise AnswerError(
                f"the question `{name}` has no option `{key}`; choose one of {', '.join(keys)}."
                " Nothing was changed"
            )


def note(question: Question) -> str:
    """What was taken because nobody answered."""
    by_key = {option.key: option.title for option in question.options}
    taken, others = by_key[question.default], [k for k in by_key if k != question.default]
    return (
        f"The idea fits more than one kind of app; taken: {taken}. Answer `{question.id}` with"
        f" one of {', '.join(others)} to change that."
    )
