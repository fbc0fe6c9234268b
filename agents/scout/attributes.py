"""Properties and places: what an idea says beside a noun, as fields and references.

"Recipes with ingredients and a photo, sorted by category" gives the entity in front of a
trigger (`with`, `has`, `including`, `:`) the items after it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from agents.scout import lexicon
from agents.scout.lists import BETWEEN, SEVERAL, Attribute, definition, field_type, items
from agents.scout.reading import JOINING, Chunk, Reading

_HAVING = frozenset({"have", "contain", "include", "comprise", "store", "record", "need", "show"})
_KEEPING = frozenset({"keep", "know", "note", "save", "enter", "log", "see", "list", "write"})
_WITH = frozenset({"with", "including", "containing", "having", "include", "includes", "contains"})
_GROUPING = frozenset(
    {"sort", "group", "organise", "organize", "arrange", "filter", "file", "order"}
)
_KEPT_PEOPLE = frozenset(
    {"buyer", "child", "client", "customer", "family", "guest", "kid", "member", "owner",
     "participant", "people", "person", "reader", "resident", "visitor"}
)  # fmt: skip
"""Those who use the app, and of whom it may keep records as well."""
_EACH = frozenset({"each", "every", "a", "an"})
_BELONGING = frozenset({"belong", "link", "assign", "attach", "relate", "connect", "tie"})
_COMPANY_VERBS = frozenset({"share", "pay", "connect", "integrate", "sync", "chat", "talk", "work"})
_ANSWERS = frozenset({"answer", "reply", "response", "comment"})


def attributes(reading: Reading) -> Iterator[Attribute]:
    """All attributes that the sentence names."""
    for i, token in enumerate(reading.tokens):
        word = token.text.lower()
        if (word in _WITH and token.kind != "noun") or (
            word == "as" and reading.text(i - 1) == "such"
        ):
            yield from _after_with(reading, i)
        elif token.kind == "verb" and token.lemma in _HAVING | _KEEPING:
            each = list(_for_each(reading, i))
            yield from each or (_after_have(reading, i) if token.lemma in _HAVING else ())
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


def _has(
    owner: Chunk | None, items: Iterator[Attribute], *, examples: bool = False
) -> Iterator[Attribute]:
    """The items as the owner's; those that only say what the owner may be are examples."""
    groupings = lexicon.field_words().groupings.words
    general = owner is not None and (
        owner.plural or owner.head in groupings | lexicon.words().nouns.stop
    )
    for item in items:
        one = examples and general and item.item.plural and field_type(item.phrase) is None
        how = "example" if one else "has"
        yield Attribute(owner, item.item, item.phrase, how, item.options, item.end)


def _after_with(reading: Reading, i: int) -> Iterator[Attribute]:
    such = reading.text(i - 1) == "such"
    before = i - 1 if such else i
    if reading.text(before - 1) == ",":
        before -= 1
    owner = reading.ending_at(_before_aside(reading, before))
    if owner is None:
        return
    governing = next((t for t in reversed(reading.tokens[: owner.start]) if t.kind == "verb"), None)
    if governing is not None and governing.lemma in _COMPANY_VERBS and reading.text(i) == "with":
        return
    yield from _has(_meant(reading, owner), items(reading, i + 1), examples=such)


def _before_aside(reading: Reading, position: int) -> int:
    """The position in front of the parentheses that end at a position, else that position."""
    if reading.text(position - 1) != ")":
        return position
    return next((k for k in range(position - 1, -1, -1) if reading.text(k) == "("), position)


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
    owner = reading.ending_at(_before_aside(reading, j))
    if owner is not None:
        yield from _has(_meant(reading, owner), items(reading, i + 1))


def _for_each(reading: Reading, i: int) -> Iterator[Attribute]:
    """“For every plant we store the name and a picture.”"""
    if reading.text(0) != "for" or reading.text(1) not in {"each", "every", "all", "any", "a"}:
        return
    owner = next((c for c in reading.chunks if c.start in {1, 2}), None)
    if owner is not None and owner.end < i:
        yield from _has(owner, items(reading, i + 1))


def _after_mark(reading: Reading, i: int) -> Iterator[Attribute]:
    owner = reading.ending_at(i)
    if owner is None:
        return
    if reading.text(i) == ":" and field_type(owner.phrase) != "enum":
        listed = list(definition(reading, i + 1, opens=owner.start == 0))
        if listed:
            yield from _has(_meant(reading, owner), iter(listed))
            return
    found = list(items(reading, i + 1))
    stops = {len(reading.tokens), *(k for k, t in enumerate(reading.tokens) if t.text in ".)")}
    complete = found and found[-1].item.end in stops
    if len(found) > 1 and complete and field_type(owner.phrase) != "enum":
        aside = reading.text(i) == "("
        yield from _has(_meant(reading, owner), iter(found), examples=aside)


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
            reading.text(end - 1) in JOINING or reading.tokens[end - 1].kind in BETWEEN
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


def general_words(named: Iterable[tuple[Reading, Attribute]]) -> frozenset[str]:
    """General words that have properties of their own here: "each item has a price and a date"."""
    typed: Counter[str] = Counter()
    sure, many = set[str](), set[str]()
    for reading, attribute in named:
        owner = attribute.owner
        if owner is not None and attribute.how == "has" and _may_be_kept(reading, owner):
            word = "_".join(owner.words).replace("people", "person")
            typed[word] += field_type(attribute.phrase) is not None
            if _each(reading, owner) or _of_several(reading, owner):
                sure.add(word)
            elif owner.plural and not _all(reading, owner) and owner.head not in _KEPT_PEOPLE:
                many.add(word)
        if attribute.how == "has" and owner is not None and _is_part(attribute, owner):
            sure.add(attribute.item.head)
            typed[attribute.item.head] = 1
    many -= sure
    return frozenset(w for w, count in typed.items() if count > 1 - (w in sure) + (w in many))


def _is_part(found: Attribute, owner: Chunk) -> bool:
    """“An invoice with a number and lines”: a general word for what something is made of."""
    nouns = lexicon.words().nouns
    weak = len(found.item.words) == 1 and found.item.head in nouns.weak and found.item.plural
    return weak and not field_type(found.phrase) and owner.head not in nouns.stop | nouns.apps


def _may_be_kept(reading: Reading, owner: Chunk) -> bool:
    nouns = lexicon.words().nouns
    people = owner.words[0] in _KEPT_PEOPLE
    defined = people and owner.start == 0 and reading.text(owner.end) == ":"
    general = people or owner.words[0] in nouns.stop | nouns.apps | nouns.heads
    one = reading.text(owner.start - 1) in _EACH
    several = owner.plural or owner.head == "people"
    return defined or (general and (one or several or _of_several(reading, owner)))


def _each(reading: Reading, owner: Chunk) -> bool:
    return reading.text(owner.start - 1) in {"each", "every"}


def _all(reading: Reading, owner: Chunk) -> bool:
    """“Cards have a title and a date”: said of all of them, at the start of a clause."""
    opens = owner.start == 0 or reading.tokens[owner.start - 1].kind in {"mark", "conjunction"}
    return owner.plural and opens and reading.text(owner.end) == "have"


def _of_several(reading: Reading, owner: Chunk) -> bool:
    """“A list of pieces with ...”."""
    several = reading.text(owner.start - 1) == "of" and reading.text(owner.start - 2) in SEVERAL
    return owner.plural and several
