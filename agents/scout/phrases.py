"""The phrases that ask for features, from the tables `features.toml` and `wishes.toml`."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

from msgspec import Struct

from agents.scout import lexicon
from agents.scout.reading import Reading

GAP = "..."
START = 4
"""Letters by which a word with an open end is looked up."""
_SHORT = 2
_WIDE = 4
"""Words that may stand between two words of a phrase, and for "..." in it."""
_INSIDE = frozenset({'"', "'", "“", "”", "‘", "’", "-", "/", "&", "%"})
"""Marks that a gap reaches over."""
_INFLECTED = 3
"""Letters of the shortest word that has forms: "is" is none of "i"."""
_HISSING = ("s", "x", "z", "ch", "sh")


class Word(Struct, frozen=True):
    """One of these texts or lemmas; `starts` are beginnings, `kinds` texts of one kind of word."""

    texts: frozenset[str]
    starts: tuple[str, ...] = ()
    kinds: tuple[tuple[str, str], ...] = ()


class Phrase(Struct, frozen=True):
    """What asks for a feature; None among its words is a gap of a few words of any kind."""

    feature: str
    words: tuple[Word | None, ...]
    spelled: frozenset[str] = frozenset()
    last: frozenset[str] = frozenset()
    """The texts one of which ends it; none where that is open."""


@lru_cache(maxsize=1)
def by_first() -> dict[str, list[tuple[frozenset[str] | None, Phrase]]]:
    """Phrases by their first word, or by its first letters and "*", each behind its last word."""
    table: dict[str, list[tuple[frozenset[str] | None, Phrase]]] = {}
    for phrase in _all():
        first = phrase.words[0]
        if first is not None:
            bare = {text for text, _ in first.kinds}
            for key in first.texts | bare | {f"{s[:START]}*" for s in first.starts}:
                table.setdefault(key, []).append((phrase.last or None, phrase))
    return table


def _all() -> list[Phrase]:
    named = {key: feature.phrases for key, feature in lexicon.features().items()}
    pairs = [(key, text) for key, texts in named.items() for text in texts]
    found = [_phrase(key, _plain(text), text.split()) for key, text in pairs]
    wishes = lexicon.wish_words()
    shared = {**wishes.words, "person": "|".join(sorted(_persons()))}
    for key, texts in wishes.phrases.items():
        found += [_phrase(key, _wide(text, shared)) for text in texts]
    return found


def _phrase(feature: str, words: tuple[Word | None, ...], spelled: Sequence[str] = ()) -> Phrase:
    end = words[-1]
    bare = end.texts.union(text for text, _ in end.kinds) if end and not end.starts else ()
    return Phrase(feature, words, frozenset(spelled), frozenset(bare))


def _persons() -> frozenset[str]:
    return lexicon.persons() | lexicon.words().people.bodies | {"someone", "somebody", "i", "we"}


def _plain(text: str) -> tuple[Word | None, ...]:
    return tuple(None if part == GAP else _word([part]) for part in text.split())


def _wide(text: str, shared: dict[str, str]) -> tuple[Word | None, ...]:
    for name, words in shared.items():
        text = text.replace(f"{{{name}}}", words)
    return tuple(
        None
        if part == GAP
        else _word([form for word in part.split("|") for form in (word, *_forms(word))])
        for part in text.split()
    )


def _forms(word: str) -> tuple[str, ...]:
    """Regular forms of a word, for what the tagger does not know: "okayed", "vets"."""
    if "/" in word or len(word) < _INFLECTED or not word[-1].isalpha() or word == "like":
        return ()
    past = f"{word}d" if word.endswith("e") else f"{word}ed"
    return (f"{word}es" if word.endswith(_HISSING) else f"{word}s", past)


def _word(parts: list[str]) -> Word:
    kinds = [part.partition("/") for part in parts]
    return Word(
        texts=frozenset(p for p in parts if "/" not in p[1:] and not p.endswith("*")),
        starts=tuple(p[:-1] for p in parts if p.endswith("*")),
        kinds=tuple((bare, kind) for bare, slash, kind in kinds if slash and bare),
    )


def starting(reading: Reading, i: int, there: AbstractSet[str]) -> list[Phrase]:
    """The phrases that may begin at a token: as it is written, or by its lemma ("sent").

    `there` are the words of the sentence: what ends otherwise is left out.
    """
    table, written, lemma = by_first(), reading.lower[i], reading.tokens[i].lemma
    ways = (written, f"{written[:START]}*", *((lemma,) if lemma != written else ()))
    found = [
        phrase
        for way in ways
        for last, phrase in table.get(way, ())
        if last is None or not last.isdisjoint(there)
    ]
    return sorted(found, key=_length) if len(found) > 1 else found


def _length(phrase: Phrase) -> int:
    return -len(phrase.words)


def end(reading: Reading, start: int, words: Sequence[Word | None]) -> int:
    """The position after a phrase that begins at `start`, 0 when it does not."""
    i, wide, last = start, False, len(reading.tokens)
    for k, word in enumerate(words):
        if word is None:
            wide = True
            continue
        skipped = 0
        while i < last and not _is(reading, i, word):
            over = skipped == (_WIDE if wide else _SHORT)
            if not k or over or not _passed(reading, i, wide=wide):
                return 0
            i, skipped = i + 1, skipped + 1
        if i >= last:
            return 0
        i, wide = i + 1, False
    return i


def _is(reading: Reading, i: int, word: Word) -> bool:
    token, text = reading.tokens[i], reading.lower[i]
    if text in word.texts or token.lemma in word.texts:
        return True
    if word.starts and text.startswith(word.starts):
        return True
    return any(token.kind == kind and bare in (text, token.lemma) for bare, kind in word.kinds)


def _passed(reading: Reading, i: int, *, wide: bool) -> bool:
    """Whether a word may stand inside a phrase: "leave a friendly comment"."""
    kind = reading.tokens[i].kind
    if wide:
        return kind != "mark" or reading.lower[i] in _INSIDE
    return kind in {"determiner", "adjective", "possessive", "number", "pronoun"}
