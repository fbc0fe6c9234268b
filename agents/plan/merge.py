"""A scout report as kinds of records: the patterns' and the idea's own, made one.

What a pattern brings and the idea names is kept under the idea's word; a general word such as
"resource" gives way to what the idea is about; nouns that no pattern knows become kinds of
their own. The strongest eight stay.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from agents.plan import deeds
from agents.plan.features import MADE_OF, OFFERED, REPLACED
from agents.plan.joins import close, point
from agents.plan.kinds import Kind, absorb, from_draft, from_idea, rename
from contracts.scouting import (
    CandidateEntity,
    EntityDraft,
    FieldDraft,
    MatchedPattern,
    ScoutReport,
)

CAP = 10
OWN = 3.0
"""Score from which a noun is a kind of its own."""
RENAMING = 2.5
"""Score from which the idea's word replaces the pattern's."""
ALONE = 2.0
"""Score that is enough where there is no pattern at all."""
SHARE = 4
"""For so many kinds that the idea speaks of, one stays that it does not."""
PASSING = 3.5
"""Up to this score a noun may be said in passing."""
FEW = 2
"""Of so few kinds, an idea leaves one more to its pattern."""
BASE = 2.0
"""What a pattern's own kinds weigh before the idea has named them."""


class _Pool:
    """The kinds so far, and under which of them each word is to be found."""

    def __init__(self) -> None:
        self.kinds: dict[str, Kind] = {}
        self.names: dict[str, str] = {}

    def add(self, kind: Kind, *words: str) -> None:
        taken = {k.plural for k in self.kinds.values()} | self.kinds.keys()
        if kind.key in self.kinds or kind.plural in taken:
            return
        self.kinds[kind.key] = kind
        for word in (kind.key, *words):
            self.names.setdefault(word, kind.key)


class Merged(Struct, frozen=True):
    """The kinds, what the app is about first, never none; `names` leads from words to keys."""

    kinds: tuple[Kind, ...]
    names: dict[str, str]


def merge(report: ScoutReport) -> Merged:
    """The kinds of the app that a report describes."""
    unwanted = {e.key for e in report.exclusions if e.kind == "entity"}
    candidates = [c for c in report.entities if not unwanted & {c.key, c.words[-1]}]
    pool = _Pool()
    rest = _from_patterns(report, candidates, unwanted, pool)
    _stand_in(report, rest, pool)
    _from_idea(rest, pool)
    point(report, pool.kinds, pool.names)
    _thin(report, pool)
    kept = _capped(pool)
    close(kept)
    there = {kind.key for kind in kept}
    return Merged(tuple(kept), {w: key for w, key in pool.names.items() if key in there})


def _wanted(report: ScoutReport, key: str, draft: EntityDraft, unwanted: set[str]) -> bool:
    names = {key, *(s.replace(" ", "_").replace("-", "_") for s in draft.synonyms)}
    mentioned = any(c.matches == key for c in report.entities)
    return not (unwanted & {key} or (unwanted & names and not mentioned))


def _from_patterns(
    report: ScoutReport, candidates: Sequence[CandidateEntity], unwanted: set[str], pool: _Pool
) -> list[CandidateEntity]:
    """Put the patterns' kinds into the pool; the candidates that are none of them."""
    used: set[str] = set()
    for pattern in report.patterns:
        first = pattern.role == "primary"
        core = _made_of(report, pattern) if first else _core(pattern, candidates)
        for key, draft in pattern.entities.items():
            said = [c for c in candidates if c.matches == key and c.key not in used]
            always = first and draft.presence == "always"
            enough = first or any(c.score >= RENAMING for c in said)
            there = always or (said and enough) or key in core
            if not there or not _wanted(report, key, draft, unwanted):
                continue
            same = None if first else _same(key, draft, pool)
            if same is not None:
                pool.names.setdefault(key, same.key)
                continue
            kind, taken = _named(key, draft, said, pattern.rank.key)
            kind.score += BASE if always else RENAMING if key in core else 0.0
            kind.sentences |= set(pattern.rank.sentences) if key in core and not first else set()
            pool.add(kind, key, *(c.key for c in taken))
            used |= {c.key for c in taken}
    return [c for c in candidates if c.key not in used and c.key not in pool.kinds]


def _made_of(report: ScoutReport, pattern: MatchedPattern) -> set[str]:
    """What a feature of the pattern is made of, where the idea asks for the feature."""
    wished = {f.key for f in report.features} & MADE_OF
    return {e for key in wished & pattern.features.keys() for e in pattern.features[key].entities}


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


def _same(key: str, draft: EntityDraft, pool: _Pool) -> Kind | None:
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
    best = exact or (said[0] if said and said[0].score >= RENAMING else None)
    general = {s.replace(" ", "_") for s in draft.synonyms} & {
        "item",
        "place",
        "equipment",
        "space",
    }
    if draft.placeholder and best is not None:
        kind = from_idea(best, draft) if best.key != key else from_draft(key, draft, origin)
        kind.origin = origin
        taken = [best, *(c for c in said if c is not best and (c.key in general or c.score < OWN))]
    else:
        kind = from_draft(key, draft, origin)
        if best is not None and best is not exact:
            rename(kind, best)
        taken = list(said)
    for candidate in taken:
        absorb(kind, candidate)
    return kind, taken


def _stand_in(report: ScoutReport, rest: list[CandidateEntity], pool: _Pool) -> None:
    """A general kind that the idea never names gives way to the idea's strongest noun."""
    brought = {key for pattern in report.patterns for key in pattern.features}
    features = {name for key in brought for name in REPLACED.get(key, ())}
    for pattern in report.patterns:
        for key, draft in pattern.entities.items():
            name = pool.names.get(key)
            if not draft.placeholder or name is None or pool.kinds[name].sentences:
                continue
            strong = [c for c in rest if c.score >= OWN and c.key not in features]
            if not strong:
                continue
            best = strong[0]
            rest.remove(best)
            del pool.kinds[name]
            kind = from_idea(best, draft if best.source == "thing" else None)
            kind.origin = pattern.rank.key if best.source == "thing" else ""
            absorb(kind, best)
            pool.names = {word: k for word, k in pool.names.items() if k != name}
            pool.add(kind, key, best.key)


def _from_idea(rest: Sequence[CandidateEntity], pool: _Pool) -> None:
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


def _thin(report: ScoutReport, pool: _Pool) -> None:
    """Of what the patterns bring unasked, keep little where the idea says much itself."""
    if report.brief or report.language != "en":
        return
    for kind in pool.kinds.values():
        done = set() if kind.sentences else deeds.sentences(report, kind.key)
        kind.sentences |= done
        kind.score += RENAMING if done else 0.0
    _drop_mentions(report, pool)
    asked = {k for k, kind in pool.kinds.items() if kind.sentences} | _serving(report, pool)
    if not asked:
        return
    needed, waiting = set[str](), set(asked)
    while waiting:
        needed |= waiting
        refs = (r for key in waiting for r in pool.kinds[key].references.values())
        waiting = {r.to for r in refs if r.required and r.to in pool.kinds} - needed
    spare = max(len(asked) // SHARE, int(len(asked) <= FEW)) - len(needed - asked)
    for key in [k for k in pool.kinds if k not in needed]:
        if spare > 0:
            spare -= 1
        else:
            del pool.kinds[key]


def _drop_mentions(report: ScoutReport, pool: _Pool) -> None:
    """Drop nouns that are said once and of which nothing is said: "for our agency"."""
    touched = {pool.names.get(o.entity) for o in report.operations}
    for kind in pool.kinds.values():
        if kind.references or kind.traces:
            touched |= {kind.key, *(r.to for r in kind.references.values())}
    said = [k for k, kind in pool.kinds.items() if kind.sentences]
    idle = [
        k
        for k in said
        if not pool.kinds[k].origin and k not in touched
        and len(pool.kinds[k].sentences) == 1 and pool.kinds[k].score <= PASSING
    ]  # fmt: skip
    if len(said) - len(idle) >= FEW:
        for key in idle:
            del pool.kinds[key]


def _serving(report: ScoutReport, pool: _Pool) -> set[str]:
    """Kinds that a feature is made of which the idea asks for."""
    made = {key for pattern in report.patterns for key in _made_of(report, pattern)}
    return {pool.names[key] for key in made if pool.names.get(key) in pool.kinds}


def _capped(pool: _Pool) -> list[Kind]:
    """The strongest kinds, with those that they cannot be without."""
    order = sorted(pool.kinds.values(), key=lambda kind: -kind.score)
    kept: list[Kind] = []
    for kind in order:
        needed = [
            pool.kinds[r.to] for r in kind.references.values() if r.required and r.to in pool.kinds
        ]
        group = [k for k in (kind, *needed) if k not in kept]
        if len(kept) + len(group) <= CAP:
            kept.extend(group)
    return kept
