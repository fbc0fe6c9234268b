"""A scout report as kinds of records: the patterns' and the idea's own, made one.

What a pattern brings and the idea names is kept under the idea's word; a general word such as
"resource" gives way to what the idea is about; nouns that no pattern knows become kinds of
their own. The strongest stay.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from agents.plan.features import OFFERED, REPLACED
from agents.plan.joins import close, point
from agents.plan.kinds import Kind, absorb, fill, from_draft, from_idea, rename
from agents.plan.pool import DEED, RENAMING, Pool
from agents.plan.thinning import capped, made_of, thin
from contracts.scouting import (
    CandidateEntity,
    EntityDraft,
    FieldDraft,
    MatchedPattern,
    ScoutReport,
)

OWN = 3.0
"""Score from which a noun is a kind of its own."""
SURE = 4.0
"""Score from which a noun surely is one."""
STANDING = 2.4
"""Score from which a noun takes the place of a general kind that the idea never names."""
ACTING = 1.5
"""Score from which a pattern's kind of person is called by the only word for them."""
FEW = 2
"""Kinds up to which an idea has hardly any."""
ALONE = 2.0
"""Score that is enough where there is no pattern at all."""
WEAK = 2.0
"""Score that is enough for a noun in an app that has little else."""
LITTLE = 7
"""Kinds below which an app has room for nouns that may be no more than words."""
PERSON = "person"
"""The source of a candidate that is a person, described by what persons usually have."""
SAID = 1.8
"""Score from which a noun asks for the first pattern's kind of that name."""
_HOLDERS = frozenset(
    {"album", "archive", "book", "calendar", "catalogue", "collection", "diary", "directory",
     "gallery", "index", "journal", "library", "list", "log", "logbook", "notebook", "pad",
     "register", "scrapbook"}
)  # fmt: skip
"""Words for what records stand in, which name the records only where nothing else does."""
BASE = 2.0
"""What a pattern's own kinds weigh before the idea has named them."""


class Merged(Struct, frozen=True):
    """The kinds, what the app is about first, never none; `names` leads from words to keys."""

    kinds: tuple[Kind, ...]
    names: dict[str, str]


def merge(report: ScoutReport) -> Merged:
    """The kinds of the app that a report describes."""
    unwanted = {e.key for e in report.exclusions if e.kind == "entity"}
    candidates = [c for c in report.entities if not unwanted & {c.key, c.words[-1]}]
    pool = Pool()
    rest = _from_patterns(report, candidates, unwanted, pool)
    _stand_in(report, rest, pool)
    _from_idea(rest, pool)
    point(report, pool.kinds, pool.names)
    thin(report, pool)
    _fill(rest, pool)
    point(report, pool.kinds, pool.names)
    kept = capped(pool)
    close(kept)
    there = {kind.key for kind in kept}
    return Merged(tuple(kept), {w: key for w, key in pool.names.items() if key in there})


def _wanted(report: ScoutReport, key: str, draft: EntityDraft, unwanted: set[str]) -> bool:
    names = {key, *(s.replace(" ", "_").replace("-", "_") for s in draft.synonyms)}
    mentioned = any(c.matches == key for c in report.entities)
    return not (unwanted & {key} or (unwanted & names and not mentioned))


def _from_patterns(
    report: ScoutReport, candidates: Sequence[CandidateEntity], unwanted: set[str], pool: Pool
) -> list[CandidateEntity]:
    """Put the patterns' kinds into the pool; the candidates that are none of them."""
    used: set[str] = set()
    for pattern in report.patterns:
        first = pattern.role == "primary"
        core = made_of(report, pattern) if first else _core(pattern, candidates)
        core |= _needed(pattern, candidates, first=first)
        for key, draft in pattern.entities.items():
            said = [c for c in candidates if c.matches == key and c.key not in used]
            always = first and draft.presence == "always"
            enough = any(c.score >= (SAID if first else RENAMING) for c in said)
            there = always or (said and enough) or key in core
            if not there or not _wanted(report, key, draft, unwanted):
                continue
            same = None if first else _same(key, draft, pool)
            if same is not None:
                pool.names.setdefault(key, same.key)
                continue
            kind, taken = _named(key, draft, said, pattern.rank.key)
            kind.score += BASE if always else RENAMING if key in core else 0.0
            led_to = key in core and not first and not draft.placeholder
            kind.sentences |= set(pattern.rank.sentences) if led_to else set()
            pool.add(kind, key, *(c.key for c in taken))
            used |= {c.key for c in taken}
    return [c for c in candidates if c.key not in used and c.key not in pool.kinds]


def _needed(
    pattern: MatchedPattern, candidates: Sequence[CandidateEntity], *, first: bool
) -> set[str]:
    """What the records that the idea names cannot be without: a ballot is for an option."""
    found = {
        c.matches
        for c in candidates
        if c.matches in pattern.entities and c.source != DEED and (first or c.score >= RENAMING)
    }
    return {
        r.to
        for key in found
        for r in pattern.entities[key].references.values()
        if r.required and r.to in pattern.entities and r.to not in found
    }


def _core(pattern: MatchedPattern, candidates: Sequence[CandidateEntity]) -> set[str]:
    """What a second pattern brings where the idea names it, "a forum", and nothing of it."""
    known = any(c.matches in pattern.entities and c.score >= RENAMING for c in candidates)
    named = pattern.rank.key in pattern.rank.evidence and pattern.rank.key not in OFFERED
    if known or not named:
        return set()
    first = next(iter(pattern.entities), "")
    parts = {
        key
        for key, draft in pattern.entities.items()
        if draft.presence == "always"
        and any(r.to == first and r.required for r in draft.references.values())
    }
    return {first, *parts}


def _same(key: str, draft: EntityDraft, pool: Pool) -> Kind | None:
    """The kind that another pattern has brought for the same thing already."""
    words = {key, *(s.replace(" ", "_") for s in draft.synonyms)}
    for kind in pool.kinds.values():
        theirs = {s.replace(" ", "_") for s in kind.draft.synonyms}
        if kind.origin and (kind.key == key or key in theirs or kind.key in words):
            return kind
    return None


def _named(
    key: str, draft: EntityDraft, said: Sequence[CandidateEntity], origin: str
) -> tuple[Kind, list[CandidateEntity]]:
    """The kind under the idea's word for it, and the candidates that it takes in."""
    exact = next((c for c in said if c.key == key), None)
    said = sorted(said, key=lambda c: c.words[-1] in _HOLDERS)
    best = exact or (said[0] if said and said[0].score >= _renaming(said) else None)
    general = {s.replace(" ", "_") for s in draft.synonyms} & {
        "item",
        "place",
        "equipment",
        "space",
    }
    if best is not None and best.source == DEED:
        # The idea's own record of something that the pattern's is not of.
        kind, taken = from_idea(best), list(said)
        kind.origin = ""
    elif draft.placeholder and best is not None:
        kind = from_idea(best, draft) if best.key != key else from_draft(key, draft, origin)
        kind.origin = origin
        if best.key != key:
            fill(kind, draft)
        taken = [best, *(c for c in said if c is not best and (c.key in general or c.score < OWN))]
    else:
        kind = from_draft(key, draft, origin)
        if best is not None and best is not exact:
            rename(kind, best)
        taken = [c for c in said if c in (exact, best) or not _beside(c, best)]
    for candidate in taken:
        absorb(kind, candidate)
    return kind, taken


def _renaming(said: Sequence[CandidateEntity]) -> float:
    """The score from which a pattern's kind is called by the word; of people, the only one is."""
    if said[0].source != PERSON:
        return RENAMING
    return OWN if len(said) > 1 else ACTING


def _beside(candidate: CandidateEntity, best: CandidateEntity | None) -> bool:
    """Whether the idea has another word for its own kind beside the pattern's: both have fields."""
    if best is None or candidate.score < OWN:
        return False
    related = {r.to for r in candidate.references} | {r.to for r in best.references}
    both = bool(set(candidate.sentences) & set(best.sentences)) and best.score >= OWN
    both |= bool(candidate.fields) and bool(best.fields)
    # Where the pattern's own word is there as well, another strong one is something else.
    named = best.key == candidate.matches and candidate.words[-1] != best.words[-1]
    both |= named and not candidate.fields and min(candidate.score, best.score) >= SURE
    return both or not related.isdisjoint({candidate.key, best.key})


def _stand_in(report: ScoutReport, rest: list[CandidateEntity], pool: Pool) -> None:
    """A general kind that the idea never names gives way to the idea's strongest noun."""
    brought = {key for pattern in report.patterns for key in pattern.features}
    features = {name for key in brought for name in REPLACED.get(key, ())}
    for pattern in report.patterns:
        for key, draft in pattern.entities.items():
            name = pool.names.get(key)
            if not draft.placeholder or name is None or pool.kinds[name].sentences:
                continue
            named = [c for c in rest if c.key not in features]
            if pattern.role != "primary":
                beside = _beside_records(report, pattern, key)
                named = [c for c in named if c.source != PERSON and beside & {*c.sentences}]
                if _given_way(pool, name, beside, named):
                    continue
            best = _standing(named, pool)
            if best is not None:
                rest.remove(best)
                _replace(pool, name, best, key, pattern)


def _standing(named: Sequence[CandidateEntity], pool: Pool) -> CandidateEntity | None:
    """The noun that stands in for a general kind; where hardly anything is there, a weak one."""
    least = OWN if len(pool.kinds) > FEW else STANDING
    strong = [c for c in named if c.score >= OWN]
    return next(iter(strong or [c for c in named[:1] if c.score >= least]), None)


def _replace(
    pool: Pool, name: str, best: CandidateEntity, key: str, pattern: MatchedPattern
) -> None:
    del pool.kinds[name]
    draft = pattern.entities[key]
    kind = from_idea(best, draft if best.source == "thing" else None)
    kind.origin = pattern.rank.key if best.source == "thing" else ""
    if best.source == "thing":
        fill(kind, draft)
    absorb(kind, best)
    pool.names = {word: k for word, k in pool.names.items() if k != name}
    pool.add(kind, key, best.key)


def _beside_records(report: ScoutReport, pattern: MatchedPattern, key: str) -> set[int]:
    """The sentences with records that are of the kind: “members reserve a lawn”."""
    records = {
        name
        for name, draft in pattern.entities.items()
        if any(r.to == key and r.required for r in draft.references.values())
    }
    return {n for c in report.entities if c.matches in records for n in c.sentences}


def _given_way(pool: Pool, name: str, beside: set[int], named: Sequence[CandidateEntity]) -> bool:
    """Whether another pattern's general kind, said there, is what the kind would stand for."""
    least = max((c.score for c in named), default=0.0)
    for kind in pool.kinds.values():
        general = kind.origin and kind.draft.placeholder and kind.key != name
        if general and kind.sentences & beside and kind.score >= least:
            del pool.kinds[name]
            pool.names = {w: kind.key if k == name else k for w, k in pool.names.items()}
            return True
    return False


def _from_idea(rest: Sequence[CandidateEntity], pool: Pool) -> None:
    """Nouns of their own; where nothing else is there, the best of what there is."""
    own = [c for c in rest if c.score >= OWN]
    if not pool.kinds and not own:
        own = [c for c in rest if c.score >= ALONE][:3] or list(rest[:1])
    for candidate in own:
        kind = from_idea(candidate)
        absorb(kind, candidate)
        pool.add(kind, candidate.key)
    if not pool.kinds:
        pool.add(_item())


def _fill(rest: Sequence[CandidateEntity], pool: Pool) -> None:
    """Weaker nouns, the strongest first, as long as there is room for them."""
    there = {word for word, key in pool.names.items() if key in pool.kinds}
    weaker = [c for c in rest if WEAK <= c.score < OWN and c.key not in there]
    for candidate in weaker[: max(0, LITTLE - len(pool.kinds))]:
        kind = from_idea(candidate)
        absorb(kind, candidate)
        pool.add(kind, candidate.key)


def _item() -> Kind:
    """What an app keeps whose idea names nothing to keep."""
    draft = EntityDraft(
        label="name", title="Item", title_plural="Items", plural="items", sort="name",
        search=("name", "description"),
        fields={
            "name": FieldDraft(title="Name", required=True, max_length=120),
            "description": FieldDraft(type="longtext", title="Description"),
        },
    )  # fmt: skip
    return from_draft("item", draft, "")
