"""An idea made ready: sentences, their words, what of them is denied, and the words to rank by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise

import msgspec
from msgspec import Struct

from agents.scout import (
    deeds_done,
    language,
    left_out,
    lexicon,
    names,
    outline,
    ranking,
    theme,
    titles,
    wishes,
)
from agents.scout import sentences as text
from agents.scout.reading import Reading, read
from agents.scout.tokens import Token
from contracts.scouting import FoundTheme, Sentence

_OUTSIDE = re.compile(
    r"\b(?:out of scope|not in scope|not (?:needed|wanted|required|included|now|yet|part)|no need"
    r"|we (?:don't|do not) (?:need|want)|won't have|excluded|exclusions|non[- ]goals?|without"
    r"|later|future|some day)\b",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


class Page(Struct, frozen=True):
    """An idea as it is read.

    `given` is the name that it gives the app, `english` its readings when it is English, else
    none; `skips` are the positions of words that a sentence denies.
    """

    idea: str
    sentences: tuple[Sentence, ...]
    spoken: str
    given: tuple[str, int, str] | None
    theme: FoundTheme
    readings: tuple[Reading, ...]
    skips: dict[int, set[int]]

    @property
    def english(self) -> tuple[Reading, ...]:
        return self.readings if self.spoken == "en" else ()


def prepare(idea: str) -> Page:
    """The page of an idea. Raises UnreadableIdea when it holds no words."""
    idea = text.clean(idea)
    found = text.split(idea)
    spoken = language.detect(idea)
    given = titles.given(found)
    unnamed = [_without(sentence, given) for sentence in found]
    readings = tuple(
        read(msgspec.structs.replace(sentence, text=line))
        for sentence, line in zip(unnamed, outline.readable(unnamed), strict=True)
    )
    outside = {*_outside(found), *_refused(found)}
    skips = {
        r.number: set(range(len(r.tokens))) if r.number in outside else wishes.denied(r)
        for r in (readings if spoken == "en" else ())
    }
    return Page(idea, found, spoken, given, theme.find(found), readings, skips)


def _without(sentence: Sentence, given: tuple[str, int, str] | None) -> Sentence:
    """The sentence without the app's name, whose words mean nothing else."""
    if given is None or given[1] != sentence.number:
        return sentence
    return msgspec.structs.replace(sentence, text=sentence.text.replace(given[2], " ", 1))


def _refused(sentences: Sequence[Sentence]) -> Iterator[int]:
    """The short questions that the sentence after them answers with no."""
    for question, answer in pairwise(sentences):
        if left_out.is_refused(question.text, answer.text):
            yield question.number


def _outside(sentences: Sequence[Sentence]) -> Iterator[int]:
    """The sentences under a heading such as "Out of scope"; a heading itself is none of them."""
    outside = False
    for sentence in sentences:
        if outline.is_heading(sentence):
            told = bool(_OUTSIDE.search(sentence.text))
            # A list under such a heading has short lines too: only another "#" ends it for sure.
            outside = told or (outside and not _ends(sentence))
            if told:
                continue
        if outside:
            yield sentence.number


def _ends(sentence: Sentence) -> bool:
    return sentence.text.lstrip().startswith("#") or sentence.text.rstrip().endswith(":")


def query(page: Page) -> dict[int, list[str]]:
    """The words of each sentence that say what kind of app it is."""
    coloured = set(page.theme.sentences)
    return {r.number: _words(r, page, plain=r.number not in coloured) for r in page.readings}


def _words(reading: Reading, page: Page, *, plain: bool) -> list[str]:
    denied = page.skips.get(reading.number, set())
    kept = [
        token
        for i, token in enumerate(reading.tokens)
        if i not in denied and token.kind != "mark" and (plain or not _of_looks(token))
    ]
    if page.spoken == "en":
        deeds = deeds_done.records(reading, denied) if plain else ()
        return [
            *chain.from_iterable(_parts(token) for token in kept),
            *(ranking.UNSAID + each for each in deeds),
        ]
    words = [word for token in kept for word in _split(token.text)]
    return [word for whole in words for word in (whole, *ranking.index().starts_of(whole))]


def _of_looks(token: Token) -> bool:
    """Whether a word in a sentence with colours is about them."""
    table = lexicon.colours()
    word = token.text.lower()
    return (
        word in table.context.words or word in table.css or word in table.spoken
        or word in table.modifiers
    )  # fmt: skip


def _parts(token: Token) -> list[str]:
    camel = _CAMEL.findall(token.text) if token.text.isalnum() else []
    if len(camel) > 1 and not token.text.isupper() and not token.text.istitle():
        return [names.singular_of(word.lower()) for word in camel]
    return _split(token.lemma)


def _split(word: str) -> list[str]:
    word = word.lower()
    return word.split("-") if "-" in word else [names.singular_of(word)]
