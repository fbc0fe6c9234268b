"""Fields of what an app is for, listed behind a title: “Guide to fords - depth, bottom”. Pure.

Also those that a sentence lists of what the one before it spoke of: “Each has a number”.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec

from agents.scout import implied, lexicon
from agents.scout.asked import answered, question_end
from agents.scout.attributes import attributes
from agents.scout.carriers import HAVING, KEEPING, WITH
from agents.scout.definitions import definition
from agents.scout.lists import MOST_ITEMS, Attribute, field_type, items
from agents.scout.reading import JOINING, Chunk, Reading
from agents.scout.states import states

_FEWEST = 3
"""Fields of the shortest list behind a title."""
_LATEST = 4
"""Where the word for the app begins at the latest: "I want a simple private log of"."""
_MARKS = frozenset({":", "-", "–", "—"})
_LINKS = frozenset({"for", "of", "to", "about"})
_WORDS = frozenset({"guide", "index", "inventory", "map", "memo", "notebook", "notes", "table"})
"""Words for an app that may stand for something else elsewhere."""
_ENDINGS = frozenset({"no", "not", "without", "must", "should", "just", "only", "please", "nobody"})
"""Words with which a list of fields is over."""
_FINITE = frozenset({"VVZ", "VVB", "VM0", "VHB", "VHZ", "VBZ", "VBB", "VBD"})
_HAVING = frozenset({"have", "hold", "carry", "get", "need"})
_BETWEEN = frozenset({"determiner", "number", "mark", "other", "adjective"})
"""What may stand between "for" and the noun: "for my 2,300 stickers"."""
_WISHING = frozenset({"want", "need", "would", "like", "build", "make", "create"})
_UNSAID = frozenset({"modal", "other", "pronoun", "determiner"})
_PRONOUNS = frozenset({"they", "it", "each", "every"})
_ASIDE = frozenset({"summer", "winter", "day", "week", "month", "year", "evening", "morning"})


def properties(
    readings: Sequence[Reading], about: Chunk | None
) -> dict[int, tuple[Attribute, ...]]:
    """What every sentence says beside a noun, by its number; `about` is what the idea is about."""
    found, before = {}, None
    for reading in readings:
        titled, span = listed(reading)
        beside = (one for one in attributes(reading) if not _within(reading, one, span))
        told = of_those_before(reading, before)
        found[reading.number] = (
            *titled,
            *beside,
            *states(reading, about),
            *implied.told(reading),
            *told,
        )
        before = reading
    return found


def _within(reading: Reading, found: Attribute, span: range) -> bool:
    """Whether an attribute only repeats a title's list; "ingredients with amounts" does not."""
    if found.item.start not in span:
        return False
    if found.owner is None or found.owner.start not in span:
        return True
    return any(reading.text(k) in {",", "("} for k in range(found.owner.end, found.item.start))


def listed(reading: Reading) -> tuple[list[Attribute], range]:
    """The fields that a title's list gives to what the app is for, and the tokens of the list."""
    mark = _title_end(reading)
    owner = _subject(reading, mark) if mark else None
    if owner is None:
        return [], range(0)
    end = _list_end(reading, mark + 1)
    first = next((i for i in range(mark, end) if reading.text(i) in {",", "and"}), end)
    if any(reading.text(i) in WITH for i in range(mark, first)):
        # "Audio guide: stops with a number, a room": the stops have them.
        return [], range(0)
    found = definition(reading, mark + 1, stop=end, sure=True)
    typed = sum(field_type(one.phrase) is not None or bool(one.options) for one in found)
    if len(found) < _FEWEST or not typed:
        return [], range(0)
    fields = [one for one in found if not _several_of(reading, one)]
    return [_of(owner, one) for one in islice(fields, MOST_ITEMS)], range(mark, end)


def _several_of(reading: Reading, found: Attribute) -> bool:
    """Whether a piece names things of their own: "playlists of the best ones"."""
    first = reading.starting_at(found.item.start)
    if first is None or not first.plural or field_type(found.phrase) is not None:
        return False
    # "Frames of brood" are counted, "playlists of the best ones" are kept.
    return (reading.text(first.end), reading.text(first.end + 1)) == ("of", "the")


def _of(owner: Chunk, found: Attribute) -> Attribute:
    return msgspec.structs.replace(found, owner=owner, how="has", sure=True)


def _title_end(reading: Reading) -> int:
    """Where the mark stands that ends a title; 0 where the sentence has none."""
    first = reading.text(0) in _WORDS or any(_names_app(reading, c) for c in reading.chunks[:2])
    depth = 0
    for i, token in enumerate(reading.tokens if first else ()):
        depth += (token.text == "(") - (token.text == ")")
        if not depth and token.text in _MARKS and i:
            return i
        if token.text in {".", ";", "!", "?"}:
            return 0
    return 0


def _names_app(reading: Reading, chunk: Chunk) -> bool:
    """Whether a phrase near the start is for the app: not in "lawyers record time entries"."""
    known = chunk.head in lexicon.app_nouns() | _WORDS and not chunk.plural
    verbs = [t for t in reading.tokens[: chunk.start] if t.kind in {"verb", "modal"}]
    return known and chunk.start <= _LATEST and all(t.lemma in _WISHING for t in verbs)


def _subject(reading: Reading, mark: int) -> Chunk | None:
    """What a title says that the app is for: of "a recipe box for syrups" the recipes."""
    known = lexicon.app_nouns() | _WORDS
    at = next((c for c in reading.chunks if c.head in known and c.end <= mark), None)
    if at is not None and len(at.phrase) > 1:
        words = at.words[:-1] or at.phrase[-2:-1]
        if len(at.words) > 1 or words[0].endswith("ing"):
            return Chunk(at.start, at.end, words, words)
    i = 1 if at is None else at.end
    while reading.tokens[i].kind in {"other", "adjective"}:
        i += 1
    if reading.text(i) not in _LINKS or i >= mark:
        return None
    said = next((c for c in reading.chunks if c.start > i), None)
    if said is not None and reading.tokens[said.end].kind == "possessive":
        # "Our circle's fabrics": what the circle has.
        i, said = said.end, reading.starting_at(said.end + 1)
    if said is None or said.end > mark or said.head in lexicon.persons():
        return None
    near = all(reading.tokens[k].kind in _BETWEEN for k in range(i + 1, said.start))
    # A title made one line of a list has "each tracker for houseplant".
    several = said.plural or reading.text(0) == "each"
    return msgspec.structs.replace(said, plural=several) if near else None


def _list_end(reading: Reading, start: int) -> int:
    """Where the list is over: at a mark, at a clause, or at a word that asks for something else."""
    depth, piece = 0, start
    for i in range(start, len(reading.tokens)):
        word = reading.text(i)
        depth += (word == "(") - (word == ")")
        if depth:
            continue
        if word in {".", ";", "!", "-", "–"}:
            return i
        if word in JOINING:
            piece = i + 1
        elif (i == piece and word in _ENDINGS and answered(reading, i - 2) <= i) or _is_clause(
            reading, piece, i
        ):
            return piece - 1
    return len(reading.tokens)


def _is_clause(reading: Reading, piece: int, i: int) -> bool:
    """Whether a piece of a list says what somebody does: "riders leave reports"."""
    if reading.tokens[i].tag not in _FINITE or question_end(reading, piece) > piece:
        return False
    said = reading.tokens[i - 1]
    several = said.kind == "noun" and said.plural and reading.ending_at(i) is not None
    return i > piece and (several or said.kind in {"pronoun", "relative"})


def of_those_before(reading: Reading, before: Reading | None) -> Iterator[Attribute]:
    """“We lend our scythes. Each has a number”: what the sentence before spoke of has them."""
    start = _told_from(reading)
    if before is None or not start:
        return
    owner = _spoken_of(before.chunks, several=reading.text(0) != "it")
    found = definition(reading, start, of=0) if reading.text(start - 1) == ":" else []
    found = found or list(items(reading, start))
    typed = sum(field_type(one.phrase) is not None for one in found)
    if owner is not None and len(found) > 1 and typed:
        away = Chunk(-1, -1, owner.words, owner.phrase, plural=owner.plural)
        yield from (_of(away, one) for one in found)


def _told_from(reading: Reading) -> int:
    """Where the list begins of “each has”, “for each I would like to see”, “each one:”."""
    first = 1 if reading.text(0) in {"for", "of", "per"} else 0
    i = first + 1
    if reading.text(first) not in (_PRONOUNS - {"they", "it"} if first else _PRONOUNS):
        return 0
    i += reading.text(i) == "one"
    i += 2 * ((reading.text(i), reading.text(i + 1)) in {("of", "them"), ("of", "these")})
    if reading.text(i) == ":":
        return i + 1
    while i < len(reading.tokens) and reading.tokens[i].kind in _UNSAID:
        i += 1
    while first and reading.tokens[i : i + 1] and reading.tokens[i].lemma in _WISHING:
        i += 1 + (reading.text(i + 1) == "to")
    has = reading.tokens[i].lemma if i < len(reading.tokens) else ""
    known = has in _HAVING or (first and has in KEEPING | HAVING)
    needs = first and reading.tokens[i - 1].lemma == "need"
    return i + 1 if known else i if needs else 0


def _spoken_of(chunks: Sequence[Chunk], *, several: bool) -> Chunk | None:
    stop = lexicon.words().nouns.stop | lexicon.persons() | _ASIDE
    fits = [c for c in chunks if c.head not in stop and c.plural == several]
    return fits[-1] if fits else None
