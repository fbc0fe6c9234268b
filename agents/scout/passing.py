"""Nouns that are only said in passing: they tell what something else is like, or where. Pure.

What stands in brackets or quotes, what a list that stays open begins with, what something else is
("the house is a mess"), what so many of make a mark ("one to five crows"), and what is told once,
without anything about it, is no record by that alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

from agents.scout import idioms, lexicon, mentions, names
from agents.scout.drafts import Draft
from agents.scout.evidence import WEIGHTS
from agents.scout.instances import PARTS, is_one, listed
from agents.scout.known import Known
from agents.scout.reading import JOINING, Chunk, Reading, deed_to

_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»"}
_OPEN_ENDS = (
    ("and", "the", "like"),
    ("and", "so", "on"),
    ("or", "so"),
    ("etc",),
    ("whatever",),
    ("…",),
    ("...",),
)
_BEING = frozenset({"be", "become", "stay", "remain"})
_ONE = frozenset({"a", "an"})
_WOES = frozenset({
    "burden", "catastrophe", "chaos", "disaster", "disgrace", "hell", "horror", "joke", "jungle",
    "mess", "misery", "nightmare", "pain", "patchwork", "pity", "shame", "shambles", "torture",
})  # fmt: skip
"""What people call the state of things that an app shall end."""
_GOODS = frozenset({"blessing", "dream", "gift", "godsend", "help", "joy", "pleasure", "relief"})
_PASSING = frozenset({"passing", "bracket", "nothing", "idiom"})
_RELATIVE = frozenset({"that", "which", "who"})
_WHERE = frozenset({"on", "over", "at", "near", "under", "above", "beside", "behind", "along"})
_TALKED = frozenset({"about", "over"})
_QUARRELLING = frozenset({"argue", "complain", "fight", "moan", "quarrel", "worry"})
_TRADES = frozenset({"build", "clean", "forge", "make", "mend", "paint", "produce", "repair"})
_FEWEST = 2
"""Things of the shortest list that is an example of what there is."""
_KEPT = frozenset({"about", "chosen", "defined", "each", "group", "handled", "held"})
"""What makes a noun more than something to compare a colour with."""
_LONE = frozenset({"mention", "one", "thing", "compound"})
"""All that is known of what was said once, as one says it of a nail that something hangs on."""


def put_aside(readings: Sequence[Reading], drafts: Mapping[str, Draft], known: Known) -> None:
    """Weaken the drafts of which every mention is in passing."""
    told = _mentions(readings, drafts, known)
    for key, draft in drafts.items():
        how = told.get(key, set())
        if how and how <= {"nothing", "idiom"}:
            draft.fields, draft.references = {}, {}
        if how == {"bracket"} and known.entity(draft.words) is None:
            draft.references = {}
        if draft.fields or draft.references or (known.here.get(key) == key and "idiom" not in how):
            continue
        if how and how <= _PASSING and "told" not in draft.reasons:
            draft.reasons = {"example": WEIGHTS["example"]}
        elif how == {""} and {"one", "thing"} <= draft.reasons.keys() <= _LONE:
            draft.reasons["lone"] = WEIGHTS["lone"]


def put_aside_looks(drafts: Mapping[str, Draft], coloured: AbstractSet[int], known: Known) -> None:
    """Weaken what is only said where the colours are: “yellow, as our trams are”.

    An idea's first sentence says what it is about even if it names a colour.
    """
    later = coloured - {1}
    for key, draft in drafts.items():
        if not draft.sentences or not draft.sentences <= later:
            continue
        if known.here.get(key) != key and _KEPT.isdisjoint(draft.reasons):
            draft.reasons, draft.fields = {"example": WEIGHTS["example"]}, {}
            draft.references = {}


def _mentions(
    readings: Sequence[Reading], drafts: Mapping[str, Draft], known: Known
) -> dict[str, set[str]]:
    """How each draft is mentioned: by a word of `_PASSING`, as a "subject", or in no such way."""
    told: dict[str, set[str]] = {}
    for reading in readings:
        marked = _marked(reading)
        for chunk in reading.chunks:
            words = mentions.entity_words(chunk, known)
            key = names.entity_names(names.key_of(*words))[0] if words else ""
            if key in drafts:
                after = reading.tokens[chunk.end : chunk.end + 1]
                how = "subject" if after and after[0].lemma in _BEING else ""
                told.setdefault(key, set()).add(marked.get(chunk.start, how))
    return told


def _marked(reading: Reading) -> dict[int, str]:
    """Where the noun phrases begin that are said in passing, and in which way."""
    found = {i for start, end in _quoted(reading) for i in range(start, end)}
    bracket = {i for start, end in _bracketed(reading) for i in range(start, end)}
    woe = set[int]()
    for chunk in reading.chunks:
        other = idioms.is_other(reading, chunk) or _is_such(reading, chunk)
        if other or _is_deed(reading, chunk) or _is_on_paper(chunk):
            found.add(chunk.start)
        if _is_what(reading, chunk):
            found.update(each.start for each in listed(reading, chunk))
            woe |= _woe(reading, chunk)
        found.update(each.start for each in _in_list(reading, chunk))
    return (
        dict.fromkeys(found, "passing")
        | dict.fromkeys(bracket, "bracket")
        | dict.fromkeys(woe, "nothing")
        | {c.start: "idiom" for c in reading.chunks if idioms.is_idiom(reading, c)}
    )


def _woe(reading: Reading, chunk: Chunk) -> set[int]:
    """“A mess: letters, sticky notes”: what is wrong today, up to what somebody says of it."""
    if chunk.head not in _WOES:
        return set()
    end = chunk.end
    while reading.text(chunk.end) == ":" and end < len(reading.tokens):
        if reading.tokens[end].kind in {"pronoun", "modal"} or reading.text(end) in {";", "."}:
            break
        end += 1
    return set(range(chunk.start, end))


def _bracketed(reading: Reading) -> Iterator[tuple[int, int]]:
    """From each bracket with a list to its end: “towns (Graz, Linz)”, “jobs (paint the hull)”."""
    opened = 0
    if "(" not in reading.lower:
        return
    for i in range(1, len(reading.tokens)):
        if reading.text(i) == "(":
            owner = reading.ending_at(i)
            whole = owner is not None and owner.head in PARTS | {"thing"}
            opened = i if not whole and reading.text(i + 1) not in {"with", "="} else 0
        elif reading.text(i) == ")" and opened:
            if any(reading.text(k) in JOINING for k in range(opened, i)):
                yield opened, i
            opened = 0


def _quoted(reading: Reading) -> Iterator[tuple[int, int]]:
    """From each quotation mark to its end: what people say or type."""
    opened, closing = -1, ""
    if _QUOTES.keys().isdisjoint(reading.lower):
        return
    for i in range(len(reading.tokens)):
        text = reading.text(i)
        if opened < 0 and text in _QUOTES:
            opened, closing = i, _QUOTES[text]
        elif opened >= 0 and text == closing:
            yield opened, i
            opened = -1


def _is_deed(reading: Reading, chunk: Chunk) -> bool:
    """“A paper that prints notices”: what looks like several prints is what the paper does."""
    alone = chunk.plural and chunk.end == chunk.start + 1
    before = reading.ending_at(chunk.start - 1)
    return alone and before is not None and reading.text(chunk.start - 1) in _RELATIVE


def _is_on_paper(chunk: Chunk) -> bool:
    """“Paper slips”, “a paper diary”: what people keep their notes in now."""
    return len(chunk.phrase) > 1 and chunk.phrase[0] == "paper"


def _is_such(reading: Reading, chunk: Chunk) -> bool:
    """“As in such programs”: what is like what was spoken of, but not “such as ...”."""
    such = "such" in {reading.text(chunk.start - 1), reading.text(chunk.start)}
    return such and chunk.plural and reading.text(chunk.end) != "as"


def _is_what(reading: Reading, chunk: Chunk) -> bool:
    """“My filing is a disgrace”, “a customer is a firm or a town”: what something else is."""
    i = chunk.start - 1
    said = {reading.text(i), reading.text(chunk.start)}
    while i > 0 and reading.tokens[i].kind in {"determiner", "adjective", "other"}:
        i -= 1
    if chunk.head in _WOES | _GOODS and i > 0 and reading.tokens[i].lemma in _BEING:
        return True
    if said.isdisjoint(_ONE) or i < 1 or reading.tokens[i].lemma not in _BEING:
        return False
    subject = reading.ending_at(i) or reading.ending_at(i - 1)
    return subject is not None and subject.head not in _apps()


def _in_list(reading: Reading, first: Chunk) -> Iterator[Chunk]:
    """“Crutches, frames and the like”, “quarrels about fences and hedges”, “on walls, doors”."""
    if reading.text(first.start - 1) in JOINING:
        return
    found = listed(reading, first)
    several = len(found) >= _FEWEST and all(each.plural or is_one(each) for each in found)
    goes_on = len(found) > _FEWEST and _stays_open(reading, found[-1].end)
    if (
        (several and _stays_open(reading, found[-1].end))
        or (goes_on and first.plural)
        or (several and (_is_talked_of(reading, first) or _is_trade(reading, first)))
    ) or (all(each.plural for each in found) and _is_where(reading, first)):
        yield from found


def _stays_open(reading: Reading, end: int) -> bool:
    """Whether a list goes on with "and the like"."""
    while reading.text(end) == ",":
        end += 1
    return any(
        reading.lower[start : start + len(words)] == words
        for words in _OPEN_ENDS
        for start in (end, end - 1)
    )


def _is_talked_of(reading: Reading, first: Chunk) -> bool:
    """“Quarrels about fences”: what is about them is kept."""
    position = _before(reading, first)
    before = reading.ending_at(position)
    quarrel = position > 0 and reading.tokens[position - 1].lemma in _QUARRELLING
    told = quarrel or (before is not None and before.head not in _apps())
    return told and reading.text(position) in _TALKED


def _is_trade(reading: Reading, first: Chunk) -> bool:
    """“We make crowns and bridges”: what somebody lives by, of which each is an order or a job."""
    deed = deed_to(reading, first)
    return deed is not None and deed.pronoun in {"i", "we"} and not _TRADES.isdisjoint(deed.verbs)


def _is_where(reading: Reading, first: Chunk) -> bool:
    """“Work on roofs”, but not “put her on the scales”."""
    position = _before(reading, first)
    moved = position > 0 and reading.tokens[position - 1].kind == "pronoun"
    return reading.text(position) in _WHERE and not moved


def _before(reading: Reading, chunk: Chunk) -> int:
    i = chunk.start - 1
    while i > 0 and reading.tokens[i].kind in {"determiner", "adjective", "number", "other"}:
        i -= 1
    return i


@lru_cache(maxsize=1)
def _apps() -> frozenset[str]:
    """What an app is called, of which it may be said what it is."""
    nouns = lexicon.words().nouns
    return lexicon.app_nouns() | nouns.apps | nouns.heads
