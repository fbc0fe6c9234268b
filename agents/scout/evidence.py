"""What the words around a noun phrase say for or against its being a kind of record. Pure.

The score of a noun is `BASE` and the weights of all that speaks for it and against it; from
3.0 it is as likely as not a kind of record of its own. The weights are fitted to the ideas in
tests/ideas/open, by a logistic regression of whether a reader expects the noun.
"""

from __future__ import annotations

from collections.abc import Iterator

from agents.scout import lexicon, mentions
from agents.scout.known import Known
from agents.scout.lists import field_type
from agents.scout.reading import Chunk, Deed, Reading

BASE = 1.8
"""The score of a noun that is said once, with nothing that tells what it is."""
WEIGHTS = {
    "mention": 0.0,
    "plural": 1.2,
    "handled": 1.4,
    "seen": 0.4,
    "acted": 0.4,
    "about": 0.4,
    "listed": 0.4,
    "owner": 0.3,
    "defined": 1.0,
    "part": 1.1,
    "group": 1.2,
    "each": 0.8,
    "one": 0.4,
    "of": 0.6,
    "place": -0.4,
    "subject": -0.4,
    "role_subject": -0.1,
    "compound": -0.2,
    "record": 1.8,
    "thing": 1.1,
    "catalogued": 0.6,
    "person": 0.3,
    "house": -0.4,
    "property": -1.0,
    "measure": -0.7,
    "idea": -0.9,
    "told": 1.4,
    "example": -1.6,
}
"""By what is said: it is in the plural, made or changed, looked at, the object of another verb,
what the app is about, in a list of its contents, has properties, is a part of something, sorts
others, is said one by one, with "a", after "of"; it is where something happens, does something,
is a role that does something, has a longer name; it stands for what is written down, for what
there is one by one, for something in the catalogue, for who uses the app, for a size, for what is
only spoken of; it is what people want to know of what was done, or an example of something else."""
_PLACING = frozenset({"in", "at", "from", "onto", "into", "through", "near", "around", "inside"})
_BEING = frozenset({"be", "contain", "have", "include"})
_ONE_BY_ONE = frozenset({"each", "every", "per"})


def around(
    reading: Reading, chunk: Chunk, words: tuple[str, ...], deed: Deed | None, known: Known
) -> Iterator[str]:
    """The reasons that a noun phrase gives where it stands, by their names in `WEIGHTS`.

    `words` are those of the entity that the phrase names.
    """
    position = _before(reading, chunk)
    before = reading.text(position)
    if _ONE_BY_ONE & {reading.text(i) for i in range(max(position, 0), chunk.end - 1)}:
        yield "each"
    if before == "of":
        yield "of"
    if before in _PLACING and not chunk.plural:
        yield "place"
    if reading.text(chunk.start - 1) in {"a", "an"} or reading.text(chunk.start) in {"a", "an"}:
        yield "one"
    acted = deed is not None and (deed.actor or deed.pronoun) and not mentions.handled(deed)
    if acted:
        yield "acted"
    subject = _acts(reading, chunk)
    if subject:
        yield "subject"
    if subject and words[-1] in lexicon.words().people.roles:
        yield "role_subject"
    if not chunk.plural and field_type(chunk.words) and known.here.get("_".join(words)) is None:
        yield "property"
    if not chunk.plural and words[-1] in lexicon.words().nouns.organisations:
        yield "house"
    yield from _meaning(words, known)


def _acts(reading: Reading, chunk: Chunk) -> bool:
    after = reading.tokens[chunk.end] if chunk.end < len(reading.tokens) else None
    return after is not None and after.kind in {"verb", "modal"} and after.lemma not in _BEING


def _meaning(words: tuple[str, ...], known: Known) -> Iterator[str]:
    """What the head of the name stands for."""
    classes, people = lexicon.noun_classes(), lexicon.words().people
    for name, heads in (
        ("record", classes.records), ("thing", classes.things), ("measure", classes.measures),
        ("idea", classes.ideas), ("person", people.roles),
    ):  # fmt: skip
        if words[-1] in heads:
            yield name
    if words[-1] in known.elsewhere:
        yield "catalogued"
    if len(words) > 1:
        yield "compound"


def _before(reading: Reading, chunk: Chunk) -> int:
    """The position of the word in front of a phrase, over its articles and numbers."""
    i = chunk.start - 1
    while i >= 0 and reading.tokens[i].kind in {"determiner", "number", "other", "adjective"}:
        i -= 1
    return i
