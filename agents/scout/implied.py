"""Records that are only told of: “each time somebody feeds the cat it is noted how much”. Pure.

Also the days that people sign up for ("planting days"), the lists that they pick, and those of whom
there is a list each ("per kid a list").
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.scout import lexicon, names
from agents.scout.definitions import definition
from agents.scout.lists import Attribute
from agents.scout.reading import Chunk, Reading
from agents.scout.telltale import Telltale

_OUTSIDE = -1
"""The place of a noun that the sentence only implies."""
_EACH = frozenset({"each", "every", "any"})
_WHENEVER = frozenset({"whenever", "whoever", "wherever"})
_SOMEBODY = frozenset({"anybody", "anyone", "somebody", "someone", "one", "we", "i"})
_EACH_TIME = Telltale(
    r"when(?:ever|\b)|\bif\b|whoever|wherever|\b(?:each|every|any) time\b",
    "when", "if", "ever", " time",
)  # fmt: skip
_NOTING = frozenset({"write", "note", "record", "log", "enter", "jot", "put", "register", "type"})
_ENTERING = frozenset({"enter", "register", "type"})
_NOT_DEEDS = frozenset({"get", "have", "be", "need", "want", "wish", "see", "try"}) | _NOTING
_MOVING = frozenset({"take", "bring", "remove", "fetch"})
_TIMES: dict[str, str] = {
    "break": "breakdown", "change": "change", "fall": "fall", "hand": "handover",
    "open": "opening", "stop": "stoppage", "switch": "switch", "top": "top_up", "use": "use",
}  # fmt: skip
"""Deeds that leave a record where each time is noted, besides those of lexicon/nominals.toml."""
_LATE = 2
"""Tokens behind the verb of noting where what is noted may begin."""

DAYS = frozenset({
    "day", "evening", "night", "morning", "afternoon", "weekend", "saturday", "sunday", "friday",
    "thursday", "wednesday", "tuesday", "monday", "week",
})  # fmt: skip
_TAKING_PART = re.compile(
    r"\b(?:sign(?:s|ed|ing)? (?:\w+ )?up (?:for|to|on)"
    r"|(?:register|enrol|enroll|volunteer)s? (?:for|in|on)"
    r"|puts? (?:\w+ ){1,2}down for|puts? (?:their|his|her|my|a|our) names? (?:down )?(?:for|on)"
    r"|(?:book|join|choose|pick)s?)(?: (?:the|our|a|an|one|some|several|these|two|three))?\s+$"
)
_NO_DAYS = frozenset({
    "work", "working", "week", "business", "school", "bank", "opening", "holiday", "summer",
    "winter", "game", "movie", "rest", "sick", "vacation", "quiz", "next", "other",
})  # fmt: skip
"""Before a day, what says only which it is: "on school days"."""
_PICKED = re.compile(
    r"\b(?:pick|choose|select|copy|share|duplicate|reuse|open|send)s? "
    r"(?:[\w' ]{0,30} (?:to|with) )?(?:a|the|one|that|which|another|each) (?:whole )?lists?\b"
)
_KEPT_AT = re.compile(
    r"\b(?:how (?:many|much|often)|stock|amount|number|quantity|what|which|where)\b[^.;?!]{0,60}"
    r"\b(?:in|at|on) (?:the|my|our) [\w -]{2,24}?(?:,|,? and|,? or) (?:in|at|on) (?:the|my|our) \w"
)
_SEVERAL_PLACES = Telltale(
    r"\b(?:lies?|kept|stored?|stands?|are|hangs?|spread) (?:in|at|over|across) "
    r"(?:two|three|four|five|six|several|different|many|\d+) (?:different )?places\b",
    " places",
)
_CARDS = frozenset({"list", "page", "sheet", "card", "file", "record", "folder", "profile", "book"})
_NEAR = 4
"""Words at most between somebody and the list that there is of each."""
_FEWEST_LISTED = 2
"""Commas of the shortest list that defines something."""
_MADE = frozenset({"write", "create", "send", "make", "add", "open", "draft"})

_LOGS = frozenset({"diary", "journal", "log", "logbook", "tracker"})
_GUIDES = frozenset({"atlas", "catalogue", "directory", "guide", "index", "map", "register"})
_FIRST = 4
"""Where the first noun of an idea begins at the latest."""


def each_time(reading: Reading) -> tuple[str, int] | None:
    """The noun of what is noted each time, and where it says what; None for no such sentence."""
    start = _start(reading) if _EACH_TIME.search(reading.source) else -1
    if start < 0:
        return None
    noting = next((i for i in range(len(reading.tokens)) if _notes(reading, i)), None)
    if noting is None:
        return None
    end = noting if noting > start else len(reading.tokens)
    done = [i for i in range(start + 1, end) if _is_done(reading, i)]
    done.sort(key=lambda i: reading.tokens[i].kind != "verb")
    noun = next((noun for i in done if (noun := _noun(reading, i))), "")
    return (noun, noting + 1) if noun else None


def _notes(reading: Reading, i: int) -> bool:
    token, before = reading.tokens[i], reading.tokens[i - 1] if i else None
    said = token.kind == "verb" or before is None or before.kind in {"mark", "pronoun"}
    after = reading.text(i + 1)
    whole = token.lemma in _ENTERING and after in {"it", "them", "him", "her"}
    whole |= token.lemma == "write" and after in {"to", "us", "me"}
    return token.lemma in _NOTING and said and not whole


def _is_done(reading: Reading, i: int) -> bool:
    """Whether a word is what somebody does: “one of us waters”, “anyone tops up”."""
    token, before = reading.tokens[i], reading.text(i - 1)
    somebody = before in _SOMEBODY | {"us", "them", "you", "he", "she", "they"}
    return before != "to" and (token.kind == "verb" or (token.kind == "noun" and somebody))


def _start(reading: Reading) -> int:
    """Where “each time”, “whenever” or “if somebody” ends; -1 for none of them."""
    for i, word in enumerate(reading.lower):
        if word in _WHENEVER:
            return i
        if word in _EACH and reading.text(i + 1) == "time":
            return i + 1
        if word in {"when", "if"} and reading.text(i + 1) in _SOMEBODY - {"we", "i"}:
            return i + 1
    return -1


def _noun(reading: Reading, i: int) -> str:
    lemma = reading.tokens[i].lemma
    if lemma in _NOT_DEEDS or reading.text(i + 1) in {"something", "anything"}:
        return ""
    if lemma in _MOVING:
        return "stock_movement" if _moves(reading, i) else ""
    return _TIMES.get(lemma) or lexicon.nominals().get(lemma, "")


def _moves(reading: Reading, i: int) -> bool:
    """“Takes vials”, “takes one out”: not "takes a bath"."""
    chunk = next((c for c in reading.chunks if c.start > i), None)
    out = "out" in reading.lower[i + 1 : i + 4] or "away" in reading.lower[i + 1 : i + 4]
    other = reading.text(i + 1) in {"or", "and"}
    return out or (chunk is not None and chunk.plural and (other or chunk.start - i <= _LATE))


def places(reading: Reading) -> str:
    """The noun for where things are kept: “how many are in the car, in the bathroom”; or ""."""
    if _KEPT_AT.search(reading.source):
        return "location"
    return "place" if _SEVERAL_PLACES.search(reading.source) else ""


def told(reading: Reading) -> Iterator[Attribute]:
    """What is noted each time, as properties of the record that it makes."""
    found = each_time(reading)
    if found is None:
        return
    noun, start = found
    words = tuple(noun.split("_"))
    owner = Chunk(_OUTSIDE, _OUTSIDE, words, words)
    while reading.text(start) in {"down", "it", "also", "the"}:
        start += 1
    stop = next((i for i in range(start, len(reading.tokens)) if reading.text(i) in ".;"), None)
    for each in definition(reading, start, stop=stop, sure=True):
        yield Attribute(owner, each.item, each.phrase, "has", each.options, each.end)


def words(reading: Reading) -> Iterator[str]:
    """The general words of a sentence that are records in it: a day, a list, a call."""
    for chunk in reading.chunks:
        if _is_day(reading, chunk):
            yield names.key_of(*chunk.words)
        elif chunk.words == ("list",) and _PICKED.search(reading.source):
            yield "list"
        elif _is_written(reading, chunk):
            yield chunk.head


def day_of(chunk: Chunk) -> tuple[str, ...]:
    """The words of a day of its own kind, “planting day”; () for any other phrase."""
    said = len(chunk.words) > 1 and chunk.head in DAYS and chunk.words[-2] not in _NO_DAYS
    return chunk.words if said else ()


def _is_day(reading: Reading, chunk: Chunk) -> bool:
    """“Sign up for planting days”: when something takes place that people take part in."""
    return (
        bool(day_of(chunk))
        and _TAKING_PART.search(reading.source[: reading.starts[chunk.start]]) is not None
    )


def _is_written(reading: Reading, chunk: Chunk) -> bool:
    """“Write call: date, place, time”: what is made and has properties."""
    weak = reading.text(chunk.end) == ":" and chunk.head in lexicon.words().nouns.weak
    if not weak or len(chunk.words) > 1:
        return False
    i = chunk.start - 1
    i -= reading.text(i) in {"a", "the", "one"}
    listed = reading.lower[chunk.end :].count(",") >= _FEWEST_LISTED
    return listed and i >= 0 and reading.tokens[i].lemma in _MADE


def has_card(reading: Reading, chunk: Chunk) -> bool:
    """“Per kid a list”, “a page for each pupil”: somebody of whom there is a record."""
    first = chunk.start - 1
    said = {reading.text(first), reading.text(chunk.start)}
    if said.isdisjoint({"per", "each", "every"}):
        return False
    behind = reading.lower[chunk.end : chunk.end + _NEAR]
    if any(word in {":", ".", ";"} for word in behind[:1]):
        behind = ()
    if behind and (
        behind[0] in {"a", "one", "i", "we", "its", "his", "her"} or behind[0] == "gets"
    ):
        return not _CARDS.isdisjoint(behind)
    before = reading.lower[max(first - 2, 0) : first + 1]
    return not _CARDS.isdisjoint(before)


def is_opening(reading: Reading, chunk: Chunk, words: tuple[str, ...]) -> bool:
    """“Hiccup diary: ...”, “guide to fords”: what an idea begins with that there is more of."""
    if reading.number > 1 or chunk.start > _FIRST:
        return False
    i = chunk.start - 1
    if chunk.plural and reading.text(i) in {"to", "of"}:
        return reading.text(i - 1) in _GUIDES
    if i > 0 or chunk.head not in _LOGS or chunk.head == words[-1]:
        return False
    classes = lexicon.noun_classes()
    held = classes.things | classes.stuff | classes.measures | lexicon.words().nouns.organisations
    return (
        words[-1] == "entry" or words[-1] not in held | lexicon.persons() | lexicon.general_nouns()
    )
