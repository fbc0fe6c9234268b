"""Properties and places: what an idea says beside a noun, as fields and references.

"Recipes with ingredients and a photo, sorted by category" gives the entity in front of a
trigger (`with`, `has`, `including`, `:`) the items after it.
"""

from __future__ import annotations

from collections.abc import Iterator

from agents.scout import lexicon
from agents.scout.carriers import (
    ARTICLE,
    FIELDS,
    HAVING,
    KEEPING,
    WITH,
    about,
    at_each,
    before_aside,
    before_clause,
    in_front,
    in_line,
    is_item,
    meant,
    near_somebody,
    over_somebody,
    told_of,
    without_rhythm,
)
from agents.scout.definitions import definition
from agents.scout.lists import Attribute, field_type, items
from agents.scout.owned import before_each, before_whole, defined_as, has, sharers
from agents.scout.reading import Chunk, Reading

_GROUPING = {"sort", "group", "organise", "organize", "arrange", "filter", "file", "order"}
_SORTED_INTO = frozenset({
    "area", "board", "category", "channel", "chapter", "corner", "folder", "forum", "group", "list",
    "page", "room", "section", "subforum", "tag", "topic",
})  # fmt: skip
"""What things are sorted into, by what is named behind it."""
_BELONGING = frozenset({"belong", "link", "assign", "attach", "relate", "connect", "tie"})
_COMPANY_VERBS = frozenset({"share", "pay", "connect", "integrate", "sync", "chat", "talk", "work"})
_OF_EACH = frozenset({"for", "at", "after", "of", "on"})
_ONE = frozenset({"each", "every", "all", "any", "a"})
_BETWEEN = frozenset({"about", "by", "each", "every", "for", "of", "on", "per", "to"})
"""Words that may tell something of the nouns on both sides of them."""
_NEAR = frozenset({"around", "before", "behind", "near", "to"})
_OPENING = frozenset({";", ":", "and", "so", "-"})
_ANSWERS = frozenset({"answer", "reply", "response", "comment"})


def attributes(reading: Reading) -> Iterator[Attribute]:
    """All attributes that the sentence names."""
    for i, token in enumerate(reading.tokens):
        word = token.text.lower()
        if (word in WITH and token.kind != "noun") or (
            word == "as" and reading.text(i - 1) == "such"
        ):
            yield from _after_with(reading, i)
        elif token.kind == "verb":
            yield from _after_verb(reading, i)
        elif word in {":", "(", "-", "–"}:
            yield from _after_mark(reading, i)
        elif token.kind == "possessive" or word in {"their", "its"}:
            yield from _possessed(reading, i)
        elif word in _BETWEEN:
            yield from _between(reading, i)


def _after_verb(reading: Reading, i: int) -> Iterator[Attribute]:
    lemma = reading.tokens[i].lemma
    if lemma in HAVING | KEEPING | {"want"}:
        each = list(_for_each(reading, i))
        yield from each or (_after_have(reading, i) if lemma in HAVING else ())
    elif lemma == "get":
        found = list(_after_have(reading, i))
        typed = sum(field_type(one.phrase) not in {None, "email"} for one in found)
        yield from found if typed > 1 else ()
    elif lemma == "be":
        yield from defined_as(reading, i)
    elif lemma in _BELONGING and reading.text(i + 1) in {"to", "with"}:
        yield from _belonging(reading, i)


def _between(reading: Reading, i: int) -> Iterator[Attribute]:
    """What a word tells of the nouns on both sides of it."""
    word = reading.text(i)
    if word == "by":
        yield from _by(reading, i)
    elif word in {"for", "on", "about"}:
        yield from _topics(reading, i)
    elif word == "per":
        yield from _per(reading, i)
    elif word in {"each", "every"} and reading.text(i - 1) in {"of", "for"}:
        yield from before_each(reading, i)
    if word in {"on", "of"} or (word == "to" and reading.tokens[i - 1].lemma in _ANSWERS):
        yield from _attached(reading, i)
    if word == "of" and reading.text(i + 1) in {"a", "an", "the"}:
        yield from before_whole(reading, i)


def _after_with(reading: Reading, i: int) -> Iterator[Attribute]:
    such = reading.text(i - 1) == "such"
    before = i - 1 if such else i
    before -= reading.text(before - 1) == "each"
    before -= reading.text(before - 1) in {",", "("}
    owner = in_front(reading, before, each=reading.text(i - 1) == "each")
    if owner is not None and reading.text(owner.start - 1) in {"per", "about"}:
        owner = told_of(reading, owner)
    owner = owner and at_each(reading, owner)
    if owner is None:
        return
    if reading.text(i - 1) == "such" and not owner.plural and is_item(reading, owner):
        return
    governing = next((t for t in reversed(reading.tokens[: owner.start]) if t.kind == "verb"), None)
    if governing is not None and governing.lemma in _COMPANY_VERBS and reading.text(i) == "with":
        return
    found = list(items(reading, i + 1))
    if in_line(reading, i):
        comma = next((k for k in range(i, len(reading.tokens)) if reading.text(k) == ","), i)
        found = [one for one in found if one.item.end <= comma] or found
    each = reading.text(i - 1) == "each"
    for one in sharers(reading, owner, found, sure=each):
        yield from has(reading, one, iter(found), examples=such)


def _after_have(reading: Reading, i: int) -> Iterator[Attribute]:
    j = i
    while j > 0 and reading.tokens[j - 1].kind in {"modal", "other", "to", "relative"}:
        j -= 1
    each = reading.text(j - 1) == "each" and reading.text(j - 2) in {"where", "and", ","}
    owner = reading.ending_at(before_aside(reading, j - 2 if each else j))
    if owner is None and j > 1 and reading.text(j - 1) in {"it", "they", ","}:
        owner = next((c for c in reading.chunks if c.start <= ARTICLE and c.end < j), None)
    if owner is not None:
        yield from has(reading, owner, items(reading, over_somebody(reading, i + 1)))


def _for_each(reading: Reading, i: int) -> Iterator[Attribute]:
    """“For every plant we store the name”, “of each aid we know the size”."""
    owner = _each_before(reading, i)
    if owner is not None and owner.end < i:
        down = reading.text(i + 1) in {"down", "in", "up"}
        yield from has(reading, owner, items(reading, i + 1 + down))


def _each_before(reading: Reading, i: int) -> Chunk | None:
    """The noun of "for each aid" that opens the clause of a verb."""
    for k in range(i - 1, -1, -1):
        opens = k == 0 or reading.text(k - 1) in _OPENING
        one = _ONE if k == 0 else _ONE - {"a", "all", "any"}
        if opens and reading.text(k) in _OF_EACH and reading.text(k + 1) in one:
            return next((c for c in reading.chunks if c.start in {k + 1, k + 2}), None)
    return None


def _after_mark(reading: Reading, i: int) -> Iterator[Attribute]:
    owner = reading.ending_at(i) or before_clause(reading, i) or _ahead(reading, i)
    owner = owner or near_somebody(reading, i)
    owner = owner and without_rhythm(reading, owner)
    if owner is None or field_type(owner.phrase) == "enum":
        return
    if reading.text(i) == ":" and owner.start == 0 and owner.head in FIELDS:
        return
    if reading.text(i) == ":" and (_of_people(reading, owner) or _begins_each(reading, i)):
        return
    aside = reading.text(i) == "("
    whole = about(reading, owner)
    if aside:
        closing = next((k for k in range(i, len(reading.tokens)) if reading.text(k) == ")"), None)
        listed = definition(reading, i + 1, stop=closing) if closing else []
    else:
        of = 0 if _opens(reading, whole) else whole.start
        listed = definition(reading, i + 1, of=of if reading.text(i) == ":" else -1)
    if listed:
        for one in sharers(reading, whole, listed, sure=reading.text(i) == ":"):
            yield from has(reading, one, iter(listed), examples=aside)
        return
    if reading.text(i) not in ":(" or (aside and not owner.plural and is_item(reading, owner)):
        return
    found = list(items(reading, i + 1))
    stops = {len(reading.tokens), *(k for k, t in enumerate(reading.tokens) if t.text in ".)")}
    complete = found and found[-1].item.end in stops
    if len(found) > 1 and complete:
        yield from has(reading, owner, iter(found), examples=aside)


def _ahead(reading: Reading, i: int) -> Chunk | None:
    """The noun of “hearings ahead: court, room” and of “a baker near you: name, town”."""
    if reading.text(i) == ":" and reading.tokens[i - 1].kind == "pronoun":
        return reading.ending_at(i - 2) if reading.text(i - 2) in _NEAR else None
    owner = reading.ending_at(i - 1) if reading.text(i) == ":" else None
    adverb = owner is not None and reading.tokens[i - 1].kind == "other"
    return owner if adverb and owner is not None and owner.start == 0 else None


def _opens(reading: Reading, owner: Chunk) -> bool:
    """Whether only "for a", "per" or the like stands before what a list is about."""
    first = meant(reading, owner)
    before = reading.tokens[: first.start]
    return all(t.kind in {"preposition", "determiner", "other"} for t in before)


def _begins_each(reading: Reading, i: int) -> bool:
    """“Our goods: every product has a name”: what follows is the product's."""
    each = reading.text(i + 1) in {"each", "every"}
    chunk = reading.starting_at(i + 2) if each else None
    return chunk is not None and any(
        t.lemma in HAVING or t.text.lower() in WITH | {"and"}
        for t in reading.tokens[chunk.end : chunk.end + 2]
    )


def _of_people(reading: Reading, owner: Chunk) -> bool:
    """“A network for people who build boats: profiles, photos”: the app's, not the boats'."""
    first = next(iter(reading.chunks))
    nouns = lexicon.words().nouns
    if first == owner or first.head not in nouns.apps | nouns.heads | {"network", "community"}:
        return False
    who = next((k for k in range(owner.start, 0, -1) if reading.text(k) == "who"), 0)
    return who > 0 and reading.tokens[who - 1].kind in {"noun", "pronoun", "determiner"}


def _possessed(reading: Reading, i: int) -> Iterator[Attribute]:
    if reading.tokens[i].kind == "possessive":
        owner = reading.ending_at(i)
    else:
        stop = lexicon.words().nouns.stop | lexicon.words().people.member
        owner = next((c for c in reading.last_before(i) if c.head not in stop), None)
    if owner is not None:
        for item in has(reading, owner, items(reading, i + 1)):
            if field_type(item.phrase):
                yield item


def _topics(reading: Reading, i: int) -> Iterator[Attribute]:
    """“Sections for flour, ovens and staff”, “channels about songs, dates”: what they may be."""
    owner = reading.ending_at(i)
    if owner is None or not owner.plural or owner.head not in _SORTED_INTO:
        return
    found = list(items(reading, i + 1))
    for one in found if len(found) > 1 else ():
        yield Attribute(owner, one.item, one.phrase, "example", end=one.end)


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
    opening = [k for k in range(i) if reading.text(k) in WITH]
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


def _attached(reading: Reading, i: int) -> Iterator[Attribute]:
    """“Comments on posts”, “lessons of a course”: plural, preposition, noun."""
    part = reading.ending_at(i)
    whole = reading.starting_at(i + 1) or reading.starting_at(i + 2)
    if part is not None and whole is not None and part.plural:
        yield Attribute(part, whole, whole.phrase, "attached", end=whole.end)


def _per(reading: Reading, i: int) -> Iterator[Attribute]:
    """“A plan per garden”, “todos per chapter”: each belongs to one."""
    part = reading.ending_at(i)
    whole = reading.starting_at(i + 1) or reading.starting_at(i + 2)
    if part is None or whole is None or part.head in lexicon.general_nouns():
        return
    if field_type(part.phrase) is None and field_type(whole.phrase) is None:
        yield Attribute(part, whole, whole.phrase, "attached", end=whole.end)
