"""What became of every sentence, and what did not: nothing that an idea says gets lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agents.plan.access import private
from agents.plan.features import BUILT, FIELDS, MARKS, MODELLED, WISHES
from agents.plan.kinds import Kind
from agents.plan.sketch import Sketch
from agents.plan.switches import met
from contracts.model import Feature, Trace
from contracts.scouting import Exclusion, FoundFeature

_ALWAYS = ("auth", "crud", "filters", "paging", "roles", "search", "sort", "export")
_COMMON = frozenset({"member", "guest"})


def always(sketch: Sketch) -> tuple[Feature, ...]:
    """The features that every app has, some only where asked for, and what they serve."""
    keys = tuple(sketch.entities)
    searched = tuple(key for key in keys if sketch.kinds[key].draft.search)
    asked = {_key(sketch, found) for found in sketch.report.features} & BUILT
    whole = {"auth", "roles", *(BUILT - set(_ALWAYS))}
    return tuple(
        Feature(key=key, entities=searched if key == "search" else () if key in whole else keys)
        for key in (*_ALWAYS, *sorted(asked - set(_ALWAYS)))
        if key in BUILT
    )


def begin(sketch: Sketch) -> None:
    """Note what the sentences gave to the sketch as it is at first."""
    report = sketch.report
    sketch.note(report.name_sentences, "app.name")
    sketch.note(report.theme.sentences, "app.theme")
    for pattern in report.patterns:
        sketch.note(pattern.rank.sentences, f"pattern.{pattern.rank.key}")
    for key, kind in sketch.kinds.items():
        sketch.note(kind.sentences, f"entity.{key}")
        for numbers, name in _parts(kind):
            sketch.note(numbers, name)
        if kind.draft.workflow and sketch.entities[key].workflow:
            flow = sketch.entities[key].workflow
            numbers = kind.traces.get(flow.field, set()) if flow else set()
            sketch.note(numbers, f"workflow.{key}")
    for role in report.roles:
        if role.key in sketch.role_keys:
            sketch.note(role.sentences, f"role.{role.key}")
    sketch.note(report.public, "access.guest")
    if private(report):
        sketch.note(report.private, "access.owner")
    sketch.note(report.context, "app.context")


def end(sketch: Sketch) -> tuple[Trace, ...]:
    """Every sentence with what it gave; `unbuilt.*` is what is not there."""
    for found in sketch.report.features:
        served = tuple(_served_by(sketch, found))
        for name in served or (f"unbuilt.{found.key}",):
            sketch.note(found.sentences, name)
        if not served:
            sketch.lack(found.sentences, found.title)
    for exclusion in sketch.report.exclusions:
        sketch.note((exclusion.sentence,), _excluded(exclusion))
    return tuple(
        Trace(sentence=s.number, text=s.text, maps_to=tuple(sketch.ids.get(s.number, ())))
        for s in sketch.report.sentences
    )


def _key(sketch: Sketch, found: FoundFeature) -> str:
    """What the model calls the feature that a wish means."""
    keys = WISHES.get(found.key, ())
    return next((k for k in keys if k in sketch.features or k in BUILT), found.key)


def _served_by(sketch: Sketch, found: FoundFeature) -> Iterator[str]:
    """The ids of what the app has of that which was asked for: a feature, records, a field."""
    if found.key in BUILT or met(sketch, found):
        yield f"feature.{_key(sketch, found)}"
    elif found.key == "approvals":
        # A rule gave the steps of a workflow to those who approve.
        ruled = {rule.sentence for rule in sketch.report.rules if rule.kind == "approval"}
        for number in ruled & set(found.sentences):
            yield from (id_ for id_ in sketch.ids.get(number, ()) if id_.startswith("workflow."))
    elif found.key == "dark_mode":
        yield "app.theme"
    elif found.key == "sharing":
        for key, entity in sketch.entities.items():
            said = set(found.sentences) & sketch.kinds[key].sentences
            if said and _COMMON & set(entity.access.read):
                yield f"access.{key}"
    elif found.key == "calculation":
        yield from _computed(sketch, found)
    else:
        yield from _recorded(sketch, found.key)


def _recorded(sketch: Sketch, wish: str) -> Iterator[str]:
    """The records, fields and rules of the app that are what the feature would be."""
    names, marks = set(MODELLED.get(wish, ())), MARKS.get(wish, ())
    for key, entity in sketch.entities.items():
        kind = sketch.kinds[key]
        synonyms = set(kind.draft.synonyms) if kind.origin else set()
        if names & {kind.key, *kind.key.split("_"), *synonyms}:
            yield f"entity.{key}"
        for field in entity.fields:
            if field.type == FIELDS.get(wish) or field.key in marks:
                yield f"field.{key}.{field.key}"
        for rule in entity.rules if wish == "booking" else ():
            if rule.kind in {"no_overlap", "once_per_user"}:
                yield f"rule.{key}.{rule.kind}"


def _computed(sketch: Sketch, found: FoundFeature) -> Iterator[str]:
    """What is computed of that which the sentences speak of: fields, totals, those of a cart."""
    for key in sketch.spoken(found.sentences):
        entity = sketch.entities[key]
        yield from (f"field.{key}.{field.key}" for field in entity.fields if field.computed)
        if any(rule.kind == "total" for rule in entity.rules):
            yield f"rule.{key}.total"
    texts = (s.text for s in sketch.report.sentences if s.number in found.sentences)
    if "cart" in sketch.features and any("total" in text.lower() for text in texts):
        yield "feature.cart"


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


def unmapped(sketch: Sketch, traced: Sequence[Trace]) -> tuple[str, ...]:
    """The sentences that the model does not cover, wholly or in part, and what is lacking.

    A sentence that only resembles a pattern is covered while it adds nothing of its own.
    """
    entries: list[str] = []
    for trace in traced:
        wants = list(sketch.lacking.get(trace.sentence, ()))
        wants += [
            f"an app without {id_.removeprefix('unbuilt.without_').replace('auth', 'sign-in')}"
            for id_ in trace.maps_to
            if id_.startswith("unbuilt.without_")
        ]
        if wants:
            entries.append(f"{trace.text} [not built: {', '.join(wants)}]")
        elif not any(not id_.startswith("unbuilt.") for id_ in trace.maps_to):
            entries.append(trace.text)
    return (*entries, *(f"[note] {note}" for note in sketch.report.notes))
