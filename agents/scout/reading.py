"""One sentence taken apart: its tokens, its noun phrases, and who does what to them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache

from msgspec import Struct

from agents.scout import lexicon, sentences, spelling, tagging
from agents.scout.tokens import Token
from contracts.scouting import Sentence

LONGEST = 4
"""Nouns in a row that can be one name."""
DEPTH = 12
"""Steps back through lists and phrases to find the verb of a noun."""
JOINING = frozenset({"and", "or", ",", "&", "+", "/", "plus"})
_ARTICLES = frozenset({"determiner", "adjective", "number", "other"})
_PARTICIPLES = frozenset({"VVN", "VVD"})
_BEING = frozenset({"be", "get", "become"})
_FINITE = frozenset({"VVZ", "VVB", "VBZ", "VBB", "VHZ", "VHB", "VDZ", "VDB"})
"""Verbs that somebody does: no participles."""
_STATES = frozenset({"sort", "order", "list", "open", "close", "set", "make", "place", "mark"})
"""Participles that tell what something is like, rather than what somebody does to it."""
_COMPOUND_HEADS = frozenset({
    "time", "room", "list", "session", "date", "cost", "price", "address", "plan", "goal", "fee",
    "number", "class", "partner", "pool", "note", "level", "point", "hall", "day",
})  # fmt: skip
_OCCASIONS = frozenset({"day", "evening", "night", "morning", "afternoon", "weekend"})
_LISTS = frozenset({"list", "record", "entry", "log", "plan", "schedule", "task", "request"})
_PLURAL_FIRST = frozenset({
    "accounts", "antiques", "arms", "arts", "brass", "careers", "clothes", "complaints",
    "communications", "contracts", "customs", "drinks", "events", "goods", "greens", "grounds",
    "honours", "news", "operations", "pensions", "projects", "rations", "records", "sales", "works",
    "savings", "services", "skills", "sports", "standards", "stores", "systems", "wages", "weapons",
})  # fmt: skip
"""What stands in the plural before another noun: "sports hall", "accounts office"."""


class Chunk(Struct, frozen=True, cache_hash=True):
    """A noun phrase: tokens `start` to before `end`.

    `words` are the lemmas of its nouns, the head last; `phrase` has its adjectives too.
    """

    start: int
    end: int
    words: tuple[str, ...]
    phrase: tuple[str, ...]
    plural: bool = False

    @property
    def head(self) -> str:
        return self.words[-1]


class Deed(Struct, frozen=True):
    """Verbs (lemmas) done to a chunk, by `actor` if the sentence names one."""

    verbs: tuple[str, ...]
    actor: Chunk | None = None
    pronoun: str = ""
    only: bool = False
    negated: bool = False


class Reading(Struct, frozen=True, cache_hash=True):
    """A sentence with its tokens and chunks; `number` is the sentence's.

    `source` is the text that was read, in lower case; `starts` are the tokens' places in it, and
    `lower` is what each of them is in lower case.
    """

    number: int
    tokens: tuple[Token, ...]
    chunks: tuple[Chunk, ...]
    source: str = ""
    starts: tuple[int, ...] = ()
    lower: tuple[str, ...] = ()

    @property
    def lemmas(self) -> list[str]:
        return [t.lemma for t in self.tokens if t.kind not in {"mark", "possessive"}]

    @property
    def words(self) -> frozenset[str]:
        """Every word of the sentence in lower case, as it is written and as its lemma."""
        return frozenset(self.lower).union([token.lemma for token in self.tokens])

    def text(self, position: int) -> str:
        """The word at a position in lower case; "" outside the sentence."""
        return self.lower[position] if 0 <= position < len(self.lower) else ""

    def ending_at(self, position: int) -> Chunk | None:
        """The chunk that ends just before the token at `position`."""
        for chunk in self.chunks:
            if chunk.end >= position:
                return chunk if chunk.end == position else None
        return None

    def starting_at(self, position: int) -> Chunk | None:
        for chunk in self.chunks:
            if chunk.start >= position:
                return chunk if chunk.start == position else None
        return None

    def token_at(self, offset: int) -> int:
        """The position of the first token that begins at or after a place in `source`."""
        return bisect_left(self.starts, offset)

    def last_before(self, position: int) -> Iterator[Chunk]:
        """Chunks that end at or before a position, nearest first."""
        return (c for c in reversed(self.chunks) if c.end <= position)


def read(sentence: Sentence) -> Reading:
    """The reading of one sentence."""
    text = spelling.mended(sentences.plain(sentence.text))
    tokens = tagging.tag(text)
    # A few letters are longer in lower case, which would shift the places.
    source = text.lower() if len(text.lower()) == len(text) else text
    lower = tuple([token.text.lower() for token in tokens])
    chunks = tuple(_chunks(tokens))
    return Reading(sentence.number, tokens, chunks, source, tagging.places(text), lower)


def _chunks(tokens: tuple[Token, ...]) -> Iterator[Chunk]:
    generic = lexicon.app_nouns()
    i = 0
    while i < len(tokens):
        start = i
        while i < len(tokens) and _modifies(tokens, i, generic):
            i += 1
        nouns = i
        while i < len(tokens) and tokens[i].kind == "noun":
            i += 1
            ends = i < len(tokens) and _closes(tokens, i - 1, generic)
            if ends or i - nouns >= LONGEST:
                break
        if i > nouns:
            yield _chunk(tokens, start, nouns, i)
        elif i == start + 1 and _listed(tokens, start):
            # "A title, an abstract": what looks like an adjective stands for a thing.
            yield _chunk(tokens, start, start, i)
        elif i == start:
            i += 1


def _closes(tokens: tuple[Token, ...], i: int, generic: frozenset[str]) -> bool:
    """Whether a noun of several ends its phrase: not in “sales director” and “all-hands call”."""
    token = tokens[i]
    first = token.text.lower() in _PLURAL_FIRST or "-" in token.text
    return token.plural and not first and tokens[i + 1].lemma not in generic


def _listed(tokens: tuple[Token, ...], i: int) -> bool:
    """Whether an adjective stands alone where a noun is listed."""
    before = tokens[i - 1].text.lower() if i else ""
    after = tokens[i + 1].text.lower() if i + 1 < len(tokens) else "."
    return (
        tokens[i].kind == "adjective"
        and before in {"a", "an", ",", ":"}
        and after in {",", ")", ".", "and", "or", ":"}
        and tokens[i].text.lower() not in lexicon.colours().css
    )


def _chunk(tokens: tuple[Token, ...], start: int, nouns: int, end: int) -> Chunk:
    gerunds = [t for t in tokens[start:nouns] if t.tag == "VVG" or _of_doing(t, tokens[end - 1])]
    words = (*(t.text.lower() for t in gerunds), *(t.lemma for t in tokens[nouns:end]))
    phrase = (*(t.text.lower() for t in tokens[start : end - 1]), tokens[end - 1].lemma)
    return Chunk(start, end, words, phrase, plural=tokens[end - 1].plural)


def _of_doing(token: Token, head: Token) -> bool:
    """“Packing list”, “rowing morning”: what looks like an adjective says what it is of."""
    return token.text.lower().endswith("ing") and head.lemma in _LISTS | _OCCASIONS


def _modifies(tokens: tuple[Token, ...], i: int, generic: frozenset[str]) -> bool:
    token = tokens[i]
    if token.kind == "adjective":
        return True
    after = tokens[i + 1] if i + 1 < len(tokens) else None
    if token.tag != "VVG" or after is None or after.kind != "noun":
        return False
    if after.plural:  # "Sign up for rowing mornings"
        return after.lemma in _OCCASIONS and i > 0 and tokens[i - 1].text.lower() == "for"
    if after.lemma in generic or after.lemma in _COMPOUND_HEADS:
        return True
    before = tokens[i - 1] if i else None
    if before is None or before.kind in {"determiner", "adjective"}:
        return before is not None
    listed = before.text.lower() in JOINING | {"with", "including"}
    return listed and after.lemma in _field_names() and token.lemma not in lexicon.deed_verbs()


@lru_cache(maxsize=1)
def _field_names() -> frozenset[str]:
    return frozenset(w for found in lexicon.field_words().words.values() for w in found)


@lru_cache(maxsize=4096)
def deed_to(reading: Reading, chunk: Chunk) -> Deed | None:
    """What is done to the chunk, when it is the object of a verb."""
    position = _verb_before(reading, chunk, depth=0)
    if position is None:
        return _passive(reading, chunk)
    verbs = [reading.tokens[position].lemma]
    position -= 1
    while position > 0 and reading.text(position) in JOINING:
        earlier = position - 1
        if reading.tokens[earlier].kind == "mark" and reading.text(earlier) in JOINING:
            earlier -= 1
        if earlier < 0 or reading.tokens[earlier].kind != "verb":
            break
        verbs.append(reading.tokens[earlier].lemma)
        position = earlier - 1
    return _with_actor(reading, tuple(verbs), position)


def _verb_before(reading: Reading, chunk: Chunk, depth: int) -> int | None:
    i = chunk.start - 1
    while i >= 0 and (reading.tokens[i].kind in _ARTICLES or reading.text(i) == "the"):
        i -= 1
    if i < 0 or depth > DEPTH:
        return None
    token = reading.tokens[i]
    if token.kind == "verb":
        return i if token.lemma != "be" else None
    word = token.text.lower()
    if word in JOINING and not (depth == 0 and word == "and" and _begins_clause(reading, chunk)):
        while i > 0 and reading.text(i - 1) in JOINING:
            i -= 1
        listed = reading.ending_at(i)
        return _verb_before(reading, listed, depth + 1) if listed else None
    if token.kind == "preposition":
        if i > 0 and reading.tokens[i - 1].kind == "verb" and word in {"for", "at", "through"}:
            return i - 1
        listed = reading.ending_at(i) if word == "of" else None
        return _verb_before(reading, listed, depth + 1) if listed else None
    return None


def _begins_clause(reading: Reading, chunk: Chunk) -> bool:
    """“They order bread, and drivers bring it”: nobody orders drivers."""
    after = reading.tokens[chunk.end] if chunk.end < len(reading.tokens) else None
    return after is not None and (after.kind == "modal" or after.tag in _FINITE)


def _passive(reading: Reading, chunk: Chunk) -> Deed | None:
    """“Posts can be created”, “orders are approved by managers”: a participle after the chunk."""
    i, tokens = chunk.end, reading.tokens
    before = set[str]()
    while i < len(tokens) and (tokens[i].kind in {"modal", "other"} or tokens[i].lemma in _BEING):
        be = tokens[i].lemma in _BEING
        before.add("modal" if tokens[i].kind == "modal" else "be" if be else tokens[i].lemma)
        before.update({"not"} if tagging.is_not(tokens[i].text.lower()) else ())
        i += 1
    if "be" not in before or i >= len(tokens) or tokens[i].tag not in _PARTICIPLES:
        return None
    if "modal" not in before and tokens[i].lemma in _STATES:
        return None
    only = "only" in before
    by = i + 1
    while by < len(tokens) and (tokens[by].kind == "other" or _goes_on(tokens, by)):
        only, by = only or tokens[by].lemma == "only", by + 1
    verbs = tuple(t.lemma for t in tokens[i:by] if t.tag in _PARTICIPLES)
    actor = _chunk_after(reading, by) if reading.text(by) == "by" else None
    return Deed(verbs, actor, only=only, negated="not" in before)


def _goes_on(tokens: Sequence[Token], i: int) -> bool:
    """“Are asked for and approved by the head”: another participle of the same passive."""
    joins = tokens[i].text.lower() in {"for", "in", "off", "out", "up", "and", "or"}
    return joins or (tokens[i].tag in _PARTICIPLES and tokens[i - 1].text.lower() in {"and", "or"})


def _chunk_after(reading: Reading, position: int) -> Chunk | None:
    """The chunk behind a word, over its articles."""
    i = position + 1
    while i < len(reading.tokens) and reading.tokens[i].kind in _ARTICLES - {"adjective"}:
        i += 1
    return reading.starting_at(i)


def _with_actor(reading: Reading, verbs: tuple[str, ...], position: int) -> Deed:
    skipped = {"modal", "to", "other"}
    negated = False
    while position >= 0:
        token = reading.tokens[position]
        negated = negated or tagging.is_not(token.text.lower())
        linking = token.lemma in {"be", "able", "allow"} or token.text.lower() in {"not", "only"}
        if token.kind not in skipped and not linking:
            break
        position -= 1
    if position < 0:
        return Deed(verbs, negated=negated)
    if reading.tokens[position].kind in {"pronoun", "relative"}:
        return Deed(verbs, pronoun=reading.tokens[position].lemma, negated=negated)
    actor = reading.ending_at(position + 1)
    only = actor is not None and reading.text(actor.start - 1) == "only"
    return Deed(verbs, actor, only=only, negated=negated)
