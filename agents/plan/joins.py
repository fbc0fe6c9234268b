"""How kinds of records refer to each other once each has its name: no end is loose. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from agents.plan.kinds import Kind, labels
from contracts.scouting import ReferenceDraft, ScoutReport


def point(report: ScoutReport, kinds: dict[str, Kind], names: Mapping[str, str]) -> None:
    """Point every reference at the name its target has now, and add the idea's own."""
    for kind in kinds.values():
        moved: dict[str, ReferenceDraft] = {}
        for name, reference in kind.references.items():
            to = names.get(reference.to)
            if to is None or (to == kind.key and reference.required):
                continue
            # A reference called like its target is called like what the target is now.
            new = to if name == reference.to else name
            if new in kind.fields:
                kind.fields.pop(new)
            moved[new] = msgspec.structs.replace(reference, to=to)
            if new != name:
                kind.moved[name] = new
                kind.seed = tuple(_renamed(row, name, new) for row in kind.seed)
        kind.references = moved
    for candidate in report.entities:
        for found in candidate.references:
            source, to = names.get(candidate.key), names.get(found.to)
            if source is None or to is None or source == to:
                continue
            kind = kinds[source]
            name = next((n for n, r in kind.references.items() if r.to == to), to)
            kind.references.setdefault(name, ReferenceDraft(to=to))
            kind.traces.setdefault(name, set()).update(found.sentences)
            if name in kind.fields and name != kind.draft.label:
                kind.fields.pop(name)
            _counted_once(kinds[to], kind)


def _counted_once(whole: Kind, part: Kind) -> None:
    """Take out the text for all parts of a record that has each of them by itself."""
    for name in {part.key, part.plural} - {whole.draft.label}:
        if name in whole.fields and whole.fields[name].type == "longtext":
            whole.fields.pop(name)


def _renamed(row: dict[str, object], old: str, new: str) -> dict[str, object]:
    return {new if key == old else key: value for key, value in row.items()}


def close(kinds: list[Kind]) -> None:
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
            called = target.labels.get(value, value) if isinstance(value, str) else value
            if called in labels(target.seed, target.draft.label):
                kept[name] = called
        elif (field := kind.fields.get(name)) is not None:
            bad = field.type == "enum" and value not in field.options
            kept[name] = field.default if bad and field.default is not None else value
            if bad and field.default is None:
                kept.pop(name)
    required = {n for n, r in kind.references.items() if r.required}
    required |= {n for n, f in kind.fields.items() if f.required and f.default is None}
    return kept if required <= kept.keys() else None
