"""What is known of a noun while the sentences are read, and the candidate that it becomes."""

from __future__ import annotations

from agents.scout import lexicon, names, patterns
from agents.scout.known import Known
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


class Draft:
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

    def take(self, other: Draft) -> None:
        """Make what is known of another word for the same thing this one's."""
        for reason, weight in other.reasons.items():
            self.reasons.setdefault(reason, weight)
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
        matches=known.entity(draft.words) or "",
        draft=draft_of,
        source=source,
    )


def _score(draft: Draft) -> float:
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
