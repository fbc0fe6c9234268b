"""Candidate entities: nouns with their fields, references and what is done to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

import msgspec

from agents.scout import evidence, examples, general, happenings, implied, lexicon, mentions, names
from agents.scout.drafts import Draft, candidate, joined
from agents.scout.fragments import properties
from agents.scout.known import Known
from agents.scout.lists import Attribute, field_type, written
from agents.scout.owners import IN_ORDER, general_words
from agents.scout.passing import put_aside_looks
from agents.scout.reading import Chunk, Reading, deed_to
from agents.scout.told_types import told_type
from agents.scout.topics import of_topic, topic
from contracts.model import FieldType
from contracts.scouting import CandidateEntity

KEPT = 3.0
"""Score from which those who use the app are also kept by it."""
LONGEST = 3
"""Words of the longest phrase that names a field by itself."""

_AT = frozenset({"after", "at", "before", "behind", "beside", "in", "on", "to", "under", "with"})
_EACH = frozenset({"each", "every"})
_ABOUT = frozenset({("subject",), ("topic",)})
"""What a letter or a talk has: words of its own, rather than one of a list."""


_LETTERS = frozenset({(), ("a",), ("q",)})
"""What names nothing: “Q: What is it for?”."""


class Collector:
    """Reads sentences one by one and remembers what they say about nouns."""

    def __init__(self, known: Known, worked_on: AbstractSet[str]) -> None:
        self._known = known
        self._worked_on = worked_on
        self.drafts: dict[str, Draft] = {}

    def entry(self, words: tuple[str, ...]) -> Draft:
        key = names.entity_names(names.key_of(*words))[0]
        return self.drafts.setdefault(key, Draft(words))

    def read(self, reading: Reading, named: Sequence[Attribute], skip: set[int]) -> None:
        """Take in a sentence with its attributes; `skip` are tokens that it only denies."""
        used = set(skip)
        for attribute in named:
            if not skip.intersection(range(attribute.item.start, attribute.item.end)):
                used |= self._attribute(reading, attribute)
        for chunk in reading.chunks:
            if not used.intersection(range(chunk.start, chunk.end)):
                self._mention(reading, chunk)
        for noun in (*happenings.recorded(reading), *happenings.needed(reading)):
            self.entry(tuple(noun.split("_"))).note("told", reading.number)
        if (each := implied.each_time(reading)) is not None:
            self.entry(tuple(each[0].split("_"))).note("told", reading.number)
        if (place := implied.places(reading)) != "":
            self.entry((place,)).note("told", reading.number)
        for size in happenings.taken(reading):
            self.entry((size,)).note("taken", reading.number)

    def _mention(self, reading: Reading, chunk: Chunk) -> None:
        words = mentions.entity_words(chunk, self._known)
        if (
            words in _LETTERS
            or mentions.is_colour(reading, chunk)
            or mentions.is_name(reading, chunk)
        ):
            return
        deed = deed_to(reading, chunk)
        property_ = self._is_property(chunk, words)
        worked = mentions.handled(deed) and not property_
        if (
            mentions.is_person(words)
            and words[-1] not in mentions.KEPT_PEOPLE
            and not (worked and deed and not deed.pronoun)
            and not implied.has_card(reading, chunk)
        ):
            return
        draft, number = self.entry(words), reading.number
        draft.note("mention", number)
        if chunk.plural:
            draft.note("plural", number)
        if worked:
            draft.note("handled", number)
        elif deed is not None and any(mentions.operation_of(v) == "read" for v in deed.verbs):
            draft.note("seen", number)
        if mentions.carries_app(reading, chunk):
            draft.note("about", number)
        for reason in evidence.around(reading, chunk, words, deed, self._known):
            draft.note(reason, number)

    def _is_property(self, chunk: Chunk, words: tuple[str, ...]) -> bool:
        """Whether a phrase names what people fill in: "enter a phone number", "upload a CV"."""
        typed = not chunk.plural and field_type(chunk.words) is not None
        return typed and self._known.here.get("_".join(words)) != "_".join(words)

    def _attribute(self, reading: Reading, found: Attribute) -> set[int]:
        """Take in an attribute; the tokens that are no mention any more."""
        if found.instead is not None and found.owner and found.owner.head not in self._known.here:
            found = msgspec.structs.replace(found, owner=found.instead, instead=None)
        owner = mentions.entity_words(found.owner, self._known) if found.owner else ()
        person = owner and mentions.is_person(owner) and owner[-1] not in self._known.spoken
        if found.how == "example":
            return self._example(reading, found, owner)
        whose = found.owner is not None and mentions.is_audience(reading, found.owner)
        if not owner or person or whose:
            item = mentions.entity_words(found.item, self._known)
            record = not owner and item[-1:] != () and item[-1] in lexicon.noun_classes().records
            if item and (found.item.plural or record) and not mentions.is_person(item):
                self.entry(item).note("listed", reading.number)
            return set()
        span = set(range(found.item.start, found.end))
        if found.how == "attached":
            return self._attached(reading, found, owner)
        return span if self._own(reading, found, owner) else set()

    def _example(self, reading: Reading, found: Attribute, owner: tuple[str, ...]) -> set[int]:
        """Drills are what tools may be: no kind of their own, unless a pattern knows them."""
        item = mentions.entity_words(found.item, self._known)
        if not owner or self._known.here.get("_".join(item)) == "_".join(item) != "":
            return set()
        self.entry(owner).note("mention", reading.number)
        return set(range(found.item.start, found.item.end))

    def _own(self, reading: Reading, found: Attribute, owner: tuple[str, ...]) -> bool:
        item = mentions.entity_words(found.item, self._known)
        number, kind = reading.number, told_type(found)
        person = bool(item) and mentions.is_person(item)
        several = person and (found.how != "has" or found.item.plural)
        if several or self._is_for_each(reading, found, item, owner):
            return False
        draft = self._owner(reading, found, owner)
        if person:
            # A reference where such people are kept, else the field of that name.
            draft.add_reference(names.entity_names(names.key_of(*item))[0], number)
        if found.how == "belongs" or (found.how != "has" and self._is_list(found, item, owner)):
            return self._refer(draft, item, number, group=True, plural=found.item.plural)
        if found.how == "has" and item and item != owner:
            at_each = self._is_at_each(reading, found, item, owner)
            if at_each or self._part(reading, found, item, owner):
                return True
            if not found.item.plural and self._is_list(found, item, owner):
                return self._refer(draft, item, number, group=True, plural=False)
        least = 1 if item or found.sure or found.options else 2
        if kind is None and len(found.phrase) not in range(least, LONGEST + 1 + found.sure):
            return False
        said = written(reading, found, kind)
        key = draft.add_field(said, kind or "text", found.options, number, scale=found.scale)
        if found.how == "sorted" and key:
            draft.sort = key
        draft.sentences.add(number)
        return True

    def _is_for_each(
        self, reading: Reading, found: Attribute, item: tuple[str, ...], owner: tuple[str, ...]
    ) -> bool:
        """Note “a budget for each category”, where the pattern has budgets: no property."""
        before = found.owner is not None and found.item.end <= found.owner.start
        known = self._known.here.get("_".join(item)) == "_".join(item) != ""
        if not before or not known or reading.text(found.item.end) not in {"for", "per"}:
            return False
        key = names.entity_names(names.key_of(*owner))[0]
        self.entry(item).add_reference(key, reading.number)
        return True

    def _is_at_each(
        self, reading: Reading, found: Attribute, item: tuple[str, ...], owner: tuple[str, ...]
    ) -> bool:
        """Note “an exercise after every lesson”, “a tool list”: things, and no properties."""
        repeated = reading.text(found.item.end) in _AT and reading.text(found.item.end + 1) in _EACH
        listed = found.item.head == "list" and item[-1:] != ("list",)
        usual = {None, "enum"} if listed else {None}
        typed = field_type(item if listed else found.phrase) not in usual
        if typed or mentions.is_person(item) or not (repeated or listed):
            return False
        part = self.entry(item)
        for reason in ("part", "each") if repeated else ("part", "plural"):
            part.note(reason, reading.number)
        part.add_reference(names.entity_names(names.key_of(*owner))[0], reading.number)
        return True

    def _owner(self, reading: Reading, found: Attribute, owner: tuple[str, ...]) -> Draft:
        """What is known of the owner, with what its having something says of it."""
        draft = self.entry(owner)
        if found.owner is not None and found.how in {"has", "belongs"}:
            draft.note("owner", reading.number)
            if reading.text(found.owner.end) == ":":
                draft.note("defined", reading.number)
        return draft

    def _part(
        self, reading: Reading, found: Attribute, item: tuple[str, ...], owner: tuple[str, ...]
    ) -> bool:
        """Note several things that are records of their own as parts of their owner."""
        kind, number = field_type(found.phrase), reading.number
        described = reading.text(found.item.end) == "with"
        if not found.item.plural or kind == "tags":
            return False
        if not described and not self._is_entity(item, kind):
            return False
        part = self.entry(item)
        part.note("part", number)
        part.note("plural", number)
        part.add_reference(names.entity_names(names.key_of(*owner))[0], number)
        return True

    def _refer(
        self, draft: Draft, item: tuple[str, ...], number: int, *, group: bool, plural: bool
    ) -> bool:
        if not item or mentions.is_person(item):
            return False
        target = self.entry(item)
        target.note("group" if group else "part", number)
        if plural:
            target.note("plural", number)
        key = names.entity_names(names.key_of(*item))[0]
        draft.add_reference(key, number)
        draft.sentences.add(number)
        return True

    def _is_list(self, found: Attribute, item: tuple[str, ...], owner: tuple[str, ...]) -> bool:
        """Whether the item is a list to choose from, hence a reference."""
        if not item or item == owner:
            return False
        if found.how == "has" and item in _ABOUT:
            return False
        if item[-1] in lexicon.field_words().groupings.words:
            return True
        if found.how == "grouped" and item[-1] in lexicon.noun_classes().things:
            return True
        kind = field_type(found.phrase)
        entity = self._known.here.get("_".join(item))
        return entity is not None and kind in {None, "text"} and entity == "_".join(item)

    def _is_entity(self, item: tuple[str, ...], kind: FieldType | None) -> bool:
        key = "_".join(item)
        # Ingredients could stand in one long text, but are things.
        own = lexicon.noun_classes().things | (IN_ORDER & self._known.spoken)
        kept = kind == "longtext" and item[-1] in own
        return kind is None or kept or self._known.here.get(key) == key or key in self._worked_on

    def _attached(self, reading: Reading, found: Attribute, part: tuple[str, ...]) -> set[int]:
        whole = mentions.entity_words(found.item, self._known)
        if not whole or whole == part or mentions.is_person(whole) or found.owner is None:
            return set()
        if field_type(found.owner.phrase) and not self._is_entity(part, "text"):
            draft = self.entry(whole)
            kind = field_type(found.owner.phrase) or "text"
            draft.add_field(found.owner.phrase, kind, (), reading.number)
            return set(range(found.owner.start, found.owner.end))
        key = names.entity_names(names.key_of(*whole))[0]
        self.entry(part).add_reference(key, reading.number)
        return set()


def candidates(
    readings: Sequence[Reading],
    skips: Mapping[int, set[int]],
    known: Known,
    coloured: AbstractSet[int] = frozenset(),
) -> tuple[CandidateEntity, ...]:
    """All candidates, the strongest first. `coloured`: the sentences that give the colours."""
    drafts = found(readings, skips, known)
    put_aside_looks(drafts, coloured, known)
    each = (candidate(key, draft, known) for key, draft in drafts.items())
    kept = (c for c in each if c.score >= KEPT or not mentions.is_person(c.words))
    return tuple(sorted(kept, key=lambda c: (-c.score, c.sentences[0], c.key)))


def found(
    readings: Sequence[Reading], skips: Mapping[int, set[int]], known: Known
) -> dict[str, Draft]:
    """What the sentences say of every noun, by the key of its entity."""
    about = topic(readings)
    named = properties(readings, about)
    named = {r.number: named[r.number] or tuple(of_topic(r, about)) for r in readings}
    pairs = ((reading, each) for reading in readings for each in named[reading.number])
    spoken = general_words(pairs) | general.parts(readings)
    known = msgspec.structs.replace(known, spoken=spoken)
    worked_on = {
        "_".join(mentions.entity_words(chunk, known))
        for reading in readings
        for chunk in reading.chunks
        if mentions.handled(deed_to(reading, chunk))
    }
    collector = Collector(known, worked_on)
    for reading in readings:
        collector.read(reading, named[reading.number], skips.get(reading.number, set()))
    examples.put_aside(readings, collector.drafts, known)
    drafts = joined(collector.drafts, known)
    headings = evidence.titles(readings)
    for draft in drafts.values():
        if known.entity(draft.words) is not None:
            continue
        if evidence.is_bare(draft.reasons):
            draft.reasons["bare"] = evidence.WEIGHTS["bare"]
        if draft.sentences <= headings:
            draft.reasons["heading"] = evidence.WEIGHTS["heading"]
    return {key: draft for key, draft in drafts.items() if draft.sentences}
