"""What a word such as “deep” or “pale” makes of the colour after it.

Such a word often says only what the colour is already: navy is deep, lavender is soft. Then it is
taste, and the colour stays what its name says.
"""

from __future__ import annotations

from agents.scout import lexicon

_DARKENING = frozenset({"dark", "deep", "darker", "rich"})
_BLACKISH = 32.0
"""Brightness up to which nobody makes a colour darker: navy, indigo, maroon, burgundy."""
_DEEP = 110.0
"""Brightness up to which a colour is deep by itself: teal, purple, crimson, forest green."""
_PALE = 170
"""Least red, green and blue of a colour that is light by itself: lavender, pink, ivory."""
_DIM = 150
"""Greatest of red, green and blue of a colour that “bright” has to make brighter."""
_LIT = 191
_LIKE = {"deep": "dark", "pale": "light"}
"""“Deep red” is CSS's darkred where CSS has no deep one."""
_GREYS = frozenset({"gray", "grey"})
"""CSS's darkgray is lighter than its gray."""


def shaded(word: str, name: str, value: str) -> str:
    """The colour `value`, #rrggbb and called `name`, with the modifier `word` before it."""
    table = lexicon.colours()
    like = table.css.get(_LIKE.get(word, "") + name) if word in _LIKE else None
    if like and not (word == "deep" and name in _GREYS):
        return like
    parts = parts_of(value)
    if word == "bright" and 0 < max(parts) <= _DIM:
        return "#" + "".join(f"{round(part * _LIT / max(parts)):02x}" for part in parts)
    towards, share = table.modifiers[word]
    if word in _DARKENING:
        red, green, blue = parts
        brightness = 0.2126 * red + 0.7152 * green + 0.0722 * blue
        plain = brightness <= (_BLACKISH if word.startswith("dark") else _DEEP)
    else:
        plain = towards == "#ffffff" and min(parts) >= _PALE
    return value if plain else blend(value, towards, share)


def parts_of(colour: str) -> tuple[int, ...]:
    """Red, green and blue of #rrggbb, each from 0 to 255."""
    return tuple(int(colour[k : k + 2], 16) for k in (1, 3, 5))


def blend(colour: str, towards: str, share: float) -> str:
    """`colour` with `share`, from 0 to 1, of `towards`."""
    pairs = zip(parts_of(colour), parts_of(towards), strict=True)
    return "#" + "".join(f"{round(a * (1 - share) + b * share):02x}" for a, b in pairs)
