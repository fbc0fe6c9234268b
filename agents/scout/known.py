"""What the catalogue knows about nouns: their entity in the chosen patterns, or in any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from agents.scout.patterns import Pattern
from contracts.scouting import EntityDraft


class Known(Struct, frozen=True):
    """Entities by name: `here` in the chosen patterns, `elsewhere` in the rest of the catalogue.

    Names are keys and synonyms as keys; `drafts` are those of `here` by their keys; `elsewhere`
    has keys only, since a synonym out of its context misleads. `spoken` are words that mean
    nothing in most ideas ("item", "case"), but have properties in this one; `thing` is the chosen
    pattern's general word, such as "product".
    """

    here: dict[str, str]
    elsewhere: dict[str, tuple[str, EntityDraft]]
    drafts: dict[str, EntityDraft]
    roles: dict[str, tuple[str, str]]
    spoken: frozenset[str] = frozenset()
    thing: str = ""

    def entity(self, words: Sequence[str]) -> str | None:
        """The chosen patterns' entity that the words name, by all of them or by the head."""
        return self.here.get("_".join(words)) or self.here.get(words[-1])


def know(chosen: Sequence[Pattern], others: Sequence[Pattern]) -> Known:
    """The table for these patterns; what comes first wins."""
    here: dict[str, str] = {}
    drafts = {key: draft for each in reversed(chosen) for key, draft in each.entities.items()}
    roles: dict[str, tuple[str, str]] = {}
    for pattern in chosen:
        for key in pattern.entities:
            here.setdefault(key, key)
    for pattern in chosen:
        for key, draft in pattern.entities.items():
            for synonym in draft.synonyms:
                here.setdefault(_name(synonym), key)
        for key, role in pattern.roles.items():
            for name in (key, *role.synonyms):
                roles.setdefault(_name(name), (key, role.title))
    elsewhere: dict[str, tuple[str, EntityDraft]] = {}
    for pattern in others:
        for key, draft in _definite(pattern.entities).items():
            elsewhere.setdefault(key, (pattern.key, draft))
    things = [k for p in chosen for k, draft in p.entities.items() if draft.placeholder]
    return Known(here, elsewhere, drafts, roles, thing=next(iter(things), ""))


def _name(phrase: str) -> str:
    return phrase.replace(" ", "_").replace("-", "_")


def _definite(entities: Mapping[str, EntityDraft]) -> dict[str, EntityDraft]:
    return {key: draft for key, draft in entities.items() if not draft.placeholder}
