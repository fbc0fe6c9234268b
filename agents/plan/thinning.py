"""Which kinds stay: those that the idea speaks of, what they need, and few besides. Pure."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from agents.plan import deeds
from agents.plan.features import MADE_OF
from agents.plan.kinds import Kind
from agents.plan.pool import DEED, RENAMING, Pool
from contracts.scouting import MatchedPattern, ScoutReport

CAP = 12
ALONE = 1
"""Of so few kinds, an idea leaves one more to its pattern."""


def thin(report: ScoutReport, pool: Pool) -> None:
    """Of what the patterns bring unasked, keep what is a part of something that is asked for."""
    if report.brief or report.language != "en":
        return
    for kind in pool.kinds.values():
        done = set() if kind.sentences else deeds.sentences(report, kind.key)
        kind.sentences |= done
        kind.score += RENAMING if done else 0.0
    asked = {k for k, kind in pool.kinds.items() if kind.sentences}
    gone = _stood_in(report, pool) if len(asked) > 1 else set[str]()
    asked |= _serving(report, pool) - gone
    if not asked:
        return
    core = _core(report, pool) - gone
    needed, waiting = set[str](), asked | core
    while waiting:
        needed |= waiting
        refs = (r for key in waiting for r in pool.kinds[key].references.values())
        waiting = {r.to for r in refs if r.required and r.to in pool.kinds} - needed
    rest = [key for key in pool.kinds if key not in needed]
    parts = {key for key in rest if _is_part(pool, key, asked)} - gone
    if not parts and needed == asked | core and len(asked) <= ALONE:
        parts = {next((key for key in rest if key not in gone), "")}
    for key in set(rest) - parts:
        del pool.kinds[key]


def _is_part(pool: Pool, key: str, asked: AbstractSet[str]) -> bool:
    """Whether it cannot be without something that the idea speaks of, as a reply its thread."""
    return any(r.required and r.to in asked for r in pool.kinds[key].references.values())


def _core(report: ScoutReport, pool: Pool) -> set[str]:
    """What an app of the first pattern is for, if more than a word of the idea speaks for it."""
    if not report.patterns:
        return set()
    first = report.patterns[0].rank
    mine = {key: kind for key, kind in pool.kinds.items() if kind.origin == first.key}
    sure = len(first.evidence) > 1 or any(kind.sentences for kind in mine.values())
    return {key for key, kind in mine.items() if sure and kind.draft.core}


def _stood_in(report: ScoutReport, pool: Pool) -> set[str]:
    """What a pattern's records are of, where the idea's are of something else."""
    of_deeds = {c.matches for c in report.entities if c.source == DEED and c.matches}
    return {
        pool.names.get(r.to, "")
        for pattern in report.patterns
        for key in of_deeds & pattern.entities.keys()
        for r in pattern.entities[key].references.values()
        if r.required
    } | {k for k, kind in pool.kinds.items() if kind.draft.placeholder and not kind.sentences}


def _serving(report: ScoutReport, pool: Pool) -> set[str]:
    """Kinds that a feature is made of which the idea asks for."""
    made = {key for pattern in report.patterns for key in made_of(report, pattern)}
    return {pool.names[key] for key in made if pool.names.get(key) in pool.kinds}


def capped(pool: Pool) -> list[Kind]:
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


def made_of(report: ScoutReport, pattern: MatchedPattern) -> set[str]:
    """What a feature of the pattern is made of, where the idea asks for the feature."""
    wished = {f.key for f in report.features} & MADE_OF
    return {e for key in wished & pattern.features.keys() for e in pattern.features[key].entities}
