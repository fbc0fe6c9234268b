"""Properties and places: what an idea says beside a noun, as fields and references.

"Recipes with ingredients and a photo, sorted by category" gives the entity in front of a
trigger (`with`, `has`, `including`, `:`) the items after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from msgspec import Struct

from agents.scout import lexicon
from agents.scout.reading import JOINING, Chunk, Reading
from contracts.model import FieldType

MOST_ITEMS = 20
"""Items of a list that are read as one; no form shows as many."""

_HAVING = frozenset({"have", "contain", "include", "comprise", "store", "record", "need", "show"})
_WITH = frozenset({"with", "including", "containing", "having", "include", "includes", "contains"})
_GROUPING = frozenset(
    {"sort", "group", "organise", "organize", "arrange", "filter", "file", "order"}
)
_BELONGING = frozenset({"belong", "link", "assign", "attach", "relate", "connect", "tie"})
_COMPANY_VERBS = frozenset({"share", "pay", "connect", "integrate", "sync", "chat", "talk", "work"})
_ANSWERS = frozenset({"answer", "reply", "response", "comment"})
_BETWEEN = frozenset({"determiner", "number", "possessive"})


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


def attributes(reading: Reading) -> Iterator[Attribute]:
    """All attributes that the sentence names."""
    for i, token in enumerate(reading.tokens):
        word = token.text.lower()
        if (word in _WITH and token.kind != "noun") or (
            word == "as" and reading.text(i - 1) == "such"
        ):
            yield from _after_with(reading, i)
        elif token.kind == "verb" and token.lemma in _HAVING:
            yield from _after_have(reading, i)
        elif word in {":", "("}:
            yield from _after_mark(reading, i)
        elif token.kind == "possessive" or word in {"their", "its"}:
            yield from _possessed(reading, i)
        elif word == "by":
            yield from _by(reading, i)
        elif (
            token.kind == "verb"
            and token.lemma in _BELONGING
            and reading.text(i + 1) in {"to", "with"}
        ):
            yield from _belonging(reading, i)
        elif word in {"each", "every"} and reading.text(i - 1) in {"of", "for"}:
            yield from _before_each(reading, i)
        elif word in {"on", "of"} or (word == "to" and reading.tokens[i - 1].lemma in _ANSWERS):
            yield from _attached(reading, i)


def _has(owner: Chunk | None, items: Iterator[Attribute]) -> Iterator[Attribute]:
    for item in items:
        yield Attribute(owner, item.item, item.phrase, "has", item.options, item.end)


def _after_with(reading: Reading, i: int) -> Iterator[Attribute]:
    before = i - 1 if reading.text(i - 1) == "such" else i
    if reading.text(before - 1) == ",":
        before -= 1
    owner = reading.ending_at(before)
    if owner is None:
        return
    governing = next((t for t in reversed(reading.tokens[: owner.start]) if t.kind == "verb"), None)
    if governing is not None and governing.lemma in _COMPANY_VERBS and reading.text(i) == "with":
        return
    yield from _has(_meant(reading, owner), items(reading, i + 1))


def _meant(reading: Reading, owner: Chunk) -> Chunk:
    """The noun that a list is about: not "details", but what they are details of."""
    nouns = lexicon.words().nouns
    if len(owner.words) == 1 and owner.head in nouns.heads | {"attribute", "property", "field"}:
        before = [c for c in reading.last_before(owner.start) if c.head not in nouns.stop]
        return before[0] if before else owner
    return owner


def _after_have(reading: Reading, i: int) -> Iterator[Attribute]:
    j = i
    while j > 0 and reading.tokens[j - 1].kind in {"modal", "other", "to", "relative"}:
        j -= 1
    owner = reading.ending_at(j)
    if owner is not None:
        yield from _has(_meant(reading, owner), items(reading, i + 1))


def _after_mark(reading: Reading, i: int) -> Iterator[Attribute]:
    owner = reading.ending_at(i)
    if owner is None:
        return
    found = list(items(reading, i + 1))
    stops = {len(reading.tokens), *(k for k, t in enumerate(reading.tokens) if t.text in ".)")}
    complete = found and found[-1].item.end in stops
    if len(found) > 1 and complete and field_type(owner.phrase) != "enum":
        yield from _has(_meant(reading, owner), iter(found))


def _possessed(reading: Reading, i: int) -> Iterator[Attribute]:
    if reading.tokens[i].kind == "possessive":
        owner = reading.ending_at(i)
    else:
        stop = lexicon.words().nouns.stop | lexicon.words().people.member
        owner = next((c for c in reading.last_before(i) if c.head not in stop), None)
    if owner is not None:
        for item in _has(owner, items(reading, i + 1)):
            if field_type(item.phrase):
                yield item


def _by(reading: Reading, i: int) -> Iterator[Attribute]:
    item = reading.starting_at(i + 1) or reading.starting_at(i + 2)
    verb = reading.tokens[i - 1] if i else None
    how = "grouped"
    if verb is not None and verb.kind == "verb":
        if verb.lemma not in _GROUPING:
            return
        how = "sorted" if verb.lemma in {"sort", "order", "arrange"} else "grouped"
    stop = lexicon.words().nouns.stop | lexicon.words().people.member
    owner = next((c for c in _before_list(reading, i) if c.head not in stop), None)
    if item is None or owner is None or item.head in lexicon.words().people.member:
        return
    for one in items(reading, i + 1):
        yield Attribute(owner, one.item, one.phrase, how, end=one.end)


def _before_list(reading: Reading, i: int) -> Iterator[Chunk]:
    """Chunks before a position, but first the one that carries a list ("X with a, b")."""
    opening = [k for k in range(i) if reading.text(k) in _WITH]
    if opening and (carrier := reading.ending_at(opening[0])):
        yield carrier
    yield from reading.last_before(i)


def _belonging(reading: Reading, i: int) -> Iterator[Attribute]:
    item = reading.starting_at(i + 2) or reading.starting_at(i + 3)
    stop = lexicon.words().nouns.stop
    before = [c for c in reading.last_before(i) if c.head not in stop]
    if not before or item is None or item.head in lexicon.words().people.member:
        return
    subject = before[-1] if reading.tokens[i].lemma == "belong" else before[0]
    yield Attribute(subject, item, item.phrase, "belongs", end=item.end)


def _before_each(reading: Reading, i: int) -> Iterator[Attribute]:
    """“Name, price and photo of each product”: the list stands before its owner."""
    owner = reading.starting_at(i + 1) or reading.starting_at(i)
    end = i - 1
    found: list[Chunk] = []
    while (chunk := reading.ending_at(end)) is not None:
        found.append(chunk)
        end = chunk.start
        while end > 0 and (
            reading.text(end - 1) in JOINING or reading.tokens[end - 1].kind in _BETWEEN
        ):
            end -= 1
    for chunk in reversed(found):
        if owner is not None and field_type(chunk.phrase):
            yield Attribute(owner, chunk, chunk.phrase, "has", end=chunk.end)


def _attached(reading: Reading, i: int) -> Iterator[Attribute]:
    """“Comments on posts”, “lessons of a course”: plural, preposition, noun."""
    part = reading.ending_at(i)
    whole = reading.starting_at(i + 1) or reading.starting_at(i + 2)
    if part is not None and whole is not None and part.plural:
        yield Attribute(part, whole, whole.phrase, "attached", end=whole.end)


def items(reading: Reading, position: int) -> Iterator[Attribute]:
    """The nouns of the list that begins at a position; `date of birth` is one item."""
    return islice(_items(reading, position), MOST_ITEMS)


def _items(reading: Reading, position: int) -> Iterator[Attribute]:
    i = position
    while i < len(reading.tokens):
        chunk = reading.starting_at(i)
        if chunk is None:
            joins = reading.text(i) in JOINING or reading.tokens[i].kind in _BETWEEN
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
        if rest is not None and (
            field_type((*phrase, "of", *rest.phrase)) or chunk.head in {"date", "number", "name"}
        ):
            phrase, i = (*phrase, "of", *rest.phrase), rest.end
        options: tuple[str, ...] = ()
        if reading.text(i) == "(":
            options, i = _parenthesis(reading, i)
        yield Attribute(None, chunk, phrase, "item", options, i)


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
    if phrase[0] in words and "of" in phrase[1:2]:
        return words[phrase[0]]
    if len(phrase) > 1 and phrase[-1] == "time" and phrase[-2].endswith("ing"):
        return "duration"
    return words.get(text) or words.get(text.rpartition(" ")[2])
