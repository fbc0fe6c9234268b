"""Fields said as a question: "when it started", "how many jars", "ripe yes or no". Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from agents.scout.reading import JOINING, Reading
from agents.scout.scales import scaled
from agents.scout.tokens import Token
from contracts.model import FieldType

QUESTIONS = frozenset({"who", "what", "where", "when", "which", "how", "whether"})
YES_NO = ("yes", "no")
_LONGEST = 5
"""Words of the longest question that names a field."""
_TYPES: dict[str, FieldType] = {
    "whether": "boolean", "who": "text", "what": "longtext", "how": "text",
}  # fmt: skip
_AT = frozenset({"start", "begin", "end", "finish", "open", "close"})
"""What happens at a minute of the day, rather than on a day."""
_AROUND = 2
_MEASURES = frozenset({"deep", "heavy", "high", "tall", "thick", "wide"})
_NAMING = frozenset({"noun", "adjective"})
_AUXILIARY = frozenset({"be", "have", "do", "get"})
_BEFORE = frozenset({"since", "until", "from"})
_SAID_OF = frozenset({"it", "they", "he", "she"})
"""Of whom "if it worked" tells something."""


def question_end(reading: Reading, start: int) -> int:
    """Where a question that begins at a position ends; the position itself where none does."""
    first = start + 1 if _precedes(reading, start) else start
    told = reading.text(first) == "if" and reading.text(first + 1) in _SAID_OF
    if reading.text(first) not in QUESTIONS and not told:
        return start
    end = first + 1
    while end < len(reading.tokens):
        until = reading.text(end) in _BEFORE and reading.text(end + 1) == "when"
        if reading.text(end) in JOINING or reading.tokens[end].kind == "mark" or until:
            break
        end += 1
    return end


def _precedes(reading: Reading, start: int) -> bool:
    """Whether a word leads to a question: "since when", "in which box it lies"."""
    lies = reading.tokens[start : start + 1] and reading.tokens[start].kind == "preposition"
    return reading.text(start) in _BEFORE or bool(lies and reading.text(start + 1) == "which")


def phrase_of(reading: Reading, start: int, end: int) -> tuple[str, ...]:
    """A question as the name of a field; () when it asks for nothing to fill in.

    "When it was lost" is `lost on`, "how many jars" `number of jars`, "where" a `place`.
    """
    since = _precedes(reading, start)
    end = min(end, scaled(reading, end)[0])
    word, rest = reading.text(start + since), reading.tokens[start + since + 1 : end]
    if word == "which":
        which = tuple(t.text.lower() for t in takewhile(lambda t: t.kind in _NAMING, rest))
        clear = which != ("ones",) and all(t.text.lower() != "which" for t in rest)
        return which if clear else ()
    said = [t for t in rest if t.kind not in {"pronoun", "determiner"}]
    whether = word in {"whether", "if"}
    if whether:
        said = [t for t in said if t.kind != "modal"]
    counted = tuple(t.text.lower() for t in takewhile(lambda t: t.kind == "noun", said))
    if word == "how" and counted and reading.text(start + 1) == "many":
        return ("number", "of", *counted)
    if len(said if whether or word == "when" else rest) >= _LONGEST + whether:
        return ()
    said = [t for t in said if t.lemma not in _AUXILIARY or t.kind != "verb"]
    told = tuple(t.text.lower() for t in said)
    if word == "when":
        return _moment(reading.text(start) if since else "date", said)
    if whether or word == "where":
        return ("place",) if word == "where" else ("whether", *told) if told else ()
    # "What it is" asks nothing; "what" alone is an answer that people may give.
    empty = not said and (word == "how" or (word == "what" and rest))
    named = _bare(rest) if word == "how" else rest
    asked = (t.text.lower() for t in named if t.kind != "determiner" or word == "how")
    return () if empty else (word, *asked)


def _bare(rest: Sequence[Token]) -> Sequence[Token]:
    """The words of “how sour it was”, and “how it's heated” that name it."""
    if len(rest) > _AROUND and rest[-1].lemma == "be" and rest[-2].kind == "pronoun":
        return rest[:-2]
    bare = [t for t in rest if t.kind != "pronoun" and t.text.lower() not in {"'s", "is", "are"}]
    told = len(bare) == 1 and bare[0].tag in {"VVN", "VVD", "AJ0"}
    return bare if told and len(rest) > 1 else rest


def _moment(name: str, said: Sequence[Token]) -> tuple[str, ...]:
    """“When it started” is `started at`, “when the bout started” as well, “when” a date."""
    verbs = [t for t in said if t.kind == "verb"]
    if not said:
        return (name,)
    if len(said) > 1 and len(verbs) != 1:
        return ()
    verb = verbs[0] if len(said) > 1 else said[0]
    return (verb.text.lower(), "at" if verb.lemma in _AT else "on")


_ANSWERS = frozenset({"yes", "y", "or"})
"""What a choice of two answers begins with."""


def answered(reading: Reading, position: int) -> int:
    """Where "yes or no" ends that begins at a position; the position itself where it does not."""
    end, words = position, ("yes", "no")
    if reading.text(position) not in _ANSWERS:
        return position
    if (reading.text(end), reading.text(end + 1)) == ("or", "not"):
        return end + 2
    if reading.text(end) == "y":
        words = ("y", "n")
    if reading.text(end) != words[0]:
        return position
    end += 1
    while reading.text(end) in JOINING:
        end += 1
    return end + 1 if reading.text(end) == words[1] else position


def asked_type(phrase: tuple[str, ...]) -> FieldType | None:
    """The type of a field whose name is a question; None for any other name, and for none."""
    first, rest = "".join(phrase[:1]), phrase[1:]
    if first == "how" and rest[:1] in {("many",), ("much",)}:
        return "integer" if rest[0] == "many" else "decimal"
    if first == "how" and not _MEASURES.isdisjoint(rest[:1]):
        return "decimal"
    if first == "what" and phrase[-1] in {"paid", "cost", "costs"}:
        return "money"
    if first == "what" and not rest:
        return "text"
    return _TYPES.get(first) if rest or first == "who" else None
