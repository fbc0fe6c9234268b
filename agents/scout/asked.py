"""Fields said as a question: "when it started", "how many jars", "ripe yes or no". Pure."""

from __future__ import annotations

from itertools import takewhile

from agents.scout.reading import JOINING, Reading
from contracts.model import FieldType

QUESTIONS = frozenset({"who", "what", "where", "when", "how", "whether"})
YES_NO = ("yes", "no")
_LONGEST = 5
"""Words of the longest question that names a field."""
_TYPES: dict[str, FieldType] = {
    "whether": "boolean", "who": "text", "what": "longtext", "how": "text",
}  # fmt: skip
_AT = frozenset({"start", "begin", "end", "finish", "open", "close"})
"""What happens at a minute of the day, rather than on a day."""
_AUXILIARY = frozenset({"be", "have", "do", "get"})
_BEFORE = frozenset({"since", "until"})


def question_end(reading: Reading, start: int) -> int:
    """Where a question that begins at a position ends; the position itself where none does."""
    first = start + 1 if reading.text(start) in _BEFORE else start
    if reading.text(first) not in QUESTIONS:
        return start
    end = first + 1
    while end < len(reading.tokens):
        if reading.text(end) in JOINING or reading.tokens[end].kind == "mark":
            break
        end += 1
    return end


def phrase_of(reading: Reading, start: int, end: int) -> tuple[str, ...]:
    """A question as the name of a field; () when it asks for nothing to fill in.

    "When it was lost" is `lost on`, "how many jars" `number of jars`, "where" a `place`.
    """
    since = reading.text(start) in _BEFORE
    word, rest = reading.text(start + since), reading.tokens[start + since + 1 : end]
    said = [t for t in rest if t.kind not in {"pronoun", "determiner"}]
    if word == "whether":
        said = [t for t in said if t.kind != "modal"]
    if len(said if word == "whether" else rest) >= _LONGEST:
        return ()
    said = [t for t in said if t.lemma not in _AUXILIARY or t.kind != "verb"]
    told = tuple(t.text.lower() for t in said)
    if word == "when":
        return _moment(reading.text(start) if since else "date", told, [t.lemma for t in said])
    if word in {"where", "whether"}:
        return ("place",) if word == "where" else ("whether", *told) if told else ()
    counted = tuple(t.text.lower() for t in takewhile(lambda t: t.kind == "noun", said))
    if counted and reading.text(start + 1) == "many":
        return ("number", "of", *counted)
    # "What it is" asks nothing; "what" alone is an answer that people may give.
    empty = not said and (word == "how" or (word == "what" and rest))
    asked = (t.text.lower() for t in rest if t.kind != "determiner" or word == "how")
    return () if empty else (word, *asked)


def _moment(name: str, told: tuple[str, ...], lemmas: list[str]) -> tuple[str, ...]:
    if not told:
        return (name,)
    return (told[0], "at" if lemmas[0] in _AT else "on") if len(told) == 1 else ()


def answered(reading: Reading, position: int) -> int:
    """Where "yes or no" ends that begins at a position; the position itself where it does not."""
    end = position
    if reading.text(end) != "yes":
        return position
    end += 1
    while reading.text(end) in JOINING:
        end += 1
    return end + 1 if reading.text(end) == "no" else position


def asked_type(phrase: tuple[str, ...]) -> FieldType | None:
    """The type of a field whose name is a question; None for any other name."""
    if phrase[:2] in {("how", "many"), ("how", "much")}:
        return "integer" if phrase[1] == "many" else "decimal"
    if phrase[0] == "what" and phrase[-1] in {"paid", "cost", "costs"}:
        return "money"
    first, *rest = phrase
    if first == "what" and not rest:
        return "text"
    return _TYPES.get(first) if rest or first == "who" else None
