"""Examples are no kinds of their own: who sells candles, soaps and mugs sells products.

A list of things that are traded, said once and without properties, tells what the app's own
thing may be: the general word that the idea has for it ("every tool has"), else the pattern's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from agents.scout import mentions, names
from agents.scout.drafts import Draft
from agents.scout.evidence import WEIGHTS
from agents.scout.known import Known
from agents.scout.reading import JOINING, Chunk, Reading, deed_to

_SELLING = frozenset({"sell", "order", "buy"})
_TRADING = _SELLING | frozenset({
    "borrow", "collect", "donate", "exchange", "hire", "lend", "offer", "rent", "stock", "swap",
    "trade",
})  # fmt: skip
_MANY = 3
"""Things in a list that are examples even where no word stands for all of them."""
_TELLING = frozenset({"owner", "part", "group", "about", "again"})


def put_aside(readings: Sequence[Reading], drafts: dict[str, Draft], known: Known) -> None:
    """Weaken the examples among the drafts; what they are examples of is in their sentences."""
    general = _general(drafts, known)
    thing = general or known.thing
    if not thing:
        return
    for reading in readings:
        for verbs, chunks in _traded(reading):
            keys = [_key(chunk, known) for chunk in chunks]
            enough = general or len(keys) >= (2 if verbs & _SELLING else _MANY)
            said = all(_is_said_once(key, drafts, known, reading.number, thing) for key in keys)
            if enough and said:
                for key in keys:
                    drafts[key].reasons = {"example": WEIGHTS["example"]}
                drafts.setdefault(thing, Draft((thing,))).sentences.add(reading.number)


def _general(drafts: Mapping[str, Draft], known: Known) -> str:
    """The idea's own word for all of them: with properties, or the pattern's very word."""
    spoken = [key for key, d in drafts.items() if d.words[-1] in known.spoken and d.fields]
    return next(iter(spoken), known.thing if known.thing in drafts else "")


def _key(chunk: Chunk, known: Known) -> str:
    words = mentions.entity_words(chunk, known)
    return names.entity_names(names.key_of(*words))[0] if words else ""


def _is_said_once(
    key: str, drafts: Mapping[str, Draft], known: Known, number: int, thing: str
) -> bool:
    draft = drafts.get(key)
    if draft is None or key == thing or mentions.is_person(draft.words):
        return False
    bare = not draft.fields and not draft.references and not draft.reasons.keys() & _TELLING
    return bare and draft.sentences == {number} and known.here.get(key) != key


def _traded(reading: Reading) -> Iterator[tuple[frozenset[str], list[Chunk]]]:
    """Each list of things that are sold, lent and the like, with the verbs."""
    last = 0
    for chunk in reading.chunks:
        if chunk.start < last:
            continue
        deed = deed_to(reading, chunk)
        verbs = _TRADING.intersection(deed.verbs) if deed and not deed.negated else frozenset()
        if verbs:
            found = _list_from(reading, chunk)
            last = found[-1].end
            yield verbs, found


def _list_from(reading: Reading, first: Chunk) -> list[Chunk]:
    found = [first]
    i = first.end
    while i < len(reading.tokens):
        chunk = reading.starting_at(i)
        if chunk is None and reading.text(i) not in JOINING:
            break
        if chunk is not None:
            found.append(chunk)
        i = chunk.end if chunk else i + 1
    return found
