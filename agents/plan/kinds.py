"""A kind of record while a model is being made: what the patterns and the idea say of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from contracts.model import Field
from contracts.scouting import (
    CandidateEntity,
    CandidateField,
    EntityDraft,
    FieldDraft,
    ReferenceDraft,
)

DETAILED = 3
"""With so many fields of its own, an idea needs no general ones beside them."""
MAX_FIELDS = 16


class Kind(Struct, kw_only=True):
    """One entity to be; `origin` is the pattern it comes from, "" for the idea alone.

    `traces` tells for each field and reference which sentences asked for it, `moved` what
    the pattern's references are called now, `labels` what the rows of the pattern are.
    """

    key: str
    plural: str
    title: str
    title_plural: str
    draft: EntityDraft
    score: float = 0.0
    origin: str = ""
    fields: dict[str, Field] = {}
    references: dict[str, ReferenceDraft] = {}
    sentences: set[int] = set()
    traces: dict[str, set[int]] = {}
    moved: dict[str, str] = {}
    sort: str = ""
    seed: tuple[dict[str, Any], ...] = ()
    labels: dict[str, str] = {}


def from_draft(key: str, draft: EntityDraft, origin: str) -> Kind:
    """The kind exactly as its pattern describes it."""
    return Kind(
        key=key,
        plural=draft.plural,
        title=draft.title,
        title_plural=draft.title_plural,
        draft=draft,
        origin=origin,
        fields={name: field_of(name, field) for name, field in draft.fields.items()},
        references=dict(draft.references),
        sort=draft.sort,
        seed=draft.seed,
    )


def from_idea(candidate: CandidateEntity, draft: EntityDraft | None = None) -> Kind:
    """A kind that the idea names itself, described by `draft` or by what such things are."""
    draft = draft or candidate.draft
    kind = from_draft(candidate.key, draft, "")
    rename(kind, candidate)
    kind.seed = ()
    if len(candidate.fields) >= DETAILED:
        known = {name for f in candidate.fields if (name := twin(f, draft.fields))}
        kept = {draft.label, *known, *(n for n, f in draft.fields.items() if f.required)}
        if draft.placeholder:
            kept = {draft.label, *known}
        kind.fields = {name: field for name, field in kind.fields.items() if name in kept}
    return kind


_PLAIN = frozenset(
    {"integer", "decimal", "money", "boolean", "date", "datetime", "time", "duration", "rating",
     "enum", "geo"}
)  # fmt: skip
"""Types whose example values say nothing of what the pattern's rows were."""


def fill(kind: Kind, draft: EntityDraft) -> None:
    """Give a kind that took the place of the pattern's general one as many rows under its name."""
    label = draft.label
    if label not in kind.fields or kind.fields[label].type != "text":
        return
    rows = []
    for number, row in enumerate(draft.seed, start=1):
        name = f"{kind.title} {number}"
        plain = {k: v for k, v in row.items() if k in kind.fields and kind.fields[k].type in _PLAIN}
        rows.append({label: name, **plain})
        kind.labels[str(row.get(label))] = name
    kind.seed = tuple(rows)


def rename(kind: Kind, candidate: CandidateEntity) -> None:
    """Call the kind by the idea's own word."""
    kind.key, kind.plural = candidate.key, candidate.plural
    kind.title, kind.title_plural = candidate.title, candidate.title_plural


def field_of(key: str, draft: FieldDraft) -> Field:
    """A pattern's field as the model has it."""
    values = {name: getattr(draft, name) for name in draft.__struct_fields__ if name != "synonyms"}
    return Field(key=key, **values)


def twin(field: CandidateField, drafts: dict[str, FieldDraft]) -> str:
    """The draft's field that the idea means; "" when it is a new one."""
    if field.key in drafts:
        return field.key
    spoken = {field.key.replace("_", " "), field.key.removesuffix("s").replace("_", " ")}
    for name, draft in drafts.items():
        if spoken.intersection(draft.synonyms):
            return name
    return ""


def absorb(kind: Kind, candidate: CandidateEntity) -> None:
    """Add what the idea says of the candidate to the kind."""
    kind.score += candidate.score
    kind.sentences |= set(candidate.sentences)
    for found in candidate.fields:
        name = twin(found, {n: d for n, d in kind.draft.fields.items() if n in kind.fields})
        if name:
            kind.fields[name] = _told(kind.fields[name], found)
        elif found.key in kind.references:
            name = found.key
        elif len(kind.fields) < MAX_FIELDS:
            name = found.key
            kind.fields[name] = _new(found) if name not in kind.fields else kind.fields[name]
        if name:
            kind.traces.setdefault(name, set()).update(found.sentences)
    if candidate.sort:
        match = next((f for f in candidate.fields if f.key == candidate.sort), None)
        name = twin(match, kind.draft.fields) if match else ""
        kind.sort = name or candidate.sort


def _told(field: Field, found: CandidateField) -> Field:
    """The pattern's field with the title and the options of the idea."""
    if field.type == "enum" and found.type == "enum" and found.spoken:
        kept = field.default if field.default in found.options else found.options[0]
        default = kept if field.required else None
        return msgspec.structs.replace(
            field, options=found.options, default=default, title=found.title
        )
    if found.key != field.key:
        return msgspec.structs.replace(field, title=found.title)
    return field


def _new(found: CandidateField) -> Field:
    bounds: dict[str, Any] = {}
    if found.type == "text":
        bounds["max_length"] = 200
    elif found.type == "rating" or found.scale:
        least, most = found.scale or (1, 5)
        bounds |= {"min": least, "max": most}
    elif found.type in {"money", "duration"}:
        bounds["min"] = 0
    pii = found.type in {"email", "phone"} or "birth" in found.key
    return Field(
        key=found.key, title=found.title, type=found.type, options=found.options, pii=pii, **bounds
    )


def labels(seed: Sequence[dict[str, Any]], label: str) -> set[Any]:
    """The labels by which other rows may refer to these."""
    return {row[label] for row in seed if label in row}
