"""Plural nouns that look like what one does: “offers: price”, “and deals with a value”. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from agents.scout import lexicon
from agents.scout.tokens import Token

COUNTED = frozenset({"much", "%", "each", "every"})
"""Words that no plural follows."""
_OPENING = frozenset({",", ";", ":", ".", "-", "(", "and", "or", "&", "+"})
_DESCRIBED = frozenset({"with", "by", "per", "w", "incl", "including"})
_CLAUSE = frozenset({".", ";", ":", "(", "!", "?"})
_OF_ONE = frozenset({"VVZ", "VBZ", "VHZ", "VDZ", "VVD", "VBD", "VHD"})
_HAVING_IT = frozenset({"i", "we", "you", "they"})
_DEALS = frozenset({"hire", "sale", "rent", "lending", "loan", "swap", "exchange", "adoption"})
_GIVES = frozenset({"bring", "get", "give", "offer", "send", "show", "teach", "tell", "write"})
_END = Token("", "", "mark", "")
_STATES = frozenset({"VVN", "VVD", "AJ0"})


def begins_clause(before: Token | None) -> bool:
    """Whether what follows a word begins a sentence, a line or what stands behind a colon."""
    return before is None or (before.kind == "mark" and before.text in ".:;-\"'")


def names_things(tokens: Sequence[Token], i: int, earlier: Sequence[Token]) -> bool:
    """Whether a verb of one who does something is a noun of several in truth."""
    before = earlier[-1] if earlier else None
    after = tokens[i + 1] if i + 1 < len(tokens) else None
    heads = after is not None and after.kind == "noun" and _is_head(after)
    return (
        heads
        or _after_article(before)
        or (begins_clause(before) and (_heads_list(after) or _is_owned(tokens, i)))
        or _of_what(earlier, after)
        or (tokens[i].lemma in _nouns() and _is_listed(earlier, after))
    )


def _is_owned(tokens: Sequence[Token], i: int) -> bool:
    """“Stamps I own”, “skips for hire”: what somebody has or gets, at the start of a line."""
    first, second = (t.text.lower() for t in (*tokens[i + 1 : i + 3], _END, _END)[:2])
    return first in _HAVING_IT or (first == "for" and second in _DEALS)


def is_noun(tokens: Sequence[Token], i: int) -> bool:
    """Whether its place makes a noun of a word that could be a verb or an adjective."""
    tag = tokens[i].tag
    return (tag in {"VVB", "VVI", "NN1"} and _is_listed_field(tokens, i)) or (
        tag == "AJ0" and _is_in_compound(tokens, i)
    )


def _is_listed_field(tokens: Sequence[Token], i: int) -> bool:
    """“Pipes: rank, length”: the first of a list of nouns, though one could do it."""
    before, after, second, last = (
        tokens[k].text.lower() if 0 <= k < len(tokens) else "" for k in (i - 1, i + 1, i + 2, i + 3)
    )
    noun = i + 2 < len(tokens) and tokens[i + 2].kind == "noun" and tokens[i + 2].tag != "NN2"
    listed = before in {":", "("} and after == "," and last in {",", "", ".", ")", "and"}
    return listed and noun and second.islower()


def _is_in_compound(tokens: Sequence[Token], i: int) -> bool:
    """“Nappy changing table”, “collect airline sick bags”: described by a noun in front."""
    if not 0 < i < len(tokens) - 1 or tokens[i - 1].tag != "NN1" or tokens[i + 1].kind != "noun":
        return False
    if tokens[i].text.lower().endswith("ing"):
        return not tokens[i + 1].plural
    bare = i == 1 or tokens[i - 2].tag in {"VVB", "VVI", "VVG"}
    gives = i > 1 and tokens[i - 2].lemma in _GIVES
    return bare and not gives and tokens[i + 1].plural and not tokens[i].tag.startswith("AJC")


def _is_head(token: Token) -> bool:
    """“Posts list”, “plans overview”."""
    return token.text.lower() in lexicon.words().nouns.heads


def _is_listed(earlier: Sequence[Token], after: Token | None) -> bool:
    """“Visits with date and deals with a value”: nobody does it, and what describes it follows."""
    if after is None or _is_mine(earlier):
        return after is not None
    if earlier and earlier[-1].text.lower() not in _OPENING:
        return False
    word = after.text.lower()
    state = after.tag in _STATES and word.endswith("ed") and bool(earlier)
    described = word in _DESCRIBED or state
    return word in {":", "("} or (described and not _done_by_one(earlier))


def _is_mine(earlier: Sequence[Token]) -> bool:
    """“Log my speech exercises”: what somebody does something to, as nobody else is there."""
    i = len(earlier) - 1
    while i >= 0 and earlier[i].kind == "noun" and not earlier[i].plural:
        i -= 1
    mine = 0 < i < len(earlier) - 1 and earlier[i].tag == "DPS"
    return mine and earlier[i - 1].kind == "verb" and earlier[i - 1].tag in {"VVB", "VVI"}


def _done_by_one(earlier: Sequence[Token]) -> bool:
    """Whether the clause has a verb already that such a verb could go on from."""
    for token in reversed(earlier):
        if token.text in _CLAUSE:
            return False
        if token.tag in _OF_ONE or token.kind == "modal":
            return True
    return False


@lru_cache(maxsize=1)
def _nouns() -> frozenset[str]:
    classes = lexicon.noun_classes()
    return classes.records | classes.things


def is_defined(tokens: Sequence[Token], i: int) -> bool:
    """“Each melt: weight”: what is told of one is no deed."""
    if i == 0 or i + 1 >= len(tokens) or tokens[i].kind not in {"verb", "adjective"}:
        return False
    return tokens[i - 1].text.lower() in {"each", "every"} and tokens[i + 1].text == ":"


def is_heading(tokens: Sequence[Token], i: int) -> bool:
    """“Tasting: customer, date”, “visit with date”: a happening and what is noted of it."""
    word = tokens[i].text.lower()
    after = tokens[i + 1].text if i + 1 < len(tokens) else ""
    doing = word.endswith("ing") and tokens[i].kind in {"verb", "adjective"}
    listed = doing and after in {":", "("} and i + 2 < len(tokens)
    return listed or (tokens[i].kind == "verb" and _has_fields(tokens, i))


def _after_article(before: Token | None) -> bool:
    """Whether a word follows an article: “the posts”, but not “what annoys me”."""
    asking = before is not None and (before.tag == "DTQ" or before.text.lower() in COUNTED)
    return before is not None and before.kind == "determiner" and not asking


def of_each(earlier: Sequence[Token]) -> bool:
    """“A date for every hives”, as those say it who learn English."""
    each = len(earlier) > 1 and earlier[-1].text.lower() in {"each", "every"}
    return each and earlier[-2].kind == "preposition"


def _of_what(earlier: Sequence[Token], after: Token | None) -> bool:
    """“An archive of radio plays from 1950”: no radio plays there."""
    i = len(earlier) - 1
    while i >= 0 and earlier[i].kind in {"noun", "adjective"}:
        i -= 1
    one = 0 <= i < len(earlier) - 1 and not earlier[-1].plural
    ends = after is None or after.kind in {"preposition", "mark", "conjunction"}
    return one and ends and earlier[i].text.lower() == "of"


def _heads_list(after: Token | None) -> bool:
    """“Audio guide: stops with number and room”, “Offers: price, date”: nobody stops or offers."""
    return after is not None and after.text.lower() in {"with", ":", "("}


def _has_fields(tokens: Sequence[Token], i: int) -> bool:
    """“Visit with date and finding”: a record and what it says."""
    word, after = tokens[i].text.lower(), tokens[i + 1 : i + 3]
    listed = len(after) > 1 and after[0].text.lower() == "with" and after[1].kind == "noun"
    return listed and word in lexicon.noun_classes().records
