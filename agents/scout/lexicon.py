"""What Scout knows about words: the tables in `lexicon/*.toml`, read once and checked.

Errors:
    LexiconError   a table is missing, no TOML or of the wrong shape; names the file
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import msgspec

from contracts.model import FieldType, Key, Part
from contracts.scouting import EntityDraft, FieldDraft, Sharing

FOLDER = Path(__file__).parent / "lexicon"
T = TypeVar("T")


class LexiconError(Exception):
    """A table of words or patterns cannot be used."""


class Verbs(Part, frozen=True):
    """Verbs by what they do to a record; `acting` are nouns too and do nothing to any.

    `happening` are nouns too, and take no object: what wins, ends or leaks.
    """

    create: frozenset[str]
    read: frozenset[str]
    update: frozenset[str]
    delete: frozenset[str]
    manage: frozenset[str]
    acting: frozenset[str]
    happening: frozenset[str]


class People(Part, frozen=True):
    """Words for persons: whoever uses the app, and those who are a role of their own."""

    member: frozenset[str]
    guest: frozenset[str]
    admin: frozenset[str]
    roles: frozenset[str]
    bodies: frozenset[str]


class Nouns(Part, frozen=True):
    """Nouns that are no entity, or point at the noun before them."""

    stop: frozenset[str]
    weak: frozenset[str]
    compound: frozenset[str]
    heads: frozenset[str]
    apps: frozenset[str]
    company: frozenset[str]
    organisations: frozenset[str]
    documents: frozenset[str]


class WordList(Part, frozen=True):
    """A plain set of lemmas."""

    words: frozenset[str]


class Words(Part, frozen=True):
    """The file `words.toml`."""

    verbs: Verbs
    people: People
    nouns: Nouns
    boilerplate: WordList


class NounClasses(Part, frozen=True):
    """The file `nouns.toml`: what nouns usually stand for."""

    records: frozenset[str]
    things: frozenset[str]
    places: frozenset[str]
    stuff: frozenset[str]
    measures: frozenset[str]
    ideas: frozenset[str]
    means: frozenset[str]


class FieldWords(Part, frozen=True):
    """The file `fields.toml`: names of fields by type."""

    phrases: dict[FieldType, tuple[str, ...]]
    words: dict[FieldType, tuple[str, ...]]
    options: dict[str, tuple[str, ...]]
    groupings: WordList


class FeatureWords(Part, frozen=True):
    """A feature and the phrases that ask for it."""

    title: str
    phrases: tuple[str, ...]
    records: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    but: frozenset[str] = frozenset()


class WishWords(Part, frozen=True):
    """The file `wishes.toml`: phrases by feature, and the words that they share."""

    words: dict[str, str]
    phrases: dict[str, tuple[str, ...]]


class Archetype(Part, frozen=True):
    """The usual fields of a kind of record, such as a person or a happening."""

    words: frozenset[str]
    label: Key
    fields: dict[Key, FieldDraft]
    sharing: Sharing = "private"
    sort: str = "-created_at"


class DeedWords(Part, frozen=True):
    """A deed that needs a record of its own; the file `deeds.toml` says what is what."""

    words: tuple[str, ...]
    phrases: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    nameless: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    places: frozenset[str] = frozenset()
    alone: bool = False
    only: frozenset[str] = frozenset()
    signs: frozenset[str] = frozenset()
    never: frozenset[str] = frozenset()
    like: str = ""
    timed: str = ""
    draft: EntityDraft | None = None


class ColourContext(Part, frozen=True):
    """Words that show that a sentence speaks of colours, and of which."""

    words: frozenset[str]
    background: frozenset[str]
    primary: frozenset[str]
    text: frozenset[str]
    rest: frozenset[str]
    looks: frozenset[str]
    moods: frozenset[str]


class Colours(Part, frozen=True):
    """The file `colours.toml`: names in one lower-case word to `#rrggbb`.

    `materials` are things that stand for their colour only beside what they colour. `tailwind` has
    the shades 50, 100 to 900 and 950 of a name; `brands` what a firm is known by.
    """

    css: dict[str, str]
    spoken: dict[str, str]
    materials: dict[str, str]
    modifiers: dict[str, tuple[str, float]]
    tailwind: dict[str, tuple[str, ...]]
    brands: dict[str, str]
    context: ColourContext


class RuleKinds(Part, frozen=True):
    """Nouns that matter in rules."""

    happenings: frozenset[str]
    places: frozenset[str]
    crowd: frozenset[str]
    lengths: frozenset[str]
    spans: frozenset[str]
    points: frozenset[str]
    between: frozenset[str]


class RuleWords(Part, frozen=True):
    """The file `rules.toml`: phrases by kind of rule, and the words that they share."""

    words: dict[str, str]
    patterns: dict[str, tuple[str, ...]]
    deeds: dict[str, str]
    kinds: RuleKinds


def read_table(path: Path, kind: type[T]) -> T:
    """A TOML file as `kind`. Raises LexiconError that names the file and the place."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), kind)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise LexiconError(f"{path} cannot be read: {error}; reinstall Genesis") from error
    except msgspec.ValidationError as error:
        raise LexiconError(f"{path} is not as it should be: {error}") from None


@lru_cache(maxsize=1)
def words() -> Words:
    return read_table(FOLDER / "words.toml", Words)


@lru_cache(maxsize=1)
def persons() -> frozenset[str]:
    """Every word for a person: whoever uses the app, and those who are a role of their own."""
    people = words().people
    return people.member | people.guest | people.admin | people.roles


@lru_cache(maxsize=1)
def users() -> frozenset[str]:
    """Words for whoever uses the app."""
    people = words().people
    return people.member | people.guest | people.admin


@lru_cache(maxsize=1)
def app_nouns() -> frozenset[str]:
    """Words for the app or a part of it."""
    nouns = words().nouns
    return nouns.heads | nouns.apps


@lru_cache(maxsize=1)
def general_nouns() -> frozenset[str]:
    """Nouns that are no entity by themselves."""
    return words().nouns.stop | app_nouns()


@lru_cache(maxsize=1)
def deed_verbs() -> frozenset[str]:
    """Verbs for working with records."""
    verbs = words().verbs
    return verbs.create | verbs.read | verbs.update | verbs.delete | verbs.manage


@lru_cache(maxsize=1)
def noun_classes() -> NounClasses:
    return read_table(FOLDER / "nouns.toml", NounClasses)


@lru_cache(maxsize=1)
def nominals() -> dict[str, str]:
    return read_table(FOLDER / "nominals.toml", dict[str, str])


@lru_cache(maxsize=1)
def field_words() -> FieldWords:
    return read_table(FOLDER / "fields.toml", FieldWords)


@lru_cache(maxsize=1)
def features() -> dict[str, FeatureWords]:
    return read_table(FOLDER / "features.toml", dict[str, FeatureWords])


@lru_cache(maxsize=1)
def wish_words() -> WishWords:
    return read_table(FOLDER / "wishes.toml", WishWords)


@lru_cache(maxsize=1)
def rule_words() -> RuleWords:
    return read_table(FOLDER / "rules.toml", RuleWords)


@lru_cache(maxsize=64)
def rule_phrase(phrase: str) -> re.Pattern[str]:
    """A phrase in the language of `rules.toml` as a regular expression."""
    for name, words in reversed(rule_words().words.items()):
        phrase = phrase.replace(f"{{{name}}}", words)
    phrase = phrase.replace(" … ", r"\b[^.;]{0,90}?\b").replace(" ?", r"\s*").replace(" ", r"\s+")
    return re.compile(rf"(?<![\w'])(?:{phrase})(?!\w)")


@lru_cache(maxsize=64)
def rule_pattern(kind: str) -> re.Pattern[str]:
    """What a sentence has that is a rule of this kind."""
    return rule_phrase("|".join(f"(?:{phrase})" for phrase in rule_words().patterns[kind]))


@lru_cache(maxsize=1)
def archetypes() -> dict[str, Archetype]:
    return read_table(FOLDER / "archetypes.toml", dict[str, Archetype])


@lru_cache(maxsize=1)
def deeds() -> dict[str, DeedWords]:
    return read_table(FOLDER / "deeds.toml", dict[str, DeedWords])


@lru_cache(maxsize=1)
def colours() -> Colours:
    return read_table(FOLDER / "colours.toml", Colours)
