"""Set phrases in which a noun is nothing that is kept: “in a fixed order”, “by train”. Pure."""

from __future__ import annotations

from agents.scout import lexicon, mentions
from agents.scout.reading import JOINING, Chunk, Reading

_SEASONS = frozenset({"spring", "fall"})
_WHICH = frozenset({"each", "every", "last", "next", "this", "in", "until", "since", "early"})
_APPS = frozenset({"network", "page", "scoreboard"})
"""What an app is, of which there is but one."""
_SHOWN = frozenset({"feed", "magazine", "newspaper", "ranking"})
"""What an app shows, of which there is but one."""
_ARTICLES = frozenset({"a", "an", "our", "my", "own"})
_UNITS = frozenset({
    "calorie", "calory", "cent", "coordinate", "degree", "euro", "gram", "kilo", "kilocalorie",
    "kilocalory", "kilogram", "kilometre", "litre", "metre", "percent", "ton", "tonne",
})  # fmt: skip
_TEXTS = frozenset({"line", "paragraph", "sentence", "word"})
"""How much is written: “a few sentences about me”."""
_SPANS = frozenset({"hour", "minute", "second"})
_MEANS = frozenset({
    "air", "bike", "boat", "bus", "car", "card", "cash", "courier", "fax", "ferry", "hand",
    "invoice",
    "letter", "lorry", "mail", "phone", "plane", "post", "rail", "road", "sea", "ship", "taxi",
    "telephone", "train", "tram", "truck", "van",
})  # fmt: skip
"""How people travel, pay and write."""
_PAINTED = frozenset({"background", "button", "color", "colour"})
_PARTS = frozenset({
    "accent", "border", "footer", "header", "heading", "headline", "icon", "line", "link", "menu",
    "tab",
})  # fmt: skip
"""Parts of a page that have a colour."""
_SCALE = 3
"""Words of “one to five” and “1 - 10”."""


def is_idiom(reading: Reading, chunk: Chunk) -> bool:
    """Whether a noun phrase says nothing of what is kept, and has nothing of its own."""
    before = _before(reading, chunk)
    if chunk.words == ("part",):
        # "Not part of this".
        return reading.text(chunk.end) == "of" and reading.tokens[before].lemma in {"be", "not"}
    if chunk.plural and _acts(reading, chunk):
        return True
    if chunk.head in _TEXTS and "few" in {reading.text(chunk.start - 1), *chunk.phrase}:
        return True
    if chunk.head == "order" and not chunk.plural:
        return reading.text(before) == "in" and len(chunk.words) == 1
    if chunk.head in _APPS and not chunk.plural and chunk.words[0] not in mentions.BOARDS:
        return before < 0 or _is_one(reading, chunk)
    often = chunk.head in _SPANS and reading.text(before) in {"every", "each"}
    return often or chunk.head in _UNITS or chunk.words == ("half",)


def is_other(reading: Reading, chunk: Chunk) -> bool:
    """Whether a noun phrase is a time, a mark, a means, a part of a page, or somebody's child."""
    return (
        _is_season(reading, chunk)
        or _is_mark(reading, chunk)
        or _is_means(reading, chunk)
        or _is_part(reading, chunk)
        or _is_child(reading, chunk)
        or _is_space(reading, chunk)
        or (chunk.head in _SHOWN and not chunk.plural and _is_one(reading, chunk))
    )


def _acts(reading: Reading, chunk: Chunk) -> bool:
    """“If a flask cracks”: what looks like several cracks is what the flask does."""
    one = reading.text(chunk.start - 1) in {"a", "an"} or reading.text(chunk.start) in {"a", "an"}
    words = [reading.tokens[i].lemma for i in range(chunk.start, chunk.end)]
    of_app = not lexicon.app_nouns().isdisjoint(words)
    return one and len(chunk.words) > 1 and not of_app and "-" not in reading.text(chunk.end - 1)


def _is_one(reading: Reading, chunk: Chunk) -> bool:
    said = {reading.text(i) for i in range(max(0, chunk.start - 2), chunk.end - 1)}
    return not said.isdisjoint(_ARTICLES)


def _is_season(reading: Reading, chunk: Chunk) -> bool:
    """“Every spring”: a time, and no well."""
    said = {reading.text(chunk.start - 1), reading.text(chunk.start)}
    return chunk.words[-1] in _SEASONS and len(chunk.words) == 1 and not said.isdisjoint(_WHICH)


def _is_mark(reading: Reading, chunk: Chunk) -> bool:
    """“One to five crows”: what a mark is given in."""
    if chunk.start < _SCALE or not chunk.plural:
        return False
    first, to, last = reading.tokens[chunk.start - _SCALE : chunk.start]
    return first.kind == last.kind == "number" and to.text in {"to", "-", "–"}


def _is_means(reading: Reading, chunk: Chunk) -> bool:
    """“Journeys by train and ferry”, “orders by telephone”."""
    i = chunk.start - 1
    while reading.text(i) in JOINING and reading.tokens[i - 1].lemma in _MEANS:
        i -= 2
    return reading.text(i) == "by" and len(chunk.phrase) == 1 and chunk.head in _MEANS


def _is_part(reading: Reading, chunk: Chunk) -> bool:
    """“Crimson for headings and buttons”, “navy headings”."""
    coloured = not lexicon.colours().css.keys().isdisjoint(chunk.phrase)
    painted = any(token.lemma in _PAINTED for token in reading.tokens) and len(chunk.words) == 1
    return chunk.head in _PARTS and (coloured or painted)


def _is_child(reading: Reading, chunk: Chunk) -> bool:
    """“The children's hospice”, “braces for children”, “grown-ups and children”."""
    if chunk.head != "child" or not chunk.plural or chunk.start == 0:
        return False
    before = reading.text(_before(reading, chunk))
    return reading.text(chunk.end) == "'s" or before in {"and", "for", "with"}


def _is_space(reading: Reading, chunk: Chunk) -> bool:
    """“Room for forty”."""
    after = reading.tokens[chunk.end + 1 : chunk.end + 2]
    forty = reading.text(chunk.end) == "for" and bool(after) and after[0].kind == "number"
    return chunk.words == ("room",) and not chunk.plural and forty


def _before(reading: Reading, chunk: Chunk) -> int:
    """The position of the word in front of a phrase, over its articles and numbers."""
    i = chunk.start - 1
    while i >= 0 and reading.tokens[i].kind in {"determiner", "adjective", "number", "other"}:
        if reading.text(i) in {"every", "each"}:
            return i
        i -= 1
    return i
