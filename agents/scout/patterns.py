"""The catalogue: every folder `patterns/<key>/` is a pattern; adding one needs no code.

`pattern.toml` says how to recognise the kind of app, its roles, features and pages;
`entities.toml` has the entities, the one that the app is about first.

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
from agents.scout.pattern_rules import check
from contracts.model import Key, Part
from contracts.scouting import EntityDraft, FeatureDraft, PageDraft, RoleDraft

FOLDER = Path(__file__).parent / "patterns"
GENERIC = "records"
"""The key of the pattern that stands for "none of the catalogue"."""


class Pattern(Part, frozen=True, kw_only=True):
    """A kind of app: how to recognise it, and what it consists of.

    `keywords` and the entities' synonyms are words and phrases in the singular, lower case;
    `entities` begin with the one that the app is about; `short` is a word for such an app behind
    what it is about, as in "Tennis Court Booking", "" where the plural says it: "Recipes".
    """

    key: str = ""
    title: str
    short: str = ""
    description: str
    keywords: tuple[str, ...]
    examples: tuple[str, ...]
    entities: dict[Key, EntityDraft]
    roles: dict[Key, RoleDraft] = field(default_factory=dict)
    features: dict[Key, FeatureDraft] = field(default_factory=dict)
    pages: tuple[PageDraft, ...] = ()


class _Entities(Part, frozen=True, kw_only=True):
    """The file `entities.toml`."""

    entities: dict[Key, EntityDraft]


class _Head(Part, frozen=True, kw_only=True):
    """The file `pattern.toml`."""

    title: str
    short: str = ""
    description: str
    keywords: tuple[str, ...]
    examples: tuple[str, ...]
    roles: dict[Key, RoleDraft] = field(default_factory=dict)
    features: dict[Key, FeatureDraft] = field(default_factory=dict)
    pages: tuple[PageDraft, ...] = ()


def load(folder: Path = FOLDER) -> dict[str, Pattern]:
    """All patterns of a folder by key, in alphabetical order. Raises LexiconError."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.name.startswith(("_", ".")):
            found[path.name] = _read(path)
    return found


def _read(path: Path) -> Pattern:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", path.name) or path.name == GENERIC:
        raise LexiconError(f"{path}: the folder's name must be a key such as `store`")
    head = read_table(path / "pattern.toml", _Head)
    drafts = read_table(path / "entities.toml", _Entities).entities
    pattern = Pattern(key=path.name, entities=drafts, **msgspec.structs.asdict(head))
    check(path, pattern)
    entities = {key: complete(key, draft) for key, draft in drafts.items()}
    return msgspec.structs.replace(pattern, entities=entities)


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
