"""What must hold in a pattern besides its shape: everything it names is there and suits.

Errors:
    LexiconError   names the folder and the place
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from agents.scout.lexicon import LexiconError
from agents.scout.pattern_expressions import effect_problems, formula_problems, rule_problems
from agents.scout.pattern_needs import feature_problems, page_problems
from contracts.scouting import EntityDraft, FeatureDraft, PageDraft, RoleDraft

_NOBODY = frozenset({"guest", "member", "owner", "admin"})


class Described(Protocol):
    """What is checked of a pattern."""

    @property
    def entities(self) -> Mapping[str, EntityDraft]: ...
    @property
    def roles(self) -> Mapping[str, RoleDraft]: ...
    @property
    def features(self) -> Mapping[str, FeatureDraft]: ...
    @property
    def pages(self) -> tuple[PageDraft, ...]: ...


def check(path: Path, pattern: Described) -> None:
    """Raises LexiconError for the first thing that is wrong."""
    for key, draft in pattern.entities.items():
        where = f"{path}/entities.toml: entities.{key}"
        for problem in _entity(draft, pattern):
            raise LexiconError(f"{where}{problem}")
    for problem in _head(pattern):
        raise LexiconError(f"{path}/pattern.toml: {problem}")


def _entity(draft: EntityDraft, pattern: Described) -> Iterator[str]:
    yield from _fields(draft)
    yield from _told(draft, pattern)
    yield from _references(draft, pattern)
    yield from _flow(draft, pattern)
    yield from formula_problems(draft)
    yield from rule_problems(draft, pattern.entities)
    yield from effect_problems(draft, _NOBODY | set(pattern.roles))


def _told(draft: EntityDraft, pattern: Described) -> Iterator[str]:
    """Roles of fields are in every app of the pattern: without them nobody could fill these in."""
    always = {key for key, role in pattern.roles.items() if role.presence == "always"}
    for name, field in draft.fields.items():
        for word in (*field.read_roles, *field.write_roles):
            if word not in always | {"admin", "member"}:
                yield f".fields.{name}: {word!r} is no role that is always there"


def _fields(draft: EntityDraft) -> Iterator[str]:
    if draft.label not in draft.fields:
        yield f".label is {draft.label!r}, which is none of its fields"
    known = {*draft.fields, *draft.references}
    wrong = [name for name in draft.search if name not in draft.fields]
    wrong += [name for row in draft.seed for name in row if name not in known]
    wrong += [name for group in draft.unique_together for name in group if name not in known]
    if draft.sort.lstrip("-") not in {*draft.fields, "created_at", "updated_at"}:
        wrong.append(draft.sort.lstrip("-"))
    if wrong:
        yield f" has no field {wrong[0]!r}"
    for name, wanted in draft.fields.items():
        if (wanted.type == "enum") != bool(wanted.options):
            yield f".fields.{name}: options belong to enum, and only there"


def _references(draft: EntityDraft, pattern: Described) -> Iterator[str]:
    for name, reference in draft.references.items():
        if reference.to not in pattern.entities:
            yield f".references.{name} points to {reference.to!r}, which is no entity"
        if name in draft.fields:
            yield f": {name!r} is a field and a reference"
        if reference.required and reference.on_delete == "set_null":
            yield f".references.{name} is required, so on_delete is restrict or cascade"
    if draft.parent:
        to = draft.references.get(draft.parent)
        if to is None or not to.required or to.kind == "many_to_many":
            yield f".parent is {draft.parent!r}, which is no required reference"


def _flow(draft: EntityDraft, pattern: Described) -> Iterator[str]:
    words = _NOBODY | set(pattern.roles)
    yield from (f".writers: {word!r} is no role" for word in draft.writers if word not in words)
    flow = draft.workflow
    if flow is None:
        return
    options = draft.fields[flow.field].options if flow.field in draft.fields else ()
    if flow.initial not in options:
        yield f".workflow starts in {flow.initial!r}, which is no option of {flow.field!r}"
    for step in flow.transitions:
        for state in (*step.sources, step.target):
            if state not in options:
                yield f".workflow: {step.name!r} names {state!r}, which is no option"
        for word in step.roles:
            if word not in words:
                yield f".workflow: {step.name!r} names {word!r}, which is no role"


def _head(pattern: Described) -> Iterator[str]:
    words = _NOBODY | set(pattern.roles)
    for key, feature in pattern.features.items():
        for entity in feature.entities:
            if entity not in pattern.entities:
                yield f"features.{key} names {entity!r}, which is no entity"
    for page in pattern.pages:
        if page.entity and page.entity not in pattern.entities:
            yield f"pages: {page.title!r} is of {page.entity!r}, which is no entity"
        for word in page.audience:
            if word not in words:
                yield f"pages: {page.title!r} names {word!r}, which is no role"
    yield from feature_problems(pattern.features, pattern.entities)
    yield from page_problems(pattern.pages, pattern.entities)
