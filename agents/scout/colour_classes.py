"""Classes of words around a colour: “want” wishes, “app” is the app, “late” is a state."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from agents.scout import lexicon
from agents.scout.likened import Colour

THING = "thing"
"""The class of a word that has none: what the idea is about, most of the time."""
COLOUR = "colour"


@lru_cache(maxsize=1)
def classes() -> dict[str, str]:
    """The class of each word that has one."""
    table = lexicon.colours()
    context = table.context
    said = lexicon.read_table(lexicon.FOLDER / "colour_classes.toml", dict[str, str])
    return {
        **dict.fromkeys(said["talk"].split(), "talk"),
        **dict.fromkeys(context.moods, "mood"),
        **dict.fromkeys(table.modifiers, "shade"),
        **dict.fromkeys(context.words | context.looks, "look"),
        **dict.fromkeys(context.background | context.primary | context.text, "ui"),
        **{word: name for name in said if name != "talk" for word in said[name].split()},
    }


def classes_of(pieces: Sequence[str], found: Sequence[Colour]) -> list[str]:
    """The class of each piece; COLOUR within one of the `found`."""
    known = classes()
    result = [known.get(piece) or _unknown(piece) for piece in pieces]
    named = lexicon.colours().spoken
    for each in found:
        if each.sure or pieces[each.start] in named:
            result[each.start : each.end] = [COLOUR] * (each.end - each.start)
    return result


def _unknown(piece: str) -> str:
    if not piece.isalpha():
        return "number" if piece.isalnum() else "mark"
    return "adv" if piece.endswith("ly") else THING
