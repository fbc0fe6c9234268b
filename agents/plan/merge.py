"""A scout report as kinds of records: the patterns' and the idea's own, made one.

What a pattern brings and the idea names is kept under the idea's word; a general word such as
"resource" gives way to what the idea is about; nouns that no pattern knows become kinds of
their own. The strongest eight stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from agents.plan.kinds import Kind, absorb, from_draft, from_idea, labels, rename
from contracts.scouting import (
    CandidateEntity,
    EntityDraft,
    FieldDraft,
    ReferenceDraft,
    ScoutReport,
)

CAP = 8
OWN = 3.0
"""Score from which a noun is a kind of its own."""
RENAMING = 2.5
"""Score from which the idea's word replaces the pattern's."""
ALONE = 2.0
"""Score that is enough where there is no pattern at all."""
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
    _references(report, pool)
    kept = _capped(pool)
    _close(kept)
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
    open_idea = report.brief or report.language != "en"
    used: set[str] = set()
    for pattern in report.patterns:
        for key, draft in pattern.entities.items():
            said = [c for c in candidates if c.matches == key and c.key not in used]
            always = pattern.role == "primary" and (draft.presence == "always" or open_idea)
            asked = _asked(report, draft)
            enough = pattern.role == "primary" or any(c.score >= RENAMING for c in said)
            if not _wanted(report, key, draft, unwanted) or not (
                always or asked or (said and enough)
            ):
                continue
            kind, taken = _named(key, draft, said, pattern.rank.key)
            kind.score += BASE if always else 0.0
            pool.add(kind, key, *(c.key for c in taken))
            used |= {c.key for c in taken}
    return [c for c in candidates if c.key not in used and c.key not in pool.kinds]


def _asked(report: ScoutReport, draft: EntityDraft) -> bool:
    """Whether a feature of the idea is this kind of record."""
    return any(f.key.rstrip("s") in draft.synonyms for f in report.features)


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
    if report.brief:
        return
    for pattern in report.patterns:
        for key, draft in pattern.entities.items():
            name = pool.names.get(key)
            if not draft.placeholder or name is None or pool.kinds[name].sentences:
                continue
            strong = [c for c in rest if c.score >= OWN]
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


def _references(report: ScoutReport, pool: _Pool) -> None:
    """Point every reference at the name its target has now, and add the idea's own."""
    for kind in pool.kinds.values():
        moved: dict[str, ReferenceDraft] = {}
        for name, reference in kind.references.items():
            to = pool.names.get(reference.to)
            if to is None or (to == kind.key and reference.required):
                continue
            # A reference called like its target is called like what the target is now.
            new = to if name == reference.to else name
            if new in kind.fields:
                kind.fields.pop(new)
            moved[new] = msgspec.structs.replace(reference, to=to)
            if new != name:
                kind.seed = tuple(_renamed(row, name, new) for row in kind.seed)
        kind.references = moved
    for candidate in report.entities:
        for found in candidate.references:
            source, to = pool.names.get(candidate.key), pool.names.get(found.to)
            if source is None or to is None or source == to:
                continue
            kind = pool.kinds[source]
            name = next((n for n, r in kind.references.items() if r.to == to), to)
            kind.references.setdefault(name, ReferenceDraft(to=to))
            kind.traces.setdefault(name, set()).update(found.sentences)
            if name in kind.fields and name != kind.draft.label:
                kind.fields.pop(name)


def _renamed(row: dict[str, object], old: str, new: str) -> dict[str, object]:
    return {new if key == old else key: value for key, value in row.items()}


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


def _close(kinds: list[Kind]) -> None:
    """Drop what points nowhere: references to kinds that are gone, rows that name their rows."""
    there = {kind.key: kind for kind in kinds}
    for kind in kinds:
        kind.references = {
            name: reference
            for name, reference in kind.references.items()
            if reference.to in there and not _clash(kind, name)
        }
    _break_cycles(there)
    for kind in _by_need(kinds):
        kind.seed = tuple(row for old in kind.seed if (row := _row(kind, old, there)) is not None)


def _clash(kind: Kind, name: str) -> bool:
    return name in kind.fields or f"{name}_id" in kind.fields


def _break_cycles(kinds: dict[str, Kind]) -> None:
    """Two kinds that each require the other could never be made: loosen what closes a circle."""
    for kind in kinds.values():
        for name, reference in kind.references.items():
            if reference.required and _leads(kinds, reference.to, kind.key, {kind.key}):
                kind.references[name] = msgspec.structs.replace(
                    reference, required=False, on_delete="set_null"
                )


def _leads(kinds: dict[str, Kind], start: str, goal: str, seen: set[str]) -> bool:
    if start == goal:
        return True
    if start in seen:
        return False
    seen.add(start)
    return any(
        r.required and _leads(kinds, r.to, goal, seen) for r in kinds[start].references.values()
    )


def _by_need(kinds: Iterable[Kind]) -> list[Kind]:
    """Kinds after those whose rows theirs refer to, as far as circles allow."""
    left, done = list(kinds), list[Kind]()
    while left:
        names = {k.key for k in left}
        ready = [k for k in left if not any(r.to in names - {k.key} for r in k.references.values())]
        chosen = (ready or left)[0]
        left.remove(chosen)
        done.append(chosen)
    return done


def _row(kind: Kind, row: dict[str, object], there: dict[str, Kind]) -> dict[str, object] | None:
    """A seed row that fits the kind as it has become; None when it misses what is required."""
    kept: dict[str, object] = {}
    for name, value in row.items():
        if name in kind.references:
            target = there[kind.references[name].to]
            if value in labels(target.seed, target.draft.label):
                kept[name] = value
        elif (field := kind.fields.get(name)) is not None:
            bad = field.type == "enum" and value not in field.options
            kept[name] = field.default if bad and field.default is not None else value
            if bad and field.default is None:
                kept.pop(name)
    required = {n for n, r in kind.references.items() if r.required}
    required |= {n for n, f in kind.fields.items() if f.required and f.default is None}
    return kept if required <= kept.keys() else None
