"""Candidate entities: nouns with their fields, references and what is done to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

import msgspec

from agents.scout import lexicon, mentions, names, patterns
from agents.scout.attributes import attributes, general_words
from agents.scout.known import Known
from agents.scout.lists import Attribute, field_type, written
from agents.scout.reading import Chunk, Reading, deed_to
from contracts.model import FieldType
from contracts.scouting import CandidateEntity, CandidateField, CandidateReference, EntityDraft

MENTION, AGAIN, PLURAL, HANDLED, SEEN, ABOUT, LISTED, OWNER, PART, GROUP = (
    1.0, 0.5, 1.0, 2.5, 1.0, 2.5, 1.5, 1.5, 2.0, 3.0,
)  # fmt: skip
"""What speaks for a noun: it is there, again, in the plural, is worked on, is looked at, is what

the app is about, is in a list of the app's contents, has properties, is a part, is a grouping."""
FIELD, MOST = 0.5, 1.5
"""What each of its fields adds, and all of them together at most."""
MAX_FIELDS = 14
LONGEST = 3
"""Words of the longest phrase that names a field by itself."""


class _Draft:
    """What is known of one candidate while the sentences are read."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words
        self.reasons: dict[str, float] = {}
        self.sentences: set[int] = set()
        self.fields: dict[str, CandidateField] = {}
        self.references: dict[str, CandidateReference] = {}
        self.sort = ""

    def note(self, reason: str, weight: float, sentence: int) -> None:
        """Count a reason once, and further sentences a little."""
        if sentence not in self.sentences and self.sentences:
            self.reasons["again"] = min(3 * AGAIN, self.reasons.get("again", 0.0) + AGAIN)
        self.reasons.setdefault(reason, weight)
        self.sentences.add(sentence)

    def add_field(
        self, phrase: tuple[str, ...], kind: FieldType, options: tuple[str, ...], sentence: int
    ) -> str:
        """Note a field; its key, "" when the phrase gives none."""
        key = names.key_of(*phrase)
        if not key:
            return ""
        key = names.field_name(key)
        old = self.fields.get(key)
        if old is None and len(self.fields) >= MAX_FIELDS:
            return key
        spoken = options or (old.options if old is not None and old.spoken else ())
        table = lexicon.field_words().options
        kind = "enum" if spoken else kind if old is None else old.type
        usual = table.get(phrase[-1], table["kind"]) if kind == "enum" else ()
        self.fields[key] = CandidateField(
            key=key,
            title=names.title_of(key),
            type=kind,
            options=tuple(dict.fromkeys(spoken)) or usual,
            spoken=bool(spoken),
            sentences=tuple(sorted({*(old.sentences if old else ()), sentence})),
        )
        return key

    def add_reference(self, to: str, sentence: int) -> None:
        old = self.references.get(to)
        found = tuple(sorted({*(old.sentences if old else ()), sentence}))
        self.references[to] = CandidateReference(to=to, sentences=found)


class Collector:
    """Reads sentences one by one and remembers what they say about nouns."""

    def __init__(self, known: Known, worked_on: AbstractSet[str]) -> None:
        self._known = known
        self._worked_on = worked_on
        self.drafts: dict[str, _Draft] = {}

    def entry(self, words: tuple[str, ...]) -> _Draft:
        key = names.entity_names(names.key_of(*words))[0]
        return self.drafts.setdefault(key, _Draft(words))

    def read(self, reading: Reading, skip: set[int]) -> None:
        """Take in a sentence; `skip` are tokens that it only denies."""
        used = set(skip)
        for attribute in attributes(reading):
            if not skip.intersection(range(attribute.item.start, attribute.item.end)):
                used |= self._attribute(reading, attribute)
        for chunk in reading.chunks:
            if not used.intersection(range(chunk.start, chunk.end)):
                self._mention(reading, chunk)

    def _mention(self, reading: Reading, chunk: Chunk) -> None:
        words = mentions.entity_words(chunk, self._known)
        if not words or mentions.is_colour(reading, chunk) or mentions.is_name(reading, chunk):
            return
        deed = deed_to(reading, chunk)
        property_ = self._is_property(chunk, words)
        worked = mentions.handled(deed) and not property_
        if mentions.is_person(words) and not (worked and deed and not deed.pronoun):
            return
        draft, number = self.entry(words), reading.number
        draft.note("mention", MENTION, number)
        if chunk.plural:
            draft.note("plural", PLURAL, number)
        if worked:
            draft.note("handled", HANDLED, number)
        elif deed is not None and any(mentions.operation_of(v) == "read" for v in deed.verbs):
            draft.note("seen", SEEN, number)
        if mentions.carries_app(reading, chunk):
            draft.note("about", ABOUT, number)

    def _is_property(self, chunk: Chunk, words: tuple[str, ...]) -> bool:
        """Whether a phrase names what people fill in: "enter a phone number", "upload a CV"."""
        typed = not chunk.plural and field_type(chunk.words) is not None
        return typed and self._known.here.get("_".join(words)) != "_".join(words)

    def _attribute(self, reading: Reading, found: Attribute) -> set[int]:
        """Take in an attribute; the tokens that are no mention any more."""
        owner = mentions.entity_words(found.owner, self._known) if found.owner else ()
        person = owner and mentions.is_person(owner) and owner[-1] not in self._known.spoken
        if not owner or person:
            item = mentions.entity_words(found.item, self._known)
            if item and found.item.plural and not mentions.is_person(item):
                self.entry(item).note("listed", LISTED, reading.number)
            return set()
        span = set(range(found.item.start, found.end))
        if found.how == "attached":
            return self._attached(reading, found, owner)
        return span if self._own(reading, found, owner) else set()

    def _own(self, reading: Reading, found: Attribute, owner: tuple[str, ...]) -> bool:
        item = mentions.entity_words(found.item, self._known)
        number, kind = reading.number, field_type(found.phrase)
        if item and mentions.is_person(item):
            return False
        draft = self.entry(owner)
        if found.owner is not None and found.how in {"has", "belongs"}:
            draft.note("owner", OWNER, number)
        if found.how == "belongs" or (found.how != "has" and self._is_list(found, item, owner)):
            return self._refer(
                draft, item, number, group=found.how != "belongs", plural=found.item.plural
            )
        if found.how == "has" and item and item != owner:
            if found.item.plural and kind != "tags" and self._is_entity(item, kind):
                part = self.entry(item)
                part.note("part", PART, number)
                part.note("plural", PLURAL, number)
                part.add_reference(names.entity_names(names.key_of(*owner))[0], number)
                return True
            if not found.item.plural and self._is_list(found, item, owner):
                return self._refer(draft, item, number, group=True, plural=False)
        if kind is None and len(found.phrase) not in range(1 if item else 2, LONGEST + 1):
            return False
        key = draft.add_field(written(reading, found, kind), kind or "text", found.options, number)
        if found.how == "sorted" and key:
            draft.sort = key
        draft.sentences.add(number)
        return True

    def _refer(
        self, draft: _Draft, item: tuple[str, ...], number: int, *, group: bool, plural: bool
    ) -> bool:
        if not item or mentions.is_person(item):
            return False
        target = self.entry(item)
        target.note("group" if group else "part", GROUP if group else PART, number)
        if plural:
            target.note("plural", PLURAL, number)
        key = names.entity_names(names.key_of(*item))[0]
        draft.add_reference(key, number)
        draft.sentences.add(number)
        return True

    def _is_list(self, found: Attribute, item: tuple[str, ...], owner: tuple[str, ...]) -> bool:
        """Whether the item is a list to choose from, hence a reference."""
        if not item or item == owner:
            return False
        if item[-1] in lexicon.field_words().groupings.words:
            return True
        kind = field_type(found.phrase)
        entity = self._known.here.get("_".join(item))
        return entity is not None and kind in {None, "text"} and entity == "_".join(item)

    def _is_entity(self, item: tuple[str, ...], kind: FieldType | None) -> bool:
        key = "_".join(item)
        return kind is None or self._known.here.get(key) == key or key in self._worked_on

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
    readings: Sequence[Reading], skips: Mapping[int, set[int]], known: Known
) -> tuple[CandidateEntity, ...]:
    """All candidates, the strongest first. `skips`: denied tokens by sentence number."""
    known = msgspec.structs.replace(known, spoken=general_words(readings))
    worked_on = {
        "_".join(mentions.entity_words(chunk, known))
        for reading in readings
        for chunk in reading.chunks
        if mentions.handled(deed_to(reading, chunk))
    }
    collector = Collector(known, worked_on)
    for reading in readings:
        collector.read(reading, skips.get(reading.number, set()))
    drafts = _joined(collector.drafts)
    found = [_candidate(key, draft, known) for key, draft in drafts.items() if draft.sentences]
    return tuple(sorted(found, key=lambda c: (-c.score, c.sentences[0], c.key)))


def _joined(drafts: dict[str, _Draft]) -> dict[str, _Draft]:
    """“Court” after “tennis court” is the same thing, if there is but one kind of court."""
    result = dict(drafts)
    renamed: dict[str, str] = {}
    for key, draft in drafts.items():
        word = draft.words[-1]
        longer = [k for k, d in drafts.items() if len(d.words) > 1 and d.words[-1] == word]
        if len(draft.words) == 1 and len(longer) == 1 and key in result:
            whole = result[longer[0]]
            for reason, weight in draft.reasons.items():
                whole.reasons.setdefault(reason, weight)
            whole.sentences |= draft.sentences
            whole.fields = {**draft.fields, **whole.fields}
            whole.references = {**draft.references, **whole.references}
            whole.sort = whole.sort or draft.sort
            renamed[key] = longer[0]
            del result[key]
    for draft in result.values():
        for old in [k for k in draft.references if k in renamed]:
            reference = draft.references.pop(old)
            to = renamed[old]
            draft.references[to] = CandidateReference(to=to, sentences=reference.sentences)
    return result


def _candidate(key: str, draft: _Draft, known: Known) -> CandidateEntity:
    plain = names.key_of(*draft.words)
    plural = names.entity_names(plain)[1]
    source, draft_of = known.elsewhere.get(key) or _archetype(key, draft.words[-1])
    return CandidateEntity(
        key=key,
        plural=plural,
        title=names.title_of(plain),
        title_plural=names.title_of(names.spoken_plural(plain)),
        words=draft.words,
        score=_score(draft),
        sentences=tuple(sorted(draft.sentences)),
        fields=tuple(draft.fields.values()),
        references=tuple(r for r in draft.references.values() if r.to != key),
        sort=draft.sort,
        matches=known.entity(draft.words) or "",
        draft=draft_of,
        source=source,
    )


def _score(draft: _Draft) -> float:
    """The sum of what speaks for a noun; people who only act are roles and stay under 3."""
    score = round(sum(draft.reasons.values()) + min(MOST, FIELD * len(draft.fields)), 2)
    people = lexicon.words().people
    acting = draft.words[-1] in people.roles | people.member
    worked_on = draft.reasons.keys() & {"handled", "owner", "group", "part", "about"}
    return min(score, 2.5) if acting and not worked_on else score


def _archetype(key: str, head: str) -> tuple[str, EntityDraft]:
    """The usual fields of such a thing: of a person, a happening, a piece of writing, ..."""
    table = lexicon.archetypes()
    name = next((name for name, kind in table.items() if head in kind.words), "thing")
    kind = table[name]
    draft = EntityDraft(
        label=kind.label, sharing=kind.sharing, sort=kind.sort, fields=dict(kind.fields),
        search=(kind.label,),
    )  # fmt: skip
    return name, patterns.complete(key, draft)
