"""Examples are no kinds of their own: who sells candles, soaps and mugs sells products.

A list of things that are traded, said once and without properties, tells what the app's own
thing may be: the general word that the idea has for it ("every tool has"), else the pattern's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from agents.scout import lexicon, mentions, names, passing, wares
from agents.scout.drafts import Draft
from agents.scout.evidence import WEIGHTS
from agents.scout.instances import instances, listed
from agents.scout.known import Known
from agents.scout.reading import Chunk, Reading, deed_to

_SELLING = frozenset({"sell", "order", "buy"})
_TRADING = _SELLING | frozenset({
    "borrow", "bring", "collect", "deliver", "donate", "exchange", "hire", "lend", "offer",
    "rent", "stock", "swap", "trade",
})  # fmt: skip
_OWNING = frozenset({"have", "keep", "own", "store"})
"""What is done to goods, and to records of the app as well."""
_MANY = 3
"""Things in a list that are examples even where no word stands for all of them."""
_SEVERAL = 2
"""Kinds of people of whom a list is a crowd."""
_TELLING = frozenset({"owner", "part", "group", "about", "again"})


def put_aside(readings: Sequence[Reading], drafts: dict[str, Draft], known: Known) -> None:
    """Weaken the examples among the drafts; what they are examples of is in their sentences."""
    _put_people_aside(readings, drafts, known)
    _put_instances_aside(readings, drafts, known)
    _put_goods_aside(readings, drafts, known)
    wares.put_together(readings, drafts, known)
    wares.put_aside_lists(readings, drafts, known)
    passing.put_aside(readings, drafts, known)


def _put_goods_aside(readings: Sequence[Reading], drafts: dict[str, Draft], known: Known) -> None:
    """“We sell candles, soaps and mugs”: products are kept."""
    general = _general(drafts, known)
    thing = general or known.thing
    if not thing:
        return
    for reading in readings:
        for verbs, chunks in _traded(reading):
            keys = [_key(chunk, known) for chunk in chunks]
            enough = general or len(keys) >= (2 if verbs & _SELLING else _MANY)
            if not verbs & _TRADING and not (len(keys) >= _MANY and _are_goods(chunks, known)):
                continue
            said = all(_is_said_once(key, drafts, known, reading.number, thing) for key in keys)
            if enough and said:
                for key in keys:
                    drafts[key].reasons = {"example": WEIGHTS["example"]}
                drafts.setdefault(thing, Draft((thing,))).sentences.add(reading.number)


def _put_people_aside(
    readings: Sequence[Reading], drafts: Mapping[str, Draft], known: Known
) -> None:
    """“Bakers, guards, truckers”: who they are that an idea is for, or in; each is said once."""
    for reading in readings:
        last = 0
        for chunk in reading.chunks:
            if chunk.start < last or not chunk.plural:
                continue
            crowd = [each for each in listed(reading, chunk) if each.plural]
            last = chunk.end
            if len(crowd) < _SEVERAL or sum(_is_people(each) for each in crowd) < _SEVERAL:
                continue
            last = crowd[-1].end
            for draft in filter(None, (drafts.get(_key(each, known)) for each in crowd)):
                once = draft.sentences == {reading.number} and not draft.fields
                if once and known.entity(draft.words) is None:
                    draft.reasons["crowd"] = WEIGHTS["crowd"]


def _put_instances_aside(
    readings: Sequence[Reading], drafts: Mapping[str, Draft], known: Known
) -> None:
    """“Pets such as cats”: pets are kept."""
    for reading in readings:
        for chunks in instances(reading, things=bool(known.thing)):
            for key in (_key(chunk, known) for chunk in chunks):
                draft = drafts.get(key)
                once = draft is not None and draft.sentences == {reading.number}
                if draft and once and not draft.fields and known.here.get(key) != key:
                    draft.reasons = {"example": WEIGHTS["example"]}


def _is_people(chunk: Chunk) -> bool:
    return chunk.head in lexicon.persons()


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


def _are_goods(chunks: Sequence[Chunk], known: Known) -> bool:
    """Whether none is a record of its own: “frames and jars”, but not “orders and suppliers”."""
    records = lexicon.noun_classes().records
    kept = any(each.head in known.elsewhere or each.head in known.here for each in chunks)
    return not kept and sum(each.head in records for each in chunks) <= 1


def _traded(reading: Reading) -> Iterator[tuple[frozenset[str], list[Chunk]]]:
    """Each list of things that are sold, lent and the like, with the verbs."""
    last = 0
    for chunk in reading.chunks:
        if chunk.start < last:
            continue
        deed = deed_to(reading, chunk)
        verbs = (
            (_TRADING | _OWNING).intersection(deed.verbs)
            if deed and not deed.negated
            else frozenset()
        )
        if verbs:
            found = listed(reading, chunk)
            last = found[-1].end
            yield verbs, found
