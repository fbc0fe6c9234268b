"""Whether a sentence speaks of how the app looks: a “colour” may be a property of a record too."""

from __future__ import annotations

from agents.scout import lexicon
from agents.scout.colours import colour_at

_NEAR = 6
_HAVING = frozenset({"with", "have", "has"})
"""“Wines with a pale gold colour.”"""
_APPS = frozenset(
    {"app", "site", "website", "everything", "it", "page", "pages", "screen", "all", "we", "i",
     "calendar", "blog", "shop", "homepage", "look", "please", "platform"}
)  # fmt: skip
"""Who has a colour as the app has it: “we have a main colour”."""
_EACH = frozenset({"each", "every", "any", "their", "its", "his", "her"})
"""“The colour of each fish” is a property."""
_LISTING = frozenset({"and", ",", "by", "its", "their", "a", "whose", "per", "or", "each", "same"})
_SEARCHING = frozenset({"up", "at", "after", "for", "into", "through"})
"""“We look up the recipe” is about no looks."""
_VALUES = frozenset({"tint", "hue", "shade", "tone"})
"""“Note tint, base and amount”: properties."""
_SCHEMES = frozenset({"scheme", "palette", "theme", "combination"})
_COLOUR_OF = frozenset(
    {"the", "our", "my", "your", "main", "brand", "club", "team", "school", "company",
     "corporate", "house", "family", "signature", "favourite", "favorite", "national", "primary",
     "base", "ground", "basic", "dominant", "leading", "prevailing", "predominant", "overall",
     "preferred", "chosen", "general", "basis", "accent", "application", "display", "product",
     "dress", "only", "one", "warm", "second", "secondary", "key", "app", "site", "as", "for",
     "with", "no", "more", "some", "little", "bit", "this", "that", ".", ";", ":", "(", "!"}
)  # fmt: skip
"""What may stand before “colour” where it is one of the app: “eye colour” is a property."""


def speaks(pieces: list[str], i: int, piece: str) -> bool:
    """Whether a word shows that the sentence is about looks; a colour may be a property too."""
    if piece not in lexicon.colours().context.words or _is_value(pieces, i):
        return False
    if piece not in {"colour", "color"}:
        several = piece in {"colours", "colors"} and pieces[i + 1 : i + 2] == ["of"]
        before = pieces[max(0, i - 1)]
        return not several or i == 0 or not before.isalpha() or before in _COLOUR_OF | {"in"}
    if pieces[i + 1 : i + 2] == ["of"] and not _EACH.isdisjoint(pieces[i + 2 : i + 3]):
        return False
    told = i > 0 and pieces[i - 1] in {":", ","} and pieces[i + 1 : i + 2] == ["("]
    if told or _is_had(pieces, i):
        return False
    scheme = not _SCHEMES.isdisjoint(pieces[i + 1 : i + 2])
    table = lexicon.colours()
    context = table.context
    parts = context.words | context.background | context.primary | context.text | context.moods
    known = pieces[max(0, i - 1)] in _COLOUR_OF | parts | table.css.keys() | table.spoken.keys()
    return i == 0 or scheme or (known and pieces[i - 1] not in _LISTING)


def _is_value(pieces: list[str], i: int) -> bool:
    """“We look up the recipe”, “note tint, base and amount”, “coloured or black and white”."""
    piece, after = pieces[i], pieces[i + 1 : i + 2]
    if piece in {"look", "looks"}:
        return not _SEARCHING.isdisjoint(after)
    if piece in _VALUES:
        return after == [","] and not colour_at(pieces, i - 1)
    if piece in {"coloured", "colored"}:
        return pieces[max(0, i - 1)] in _LISTING or after == ["or"]
    return False


def _is_had(pieces: list[str], i: int) -> bool:
    """“Wines with a pale gold colour”: the word at piece `i` is of what comes before."""
    start = max(0, i - _NEAR)
    owners = [k for k in range(start + 1, i) if pieces[k] in _HAVING and pieces[k + 1] == "a"]
    if not owners or not pieces[owners[-1] - 1].isalpha() or ":" in pieces[owners[-1] : i]:
        return False
    context = lexicon.colours().context
    apps = _APPS | context.words | context.background | context.primary
    return pieces[owners[-1] - 1] not in apps
