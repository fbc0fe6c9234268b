"""A word in its sentence, as the tagger and what mends it know it."""

from __future__ import annotations

from msgspec import Struct


class Token(Struct, frozen=True):
    """A word in its sentence.

    `kind` is noun, verb, modal, adjective, determiner, preposition, pronoun, relative,
    conjunction, number, to, possessive, mark or other; `tag` is HanTa's own (BNC C5).
    """

    text: str
    lemma: str
    kind: str
    tag: str
    plural: bool = False
