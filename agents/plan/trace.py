"""What became of every sentence, and what did not: nothing that an idea says gets lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agents.plan.features import BUILT, FIELDS, MARKS, MODELLED
from agents.plan.kinds import Kind
from contracts.model import Access, Feature, Trace
from contracts.scouting import Exclusion, FoundFeature, ScoutReport

_ALWAYS = ("auth", "crud", "filters", "paging", "roles", "search", "sort")


def features(kinds: Sequence[Kind]) -> tuple[Feature, ...]:
    """The features that the app really has, and the entities that they serve."""
    keys = tuple(kind.key for kind in kinds)
    searched = tuple(kind.key for kind in kinds if kind.draft.search)
    whole = {"auth", "roles"}
    return tuple(
        Feature(key=key, entities=searched if key == "search" else () if key in whole else keys)
        for key in _ALWAYS
        if key in BUILT
    )


def unbuilt(found: FoundFeature, kinds: Sequence[Kind], shared: set[int]) -> bool:
    """Whether the app lacks what was asked for; `shared` are sentences about shared records."""
    if found.key in BUILT:
        return False
    if found.key == "sharing":
        return not set(found.sentences) & shared
    names = MODELLED.get(found.key, ())
    marks = MARKS.get(found.key, ())
    if any(k.key in names or set(k.key.split("_")) & set(names) for k in kinds):
        return False
    if any(k.origin and set(k.draft.synonyms) & set(names) for k in kinds):
        return False
    fields = [f for k in kinds for f in k.fields.values()]
    return not any(f.type == FIELDS.get(found.key) or f.key in marks for f in fields)


def traces(
    report: ScoutReport, kinds: Sequence[Kind], lacking: dict[int, list[str]], roles: set[str]
) -> tuple[Trace, ...]:
    """For every sentence the ids of what it produced; `unbuilt.*` is what is not there."""
    ids: dict[int, list[str]] = {s.number: [] for s in report.sentences}

    def note(numbers: Sequence[int] | set[int], name: str) -> None:
        for number in sorted(numbers):
            if name not in ids[number]:
                ids[number].append(name)

    note(report.name_sentences, "app.name")
    note(report.theme.sentences, "app.theme")
    for pattern in report.patterns:
        note(pattern.rank.sentences, f"pattern.{pattern.rank.key}")
    for kind in kinds:
        note(kind.sentences, f"entity.{kind.key}")
        for numbers, name in _parts(kind):
            note(numbers, name)
    for role in filter(lambda role: role.key in roles, report.roles):
        note(role.sentences, f"role.{role.key}")
    note(report.public, "access.guest")
    missing = set[str]().union(*lacking.values())
    for found in report.features:
        note(found.sentences, f"{'unbuilt' if found.key in missing else 'feature'}.{found.key}")
    for exclusion in report.exclusions:
        note((exclusion.sentence,), _excluded(exclusion))
    return tuple(
        Trace(sentence=s.number, text=s.text, maps_to=tuple(ids[s.number]))
        for s in report.sentences
    )


def _excluded(exclusion: Exclusion) -> str:
    always = exclusion.kind == "feature" and exclusion.key in BUILT
    return f"{'unbuilt.without_' if always else 'excluded.'}{exclusion.key}"


def _parts(kind: Kind) -> Iterator[tuple[set[int], str]]:
    """The fields and relations of a kind, each with the sentences that asked for it."""
    for name, numbers in kind.traces.items():
        if name in kind.references:
            yield numbers, f"relation.{kind.key}.{name}"
        elif name in kind.fields:
            yield numbers, f"field.{kind.key}.{name}"


def lacking(
    report: ScoutReport, kinds: Sequence[Kind], access: dict[str, Access]
) -> dict[int, list[str]]:
    """The features that each sentence asks for and the app does not have, by sentence."""
    common = {"member", "guest"}
    shared = {n for k in kinds if common & set(access[k.key].read) for n in k.sentences}
    missing: dict[int, list[str]] = {}
    for found in report.features:
        if unbuilt(found, kinds, shared):
            for number in found.sentences:
                missing.setdefault(number, []).append(found.key)
    return missing


def unmapped(
    report: ScoutReport, traced: Sequence[Trace], missing: dict[int, list[str]]
) -> tuple[str, ...]:
    """The sentences that the model does not cover, wholly or in part, and what is lacking.

    A sentence that only resembles a pattern is covered while it adds nothing of its own.
    """
    titles = {f.key: f.title for f in report.features}
    entries: list[str] = []
    for trace in traced:
        wants = [titles[key] for key in missing.get(trace.sentence, ())]
        wants += [
            f"an app without {id_.removeprefix('unbuilt.without_').replace('auth', 'sign-in')}"
            for id_ in trace.maps_to
            if id_.startswith("unbuilt.without_")
        ]
        if wants:
            entries.append(f"{trace.text} [not built: {', '.join(wants)}]")
        elif not any(not id_.startswith("unbuilt.") for id_ in trace.maps_to):
            entries.append(trace.text)
    return (*entries, *(f"[note] {note}" for note in report.notes))
