"""What people do in an idea that needs a record of its own, and what they do it to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

from msgspec import Struct

from agents.scout import constructions, implied, lexicon, mentions, tagging
from agents.scout.known import Known
from agents.scout.reading import JOINING, Chunk, Reading, deed_to

_OVER = frozenset({"each", "other", "one", "another", "out", "its", "their", "which", "what"})
"""Words between a verb and its object: "lend each other tools"."""
_MEANT_BEFORE = frozenset({"it", "them", "one", "these", "those"})
"""Objects that were named before: “people register for it”."""
_EACH = frozenset({"each", "which", "that", "they", "all"})
_ABLE = (["can", "be"], ["may", "be"], ["must", "be"], ["should", "be"])
_RELEASE = re.compile(
    r"\bbefore (?:it|they|anything|anybody|anyone|the public) "
    r"(?:(?:is|are|goes|go|gets?|becomes?|can|may|be|see) )*"
    r"(?:shown?|online|on line|on air|publish(?:ed)?|public|visible|live|appears?|out|sees?|it)\b"
)
"""“Looked at before it goes online” is an approval of the thing itself."""
_PARTS = frozenset({"app", "application", "page", "platform", "portal", "service", "site",
                    "system", "webapp", "website"})  # fmt: skip
"""Words for the app that are never what a deed is done to."""
DENIED = 4
"""Words before a verb among which "not" denies it: "do not let people borrow"."""


class Done(Struct, frozen=True):
    """A deed of the idea: its name, what it is done to (() for nothing said), its sentence.

    `near`: it is done to what has a time of its own in the sentence, or in the one before it.
    `said`: no verb with its object says so; `other` is what else it is of, as who gets the bed.
    """

    deed: str
    words: tuple[str, ...]
    sentence: int
    near: bool = False
    said: bool = False
    other: tuple[str, ...] = ()


def deeds_done(
    readings: Sequence[Reading], skips: Mapping[int, set[int]], known: Known
) -> Iterator[Done]:
    """The deeds of the idea, each with what it is done to, once in a sentence."""
    said = {lemma for reading in readings for lemma in reading.lemmas}
    seen: set[Done] = set()
    for reading in readings:
        for done in _of_sentence(reading, skips.get(reading.number, set()), known, said):
            if done not in seen:
                seen.add(done)
                yield done


def records(reading: Reading, skip: AbstractSet[int]) -> Iterator[str]:
    """The usual words for the records of a sentence's deeds, whatever they are done to."""
    lemmas = [token.lemma for token in reading.tokens]
    for i in range(len(lemmas)):
        for phrase, deed, how in _phrases().get(lemmas[i], ()) if i not in skip else ():
            end = _ends(reading, lemmas, i, phrase)
            if end is None or _denied(reading, i):
                continue
            words = lexicon.deeds()[deed]
            chunk = None if how else _object(reading, end)
            if how or not words.only or (chunk is not None and chunk.head in words.only):
                yield words.words[0].replace("-", " ")
                break


def _of_sentence(reading: Reading, skip: set[int], known: Known, said: set[str]) -> Iterator[Done]:
    lemmas = [token.lemma for token in reading.tokens]
    for i in range(len(lemmas)):
        if i in skip:
            continue
        for phrase, deed, how in _phrases().get(lemmas[i], ()):
            end = _ends(reading, lemmas, i, phrase)
            if end is None or _denied(reading, i) or not _counts(deed, phrase, said):
                continue
            found = list(_with_object(reading, end, deed, how, known))
            yield from found
            if found:
                break
    yield from _passives(reading, skip, known, said)
    yield from _of_each(reading, skip, known, said)
    yield from _constructed(reading, skip, known, said)


def _constructed(reading: Reading, skip: set[int], known: Known, said: set[str]) -> Iterator[Done]:
    """What is said in a way of its own: “whoever wants to come says so”."""
    for found in constructions.find(reading, _said()):
        deed = lexicon.deeds()[found.name]
        signs = set[str]() if deed.more else deed.signs
        if found.start in skip or _denied(reading, found.start) or (signs and not said & signs):
            continue
        if found.name == "inspection" and _RELEASE.search(reading.source):
            continue
        things = [words for thing in found.things if (words := _words(thing, known))]
        words = things[-1] if things else ()
        if not words or (not mentions.is_person(words) and _meant(found.name, words[-1])):
            other = things[0] if len(things) > 1 else ()
            yield Done(found.name, words, reading.number, said=True, other=other)


@lru_cache(maxsize=1)
def _said() -> constructions.Table:
    table = lexicon.deeds().items()
    return constructions.table((name, phrase) for name, deed in table for phrase in deed.said)


def _of_each(reading: Reading, skip: set[int], known: Known, said: set[str]) -> Iterator[Done]:
    """“Six looms, each can be reserved”: the deed is done to what was named before."""
    for i, token in enumerate(reading.tokens[3:], start=3):
        if token.kind != "verb" or i in skip:
            continue
        able = [reading.text(k) for k in (i - 3, i - 2, i - 1)]
        if able[1:] not in _ABLE or able[0] not in _EACH:
            continue
        words = _words(next(reading.last_before(i - 3), None), known)
        for phrase, name, how in _phrases().get(token.lemma, ()):
            fits = len(phrase) == 1 and not how and _counts(name, phrase, said)
            if words and fits and _meant(name, words[-1]):
                yield Done(name, words, reading.number)


def _with_object(reading: Reading, end: int, deed: str, how: str, known: Known) -> Iterator[Done]:
    """The deed whose phrase ends at a position, with its object where it has one."""
    if how:
        yield Done(deed, (), reading.number, near=how == "near")
        return
    if reading.text(end) in _MEANT_BEFORE and not lexicon.deeds()[deed].only:
        yield Done(deed, (), reading.number, near=bool(lexicon.deeds()[deed].near))
        return
    chunk = _object(reading, end)
    if chunk is not None and chunk.head in lexicon.deeds()[deed].places:
        yield Done(deed, (), reading.number, near=True)
        return
    words = _words(chunk, known)
    if words and not mentions.is_person(words) and _meant(deed, words[-1]):
        yield Done(deed, words, reading.number)


def _meant(deed: str, head: str) -> bool:
    words = lexicon.deeds()[deed]
    return head not in words.never and (not words.only or head in words.only)


def _passives(reading: Reading, skip: set[int], known: Known, said: set[str]) -> Iterator[Done]:
    """“Rooms can be booked”."""
    for chunk in reading.chunks:
        after = {reading.tokens[i].lemma for i in range(chunk.end, min(chunk.end + 2, len(
            reading.tokens)))}  # fmt: skip
        deed = deed_to(reading, chunk) if after & {"be", "can", "may"} else None
        words = _words(chunk, known) if deed else ()
        if deed is None or not words or mentions.is_person(words) or chunk.start in skip:
            continue
        for phrase, name, how in _phrases().get(deed.verbs[0], ()):
            fits = len(phrase) == 1 and not how and _counts(name, phrase, said)
            if fits and _meant(name, words[-1]):
                yield Done(name, words, reading.number)


def _words(chunk: Chunk | None, known: Known) -> tuple[str, ...]:
    """The words of a deed's object; people lend a tool and a book, which are words for apps too."""
    if chunk is None:
        return ()
    words = mentions.entity_words(chunk, known)
    nouns = lexicon.words().nouns
    thing = chunk.head in (nouns.apps - _PARTS) | nouns.weak
    return words or (chunk.words[-1:] if thing else implied.day_of(chunk))


def _ends(
    reading: Reading, lemmas: Sequence[str], start: int, phrase: tuple[str, ...]
) -> int | None:
    """Where the phrase that begins at `start` ends; articles may stand inside."""
    if len(phrase) == 1 and reading.tokens[start].kind != "verb":
        return None
    i = start + 1
    for word in phrase[1:]:
        while i < len(lemmas) and lemmas[i] != word and reading.tokens[i].kind == "determiner":
            i += 1
        if i >= len(lemmas) or lemmas[i] != word:
            return None
        i += 1
    return i


def _denied(reading: Reading, position: int) -> bool:
    return any(tagging.is_not(reading.text(i)) for i in range(position - DENIED, position))


def _counts(deed: str, phrase: tuple[str, ...], said: set[str]) -> bool:
    words = lexicon.deeds()[deed]
    return " ".join(phrase) not in words.more or bool(said & words.signs)


def _object(reading: Reading, position: int) -> Chunk | None:
    """The noun phrase behind a verb, over its articles and pronouns."""
    i = position
    while i < len(reading.tokens):
        chunk = reading.starting_at(i)
        if chunk is not None:
            return chunk
        token = reading.tokens[i]
        passed = token.kind in {"determiner", "adjective", "number", "relative"}
        if (not passed and token.lemma not in _OVER) or token.text.lower() in JOINING:
            return None
        i += 1
    return None


@lru_cache(maxsize=1)
def _phrases() -> dict[str, tuple[tuple[tuple[str, ...], str, str], ...]]:
    """Phrases by their first word, the longest first: the words, the deed, and of which list."""
    table: dict[str, list[tuple[tuple[str, ...], str, str]]] = {}
    for name, deed in lexicon.deeds().items():
        lists = (
            ("", (*deed.phrases, *deed.more)), ("nameless", deed.nameless), ("near", deed.near),
        )  # fmt: skip
        for how, phrases in lists:
            for phrase in phrases:
                words = tuple(phrase.split())
                table.setdefault(words[0], []).append((words, name, how))
    return {
        first: tuple(sorted(entries, key=lambda e: (-len(e[0]), e[2])))
        for first, entries in table.items()
    }
