"""What is written down of what people do: “note what I sow”, “record who played what”. Pure.

The table of the verbs and the nouns of their records is `lexicon/nominals.toml`. What is done at
set times is written down as well: “hives are inspected every week”, “its weight is taken daily”.
"""

from __future__ import annotations

from collections.abc import Iterator

from agents.scout import lexicon
from agents.scout.reading import Reading
from agents.scout.telltale import Telltale

_RECORDING = frozenset(
    {"note", "record", "log", "write", "track", "see", "know", "remember", "list", "enter", "keep",
     "history", "save", "type", "jot"}
)  # fmt: skip
_ASKING = frozenset({"what", "who", "when", "which", "how", "where", "whom"})
_MEANING = frozenset({"agree", "forget", "need", "plan", "promise", "try", "wish"})
_REASONS = frozenset({"because", "otherwise", "such", "without"})
_ONCE = frozenset(
    {"arrive", "build", "buy", "deliver", "dispatch", "make", "order", "send", "ship"}
)
"""What happens to a thing but once: the day of it is the thing's."""
_POSSIBLE = frozenset({"can", "could", "may", "might"})
_NO_DEED = {
    "bring": frozenset({"back"}),
    "find": frozenset({"again", "out"}),
    "give": frozenset({"mark", "marks", "points", "star", "stars", "up", "way"}),
    "run": frozenset({"dry", "late", "low", "out", "short"}),
    "turn": frozenset({"down", "into", "out", "up"}),
}
"""Words behind a verb with which it is another: “runs low”, “turned into”."""
_PARTICLES = frozenset({"in", "off", "out", "over", "up"})
_PHRASAL = {
    ("check", "in"): "check_in", ("drop", "off"): "drop_off", ("fill", "up"): "filling",
    ("give", "out"): "issue", ("hand", "in"): "submission", ("hand", "out"): "issue",
    ("hand", "over"): "handover", ("look", "up"): "", ("pick", "out"): "",
    ("pick", "up"): "pickup", ("read", "out"): "", ("see", "off"): "", ("take", "over"): "",
    ("turn", "in"): "submission", ("turn", "out"): "", ("turn", "over"): "", ("turn", "up"): "",
}  # fmt: skip
"""What people do by a verb and a word that changes what it means."""
_BEFORE = frozenset({":", ","})
_SUBJECTS = frozenset({"each", "everybody", "everyone", "we"})
"""What stands before and behind “what” where it asks for something to be written down."""
_NEAR = 4
"""Words at most between the verb of recording and what is asked."""
_OF_TWO = frozenset({"borrow", "lend", "owe"})
"""Deeds that are between two by themselves, and so are written down."""
_TAKING = frozenset({"check", "enter", "log", "measure", "note", "read", "record", "take", "weigh"})
"""What is done with a size to know it."""
_GIVING = frozenset({"give", "take", "inject", "administer", "swallow"})
_HIM = frozenset({"he", "she", "it", "they", "him", "her", "them"})
"""What is done with a medicine, and to whom."""
_OFTEN = frozenset({"daily", "weekly", "monthly", "yearly", "annually", "hourly", "regularly"})
_REPEATING = frozenset({"every", "each", "once", "twice", "times"})
_SPANS = frozenset(
    {"minute", "hour", "day", "night", "morning", "evening", "week", "fortnight", "month",
     "quarter", "year", "season", "spring", "summer", "autumn", "winter", "monday", "tuesday",
     "wednesday", "thursday", "friday", "saturday", "sunday", "shift", "visit"}
)  # fmt: skip
_ROUNDS = frozenset({
    "calibrate", "clean", "count", "feed", "harvest", "inspect", "measure", "milk", "observe",
    "prune", "sample", "shear", "spray", "test", "treat", "vaccinate", "water", "weigh",
})  # fmt: skip
"""What people do again and again, and note each time."""
_AMOUNTS = frozenset({"kg", "kilo", "kilogram", "gram", "litre", "liter", "pound", "tonne"})
_DOING = Telltale(
    r"\b(?:list (?:of|with)|lists?|sees?|shows?|knows?|told|tells?)"
    r" (?:what|everything|all|anything|things|jobs) (?:there is |that )?"
    r"(?:to do\b(?! with)|needs doing|(?:has|have|needs|is|are|must) (?:to )?be done)",
    "to do", "doing", "done",
)  # fmt: skip
_BUYING = Telltale(
    r"\b(?:what|things) (?:\w+ (?:need|have) )?to (?:buy|shop for)\b", "to buy", "to shop"
)
_BRINGING = Telltale(
    r"\blist (?:of|with) (?:what|things|everything) (?:\w+ (?:needs?|have|has) )?"
    r"to (?:bring|pack)\b",
    "to bring", "to pack",
)  # fmt: skip
_LISTED = Telltale(r"\bto[- ]?do[- ]lists?\b", "do list", "do-list")
_COMING = Telltale(
    r"\b(?:says?|tells?|answers?|replies|reply|let (?:us|me) know)\b[^.;:]{0,40}\b(?:whether|if)\b"
    r"[^.;:]{0,30}\b(?:comes?|coming|attends?|takes? part|joins?|(?:is|are|be) there|can make it)\b"
    r"|\bthey (?:say|answer) yes or no\b",
    "whether", "if", "yes or no",
)  # fmt: skip
_NEEDS = ((_COMING, "rsvp"), (_LISTED, "task"), (_DOING, "task"), (_BUYING, "shopping_item"),
          (_BRINGING, "packing_item"))  # fmt: skip
"""What a list is of that only says what is to be done with it: “a list of what to do”."""
_BEHIND = 7
"""Words behind a deed among which it is said how often it is done."""


def _by_whom(reading: Reading, i: int) -> bool:
    """“What was bought by whom”: a passive of which the one who did it is asked."""
    return reading.text(i + 1) == "by" and reading.text(i + 2) in {"whom", "who"}


def recorded(reading: Reading) -> Iterator[str]:
    """The nouns of what the sentence wants written down, as people name such records."""
    recording = -_NEAR - 1
    asked = False
    for i, token in enumerate(reading.tokens):
        if token.lemma in _RECORDING and not (asked and token.tag == "VVD"):
            recording, asked = i, False
        if token.text in {".", ";", ":", "("} or _changes(reading, i):
            recording, asked = -_NEAR - 1, False
        if token.text.lower() in _ASKING and (
            asked or i - recording <= _NEAR or _begins(reading, i)
        ):
            asked = True
        elif (
            (noun := _noun(reading, i)) and not _means_to(reading, i) and not _is_other(reading, i)
        ):
            by = _by_whom(reading, i) or (asked and token.kind == "verb")
            if by or _who_did(reading, i) or _regular(reading, i):
                yield noun


def _noun(reading: Reading, i: int) -> str:
    """The record of what a word says that people do, "" where it says none.

    “Picks up” is no picking, “an observing field” nothing that anybody does there.
    """
    verb, after = reading.tokens[i].lemma, reading.text(i + 1)
    if after in _PARTICLES:
        together = _PHRASAL.get((verb, after))
        if together is not None:
            return together
    if reading.tokens[i].tag == "VVG" and reading.starting_at(i) is not None:
        return ""
    return lexicon.nominals().get(verb, "")


def _begins(reading: Reading, i: int) -> bool:
    """“The kitty: what each family paid, what we spent”: what is asked for stands by itself."""
    before, after = reading.text(i - 1), reading.text(i + 1)
    return before in _BEFORE and reading.text(i) == "what" and after in _SUBJECTS


def _means_to(reading: Reading, i: int) -> bool:
    """“What I need to buy”: it is the buying that is asked for."""
    return reading.tokens[i].lemma in _MEANING and reading.text(i + 1) == "to"


def _changes(reading: Reading, i: int) -> bool:
    """Whether a word begins what is no longer asked: the reason, the aim, what is gone without."""
    word = reading.text(i)
    return word in _REASONS or (word == "so" and reading.text(i + 1) == "that")


def _is_other(reading: Reading, i: int) -> bool:
    """“When it was sent”, “where to drive”, “when one may play”, “and send it across”, “runs low”.

    A day or a place of what is asked for, what is only possible or allowed (“who sees what”), or
    what is done with the answer.
    """
    before, after = reading.text(i - 1), reading.text(i + 1)
    verb = reading.tokens[i].lemma
    start = i - 2 if before == "it" else i - 3 if reading.text(i - 2) == "it" else 0
    of_it = verb in _ONCE and reading.text(start) in {"when", "where"}
    aim = before == "to" and reading.text(i - 2) in {"how", "when", "where", "whom"}
    passive = before == "be" and reading.text(i - 2) in {"to", *_POSSIBLE}
    possible = before in _POSSIBLE or (before == "to" and reading.text(i - 2) == "got")
    time = verb == "lose" and not _SPANS.isdisjoint(reading.lemmas[max(i - 4, 0) : i])
    answer = before in {"and", "to"} and after in {"it", "them", "one"}
    near = {after, reading.text(i + 2)}
    if verb == "bring" and ("fetch" in reading.lemmas or before == "to"):
        return True
    if before == "who" and reading.text(i) in {"see", "sees"}:
        return True
    return (
        of_it
        or aim
        or passive
        or possible
        or time
        or answer
        or not near.isdisjoint(_NO_DEED.get(verb, ()))
    )


def _who_did(reading: Reading, i: int) -> bool:
    """“Who watered which plant”, “who paid what”: two things are asked of a deed."""
    after = {reading.text(k) for k in (i + 1, i + 2)} & (_ASKING - {"where"})
    asked = bool(after) or reading.tokens[i].lemma in _OF_TWO
    return reading.text(i - 1) == "who" and reading.tokens[i].kind == "verb" and asked


def _regular(reading: Reading, i: int) -> bool:
    """“Are inspected every two weeks”, “harvested in kg”: each time is one to be written down."""
    if i > 0 and reading.tokens[i].lemma in _ROUNDS and _by_people(reading, i):
        return _how_often(reading, i + 1)
    if reading.tokens[i].tag not in {"VVN", "VVD"} or i == 0:
        return False
    done = reading.tokens[i - 1].lemma == "be" or reading.tokens[i - 1].kind in {"noun", "other"}
    amount = reading.text(i + 1) == "in" and _lemma(reading, i + 2) in _AMOUNTS
    return done and (amount or _how_often(reading, i + 1))


def _by_people(reading: Reading, i: int) -> bool:
    """Whether a verb is what people do: "we weigh daily", "students measure every Monday"."""
    token, before = reading.tokens[i], reading.tokens[i - 1]
    return token.kind == "verb" and (before.kind in {"pronoun", "other"} or before.plural)


def needed(reading: Reading) -> Iterator[str]:
    """What is listed by what is to be done: “a list of what to do” has tasks."""
    yield from (noun for phrase, noun in _NEEDS if phrase.search(reading.source))


def taken(reading: Reading) -> Iterator[str]:
    """The sizes that are known at set times: “its weight is taken every day”."""
    measures = lexicon.noun_classes().measures
    for chunk in reading.chunks:
        before = _lemma(reading, chunk.start - 1)
        giver = _lemma(reading, chunk.start - 2) if before in _HIM else before
        if giver in _GIVING and _how_often(reading, chunk.end):
            yield chunk.head
        if chunk.head not in measures or chunk.plural:
            continue
        passive = _lemma(reading, chunk.end) == "be" and _lemma(reading, chunk.end + 1) in _TAKING
        taken = any(_lemma(reading, k) in _TAKING for k in range(chunk.start - 2, chunk.start))
        if (passive or taken) and _how_often(reading, chunk.end):
            yield chunk.head


def _lemma(reading: Reading, i: int) -> str:
    return reading.tokens[i].lemma if 0 <= i < len(reading.tokens) else ""


def _how_often(reading: Reading, start: int) -> bool:
    """Whether the words from a position on, up to the end of the clause, tell a rhythm."""
    for i in range(start, min(start + _BEHIND, len(reading.tokens))):
        word = reading.text(i)
        if word in {",", ";", ".", ":"}:
            return False
        if word in _OFTEN and _lemma(reading, i + 1) not in {c.head for c in reading.chunks}:
            return True
        near = {_lemma(reading, k) for k in range(i + 1, i + 4)}
        if word in _REPEATING and near & _SPANS:
            return True
    return False
