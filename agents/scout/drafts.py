"""What is known of a noun while the sentences are read, and the candidate that it becomes."""

from __future__ import annotations

from functools import lru_cache

from agents.scout import lexicon, names, patterns
from agents.scout.evidence import BASE, WEIGHTS
from agents.scout.known import Known
from contracts.model import FieldType
from contracts.scouting import CandidateEntity, CandidateField, CandidateReference, EntityDraft

FIELD, MOST_FIELDS = 0.6, 3
"""What each of its fields adds, and how many of them do."""
AGAIN, OFTEN = 0.5, 1.5
"""What every further sentence adds, and all of them together at most."""
MAX_FIELDS = 14


class Draft:
    """What is known of one candidate while the sentences are read."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words
        self.reasons: dict[str, float] = {}
        self.sentences: set[int] = set()
        self.fields: dict[str, CandidateField] = {}
        self.references: dict[str, CandidateReference] = {}
        self.sort = ""

    def note(self, reason: str, sentence: int) -> None:
        """Count a reason once, and further sentences a little."""
        if sentence not in self.sentences and self.sentences:
            self.reasons["again"] = min(OFTEN, self.reasons.get("again", 0.0) + AGAIN)
        self.reasons.setdefault(reason, WEIGHTS[reason])
        self.sentences.add(sentence)

    def add_field(
        self,
        phrase: tuple[str, ...],
        kind: FieldType,
        options: tuple[str, ...],
        sentence: int,
        *,
        scale: tuple[int, ...] = (),
    ) -> str:
        """Note a field; its key, "" when the phrase gives none."""
        spoken_key = names.key_of(*phrase)
        if not spoken_key:
            return ""
        key = names.field_name(spoken_key)
        old = self.fields.get(key)
        if old is None and len(self.fields) >= MAX_FIELDS:
            return key
        spoken = options or (old.options if old is not None and old.spoken else ())
        table = lexicon.field_words().options
        kind = "enum" if spoken else kind if old is None else old.type
        usual = table.get(phrase[-1], table["kind"]) if kind == "enum" else ()
        self.fields[key] = CandidateField(
            key=key,
            title=names.title_of(spoken_key),
            type=kind,
            options=tuple(dict.fromkeys(spoken)) or usual,
            spoken=bool(spoken),
            scale=scale or (old.scale if old is not None else ()),
            sentences=tuple(sorted({*(old.sentences if old else ()), sentence})),
        )
        return key

    def add_reference(self, to: str, sentence: int) -> None:
        old = self.references.get(to)
        found = tuple(sorted({*(old.sentences if old else ()), sentence}))
        self.references[to] = CandidateReference(to=to, sentences=found)

    def take(self, other: Draft) -> None:
        """Make what is known of another word for the same thing this one's."""
        for reason, weight in other.reasons.items():
            self.reasons.setdefault(reason, weight)
        if other.sentences - self.sentences and self.sentences:
            self.reasons["again"] = min(OFTEN, self.reasons.get("again", 0.0) + AGAIN)
        self.sentences |= other.sentences
        self.fields = {**other.fields, **self.fields}
        self.references = {**other.references, **self.references}
        self.sort = self.sort or other.sort


def joined(drafts: dict[str, Draft], known: Known) -> dict[str, Draft]:
    """“Court” after “tennis court” is the same thing, if there is but one kind of court.

    The longer name stays, but for a general word that has properties by itself.
    """
    result = dict(drafts)
    renamed: dict[str, str] = {}
    for key, draft in drafts.items():
        word = draft.words[-1]
        longer = [k for k, d in drafts.items() if len(d.words) > 1 and d.words[-1] == word]
        if len(draft.words) == 1 and len(longer) == 1 and key in result:
            stays = [longer[0], key] if word not in known.spoken else [key, longer[0]]
            result[stays[0]].take(result.pop(stays[1]))
            renamed[stays[1]] = stays[0]
    for draft in result.values():
        for old in [k for k in draft.references if k in renamed]:
            reference = draft.references.pop(old)
            to = renamed[old]
            draft.references[to] = CandidateReference(to=to, sentences=reference.sentences)
    return result


def candidate(key: str, draft: Draft, known: Known) -> CandidateEntity:
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
        matches=_match(draft.words, known),
        draft=draft_of,
        source=source,
    )


def _match(words: tuple[str, ...], known: Known) -> str:
    """The pattern's entity that the words name; who does something is not the record of it."""
    key = known.entity(words) or ""
    people = lexicon.words().people
    person = any(words[-1] in group for group in (people.roles, people.member, people.guest))
    return "" if person and key.rpartition("_")[2] in _records_of_deeds() else key


@lru_cache(maxsize=1)
def _records_of_deeds() -> frozenset[str]:
    """The last words of what people's deeds leave behind: "registration", "loan"."""
    table = lexicon.deeds().values()
    return frozenset(word.rpartition("-")[2] for deed in table for word in deed.words)


def _score(draft: Draft) -> float:
    """The sum of what speaks for a noun and against it; never below zero."""
    fields = FIELD * min(MOST_FIELDS, len(draft.fields))
    return max(0.0, round(BASE + sum(draft.reasons.values()) + fields, 2))


def _archetype(key: str, head: str) -> tuple[str, EntityDraft]:
    """The usual fields of such a thing: of a person, a happening, a piece of writing, ..."""
    table = lexicon.archetypes()
    usual = "person" if head in lexicon.words().people.roles else "thing"
    name = next((name for name, kind in table.items() if head in kind.words), usual)
    kind = table[name]
    draft = EntityDraft(
        label=kind.label, sharing=kind.sharing, sort=kind.sort, fields=dict(kind.fields),
        search=(kind.label,),
    )  # fmt: skip
    return name, patterns.complete(key, draft)
