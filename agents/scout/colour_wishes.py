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

from agents.scout.colour_cues import Place, around, cues
from agents.scout.coloured import Coloured
from agents.scout.colours import Colour
from agents.scout.lexicon import LexiconError
from agents.scout.parts import part_of

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
        for at, colour in enumerate(each.found):
            part = part_of(each.pieces, colour, each.found)
            result.append(Mention(each.number, colour, part, cues(here, at, part)))
    return result


def wishes(mentioned: Sequence[Mention], by: Weights | None = None) -> list[Wish]:
    """The mentions that are wishes, in order."""
    table = by or weights()
    scored = [Wish(each, score(each, table)) for each in mentioned]
    return [wish for wish in scored if wish.score >= table.least or _is_exact(wish.mention)]


def _is_exact(mention: Mention) -> bool:
    """Nobody gives the digits of a colour that the app is not to have, unless to say so."""
    return "hex" in mention.cues and _UNWISHED.isdisjoint(mention.cues)


def score(mention: Mention, by: Weights) -> float:
    known = by.cues
    return by.bias + sum(known.get(cue, 0.0) for cue in mention.cues)
