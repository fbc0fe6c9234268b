"""Colours in an idea: which is the background, which the one of buttons and links."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.scout.colour_wishes import Wish, mentions, wishes
from agents.scout.coloured import Coloured, coloured
from agents.scout.copied import copies, worn
from agents.scout.sentences import plain
from agents.scout.shades import parts_of
from contracts.scouting import FoundTheme, Sentence

_NIGHT = "#111827"
"""The background of what is only said to be dark."""
_WHITE = "#ffffff"
_COLOURLESS = 60
"""Difference of red, green and blue up to which letters are black, white or grey."""
_FITTING = re.compile(r"\b(?:buttons?|links|accents?)\b[^.;]*\bmatch(?:es)?\b")
"""“The buttons ought to match it.”"""
_SURER = 2.0
"""How much higher a later colour must score to take the place of one said before."""


def find(sentences: Sequence[Sentence]) -> FoundTheme:
    """The colours of all sentences: by what they are said to colour, else in the order said."""
    here = coloured(sentences)
    return theme_of(sentences, here, wishes(mentions(here, len(sentences))))


def theme_of(
    sentences: Sequence[Sentence], here: Sequence[Coloured], wished: Sequence[Wish]
) -> FoundTheme:
    """The theme that the wishes make, of sentences of which some are coloured."""
    said: dict[str, Wish] = {}
    loose: list[Wish] = []
    fitting = {s.number for s in sentences if here and _FITTING.search(s.text.lower())}
    for wish in wished:
        part = wish.mention.part or ("primary" if wish.mention.number in fitting else "")
        if part and (part not in said or wish.score > said[part].score + _SURER):
            said[part] = wish
        elif not part and wish.mention.colour.value not in map(_value, loose):
            loose.append(wish)
    values, found = {part: _value(wish) for part, wish in said.items()}, [*map(_value, loose)]
    numbers = {wish.mention.number for wish in wished} | {s.number for s in here if s.dark}
    if any(sentence.dark for sentence in here):
        values["dark"] = _NIGHT
    for number, taken in _copied(sentences, here, wished):
        numbers.add(number)
        if number in fitting:
            values.setdefault("primary", taken[0])
        else:
            found = taken
    background, primary = _placed(values, found)
    return FoundTheme(background=background, primary=primary, sentences=tuple(sorted(numbers)))


def _value(wish: Wish) -> str:
    return wish.mention.colour.value


def _copied(
    sentences: Sequence[Sentence], here: Sequence[Coloured], wished: Sequence[Wish]
) -> list[tuple[int, list[str]]]:
    """By the number of a sentence, the colours of a thing that it gives the app."""
    result: list[tuple[int, list[str]]] = []
    said = {each.number: each for each in here}
    own: list[str] = []
    for sentence in sentences if here else ():
        each = said.get(sentence.number)
        before, own = own, worn(each.pieces) if each else []
        seen = own or before
        count = sum(wish.mention.number == sentence.number for wish in wished)
        if count < len(seen) and copies(plain(sentence.text).lower()):
            result.append((sentence.number, seen))
    return result


def _placed(said: dict[str, str], loose: list[str]) -> tuple[str | None, str | None]:
    """Background and primary colour; what has no part yet takes those that are left, in order."""
    background, primary = said.get("background"), said.get("primary")
    if background is None and primary is not None:
        background = said.get("rest")
    elif primary is None and "rest" in said:
        primary = said["rest"]
    left = [value for value in loose if value not in (background, primary)]
    night = said.get("dark") if len(left) < 2 else None  # noqa: PLR2004  one for each part
    background = background or night
    if background is None and primary is None and len(left) == 1:
        primary = left.pop()
    if background is None and left:
        background = left.pop(0)
    if primary is None and left:
        primary = left.pop(0)
    return background, primary or _of_writing(said)


def _of_writing(said: dict[str, str]) -> str | None:
    """The colour of the letters, when it is one: “a dark background and letters in amber”."""
    parts = parts_of(said.get("text", _WHITE))
    return said["text"] if max(parts) - min(parts) > _COLOURLESS else None
