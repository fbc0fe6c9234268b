"""Lists in a sentence: the nouns of an enumeration, or the short pieces of a definition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice, pairwise

from msgspec import Struct

from agents.scout import lexicon, options
from agents.scout.reading import JOINING, Chunk, Reading
from agents.scout.tokens import Token
from contracts.model import FieldType

MOST_ITEMS = 20
"""Items of a list that are read as one; no form shows as many."""

_FEW = 2
_DATED = 2
"""Words of a field such as "borrowed on"."""
_LONGEST_PIECE = 4
"""Words of the longest piece of a definition that names a field."""
SEVERAL = frozenset({
    "list", "collection", "set", "series", "couple", "range", "selection", "lot", "gallery",
    "variety", "log", "history",
})  # fmt: skip
"""What there are several things of: "a list of pieces" is pieces."""
BETWEEN = frozenset({"determiner", "number", "possessive"})


class Attribute(Struct, frozen=True):
    """An item that the sentence puts beside `owner` (None: beside the app as a whole).

    `how`: `has` for a list of properties, `sorted` and `grouped` for "by", `belongs` for what
    it is a part of, `child` for what is a part of it.
    """

    owner: Chunk | None
    item: Chunk
    phrase: tuple[str, ...]
    how: str
    options: tuple[str, ...] = ()
    end: int = 0


def items(reading: Reading, position: int) -> Iterator[Attribute]:
    """The nouns of the list that begins at a position; `date of birth` is one item."""
    return islice(_items(reading, position), MOST_ITEMS)


def _items(reading: Reading, position: int) -> Iterator[Attribute]:
    i = position
    while i < len(reading.tokens):
        chunk = reading.starting_at(i)
        if chunk is None:
            joins = reading.text(i) in JOINING or reading.tokens[i].kind in BETWEEN
            if not joins and reading.text(i) not in {
                "as",
                "well",
                "also",
                "optional",
                "optionally",
            }:
                return
            i += 1
            continue
        phrase, i = chunk.phrase, chunk.end
        rest = reading.starting_at(i + 1) if reading.text(i) == "of" else None
        if (
            rest is not None
            and rest.plural
            and chunk.head in SEVERAL
            and (reading.text(rest.end) == "with")
        ):
            chunk, phrase, i = rest, rest.phrase, rest.end
        elif rest is not None and (
            field_type((*phrase, "of", *rest.phrase)) or chunk.head in {"date", "number", "name"}
        ):
            counted = reading.text(rest.end - 1) if chunk.head == "number" else rest.phrase[-1]
            phrase, i = (*phrase, "of", *rest.phrase[:-1], counted), rest.end
        elif rest is not None and rest.plural and chunk.head in SEVERAL:
            chunk, phrase, i = rest, rest.phrase, rest.end
        told: tuple[str, ...] = ()
        if reading.text(i) == "(":
            told, i = _parenthesis(reading, i)
        else:
            named, told, end = _alternatives(reading, chunk)
            phrase, i = (named, end) if told else (phrase, i)
        yield Attribute(None, chunk, phrase, "item", told, i)


def _alternatives(reading: Reading, chunk: Chunk) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    """“Status learning, polishing or done”: the field, its options, and where they end."""
    words = [reading.tokens[k].lemma for k in range(chunk.start, chunk.end)]
    at = next((k for k, word in enumerate(words) if field_type((word,)) == "enum"), None)
    if at is None:
        return (), (), chunk.end
    found, end = options.spoken(reading, chunk.start + at + 1)
    return tuple(words[: at + 1]), found, end


def _parenthesis(reading: Reading, i: int) -> tuple[tuple[str, ...], int]:
    """The words in parentheses as options, and the position after them."""
    parts: list[list[str]] = [[]]
    for k in range(i + 1, len(reading.tokens)):
        word = reading.text(k)
        if word == ")":
            found = tuple(" ".join(p)[:60] for p in parts if p)
            return (found if len(found) > 1 else ()), k + 1
        if word == "(":
            break
        if word in JOINING:
            parts.append([])
        else:
            parts[-1].append(word)
    return (), i + 1


@lru_cache(maxsize=1)
def _types() -> tuple[dict[str, FieldType], dict[str, FieldType]]:
    table = lexicon.field_words()
    phrases: dict[str, FieldType] = {
        phrase: kind for kind, found in table.phrases.items() for phrase in found
    }
    words: dict[str, FieldType] = {
        word: kind for kind, found in table.words.items() for word in found
    }
    return phrases, words


def field_type(phrase: tuple[str, ...]) -> FieldType | None:
    """The type that a field's name tells, None when it tells nothing."""
    phrases, words = _types()
    text = " ".join(phrase)
    for start in range(len(phrase)):
        if (known := phrases.get(" ".join(phrase[start:]))) is not None:
            return known
    if len(phrase) == _DATED and phrase[1] in {"on", "at"}:
        return "date" if phrase[1] == "on" else "datetime"
    if phrase[0] in {"number", "count"} and "of" in phrase[1:2]:
        return "integer"
    if phrase[0] in words and "of" in phrase[1:2]:
        return words[phrase[0]]
    if len(phrase) > 1 and phrase[-1] == "time" and phrase[-2].endswith("ing"):
        return "duration"
    return words.get(text) or words.get(text.rpartition(" ")[2])


def definition(reading: Reading, position: int, *, opens: bool = False) -> Iterator[Attribute]:
    """“Machine: name, hall, year built, status (idle, down)”: short pieces, most of them typed."""
    pieces: list[tuple[int, int, tuple[str, ...]]] = []
    start = i = position
    while i <= len(reading.tokens):
        word = reading.text(i)
        if word == "(":
            told, i = _parenthesis(reading, i)
            if pieces and pieces[-1][1] == start:
                return
            pieces.append((start, i, told))
            start = i
            continue
        if i == len(reading.tokens) or word in JOINING | {".", ";"}:
            if i > start:
                pieces.append((start, i, ()))
            start = i + 1
        i += 1
    named = [p for p in pieces if not _tells(reading, p[0], p[1])]
    found = [piece for a, b, o in named if (piece := _piece(reading, a, b, o)) is not None]
    typed = [piece for piece in found if field_type(piece.phrase)]
    whole = len(found) == len(named) or len(typed) * 3 >= len(named) * 2
    # What begins a line is defined there, so that one field that is known will do.
    enough = 1 if opens and len(found) > _FEW else len(found) / 2
    if len(found) > 1 and whole and len(typed) >= enough:
        yield from islice(found, MOST_ITEMS)


def _tells(reading: Reading, start: int, end: int) -> bool:
    """Whether a piece says what happens, rather than naming a field: "belongs to a hall"."""
    dated = end - start == _DATED and reading.text(end - 1) in {"on", "at"}
    return reading.tokens[start].kind in {"verb", "modal"} and not dated


def _piece(reading: Reading, start: int, end: int, told: tuple[str, ...]) -> Attribute | None:
    """A field named by the words between two commas, without articles; None when it says more."""
    stop = next((k for k in range(start, end) if reading.text(k) == "("), end)
    words = [t for t in reading.tokens[start:stop] if t.kind not in {"determiner", "mark"}]
    if not 0 < len(words) <= _LONGEST_PIECE or not _is_name(words):
        return None
    chunk = next((c for c in reading.chunks if start <= c.start and c.end <= stop), None)
    last = words[-1].text.lower() if words[-1].kind == "verb" else words[-1].lemma
    phrase = (*(t.text.lower() for t in words[:-1]), last)
    if chunk is None or len(words) > len(chunk.phrase):
        chunk = Chunk(start, stop, phrase, phrase, plural=words[-1].plural)
    return Attribute(None, chunk, phrase, "item", told, end)


_MANY = frozenset({"longtext", "markdown", "tags", "integer", "decimal"})


def _is_name(words: Sequence[Token]) -> bool:
    """Whether words name one thing: nobody does anything in them, and only the last is several."""
    *first, last = words
    if last.text.lower() in {"on", "at"}:
        return len(first) == 1
    still = all(
        t.kind not in {"verb", "modal", "pronoun"} and not (t.plural and after.kind == "noun")
        for t, after in pairwise(words)
    )
    return still and (last.kind not in {"verb", "modal"} or last.tag in {"VVN", "VVD"})


def written(reading: Reading, found: Attribute, kind: FieldType | None) -> tuple[str, ...]:
    """The field's name as the idea has it: several ingredients are "ingredients"."""
    if found.item.plural and kind in _MANY and len(found.phrase) == len(found.item.phrase):
        return (*found.phrase[:-1], reading.text(found.item.end - 1))
    return found.phrase
