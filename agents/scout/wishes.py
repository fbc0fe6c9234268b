"""What an idea asks for besides records, what it does not want, and whether it is public."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

from msgspec import Struct

from agents.scout import deeds, left_out, lexicon, names, phrases, tagging
from agents.scout.phrases import Phrase
from agents.scout.reading import JOINING, Chunk, Reading, deed_to
from agents.scout.telltale import Telltale
from contracts.scouting import CandidateEntity, Exclusion, FoundFeature

_OTHERS = 2
"""Sentences that speak of something, from which one more does not mean that it is unwanted."""
_PRESENT = frozenset({"VVB", "VVZ", "VVD"})
_RECORDING = frozenset(
    [
        "record",
        "track",
        "log",
        "enter",
        "register",
        "add",
        "collect",
        "manage",
        "keep",
        "note",
        "plan",
    ]
)
_NEGATION = re.compile(
    r"\b(?:without(?: any)?|no need (?:for|of|to)|no|not (?:need|want|require|include)(?: any)?"
    r"|\w+n't (?:need|want|require|include)(?: any)?|nor|excluding|except(?: for)?|instead of|skip"
    r"|out of scope ?:|leave out|nothing (?:with|about)|(?:need )?not have any"
    r"|(?:nobody|no one|no - one|noone)(?: (?:may|can|should|must|has to|needs to|will))?"
    r"(?= (?:pay|comment|rate|follow|vote|message)s?\b"
    r"(?! (?:more|less|twice|late|later|until|before|without|unless|back|for|on)\b))"
    r"|not (?:part of|in) (?:this|the first) (?:version|release|phase|step) ?:"
    r"|not (?:needed|wanted|required|necessary|included|in scope)(?: now| yet| here| at all)? ?:"
    r"|(?:shall|should|must|will|does|do|need) not (?:process|handle|support|provide|offer|cover)"
    r"|(?:shall|should|must|will|does|do|need) not(?= send any )"
    r"|(?:not|\w+n't)(?= have to (?:register|sign|log|open an account|create an account))"
    r"|out of scope ?:)(?!\w)"
)
_NOT_NEGATION = re.compile(
    r"(?:no (?:longer|one|matter|more than|two)|without (?:two|double|overlapping))\b"
    r"|no \w+(?: \w+)?(?: (?:and|or|nor) no \w+(?: \w+)?)?"
    r"(?: (?:can|may|must|shall|should|is|are|be|gets?|has|have|to|\w+ed))*"
    r" (?:twice|at (?:the same|one) time|at once|in two|to two|two|double|more than)\b"
    r"|(?<=has had )no\b|(?<=have had )no\b|(?<=who has )no\b|(?<=who have )no\b|(?<=who had )no\b"
)
_PUBLIC = Telltale(
    r"\b(?:public(?:ly)?|(?:anyone|anybody|everyone|everybody|visitors|guests|strangers|the public)"
    r" (?:can|may|should be able to|is able to) (?:also )?(?:see|view|read|browse|look|search|find"
    r"|explore|visit|access)|without (?:an account|signing in|logging in|login|log-in|sign-up"
    r"|registration|registering|signing up)|open to (?:everyone|anyone|the public))\b",
    "public", "any", "every", "visitors", "guests", "strangers", "without",
)  # fmt: skip
_PRIVATE = Telltale(
    r"\bonly (?:i|me|myself)\b|\b(?:just|only) for (?:me|myself)\b|\bmy (?:own )?eyes only\b"
    r"|\b(?:nobody|no one|no-one|noone) else (?:can|may|should|must|is able to|is allowed to) "
    r"(?:\w+ )?(?:see|read|view|access|look|open)"
    r"|\b(?:everything|it|this|that|all|all of it|my \w+|the app|data|they) (?:\w+ ){0,2}"
    r"(?:is|are|stays?|remains?|be|kept|strictly|completely) (?:\w+ )?private\b"
    r"|\bkeep (?:\w+ ){1,3}private\b|^(?:strictly |completely |all )?private[.!,]?$"
    r"|\bfor (?:my )?(?:own )?(?:personal|private) use\b",
    "only", "just", "else", "private", "personal",
)  # fmt: skip
_NOT_PUBLIC = re.compile(
    r"\b(?:not|never|nothing|isn't) (?:\w+ )?public|public (?:transport|holiday|api|school|sector)",
    re.IGNORECASE,
)


_LIMITING = frozenset(
    {"twice", "more", "less", "until", "before", "unless", "without", "same", "two", "once", "if",
     "than", "after", "when", "while", "or"}
)  # fmt: skip
"""Words after which something is not refused altogether."""


class Hit(Struct, frozen=True):
    """A feature's phrase at tokens `start` to before `end` of a sentence."""

    feature: str
    start: int
    end: int


@lru_cache(maxsize=256)
def hits(reading: Reading) -> tuple[Hit, ...]:
    """Every place of the sentence where a feature is named; the longest phrase wins."""
    return tuple(_hits(reading))


def _hits(reading: Reading) -> Iterator[Hit]:
    i, there = 0, reading.words
    while i < len(reading.tokens):
        for phrase in phrases.starting(reading, i, there):
            end = phrases.end(reading, i, phrase.words)
            if (
                end
                and not _is_record(reading, i, phrase.feature)
                and not _is_other(reading, i, end, phrase)
            ):
                yield Hit(phrase.feature, i, end)
                i = end - 1
                break
        i += 1


def _is_record(reading: Reading, position: int, feature: str) -> bool:
    """“Track payments” is about records of payments, not about paying."""
    token = reading.tokens[position]
    if token.lemma not in lexicon.features()[feature].records:
        return False
    chunk = next((c for c in reading.chunks if c.start <= position < c.end), None)
    deed = deed_to(reading, chunk) if chunk else None
    return deed is not None and bool(_RECORDING.intersection(deed.verbs))


def _is_other(reading: Reading, start: int, end: int, phrase: Phrase) -> bool:
    """Whether a word beside the phrase shows another meaning: "pay attention"."""
    but = lexicon.features()[phrase.feature].but.difference(phrase.spelled)
    if not but:
        return False
    around = reading.tokens[max(0, start - 1) : end + 2]
    return not but.isdisjoint(w for t in around for w in (t.text.lower(), t.lemma))


def denied(reading: Reading) -> set[int]:
    """Positions of the tokens that a "no" or "without" is about, up to the end of its list."""
    text = ""
    starts: list[int] = []
    for lower in reading.lower:
        starts.append(len(text))
        text += lower.replace("’", "'") + " "
    denied_positions: set[int] = set()
    for match in _NEGATION.finditer(text):
        if _NOT_NEGATION.match(text, match.start()):
            continue
        if text[: match.start()].rstrip(" /,").removesuffix(" or").endswith("yes"):
            # "Ripe yes/no, price": what people answer, which denies nothing.
            continue
        first = next((i for i, at in enumerate(starts) if at >= match.end()), None)
        if first is not None and reading.text(first) not in {",", ";"}:
            denied_positions.update(_list_from(reading, first, alone=match[0] == "instead of"))
    start, end = left_out.span(text)
    return denied_positions | {i for i, at in enumerate(starts) if start <= at < end}


def _list_from(reading: Reading, first: int, *, alone: bool) -> Iterator[int]:
    """The tokens of a list; of what is `alone`, up to its first comma."""
    for i in range(first, len(reading.tokens)):
        token = reading.tokens[i]
        word = token.text.lower()
        going_on = token.kind in {"noun", "adjective", "determiner", "other", "number", "to"}
        gerund = token.kind == "verb" and (i == first or reading.text(i - 1) in JOINING | {"to"})
        over = word in {"but", "just", "only"} or (alone and word == ",")
        if over or not (going_on or gerund or word in JOINING):
            return
        yield i


def exclusions(reading: Reading, positions: AbstractSet[int]) -> Iterator[Exclusion]:
    """Features and entities that the sentence does not want: those at the denied positions."""
    if not positions:
        return
    covered: set[int] = set()
    for hit in hits(reading):
        if hit.start in positions:
            covered.update(range(hit.start, hit.end))
            yield Exclusion(kind="feature", key=hit.feature, sentence=reading.number)
    for chunk in reading.chunks:
        inside = set(range(chunk.start, chunk.end))
        key = names.key_of(*chunk.words)
        stop = chunk.head in lexicon.words().nouns.stop
        free = inside & positions and not inside & covered and not _acts(reading, chunk)
        if free and key and not stop:
            yield Exclusion(kind="entity", key=key, sentence=reading.number)


def _acts(reading: Reading, chunk: Chunk) -> bool:
    """“No sawmill talks to them”: not that there are none, but what they do not do."""
    after = reading.tokens[chunk.end] if chunk.end < len(reading.tokens) else None
    return after is not None and after.tag in _PRESENT and after.lemma not in {"be", "have"}


def meant(found: Iterable[Exclusion], named: Iterable[CandidateEntity]) -> Iterator[Exclusion]:
    """The exclusions without those of what other sentences speak of: “some give without a box”."""
    told = {c.key: set(c.sentences) for c in named if c.score >= deeds.KEPT}
    for each in found:
        others = told.get(each.key, set()) - {each.sentence}
        if each.kind != "entity" or len(others) < _OTHERS:
            yield each


def features(
    readings: Sequence[Reading],
    skips: Mapping[int, AbstractSet[int]],
    *,
    ruled: AbstractSet[int] = frozenset(),
    unwanted: AbstractSet[str] = frozenset(),
) -> tuple[FoundFeature, ...]:
    """The features asked for, in the order of the lexicon.

    `skips` are denied words by sentence; `ruled` sentences are rules that are known; `unwanted`
    features are excluded elsewhere.
    """
    words: dict[str, list[str]] = {}
    numbers: dict[str, list[int]] = {}
    for reading in readings:
        positions = skips.get(reading.number, set())
        for hit in hits(reading):
            if hit.start in positions or hit.feature in unwanted or _refused(reading, hit.start):
                continue
            text = " ".join(t.text.lower() for t in reading.tokens[hit.start : hit.end])
            if reading.number in ruled and text in lexicon.features()[hit.feature].rules:
                continue
            if text not in words.setdefault(hit.feature, []):
                words[hit.feature].append(text)
            if reading.number not in numbers.setdefault(hit.feature, []):
                numbers[hit.feature].append(reading.number)
    return tuple(
        FoundFeature(
            key=key, title=feature.title, words=tuple(words[key]), sentences=tuple(numbers[key])
        )
        for key, feature in lexicon.features().items()
        if key in words
    )


def _refused(reading: Reading, start: int) -> bool:
    """“We do not sell online”, “nothing to buy”; but “you cannot book twice” is a limit."""
    before = reading.text(start - 1)
    named = reading.tokens[start].kind == "verb"
    nothing = before == "to" and reading.text(start - 2) == "nothing"
    limited = not _LIMITING.isdisjoint(reading.lower[start:])
    return named and (nothing or tagging.is_not(before)) and not limited


def is_private(text: str) -> bool:
    """Whether the sentence says that everybody's records are theirs alone."""
    return bool(_PRIVATE.search(text.strip().lower()))


def is_public(text: str) -> bool:
    """Whether the sentence says that anyone at all may look."""
    return bool(_PUBLIC.search(text.lower())) and not _NOT_PUBLIC.search(text)
