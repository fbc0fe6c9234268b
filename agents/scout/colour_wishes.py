"""Colours of an idea, and how likely each is one that the app is to have.

That is the sum of what its cues weigh. `python -m agents.scout.colour_learning` makes the weights.

Errors:
    LexiconError   the weights are not there or cannot be read
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import msgspec
from msgspec import Struct

from agents.scout.colour_cues import Around, Place, around, cues
from agents.scout.coloured import Coloured
from agents.scout.lexicon import LexiconError
from agents.scout.likened import Colour
from agents.scout.parts import ON, STOPS, part_of
from agents.scout.shades import blend, parts_of
from agents.scout.taken_back import corrects, corrects_before, is_of_before

_INSTEAD = frozenset({"rather", "instead", "but", "more"})
"""“No white background, rather apricot.”"""
_SOFT = frozenset({"soft", "gentle", "muted"})
_PALER = 0.4
"""Share of white in what is soft and behind everything."""
_PALE = 200
"""Least red, green and blue of what is light by itself: lavender, pink, ivory."""
_CLEAR = frozenset({"hex", "please", "of ui", "of app", "settled", "labelled"})
_REFUSED = frozenset({"denied", "refused"})
_NEAR = 3
"""Words between a colour and the one under it."""
_UNWISHED = frozenset({"denied", "refused", "state"})
FILE = Path(__file__).with_name("colour_weights.json")


class Weights(Struct, frozen=True, forbid_unknown_fields=True):
    """What each cue adds to `bias`; a colour is wished for from `least` on."""

    least: float
    bias: float
    cues: dict[str, float]


class Mention(Struct, frozen=True):
    """A colour in the sentence `number`, and the part of the app that it is said to be for."""

    number: int
    colour: Colour
    part: str
    cues: frozenset[str]


class Wish(Struct, frozen=True):
    """A mention that is a wish; the greater the score, the surer."""

    mention: Mention
    score: float


@lru_cache(maxsize=1)
def weights() -> Weights:
    try:
        return msgspec.json.decode(FILE.read_bytes(), type=Weights)
    except (OSError, msgspec.MsgspecError) as error:
        raise LexiconError(f"{FILE} cannot be read: {error}; reinstall Genesis") from error


def mentions(coloured: Sequence[Coloured], last: int) -> list[Mention]:
    """All colours of the sentences, of which the whole idea has `last`."""
    result: list[Mention] = []
    for each in coloured:
        if not each.found:
            continue
        place = Place(each.number == 1, each.number == last, len(coloured))
        here = around(each.pieces, each.found, place)
        for at in range(len(each.found)):
            before = result[-1] if result and result[-1].number >= each.number - 1 else None
            slip = before is not None and _replaces(each, at)
            if before and slip:
                result[-1] = before = _denied(before)
            result.append(_mention(each, here, at, before, instead=slip))
    return result


def _mention(
    each: Coloured, here: Around, at: int, before: Mention | None, *, instead: bool
) -> Mention:
    """The colour number `at` of a sentence, after the one `before`, perhaps in its place."""
    colour = each.found[at]
    part = part_of(each.pieces, colour, each.found)
    if before and (instead or _is_rather(each, colour, before)):
        part = part or before.part
    told = cues(here, at, part)
    if instead or (before and "once" in before.cues):
        told = told - {"denied"} | {"instead"}
        told |= {"clear part"} if part in {"background", "primary"} else set()
    since = each.found[at - 1].end if at else 0
    if at + 1 < len(each.found) and is_of_before(each.pieces[since : colour.start]):
        told |= {"denied", "once"}
    if at and _is_under(each, at):
        told |= {"under"}
    return Mention(each.number, _for_page(each, colour, part), part, told)


def _is_rather(each: Coloured, colour: Colour, before: Mention) -> bool:
    """“No white background; rather apricot”: it takes the part of what is not wanted."""
    return "denied" in before.cues and not _INSTEAD.isdisjoint(each.pieces[: colour.start])


def _replaces(each: Coloured, at: int) -> bool:
    """Whether the colour number `at` stands for the one before it, which was a slip."""
    colour = each.found[at]
    if at == 0:
        return corrects_before(each.pieces[: colour.start])
    return corrects(each.pieces[each.found[at - 1].end : colour.start])


def _denied(mention: Mention) -> Mention:
    return msgspec.structs.replace(mention, cues=mention.cues | {"denied"})


def _is_under(each: Coloured, at: int) -> bool:
    """“Violet buttons on white”."""
    between = each.pieces[each.found[at - 1].end : each.found[at].start]
    said = [piece for piece in between if piece not in {"a", "an", "the"}]
    return len(said) <= _NEAR and said[-1:] != [] and said[-1] in ON and STOPS.isdisjoint(said)


def _for_page(each: Coloured, colour: Colour, part: str) -> Colour:
    """A soft green that is to be behind everything is a light one."""
    pale = min(parts_of(colour.value)) >= _PALE
    if part != "background" or each.pieces[colour.start] not in _SOFT or pale:
        return colour
    return msgspec.structs.replace(colour, value=blend(colour.value, "#ffffff", _PALER))


def wishes(mentioned: Sequence[Mention], by: Weights | None = None) -> list[Wish]:
    """The mentions that are wishes, in order."""
    table = by or weights()
    denied = {each.colour.value for each in mentioned if "denied" in each.cues}
    able = [
        _REFUSED.isdisjoint(each.cues)
        and ("clear part" in each.cues or each.colour.value not in denied)
        for each in mentioned
    ]
    scores = [score(each, table) for each in mentioned]
    for k, mention in enumerate(mentioned):
        if k and "instead" in mention.cues:
            scores[k] = max(scores[k], score(_undenied(mentioned[k - 1]), table))
        elif k and "under" in mention.cues:
            scores[k] = max(scores[k], scores[k - 1])
    taken = [
        can and (points >= table.least or _is_clear(each))
        for each, points, can in zip(mentioned, scores, able, strict=True)
    ]
    for k in range(1, len(mentioned)):
        if able[k - 1] and taken[k] and _is_pair(mentioned[k - 1], mentioned[k]):
            taken[k - 1] = True
    return [
        Wish(each, points) for each, points, so in zip(mentioned, scores, taken, strict=True) if so
    ]


def _undenied(mention: Mention) -> Mention:
    return msgspec.structs.replace(mention, cues=mention.cues - {"denied"})


def _is_pair(first: Mention, second: Mention) -> bool:
    """“Aqua with coral buttons”, “orange on black”."""
    beside = first.number == second.number and not first.colour.loose
    joined = "joined:with" in second.cues and "of ui" in second.cues
    return beside and (joined or "under" in second.cues)


def is_certain(mention: Mention) -> bool:
    """Whether its words alone settle whether it is a wish."""
    return _is_clear(mention) or not _REFUSED.isdisjoint(mention.cues)


def _is_clear(mention: Mention) -> bool:
    """Nobody gives the digits of a colour that the app is not to have, unless to say so.

    Nor asks for one: “forest green, please”.
    """
    return not _CLEAR.isdisjoint(mention.cues) and _UNWISHED.isdisjoint(mention.cues)


def score(mention: Mention, by: Weights) -> float:
    known = by.cues
    return by.bias + sum(known.get(cue, 0.0) for cue in mention.cues)
