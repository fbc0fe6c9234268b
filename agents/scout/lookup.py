"""Whom and what a phrase means: the candidate, the role or the field that its words name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from agents.scout import mentions, names
from agents.scout.known import Known
from agents.scout.lists import field_type
from agents.scout.reading import Chunk, Reading
from contracts.scouting import CandidateEntity, FoundRule

MAX_TEXT = 160
"""Characters of the words of a rule that are kept."""
STRONG = 2.0
"""Score of a noun that is more than said in passing."""
_OWNING = frozenset({"owner", "author", "creator", "poster"})
_OTHERS = frozenset({"friend", "follower", "family", "one"})
"""Persons that no role stands for: whose friends they are differs from record to record."""


class Lookup(Struct, frozen=True):
    """Finds what phrases mean among what was found in the whole idea."""

    known: Known
    keys: dict[str, str]
    owners: dict[str, str]
    strong: frozenset[str] = frozenset()
    """Candidates that may become entities: more than said in passing."""

    @classmethod
    def of(cls, known: Known, candidates: Sequence[CandidateEntity]) -> Lookup:
        """The look-up for these candidates; the strongest one wins a word."""
        keys: dict[str, str] = {}
        owners: dict[str, str] = {}
        for candidate in candidates:
            keys.setdefault("_".join(candidate.words), candidate.key)
            for field in candidate.fields:
                owners.setdefault(field.key, candidate.key)
        for candidate in candidates:
            keys.setdefault(candidate.words[-1], candidate.key)
        strong = (c.key for c in candidates if c.score >= STRONG or c.matches or c.fields)
        return cls(known, keys, owners, frozenset(strong))

    def entity(self, chunk: Chunk | None) -> str:
        """The key of the entity that a phrase names, "" when it names none."""
        words = mentions.entity_words(chunk, self.known) if chunk else ()
        if not words:
            return ""
        found = self.keys.get("_".join(words)) or self.keys.get(words[-1])
        if found or self.known.entity(words) is None:
            return found or ""
        return names.entity_names(names.key_of(*words))[0]

    def named(self, word: str) -> str:
        """The key of the entity of a single word, such as the record that a vote leaves."""
        return self.keys.get(word) or names.entity_names(word)[0]

    def known_name(self, word: str) -> str:
        """The key of a word that names a candidate or an entity of a chosen pattern, else ""."""
        return self.keys.get(word) or self.known.here.get(word, "")

    def role(self, chunk: Chunk | None) -> str:
        """The key of the role that a phrase names, also `owner`; "" when it is no person."""
        if chunk is None or chunk.head in _OTHERS:
            return ""
        return "owner" if chunk.head in _OWNING else mentions.role_of(chunk, self.known)[0]

    def field(self, chunk: Chunk | None) -> str:
        """The key of the field that a phrase names, "" when its name tells no field."""
        if chunk is None or mentions.is_person(chunk.words):
            return ""
        for words in (chunk.phrase, chunk.words, chunk.words[-1:]):
            key = names.key_of(*words)
            if key and names.field_name(key) in self.owners:
                return names.field_name(key)
        known = field_type(chunk.words) is not None and names.key_of(*chunk.words)
        return names.field_name(known) if known else ""


class Scene(Struct, frozen=True):
    """A sentence in its idea; `subject` is the entity that the sentence before was about."""

    reading: Reading
    look: Lookup
    subject: str = ""

    def rule(self, text: str, kind: Any, **parts: Any) -> FoundRule:
        """A rule of this sentence in the given words."""
        words = " ".join(text.split())[:MAX_TEXT]
        return FoundRule(kind=kind, text=words, sentence=self.reading.number, **parts)

    def person(self, chunk: Chunk) -> bool:
        """Whether a phrase means people who use the app."""
        return mentions.is_person(chunk.words) or bool(self.look.role(chunk))

    def before(
        self, offset: int, fits: Callable[[Chunk], object], within: int = 99
    ) -> Chunk | None:
        """The nearest phrase in front of a place that fits, at most `within` words away."""
        position = self.reading.token_at(offset)
        near = (c for c in self.reading.last_before(position) if position - c.end <= within)
        return next((chunk for chunk in near if fits(chunk)), None)

    def after(self, offset: int, fits: Callable[[Chunk], object], within: int = 99) -> Chunk | None:
        """The nearest phrase that ends behind a place and fits."""
        position = self.reading.token_at(offset)
        near = (c for c in self.reading.chunks if c.end > position and c.start - position <= within)
        return next((chunk for chunk in near if fits(chunk)), None)

    def entity(self, offset: int, but: Chunk | None = None) -> str:
        """The entity in front of a place, else behind it, else that of the sentence before."""

        def fits(chunk: Chunk) -> object:
            return chunk is not but and not self.person(chunk) and self.look.entity(chunk)

        found = self.before(offset, fits) or self.after(offset, fits)
        return self.look.entity(found) if found else self.subject
