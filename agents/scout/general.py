"""General words that are records in one idea: “invoices with lines”, “audio for each piece”. Pure.

Most ideas mean nothing by "step" or "piece". One that has properties of its own, is a part of
something, is made by people, or is said one by one is a record like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agents.scout import implied, lexicon, mentions
from agents.scout.lists import field_type
from agents.scout.reading import Chunk, Reading, deed_to

_EACH = frozenset({"each", "every", "per"})
_TAKEN_DOWN = frozenset({"log", "record", "register", "file", "document", "report", "submit"})
"""What is done to a record, be it one: "log the call"."""
_WRITTEN = frozenset({"entry", "log", "report"})
_WRITING = frozenset({"post", "write", "publish", "upload", "submit", "file", "send"})
_FEWEST_LISTED = 2
"""Commas of the shortest list that defines something."""
_SHOWING = frozenset({"map", "list", "directory", "guide", "register", "catalogue", "index"})
_TOLD = frozenset({"with", "where", "that", "which", "to", "for", "in", "who"})
_HELD = frozenset({
    "auction", "camp", "ceremony", "concert", "course", "event", "fair", "festival", "gig",
    "lecture", "lesson", "market", "programme", "seminar", "show", "talk", "tasting", "test",
    "training", "walk", "webinar", "workshop",
})  # fmt: skip
"""What takes place more than once under the same name."""
_TAKING_PART = frozenset({"book", "choose", "enrol", "enroll", "join", "offer", "pick", "register"})
_OBJECTS = frozenset({"bank", "box", "desk", "row", "vault"})
"""Words that mean nothing else where there are several: “forty boxes”, “every row”."""
_SHOWN = frozenset({"photo", "photograph", "picture", "image"})
_SHOWING_THEM = frozenset({
    "add", "archive", "collect", "digitise", "digitize", "hang", "keep", "post", "publish", "put",
    "scan", "share", "show", "sort", "upload",
})  # fmt: skip
"""What is done to pictures that are kept for their own sake: “put up photos of their models”."""
_LISTS = frozenset({"list", "log", "record", "entry"})


def parts(readings: Sequence[Reading]) -> frozenset[str]:
    """The general words that what is said around them makes records."""
    return frozenset(w for reading in readings for w in (*_of(reading), *implied.words(reading)))


def _of(reading: Reading) -> Iterator[str]:
    weak, compound = lexicon.words().nouns.weak, lexicon.words().nouns.compound
    for chunk in reading.chunks:
        *first, head = chunk.words
        if head in _LISTS and first and first[-1] in weak | compound:
            yield first[-1]
        elif (
            (head in weak and not _is_few(reading, chunk) and _is_record(reading, chunk))
            or _are_made(reading, chunk)
            or is_thing(chunk)
            or _is_counted(reading, chunk)
            or _are_shown(reading, chunk)
            or _is_mapped(reading, chunk)
            or (first and _is_defined(reading, chunk))
        ):
            yield head
        if _is_dated(reading, chunk):
            yield "_".join(chunk.words)


def _is_dated(reading: Reading, chunk: Chunk) -> bool:
    """“Course dates”, “enrol in a course date”: when something takes place that is repeated."""
    *first, head = chunk.words
    happening = lexicon.archetypes()["happening"].words
    if head != "date" or not first or first[-1] not in _HELD.union(happening):
        return False
    after = reading.tokens[chunk.end] if chunk.end < len(reading.tokens) else None
    acts = after is not None and after.kind == "modal"
    deed = deed_to(reading, chunk)
    return chunk.plural or acts or (deed is not None and not _TAKING_PART.isdisjoint(deed.verbs))


def _is_counted(reading: Reading, chunk: Chunk) -> bool:
    """“Every box gets a number”, “hang boxes for owls”: things, not the app or a part of it."""
    if chunk.phrase[-1] not in _OBJECTS or len(chunk.words) > 1:
        return False
    if _before(reading, chunk) in _EACH:
        return True
    before = reading.tokens[max(chunk.start - 1, 0) : chunk.end]
    deed = deed_to(reading, chunk)
    done = deed is not None and bool(deed.actor or deed.pronoun)
    return chunk.plural and (done or any(token.kind == "number" for token in before))


def _are_shown(reading: Reading, chunk: Chunk) -> bool:
    """“We keep photos of the old village”: pictures that somebody shows for their own sake."""
    told = len(chunk.words) > 1 or reading.text(chunk.end) in {"of", "from"}
    if chunk.head not in _SHOWN or not chunk.plural or not told:
        return False
    deed = deed_to(reading, chunk)
    done = deed is not None and bool(deed.actor or deed.pronoun)
    return done and deed is not None and not _SHOWING_THEM.isdisjoint(deed.verbs)


def is_thing(chunk: Chunk) -> bool:
    """“Parking meter”, “road sign”: a general word behind one that says what kind of thing."""
    if len(chunk.words) == 1 or chunk.head not in lexicon.words().nouns.compound:
        return False
    first, people = chunk.words[-2], lexicon.words().people
    person = first in people.member or first in people.admin
    return not person and first not in lexicon.general_nouns()


def _is_mapped(reading: Reading, chunk: Chunk) -> bool:
    """“A map of places where ...”: what the app shows has no other name."""
    whole = reading.ending_at(chunk.start - 1) if reading.text(chunk.start - 1) == "of" else None
    told = reading.text(chunk.end) in _TOLD
    return told and chunk.phrase == ("place",) and chunk.plural and (
        whole is not None and whole.head in _SHOWING
    )  # fmt: skip


def _is_few(reading: Reading, chunk: Chunk) -> bool:
    """“With a few words”: so much of a text."""
    return "few" in {reading.text(chunk.start - 1), reading.text(chunk.start)}


def _is_defined(reading: Reading, chunk: Chunk) -> bool:
    """“Firing day: date, wood, remarks”: a line that says what such a record has."""
    nouns = lexicon.words().nouns
    general = chunk.head in nouns.stop and chunk.head not in lexicon.app_nouns()
    if not general or chunk.start or chunk.plural or reading.text(chunk.end) != ":":
        return False
    return reading.lower[chunk.end :].count(",") >= _FEWEST_LISTED


def _are_made(reading: Reading, chunk: Chunk) -> bool:
    """“We post reports”: several of what is written, which else are only views of the app."""
    deed = deed_to(reading, chunk) if chunk.plural and chunk.head in _WRITTEN else None
    return deed is not None and not _WRITING.isdisjoint(deed.verbs)


def _is_record(reading: Reading, chunk: Chunk) -> bool:
    typed = field_type(chunk.words) is not None
    if _before(reading, chunk) in _EACH:
        return not typed
    deed = deed_to(reading, chunk)
    if not chunk.plural and chunk.head != "series":
        return deed is not None and not typed and not _TAKEN_DOWN.isdisjoint(deed.verbs)
    if mentions.handled(deed) and not typed:
        return True
    if len(chunk.words) > 1 and not typed:
        return True
    after = reading.text(chunk.end)
    counted = after == "per" or (
        after in {"of", "where"} and reading.text(chunk.end + 1) in {"each", "every"}
    )  # fmt: skip
    if counted or (after == "with" and not typed and not _linked(reading, chunk)):
        return True
    return not typed and _is_part(reading, chunk)


def _linked(reading: Reading, chunk: Chunk) -> bool:
    """Whether a preposition leads to the phrase, so that what follows is of something else."""
    i = _start(reading, chunk)
    return i >= 0 and reading.tokens[i].kind == "preposition"


def _is_part(reading: Reading, chunk: Chunk) -> bool:
    """“Every course has modules”, “invoices with lines”, “grouped into series”."""
    i = _start(reading, chunk)
    link = reading.tokens[i].lemma if i >= 0 else ""
    if link == "into":
        return True
    if link not in {"with", "have"}:
        return False
    owner = next((c for c in reading.last_before(i)), None)
    return owner is not None and owner.head not in lexicon.general_nouns()


def _start(reading: Reading, chunk: Chunk) -> int:
    i = chunk.start - 1
    while i >= 0 and reading.tokens[i].kind in {"determiner", "number", "adjective", "other"}:
        i -= 1
    return i


def _before(reading: Reading, chunk: Chunk) -> str:
    for i in range(chunk.start - 1, max(chunk.start - 3, -1), -1):
        if reading.text(i) in _EACH:
            return reading.text(i)
    return reading.text(chunk.start) if reading.text(chunk.start) in _EACH else ""
