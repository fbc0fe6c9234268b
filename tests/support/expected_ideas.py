"""Ideas with what a reader expects of each, and how near a model comes to it.

Pure but for `read`, which reads files, and `model`, which keeps what it made.

The format is in tests/ideas/README.md. Every mark is so many right of so many:

    pattern   the first pattern is one of those that fit
    blend     patterns that a blend needs and that were chosen, the first or others
    entities  expected entities that the model has: each one of its own, by a name that is like
              one of the alternatives (see `likeness`), or kept by a feature that is on
    named     those of them that have just one of these names, not a like one
    asked     entities of the model that are expected or optional; the others nobody asked for
    fields    properties named by the text, as field or reference of the entity found for it
    features  features asked for that are on; those that every app has are left out
    kept_out  features that the text excludes and that are off
    roles     kinds of people with rights of their own
    rules     rules on one of the entities that they may be on
    colours   all colours that the idea names, each in its part

Errors:
    ExpectationError   a file contradicts itself or names what there is not
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import get_args, get_type_hints

import msgspec
from msgspec import Struct

from agents.plan.features import BUILT, OFFERED
from agents.plan.model import model_of
from agents.scout.scout import scout
from contracts.model import AppModel, Colour, Rule
from tests.support import likeness

RULES = frozenset(get_args(get_type_hints(Rule)["kind"]))
MARKS = (
    "pattern", "blend", "entities", "named", "asked", "fields",
    "features", "kept_out", "roles", "rules", "colours",
)  # fmt: skip


class ExpectationError(ValueError):
    """A file of an expected idea cannot be right; says which and why."""


class Near(Struct, frozen=True, forbid_unknown_fields=True):
    near: Colour


class ExpectedTheme(Struct, frozen=True, forbid_unknown_fields=True):
    """A part that is None was not named."""

    background: Colour | Near | None = None
    primary: Colour | Near | None = None


class ExpectedRule(Struct, frozen=True, forbid_unknown_fields=True):
    kind: str
    entity: str


class ExpectedIdea(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What tests/ideas/README.md describes; alternatives within a name are divided by `|`."""

    text: str
    patterns: tuple[str, ...]
    also: tuple[str, ...] = ()
    entities: tuple[str, ...]
    optional: tuple[str, ...] = ()
    fields: dict[str, tuple[str, ...]] = {}
    features: tuple[str, ...] = ()
    not_features: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    rules: tuple[ExpectedRule, ...] = ()
    theme: ExpectedTheme = ExpectedTheme()


class Mark(Struct, frozen=True):
    """So many right of so many, and what was not."""

    right: int = 0
    of: int = 0
    wrong: tuple[str, ...] = ()

    def __add__(self, other: Mark) -> Mark:
        return Mark(self.right + other.right, self.of + other.of, self.wrong + other.wrong)

    @property
    def share(self) -> float:
        """1.0 where nothing was to be done."""
        return self.right / self.of if self.of else 1.0


@cache
def model(text: str) -> AppModel:
    """What an idea becomes without an answer and without an LLM; made once in a process."""
    return model_of(scout(text))


def read(folder: Path) -> dict[str, ExpectedIdea]:
    """All ideas of a folder, by the names of their files. Raises ExpectationError."""
    found = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            idea = msgspec.convert(tomllib.loads(path.read_text("utf-8")), ExpectedIdea)
        except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
            raise ExpectationError(f"{path.name}: {error}") from None
        for problem in _problems(idea):
            raise ExpectationError(f"{path.name}: {problem}")
        found[path.stem] = idea
    if not found:
        raise ExpectationError(f"there are no ideas in {folder}")
    return found


def _problems(idea: ExpectedIdea) -> Iterable[str]:
    firsts = {each.split("|")[0] for each in idea.entities}
    for key in set(idea.fields) - firsts:
        yield f"fields of {key}, which is no entity's first name"
    for key in _flat((*idea.features, *idea.not_features)) - BUILT - OFFERED:
        yield f"there is no feature {key}"
    for key in _flat(idea.features) & set(idea.not_features):
        yield f"feature {key} is both asked for and excluded"
    for rule in idea.rules:
        for kind in set(rule.kind.split("|")) - RULES:
            yield f"there is no rule {kind}"


def _flat(names: Iterable[str]) -> set[str]:
    return {part for name in names for part in name.split("|")}


def marks(idea: ExpectedIdea, model: AppModel) -> dict[str, Mark]:
    """Every mark of a model, by its name, in the order of MARKS."""
    chosen = [pattern.key for pattern in model.patterns]
    there = likeness.records(model)
    found = likeness.pairs(idea.entities, there)
    roles = {n for role in model.roles for n in (role.key, role.title)}
    wanted = [each for each in idea.features if not _always(each)]
    return {
        "pattern": _mark({chosen[0]: chosen[0] in idea.patterns}),
        "blend": _mark({key: key in chosen for key in idea.also}),
        "entities": _mark({each: each in found for each in idea.entities}),
        "named": _mark(
            {f"{want} as {key}": likeness.any_same(want, there[key]) for want, key in found.items()}
        ),
        "asked": _mark(_asked(idea, model)),
        "fields": _mark(_fields(idea, model, found)),
        "features": _mark({each: _on(model, each) for each in wanted}),
        "kept_out": _mark({k: not likeness.has_feature(model, k) for k in idea.not_features}),
        "roles": _mark({each: likeness.any_like(each, roles) for each in idea.roles}),
        "rules": _mark({f"{r.kind} {r.entity}": _holds(model, r) for r in idea.rules}),
        "colours": _colours(idea.theme, model),
    }


def _mark(answers: Mapping[str, bool]) -> Mark:
    wrong = tuple(each for each, right in answers.items() if not right)
    return Mark(len(answers) - len(wrong), len(answers), wrong)


def _always(alternatives: str) -> bool:
    """Whether every app has it, so that having it shows nothing; a search needs its fields."""
    return bool(set(alternatives.split("|")) & (BUILT - {"search"}))


def _on(model: AppModel, alternatives: str) -> bool:
    return any(likeness.has_feature(model, key) for key in alternatives.split("|"))


def _holds(model: AppModel, rule: ExpectedRule) -> bool:
    return any(likeness.has_rule(model, kind, rule.entity) for kind in rule.kind.split("|"))


def _asked(idea: ExpectedIdea, model: AppModel) -> dict[str, bool]:
    fine = (*idea.entities, *idea.optional)
    return {
        entity.key: any(likeness.any_like(each, likeness.names(entity)) for each in fine)
        for entity in model.entities
    }


def _fields(idea: ExpectedIdea, model: AppModel, found: Mapping[str, str]) -> dict[str, bool]:
    whole = {each.split("|")[0]: each for each in idea.entities}
    answers = {}
    for entity, wanted in idea.fields.items():
        key = found.get(whole[entity])
        given = likeness.pairs(wanted, likeness.fields(model, key)) if key else {}
        answers |= {f"{entity}.{each}": each in given for each in wanted}
    return answers


def _colours(theme: ExpectedTheme, model: AppModel) -> Mark:
    parts = [
        (part, wanted, getattr(model.app.theme, part))
        for part in ("background", "primary")
        if (wanted := getattr(theme, part)) is not None
    ]
    wrong = tuple(f"{part} {got}" for part, wanted, got in parts if not _fits(wanted, got))
    return Mark(int(bool(parts) and not wrong), int(bool(parts)), wrong)


def _fits(wanted: str | Near, got: str) -> bool:
    return likeness.near(wanted.near, got) if isinstance(wanted, Near) else got == wanted
