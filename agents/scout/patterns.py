"""The catalogue: every `patterns/<key>.toml` is a pattern; adding one needs no code.

Errors:
    LexiconError   a pattern is no TOML, has a wrong shape or contradicts itself; names the file
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import msgspec
from msgspec import field

from agents.scout import names
from agents.scout.lexicon import LexiconError, read_table
from contracts.model import Key, Part
from contracts.scouting import EntityDraft, RoleDraft

FOLDER = Path(__file__).parent / "patterns"
GENERIC = "records"
"""The key of the pattern that stands for "none of the catalogue"."""


class Pattern(Part, frozen=True, kw_only=True):
    """A kind of app: how to recognise it, and what it consists of.

    `keywords` and the entities' synonyms are words and phrases in the singular, lower case;
    `entities` begin with the one that the app is about.
    """

    key: str = ""
    title: str
    description: str
    keywords: tuple[str, ...]
    examples: tuple[str, ...]
    entities: dict[Key, EntityDraft]
    roles: dict[Key, RoleDraft] = field(default_factory=dict)
    features: tuple[str, ...] = ()


def load(folder: Path = FOLDER) -> dict[str, Pattern]:
    """All patterns of a folder by key, in alphabetical order. Raises LexiconError."""
    found = {}
    for path in sorted(folder.glob("*.toml")):
        pattern = read_table(path, Pattern)
        if not re.fullmatch(r"[a-z][a-z0-9_]*", path.stem) or path.stem == GENERIC:
            raise LexiconError(f"{path}: the file's name must be a key such as `store`")
        _check(path, pattern)
        entities = {key: complete(key, draft) for key, draft in pattern.entities.items()}
        found[path.stem] = msgspec.structs.replace(pattern, key=path.stem, entities=entities)
    return found


@lru_cache(maxsize=1)
def catalogue() -> dict[str, Pattern]:
    """The patterns that Genesis ships."""
    return load()


def complete(key: str, draft: EntityDraft) -> EntityDraft:
    """The draft with plural and titles filled in from its key, and titles for its fields."""
    title = draft.title or names.title_of(key)
    fields = {
        name: msgspec.structs.replace(field, title=field.title or names.title_of(name))
        for name, field in draft.fields.items()
    }
    return msgspec.structs.replace(
        draft,
        title=title,
        title_plural=draft.title_plural or names.title_of(names.plural_of(key)),
        plural=draft.plural or names.plural_of(key),
        fields=fields,
    )


def _check(path: Path, pattern: Pattern) -> None:
    for key, draft in pattern.entities.items():
        where = f"{path}: entities.{key}"
        if draft.label not in draft.fields:
            raise LexiconError(f"{where}.label is {draft.label!r}, which is none of its fields")
        for name, reference in draft.references.items():
            if reference.to not in pattern.entities:
                raise LexiconError(
                    f"{where}.references.{name} points to {reference.to!r}, which is no entity"
                )
            if name in draft.fields:
                raise LexiconError(f"{where}: {name!r} is a field and a reference")
        known = {*draft.fields, *draft.references}
        wrong = [name for name in draft.search if name not in draft.fields]
        wrong += [name for row in draft.seed for name in row if name not in known]
        sort = draft.sort.lstrip("-")
        if sort not in {*draft.fields, "created_at", "updated_at"}:
            wrong.append(sort)
        if wrong:
            raise LexiconError(f"{where} has no field {wrong[0]!r}")
        for name, wanted in draft.fields.items():
            if (wanted.type == "enum") != bool(wanted.options):
                raise LexiconError(f"{where}.fields.{name}: options belong to enum, and only there")
