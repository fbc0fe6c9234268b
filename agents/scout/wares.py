"""Lists of wares that are told of as one: “besoms, brushes and whisks: wood, price, stock”. Pure.

What follows is true of each of them, and so of what they all are: the app's general thing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from agents.scout import lexicon, mentions, names
from agents.scout.drafts import Draft
from agents.scout.evidence import WEIGHTS
from agents.scout.instances import listed
from agents.scout.known import Known
from agents.scout.reading import JOINING, Chunk, Reading

_OF_WARES = frozenset({"price", "stock", "in_stock", "quantity", "how_many_left"})
"""Properties of what is for sale."""
_FEWEST = 2
_MANY = 4
"""Things of the shortest list that says nothing more."""


def put_together(readings: Sequence[Reading], drafts: dict[str, Draft], known: Known) -> None:
    """Give what is said of a whole list of wares to what they are."""
    for reading in readings:
        for wares in _lists(reading):
            keys = [_key(each, known) for each in wares]
            last = drafts.get(keys[-1])
            if last is None or not _OF_WARES & last.fields.keys() or not all(keys):
                continue
            own = next((key for key in keys if _is_told_of(drafts, key, reading.number)), "")
            thing = own or known.thing
            if not thing or thing == keys[-1] or last.sentences != {reading.number}:
                continue
            whole = drafts.setdefault(thing, Draft((thing,)))
            whole.fields = {**last.fields, **whole.fields}
            whole.note("owner", reading.number)
            for key in keys:
                _put_aside(drafts, key, thing, reading.number)


def put_aside_lists(readings: Sequence[Reading], drafts: Mapping[str, Draft], known: Known) -> None:
    """Weaken what is only listed: “Tents, stoves, ropes, maps and kayaks.” are what there is."""
    records = lexicon.noun_classes().records
    for reading in readings if known.thing else ():
        if not reading.chunks or any(t.kind in {"verb", "modal"} for t in reading.tokens):
            continue
        wares = listed(reading, reading.chunks[0])
        keys = [_key(each, known) for each in wares]
        kinds = any(key in known.here or each.head in records | lexicon.persons()
                    for key, each in zip(keys, wares, strict=True))  # fmt: skip
        if wares[0].start > 0 or sum(each.plural for each in wares) < _MANY or kinds:
            continue
        for key in keys:
            draft = drafts.get(key)
            if draft is not None and draft.sentences == {reading.number} and not draft.fields:
                draft.reasons = {"example": WEIGHTS["example"]}


def _put_aside(drafts: Mapping[str, Draft], key: str, thing: str, sentence: int) -> None:
    draft = drafts.get(key)
    if draft is not None and key != thing and draft.sentences == {sentence}:
        draft.fields, draft.reasons = {}, {"example": WEIGHTS["example"]}


def _is_told_of(drafts: Mapping[str, Draft], key: str, sentence: int) -> bool:
    """Whether other sentences speak of it too."""
    return key in drafts and bool(drafts[key].sentences - {sentence})


def _lists(reading: Reading) -> Iterator[list[Chunk]]:
    """The lists of several things of which something is told behind them."""
    for first in reading.chunks:
        if reading.text(first.start - 1) in JOINING:
            continue
        found = listed(reading, first)
        told = reading.text(found[-1].end) in {":", "with", "(", "-", "–"} or (
            reading.text(found[-1].end) == "," and reading.text(found[-1].end + 1) == "with"
        )
        if len(found) >= _FEWEST and told and all(each.plural for each in found[-_FEWEST:]):
            yield found


def _key(chunk: Chunk, known: Known) -> str:
    words = mentions.entity_words(chunk, known)
    return names.entity_names(names.key_of(*words))[0] if words else ""
